"""The scoring rule as data: ``configs/validation.yaml`` and its schema."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from abm.config import Strict, line_of, load, read_yaml
from abm.errors import ConfigError
from abm.months import month_index, month_label
from abm.world import Registers

LONGEST_HORIZON = 24
"""Most months ahead a forecast may be scored; the data of a validation run reach that far."""

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class HorizonList(Strict):
    """Months ahead that are scored."""

    value: list[Annotated[int, Field(ge=1, le=LONGEST_HORIZON)]] = Field(min_length=1)
    unit: Literal["months"]
    status: Literal["decided"]
    source: str = Field(min_length=1)


class WholeMonths(Strict):
    """A number of months."""

    value: Annotated[int, Field(ge=1, le=24)]
    unit: Literal["months"]
    status: Literal["decided"]
    source: str = Field(min_length=1)


class Bar(Strict):
    """A level to clear, with where it comes from."""

    value: Annotated[float, Field(ge=0)]
    unit: Literal["ratio", "share", "percent"]
    status: Literal["decided", "reported"]
    source: str = Field(min_length=1)


class WindowFile(Strict):
    """First and last month forecast."""

    first_target: Month
    last_target: Month


class Windows(Strict):
    """The two windows; calibration may see the first only."""

    fit: WindowFile
    held_out: WindowFile


class Bars(Strict):
    """Levels printed beside the result."""

    ard_stock: Bar
    ard_change_12m: Bar
    within_10_pct_at_12_months: Bar
    mase: Bar
    coverage_80_least: Bar
    coverage_80_most: Bar
    nl_error_pct_at_6_months: Bar
    nl_error_pct_at_12_months: Bar


class RulesFile(Strict):
    """Schema of ``configs/validation.yaml``."""

    horizons_months: HorizonList
    lookback_months: WholeMonths
    windows: Windows
    never_scored: list[str]
    default_scale: Annotated[int, Field(ge=1)]
    default_seeds: Annotated[int, Field(ge=1)]
    bars: Bars


@dataclass(frozen=True)
class Rules:
    """The scoring rule, checked against the world it is applied to.

    Attributes
    ----------
    hosts : tuple of int
        Numbers of the scored hosts, in code order.
    horizons : tuple of int
        Months ahead, rising.
    lookback : int
        Months of known change before an origin.
    windows : dict of str to (int, int)
        First and last month forecast, both included.
    bars : dict of str to float
        Levels to clear.
    default_scale, default_seeds : int
        Of the command.
    """

    hosts: tuple[int, ...]
    horizons: tuple[int, ...]
    lookback: int
    windows: dict[str, tuple[int, int]]
    bars: dict[str, float]
    default_scale: int
    default_seeds: int


def load_rules(path: Path, ids: tuple[str, ...], registers: Registers) -> Rules:
    """Return the scoring rule.

    Parameters
    ----------
    path : Path
        ``validation.yaml``.
    ids : tuple of str
        Codes of all hosts, in code order.
    registers : Registers
        The data the windows must lie in.

    Raises
    ------
    ConfigError
        If the file is wrong, windows overlap or leave the data, or a host is unknown.
    """
    content = load(path, RulesFile)
    data = read_yaml(path)

    def fault(where: tuple[int | str, ...], message: str) -> ConfigError:
        return ConfigError(f"{path}:{line_of(data, where)}: {'.'.join(map(str, where))}: {message}")

    horizons = content.horizons_months.value
    if sorted(set(horizons)) != horizons:
        raise fault(("horizons_months", "value"), f"found {horizons}; write each once, in rising order.")
    windows = {
        "fit": (month_index(content.windows.fit.first_target), month_index(content.windows.fit.last_target)),
        "held_out": (
            month_index(content.windows.held_out.first_target),
            month_index(content.windows.held_out.last_target),
        ),
    }
    first, last = registers.first_month, registers.last_month
    for name, (begin, end) in windows.items():
        if begin > end:
            raise fault(("windows", name), "first_target stands after last_target. Swap them.")
        if begin < first or end > last:
            raise fault(
                ("windows", name),
                f"leaves the register data, which run from {month_label(first)} to {month_label(last)}.",
            )
    if windows["fit"][1] >= windows["held_out"][0]:
        raise fault(("windows", "held_out"), "overlaps fit; the held-out months must come after it.")
    for position, code in enumerate(content.never_scored):
        if code not in ids:
            raise fault(("never_scored", position), f"{code!r} is not a host; allowed are {', '.join(ids)}.")
    scored = tuple(h for h, code in enumerate(ids) if code not in content.never_scored)
    if not scored:
        raise fault(("never_scored",), "leaves no host to score. Remove a host from the list.")
    return Rules(
        hosts=scored,
        horizons=tuple(horizons),
        lookback=content.lookback_months.value,
        windows=windows,
        bars={name: bar["value"] for name, bar in content.bars.model_dump().items()},
        default_scale=content.default_scale,
        default_seeds=content.default_seeds,
    )
