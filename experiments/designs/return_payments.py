"""What each person who goes back is paid: the values of some levers, as money by month and host."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from abm.errors import ConfigError
from abm.policy.apply import apply_levers
from abm.policy.change import LeverChange
from abm.policy.lever import Action, Lever, changes_in_force, load_levers
from experiments.designs.measures import FILE

MONEY = "EUR a person"
"""Unit of a lever that can be paid."""

_CARRIER = "return_utility"
"""A mechanism by host and month that adds up and tells no groups apart: it carries the money here."""


def return_payments(
    root: Path, world: World, changes: Sequence[LeverChange], names: Sequence[str]
) -> NDArray[np.float64]:
    """Return the EUR paid to each person who returns, float64[T, H].

    The levers are set as the model sets them, only that their value itself is the outcome.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    world : World
        Whose months and hosts are meant.
    changes : sequence of LeverChange
        What is set on top of what is in force; later ones win.
    names : sequence of str
        Levers that are paid; what they pay adds up.

    Raises
    ------
    ConfigError
        If a lever does not exist, or its value is no money for a person.
    """
    levers = _levers(str(root))
    paid = {name: _as_money(levers, name) for name in names}
    wanted = [one for one in (*changes_in_force(levers), *changes) if one.lever in paid]
    policy = apply_levers(world, paid, wanted).policy
    return np.array([policy.now(_CARRIER, month) for month in range(world.n_months)])


@lru_cache(maxsize=4)
def _levers(root: str) -> dict[str, Lever]:
    return load_levers(Path(root))


def _as_money(levers: dict[str, Lever], name: str) -> Lever:
    """Return a lever whose value is not translated into anything."""
    where = f"configs/{FILE}: paid_on_return.levers: found {name!r}"
    money = [lever.id for lever in levers.values() if lever.unit == MONEY]
    if name not in money:
        raise ConfigError(f"{where}; allowed are levers in {MONEY}: {', '.join(money)}.")
    return levers[name].model_copy(update={"acts_on": [Action(mechanism=_CARRIER, by="value")]})
