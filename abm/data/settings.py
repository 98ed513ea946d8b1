"""Settings of the simulation itself, ``configs/settings.yaml``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from abm.data.config import Strict, line_of, load, read_yaml
from abm.data.country import MonthText
from abm.data.figures import Share, Text
from abm.errors import ConfigError
from abm.months import month_index, month_label

Count = Annotated[int, Field(ge=1)]


class _Month(Strict):
    value: MonthText
    unit: Literal["month"]
    meaning: Text
    reason: Text


class _Households(Strict):
    value: Count
    unit: Literal["households"]
    meaning: Text
    reason: Text


class _Runs(Strict):
    value: Count
    unit: Literal["runs"]
    meaning: Text
    reason: Text


class _Share(Strict):
    value: Share
    unit: Literal["share"]
    meaning: Text
    reason: Text


class SettingsFile(Strict):
    """The file as written: every setting with unit, meaning and reason."""

    start_month: _Month
    first_register_month: _Month
    last_register_month: _Month
    reference_month: _Month
    default_until: _Month
    default_scale: _Households
    default_seeds: _Runs
    households_per_host_min: _Households
    boys_share: _Share
    male_share_65: _Share


@dataclass(frozen=True)
class Settings:
    """The settings as numbers; months count from 2022-01.

    Attributes
    ----------
    start_month, first_register_month, last_register_month, reference_month, default_until : int
        See ``configs/settings.yaml`` for the meaning of each.
    default_scale : int
        Real households per simulated household.
    default_seeds : int
        Runs.
    households_per_host_min : int
        Simulated households.
    boys_share, male_share_65 : float
        Shares 0 to 1.
    """

    start_month: int
    first_register_month: int
    last_register_month: int
    reference_month: int
    default_until: int
    default_scale: int
    default_seeds: int
    households_per_host_min: int
    boys_share: float
    male_share_65: float


def load_settings(root: Path) -> Settings:
    """Return the settings.

    Raises
    ------
    ConfigError
        With every fault of the file, or if its months are not in order.
    """
    path = root / "settings.yaml"
    file = load(path, SettingsFile)
    names = (
        "start_month",
        "first_register_month",
        "last_register_month",
        "reference_month",
        "default_until",
    )
    months = {name: month_index(getattr(file, name).value) for name in names}
    for earlier, later in (
        ("start_month", "last_register_month"),
        ("first_register_month", "last_register_month"),
        ("first_register_month", "reference_month"),
        ("reference_month", "last_register_month"),
        ("last_register_month", "default_until"),
    ):
        if months[later] < months[earlier] or months[earlier] < 0:
            line = line_of(read_yaml(path), (later, "value"))
            raise ConfigError(
                f"{path}:{line}: {later}: found {month_label(months[later])}; must not lie before "
                f"{earlier} ({month_label(months[earlier])}), and nothing before 2022-01."
            )
    return Settings(
        **months,
        default_scale=file.default_scale.value,
        default_seeds=file.default_seeds.value,
        households_per_host_min=file.households_per_host_min.value,
        boys_share=file.boys_share.value,
        male_share_65=file.male_share_65.value,
    )
