"""A lever set to a value somewhere, from a month on: what files, scenarios and the app all become."""

from collections.abc import Mapping
from dataclasses import dataclass

from abm.data.figures import to_day
from abm.policy.lever import Lever, Who, as_number

HALF_MONTH = 15
"""A rule that starts on or before this day counts for the month, a later one from the next month."""


def month_of(text: str) -> int:
    """Return the first month a date counts for.

    >>> month_of("2024-03-14"), month_of("2024-09-28"), month_of("2024-03")
    (26, 33, 26)
    """
    day = to_day(text)
    return (day.year - 2022) * 12 + day.month - 1 + (day.day > HALF_MONTH)


def announced_month(text: str) -> int:
    """Return the month in which a date lies."""
    day = to_day(text)
    return (day.year - 2022) * 12 + day.month - 1


@dataclass(frozen=True)
class LeverSetting:
    """One lever set somewhere.

    Parameters
    ----------
    lever : str
        Id of the lever.
    place : str
        Host, ``EU``, ``ALL`` or ``UA``.
    start_month : int
        First month it counts for.
    value : float
        In the lever's unit; months as numbers.
    announced_month : int, optional
        Month in which it became known; ``start_month`` if absent.
    until_month : int, optional
        First month it no longer counts for.
    who : Who, optional
        Who is concerned; as the lever says if absent.
    where : str
        File and line, for messages.
    scenario : str
        Scenario it belongs to; empty for what is in force.
    """

    lever: str
    place: str
    start_month: int
    value: float
    announced_month: int | None = None
    until_month: int | None = None
    who: Who | None = None
    where: str = ""
    scenario: str = ""

    @property
    def id(self) -> str:
        """Name of the setting as a player of a comparison."""
        return f"{self.lever}:{self.place}"


def settings_in_force(levers: Mapping[str, Lever]) -> tuple[LeverSetting, ...]:
    """Return the settings that hold in the baseline: all lines ``in_force``, oldest first."""
    found = []
    for lever in levers.values():
        for number, line in enumerate(lever.lines):
            if line.status != "in_force":
                continue
            for place in [line.place] if isinstance(line.place, str) else line.place:
                found.append(
                    LeverSetting(
                        lever=lever.id,
                        place=place,
                        start_month=month_of(line.start),
                        value=as_number(line.value),
                        announced_month=None if line.announced is None else announced_month(line.announced),
                        until_month=None if line.until is None else month_of(line.until),
                        who=line.who if line.who.said() else lever.who,
                        where=f"configs/levers/{lever.id}.yaml: lines.{number}",
                    )
                )
    return tuple(sorted(found, key=lambda s: (s.start_month, s.lever, s.place)))
