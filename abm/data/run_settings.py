"""What a user sets for one run."""

from dataclasses import dataclass
from typing import Literal

from abm.errors import EweaError
from abm.months import month_index, month_label

FIRST_START = month_index("2022-03")
LAST_HORIZON = month_index("2040-12")


@dataclass(frozen=True)
class RunSettings:
    """Settings of one run.

    Parameters
    ----------
    scenario : str
        Id of the scenario.
    scale : int
        Real households per simulated one, at most; hosts with few displaced are sampled more
        finely so that every host keeps at least ``households_per_host`` rows where it has them.
    start : int
        First month simulated. From 2022-03 nobody is abroad yet; a later start begins with a
        synthetic population that matches the registers of the month before.
    until : int
        Month on whose first day the run ends.
    arrivals : str
        ``recorded`` pins hindcast arrivals to the registers, ``modelled`` predicts them.
    threads : int
        Threads of the compiled code; results do not depend on it.
    households_per_host : int
        Rows every host keeps where it has that many households.
    known_until : int, optional
        Last month whose registers and drivers may be used (rolling origins); the last data month
        if absent.
    clean_ups : bool
        Whether clean-ups after ``known_until`` take place in the register view.
    shocks : bool
        Whether predicted arrivals differ from their expectation as they did in the past.
    parameters : {"central", "posterior"}
        Coefficients of the run: the central ones, or those of the draw of the posterior that belongs
        to the seed.
    """

    scenario: str = "baseline"
    scale: int = 100
    start: int = FIRST_START
    until: int = month_index("2028-03")
    arrivals: Literal["recorded", "modelled"] = "recorded"
    threads: int = 1
    households_per_host: int = 600
    known_until: int | None = None
    clean_ups: bool = True
    shocks: bool = False
    parameters: Literal["central", "posterior"] = "central"

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        if self.scale < 1 or self.scale > 30_000:
            raise EweaError(f"scale: found {self.scale}; allowed are 1 to 30000. Use 1 for everybody.")
        if self.threads < 1:
            raise EweaError(f"threads: found {self.threads}; allowed are 1 and more.")
        if self.start < FIRST_START:
            raise EweaError(
                f"start: found {month_label(self.start)}; the first month is {month_label(FIRST_START)}."
            )
        if self.until <= self.start:
            raise EweaError(
                f"until: found {month_label(self.until)}, which is not after the start "
                f"{month_label(self.start)}. Choose a later month."
            )
        if self.until > LAST_HORIZON:
            raise EweaError(
                f"until: found {month_label(self.until)}; the latest is {month_label(LAST_HORIZON)}."
            )
        if self.arrivals not in ("recorded", "modelled"):
            raise EweaError(f"arrivals: found {self.arrivals!r}; allowed are recorded and modelled.")
        if self.parameters not in ("central", "posterior"):
            raise EweaError(f"parameters: found {self.parameters!r}; allowed are central and posterior.")
        if self.households_per_host < 1:
            raise EweaError(f"households_per_host: found {self.households_per_host}; at least 1.")
