"""Values in force from a date on: half-open steps, no value before the first date."""

import bisect
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from abm.errors import ConfigError


@dataclass(frozen=True)
class Dated[T]:
    """A step function of time.

    Parameters
    ----------
    steps : tuple of (date, value)
        In rising order; a value holds from its date until the day before the next one.
    name : str
        What the value is, for error messages.
    """

    steps: tuple[tuple[dt.date, T], ...]
    name: str = "value"

    def __post_init__(self) -> None:
        """Refuse an empty, unordered or overlapping list of steps."""
        if not self.steps:
            raise ConfigError(f"{self.name}: no dated value. Add one line with its source.")
        for (earlier, _), (later, _) in zip(self.steps, self.steps[1:], strict=False):
            if later == earlier:
                raise ConfigError(f"{self.name}: two values start on {later}; dates overlap. Keep one.")
            if later < earlier:
                raise ConfigError(f"{self.name}: {later} stands after {earlier}. Put dates in order.")

    def on(self, day: dt.date) -> T:
        """Return the value in force on a day.

        Raises
        ------
        ConfigError
            If the day lies before the first value.

        >>> rtb = Dated(((dt.date(2022, 3, 4), True), (dt.date(2027, 3, 5), False)), "protection")
        >>> rtb.on(dt.date(2027, 3, 4)), rtb.on(dt.date(2027, 3, 5))
        (True, False)
        """
        position = bisect.bisect_right([since for since, _ in self.steps], day) - 1
        if position < 0:
            raise ConfigError(
                f"{self.name}: no value on {day}; the first starts {self.steps[0][0]}. "
                "Add an earlier line with its source."
            )
        return self.steps[position][1]

    @classmethod
    def of(cls, lines: Sequence[tuple[str, T]], name: str) -> "Dated[T]":
        """Build from ISO dates (``2024-09-01``) or months (``2024-09``: first day)."""
        steps = []
        for text, value in lines:
            try:
                day = dt.date.fromisoformat(text if len(text) > 7 else f"{text}-01")
            except ValueError as error:
                raise ConfigError(f"{name}: {text!r} is not a date; write YYYY-MM-DD.") from error
            steps.append((day, value))
        return cls(tuple(steps), name)
