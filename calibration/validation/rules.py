"""The scoring rule as data: ``configs/validation.yaml``, checked against the world it is applied to.

The forecasts others published (``published_forecasts.yaml`` beside it) are read with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from abm.data.config import line_of, load, read_yaml
from abm.data.world import Registers
from abm.errors import ConfigError
from abm.months import month_index, month_label
from calibration.validation.published_forecasts import PublishedForecast, load_published
from calibration.validation.schema import LONGEST_HORIZON, RulesFile

__all__ = ["LONGEST_HORIZON", "ArimaOrders", "Compared", "Rules", "load_rules"]


@dataclass(frozen=True)
class ArimaOrders:
    """Largest orders the ARIMA rival may have.

    Attributes
    ----------
    autoregressive, moving_average : int
        Terms of either kind at most.
    together : int
        Terms of both kinds at most.
    """

    autoregressive: int
    moving_average: int
    together: int

    def candidates(self) -> Iterator[tuple[int, int]]:
        """Yield the orders (p, q), simplest first, so that a tie goes to the simpler one."""
        orders = [(p, q) for p in range(self.autoregressive + 1) for q in range(self.moving_average + 1)]
        yield from sorted((o for o in orders if sum(o) <= self.together), key=lambda o: (sum(o), o))


@dataclass(frozen=True)
class Compared:
    """What the levels to clear look at.

    Attributes
    ----------
    horizons : tuple of int
        Months ahead.
    hosts : tuple of str
        Codes of the hosts in which the model must be better than both naive rivals.
    reported : dict of str to tuple of float
        Errors of the naive rivals as reported before, %, one for each of ``horizons``.
    """

    horizons: tuple[int, ...]
    hosts: tuple[str, ...]
    reported: dict[str, tuple[float, ...]]


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
    growth_months, least_months_since_break : int
        Of the rivals that read the register since its last break.
    arima_orders : ArimaOrders
        Largest orders tried.
    compared : Compared
        What the levels to clear look at.
    bars : dict of str to float
        Levels to clear.
    published : tuple of PublishedForecast
        Forecasts of others.
    default_scale, default_seeds : int
        Of the command.
    """

    hosts: tuple[int, ...]
    horizons: tuple[int, ...]
    lookback: int
    windows: dict[str, tuple[int, int]]
    growth_months: int
    least_months_since_break: int
    arima_orders: ArimaOrders
    compared: Compared
    bars: dict[str, float]
    published: tuple[PublishedForecast, ...]
    default_scale: int
    default_seeds: int


def load_rules(path: Path, ids: tuple[str, ...], registers: Registers) -> Rules:
    """Return the scoring rule.

    Parameters
    ----------
    path : Path
        ``validation.yaml``; ``published_forecasts.yaml`` is read from the same folder.
    ids : tuple of str
        Codes of all hosts, in code order.
    registers : Registers
        The data the windows must lie in.

    Raises
    ------
    ConfigError
        If a file is wrong, windows overlap or leave the data, or a host is unknown.
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
    compared = content.compared
    if extra := sorted(set(compared.horizons_months.value) - set(horizons)):
        raise fault(
            ("compared", "horizons_months"),
            f"{extra} is not scored; allowed are {horizons}. Score it or take it out.",
        )
    allowed = [ids[h] for h in scored]
    for position, code in enumerate(compared.hosts.value):
        if code not in allowed:
            raise fault(
                ("compared", "hosts", "value", position),
                f"{code!r} is not a scored host; allowed are {', '.join(allowed)}.",
            )
    reported = {
        "persistence": tuple(compared.reported_error_pct.persistence.value),
        "constant_inflow": tuple(compared.reported_error_pct.constant_inflow.value),
    }
    for rival, errors in reported.items():
        if len(errors) != len(compared.horizons_months.value):
            raise fault(
                ("compared", "reported_error_pct", rival),
                f"{len(errors)} errors; one per horizon {compared.horizons_months.value} is needed.",
            )
    rivals = content.statistical_rivals
    lookback = content.lookback_months.value
    return Rules(
        hosts=scored,
        horizons=tuple(horizons),
        lookback=lookback,
        windows=windows,
        growth_months=rivals.growth_months.value,
        least_months_since_break=rivals.least_months_since_break.value,
        arima_orders=ArimaOrders(
            rivals.most_autoregressive_terms.value,
            rivals.most_moving_average_terms.value,
            rivals.most_terms_together.value,
        ),
        compared=Compared(tuple(compared.horizons_months.value), tuple(compared.hosts.value), reported),
        bars={name: bar["value"] for name, bar in content.bars.model_dump().items()},
        published=load_published(
            path.with_name("published_forecasts.yaml"), ids, scored, registers, lookback, horizons[-1]
        ),
        default_scale=content.default_scale,
        default_seeds=content.default_seeds,
    )
