"""Groups of parameters that a design moves together, ``experiments/designs/groups/parameters.yaml``."""

from functools import cache
from pathlib import Path

from pydantic import Field

from abm.data.config import Strict, load
from abm.data.figures import Text

FILE = Path(__file__).parent / "groups" / "parameters.yaml"


class Group(Strict):
    """One group.

    Attributes
    ----------
    parameters : list of str
        Names of parameters, or beginnings of names.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Text
    parameters: list[Text] = Field(min_length=1)


class _Groups(Strict):
    groups: list[Group] = Field(min_length=1)


@cache
def load_groups() -> tuple[Group, ...]:
    """Return the groups in the order of the file.

    Raises
    ------
    ConfigError
        If the file is wrong.
    """
    return tuple(load(FILE, _Groups).groups)


def group_of(parameter: str) -> str:
    """Return the group with the longest beginning of a name; a parameter of no group stands for itself.

    >>> group_of("job_choice"), group_of("home_destroyed"), group_of("home_destroyed_base")
    ('work', 'war', 'population')
    """
    fitting = [
        (len(beginning), group.id)
        for group in load_groups()
        for beginning in group.parameters
        if parameter.startswith(beginning)
    ]
    return max(fitting)[1] if fitting else parameter
