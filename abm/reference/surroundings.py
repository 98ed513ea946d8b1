"""What a household meets in a month: where the law and the markets stand, and its own draws."""

from dataclasses import dataclass

from abm.codes import Stream
from abm.data.world import World
from abm.reference import draws
from abm.reference.utility import MonthUtility
from abm.state import Environment


@dataclass(frozen=True)
class Surroundings:
    """The month around a household.

    Parameters
    ----------
    world : World
        Data of the run.
    month : int
        Month number.
    seed : int
        Seed of all draws.
    environment : Environment
        Hazards and switches by host (written by the process ``policy``).
    utility : MonthUtility
        What the factors say this month.
    """

    world: World
    month: int
    seed: int
    environment: Environment
    utility: MonthUtility

    @property
    def ukraine(self) -> int:
        """Place number of Ukraine: one after the last host."""
        return len(self.world.hosts.ids)

    def coefficient(self, name: str) -> float:
        """Return a coefficient of the world."""
        return float(self.world.coefficients[name])

    def key(self, stream: Stream, household_id: int, month: int | None = None) -> int:
        """Return the key of a household's draws in a stream, this month's if no other is named."""
        when = self.month if month is None else month
        return draws.household_key(draws.month_key(self.seed, int(stream), when), household_id)

    def draw(self, stream: Stream, household_id: int, alternative: int, month: int | None = None) -> float:
        """Return the U(0, 1) number of one question."""
        return draws.unit_interval(self.key(stream, household_id, month), alternative)
