"""Set parameters of a world by name: coefficients, and how the register of a host errs.

Names are those of ``configs/coefficients``, or ``register.<figure>.<host>`` for a figure of one host's
register (``deregistration_share``, ``double_share``), or ``register.completeness.<host>.<month>`` for a
clean-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from abm.data.world import Registers, World
from abm.errors import EweaError
from abm.months import month_index

REGISTER = "register."
FIGURES = ("deregistration_share", "double_share")
COMPLETENESS = "completeness"


def with_parameters(world: World, given: Mapping[str, float]) -> World:
    """Return the world, and the baseline it is measured against, with parameters replaced.

    Raises
    ------
    EweaError
        If a register parameter names an unknown figure, host or clean-up.
    """
    base = None if world.base is None else with_parameters(world.base, given)
    coefficients = {name: value for name, value in given.items() if not name.startswith(REGISTER)}
    of_registers = {name: value for name, value in given.items() if name.startswith(REGISTER)}
    registers = _registers(world, of_registers) if of_registers else world.registers
    if "double_registration_ratio" in coefficients:
        before = world.coefficients["double_registration_ratio"]
        ratio = coefficients["double_registration_ratio"] / before
        registers = replace(registers, double_share=np.clip(registers.double_share * ratio, 0.0, 0.9))
    return replace(world, coefficients={**world.coefficients, **coefficients}, registers=registers, base=base)


def _registers(world: World, given: Mapping[str, float]) -> Registers:
    """Return the registers with figures of single hosts replaced."""
    registers, ids = world.registers, world.hosts.ids
    figures = {name: getattr(registers, name).copy() for name in FIGURES}
    completeness = registers.break_completeness.copy()
    for name, value in given.items():
        figure, host, month = _parts(name, ids)
        number = ids.index(host)
        if month is None:
            figures[figure][number] = value
        elif month < len(completeness):
            # A fit may know clean-ups that a shorter world does not hold; they cannot matter there.
            if not registers.is_break[month, number]:
                raise EweaError(f"{name}: no clean-up in configs/registers/breaks.csv. Calibrate again.")
            completeness[month, number] = value
    return replace(registers, break_completeness=completeness, **figures)


def _parts(name: str, ids: tuple[str, ...]) -> tuple[str, str, int | None]:
    """Return figure, host and month (of a clean-up) of a register parameter."""
    figure, _, rest = name.removeprefix(REGISTER).partition(".")
    host, dot, label = rest.partition(".")
    if host in ids and figure in FIGURES and not dot:
        return figure, host, None
    if host in ids and figure == COMPLETENESS and dot:
        try:
            return figure, host, month_index(label)
        except ValueError as error:
            raise EweaError(f"{name}: {error}.") from error
    raise EweaError(
        f"{name}: unknown register parameter; there are {REGISTER}<figure>.<host> with {', '.join(FIGURES)}, "
        f"and {REGISTER}{COMPLETENESS}.<host>.<month>; hosts are {', '.join(ids)}."
    )


@dataclass(frozen=True)
class Draws:
    """Equally likely sets of parameters.

    Attributes
    ----------
    fit : str
        Name of the fit.
    names : tuple of str
        Parameters, in the names of :mod:`abm.data.parameters`.
    values : float64[draw, parameter]
        Natural units of ``configs/coefficients``.
    """

    fit: str
    names: tuple[str, ...]
    values: NDArray[np.float64]

    def of_seed(self, seed: int) -> dict[str, float]:
        """Return the parameters that belong to a seed; seeds walk through the draws in order."""
        row = self.values[(seed - 1) % len(self.values)]
        return dict(zip(self.names, row.tolist(), strict=True))


def drawn(world: World, seed: int) -> World:
    """Return the world with the parameters of the posterior that belong to a seed.

    Raises
    ------
    EweaError
        If the configuration holds no posterior.
    """
    if world.draws is None:
        raise EweaError(
            "parameters: no posterior in configs/coefficients. Run 'ewea calibrate baseline', or use the "
            "central coefficients."
        )
    return with_parameters(world, world.draws.of_seed(seed))
