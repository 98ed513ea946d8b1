"""What a user sets for one run, and the settings of the simulation itself (``configs/settings.yaml``)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PrivateAttr

from abm.data.config import Strict, line_of, load, read_yaml
from abm.data.figures import DateText, MonthText, Share, Text, ValueOf
from abm.data.registers import last_register_month
from abm.errors import ConfigError, EweaError
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
    until : int
        Month on whose first day the run ends. Every run starts in 2022-03 (``start``), when nobody is
        abroad yet.
    arrivals : str
        ``recorded`` pins hindcast arrivals to the registers, ``modelled`` predicts them, ``none`` is for a
        population of one's own: nobody comes but who is brought along.
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
    start: ClassVar[int] = FIRST_START
    until: int = month_index("2029-03")
    arrivals: Literal["recorded", "modelled", "none"] = "recorded"
    threads: int = 1
    households_per_host: int = 600
    known_until: int | None = None
    clean_ups: bool = True
    shocks: bool = False
    parameters: Literal["central", "posterior"] = "central"

    def __post_init__(self) -> None:
        if self.scale < 1 or self.scale > 30_000:
            raise EweaError(f"scale: found {self.scale}; allowed are 1 to 30000. Use 1 for everybody.")
        if self.threads < 1:
            raise EweaError(f"threads: found {self.threads}; allowed are 1 and more.")
        if self.until <= self.start:
            raise EweaError(
                f"until: found {month_label(self.until)}, which is not after the start "
                f"{month_label(self.start)}. Choose a later month."
            )
        if self.until > LAST_HORIZON:
            raise EweaError(
                f"until: found {month_label(self.until)}; the latest is {month_label(LAST_HORIZON)}."
            )
        if self.arrivals not in ("recorded", "modelled", "none"):
            raise EweaError(f"arrivals: found {self.arrivals!r}; allowed are recorded, modelled and none.")
        if self.parameters not in ("central", "posterior"):
            raise EweaError(f"parameters: found {self.parameters!r}; allowed are central and posterior.")
        if self.households_per_host < 1:
            raise EweaError(f"households_per_host: found {self.households_per_host}; at least 1.")


Count = Annotated[int, Field(ge=1)]


class _Setting[V, U](Strict):
    value: V
    unit: U
    meaning: Text
    reason: Text


_Month = Annotated[int, ValueOf(_Setting[MonthText, Literal["month"]], lambda one: month_index(one.value))]
_Households = Annotated[int, ValueOf(_Setting[Count, Literal["households"]])]
_Runs = Annotated[int, ValueOf(_Setting[Count, Literal["runs"]])]
_Share = Annotated[float, ValueOf(_Setting[Share, Literal["share"]])]


class Settings(Strict):
    """The settings as numbers, months counted from 2022-01; meanings and units stand in the file."""

    first_register_month: _Month
    as_of: Annotated[str, ValueOf(_Setting[DateText, Literal["day"]])]  # Day the law is read on, YYYY-MM-DD
    reference_month: _Month
    default_until: _Month
    default_scale: _Households
    default_seeds: _Runs
    households_per_host_min: _Households
    boys_share: _Share
    male_share_65: _Share
    _last_register_month: int = PrivateAttr(-1)

    @property
    def last_register_month(self) -> int:
        """Newest month of the registers, which is no setting."""
        return self._last_register_month


def load_settings(root: Path) -> Settings:
    """Return the settings; their months must be in order."""
    path = root / "settings.yaml"
    settings = load(path, Settings)
    settings._last_register_month = last_register_month(root)
    for earlier, later in (
        ("first_register_month", "last_register_month"),
        ("first_register_month", "reference_month"),
        ("reference_month", "last_register_month"),
        ("last_register_month", "default_until"),
    ):
        begin, end = getattr(settings, earlier), getattr(settings, later)
        if end < begin or begin < 0:
            name = later if later in Settings.model_fields else earlier
            line = line_of(read_yaml(path), (name, "value"))
            raise ConfigError(
                f"{path}:{line}: {later}: found {month_label(end)}; must not lie before {earlier} "
                f"({month_label(begin)}), and nothing before 2022-01."
            )
    return settings
