"""What a run says about the Netherlands, the EU and all hosts, as figures with their bands.

The same figures go to the terminal (:mod:`experiments.summary_text`), to ``summary.json`` and to
``ewea run --json``.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.band import IN_WORDS, LEVEL
from abm.months import first_day, month_label
from abm.places import ALL, EU, hosts_of
from experiments.run_series import RunSeries, band_of_seeds
from experiments.uncertainty import band_in_short, how_it_was_fitted, what_the_band_covers
from experiments.wording.numbers import rounding_step, to_step
from experiments.wording.phrases import spoken_day, spoken_month

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World

GROUPS = {"NL": "Netherlands", EU: "EU-27", ALL: "All host countries"}

PLACES = {
    "needed": ("collective_places_used", "places_short"),
    "in_use": ("collective_places_used",),
    "capacity": ("collective_capacity",),
    "short": ("places_short",),
}
"""Lines on collective places, each the sum of these indicators."""


def summarise_run(series: RunSeries, world: "World", settings: "RunSettings") -> dict[str, Any]:
    """Return the figures of a run for people who decide on places and budgets.

    Every figure is ``{"value", "low", "high", "shown", "shown_low", "shown_high"}``: the median over
    seeds with the ends of the band (None with one seed), raw and rounded to what the band supports.

    """
    scale, scenario = settings.scale, settings.scenario
    last_data = world.registers.last_month
    now = min(last_data + 1, series.until)
    projected = max(series.until - (last_data + 1), 0)
    # Flows of the projection; a run that ends before the last data month reports all of its months.
    span = slice(now - series.first, None) if projected else slice(0, None)
    n_months = projected or series.until - series.first
    groups = {}
    for group, label in GROUPS.items():
        chosen = hosts_of(group, world.hosts)
        groups[group] = {
            "label": label,
            "stock_now": _figure(_stock(series, chosen, now), scale),
            "stock_horizon": _figure(_stock(series, chosen, series.until), scale),
            "stock_change": _change(_stock(series, chosen, now), _stock(series, chosen, series.until), scale),
            "per_year": {
                name: _figure(flow[:, span].sum(axis=1) * (12 / n_months), scale)
                for name, flow in _flows(series, chosen).items()
            },
            "register": _register(series, world, chosen, last_data, scale),
        }
    figures = {
        "scenario": scenario,
        "seeds": list(series.seeds),
        "scale": scale,
        "data_until": month_label(last_data),
        "day_now": first_day(now).isoformat(),
        "day_horizon": first_day(series.until).isoformat(),
        "flows": {
            "first": month_label(now if projected else series.first),
            "last": month_label(series.until - 1),
            "period": "projection" if projected else "hindcast",
        },
        "band": {
            "level": LEVEL if len(series.seeds) > 1 else None,
            "covers": what_the_band_covers(settings, len(series.seeds)),
            "short": band_in_short(settings),
        },
        "parts": _parts(series, last_data),
        "fit": how_it_was_fitted(settings, world),
        "groups": groups,
        "places": {"NL": _places(series, "NL", now, scale)},
    }
    figures["headline"] = run_headline(figures)
    return figures


def run_headline(figures: dict[str, Any]) -> str:
    """Return the one sentence to remember."""
    here = figures["groups"]["NL"]
    end, change = here["stock_horizon"], here["stock_change"]
    size = ""
    if end["low"] is not None and end["shown_low"] < end["shown_high"]:
        size = f" ({IN_WORDS} band {end['shown_low']:,} to {end['shown_high']:,})"
    if figures["flows"]["period"] == "hindcast":
        return (
            f"On {spoken_day(figures['day_horizon'])} about {end['shown']:,} displaced people from Ukraine "
            f"live in the Netherlands{size}, by the model's account of the past."
        )
    crosses = change["low"] is not None and change["low"] <= 0 <= change["high"]
    move = "much as the" if crosses else ("up from about" if change["value"] > 0 else "down from about")
    return (
        f"If nothing changes beyond scenario '{figures['scenario']}', about {end['shown']:,} displaced "
        f"people from Ukraine live in the Netherlands on {spoken_day(figures['day_horizon'])}{size}, "
        f"{move} {here['stock_now']['shown']:,} on {spoken_day(figures['day_now'])}."
    )


def _stock(series: RunSeries, chosen: NDArray[np.bool_], month: int) -> NDArray[np.int64]:
    return series.stock[:, month - series.first, chosen].sum(axis=1)


def _flows(series: RunSeries, chosen: NDArray[np.bool_]) -> dict[str, NDArray[np.int64]]:
    """Return persons[seed, month] per flow across the border of a group of hosts."""
    moves = series.between
    flows = {
        "arrivals": series.from_ukraine[:, :, chosen].sum(axis=2),
        "returns": series.to_ukraine[:, :, chosen].sum(axis=2),
        "onward_in": moves[:, :, ~chosen][:, :, :, chosen].sum(axis=(2, 3)),
        "onward_out": moves[:, :, chosen][:, :, :, ~chosen].sum(axis=(2, 3)),
    }
    if chosen.sum() > 1:
        flows["onward_within"] = moves[:, :, chosen][:, :, :, chosen].sum(axis=(2, 3))
    return flows


def _change(before: NDArray[np.int64], after: NDArray[np.int64], scale: int) -> dict[str, Any]:
    """Return the change of the medians, so that a reader can subtract; its band is over changes by seed."""
    change = _figure(after - before, scale)
    value = float(np.median(after) - np.median(before))
    shown = _figure(after, scale)["shown"] - _figure(before, scale)["shown"]
    return {**change, "value": value, "shown": shown}


def _figure(values: NDArray[Any], scale: int) -> dict[str, Any]:
    low, middle, high = (float(end) for end in band_of_seeds(values))
    if len(values) == 1:
        step = rounding_step(middle, least=scale)
        return {
            "value": middle, "low": None, "high": None,
            "shown": to_step(middle, step), "shown_low": None, "shown_high": None,
        }  # fmt: skip
    step = rounding_step(middle, low, high, least=scale)
    return {
        "value": middle, "low": low, "high": high,
        "shown": to_step(middle, step), "shown_low": to_step(low, step), "shown_high": to_step(high, step),
    }  # fmt: skip


def _register(
    series: RunSeries, world: "World", chosen: NDArray[np.bool_], last_data: int, scale: int
) -> dict[str, Any] | None:
    """Return published against modelled register in the last data month, over the hosts published."""
    number = last_data - series.first
    if not 0 <= number < series.register.shape[1]:
        return None
    published = world.registers.stock[last_data]
    modelled = series.register[:, number]
    both = chosen & np.isfinite(published) & np.isfinite(modelled).all(axis=0)
    if not both.any():
        return None
    figure = _figure(modelled[:, both].sum(axis=1), scale)
    count = float(published[both].sum())
    return {
        "month": month_label(last_data),
        "hosts": int(both.sum()),
        "published": round(count),
        "modelled": figure,
        "difference_share": figure["value"] / count - 1 if count else None,
    }


def _places(series: RunSeries, host: str, now: int, scale: int) -> dict[str, Any]:
    """Return collective places now and at the horizon: needed, in use, capacity and short."""
    column = series.hosts.index(host)
    lines: dict[str, Any] = {}
    for day, month in (("now", now), ("horizon", series.until)):
        lines[day] = {}
        for line, names in PLACES.items():
            values = [
                series.indicators[name][:, month - series.first, column]
                for name in names
                if name in series.indicators
            ]
            if len(values) < len(names) or not np.isfinite(np.sum(values, axis=0)).all():
                lines[day][line] = None  # no limit is known, or the indicator is not reported
            elif line == "capacity":
                lines[day][line] = float(np.median(values[0]))  # given data: no band, no rounding
            else:
                lines[day][line] = _figure(np.sum(values, axis=0), scale)
    return lines


def _parts(series: RunSeries, last_data: int) -> str:
    """Return which part is hindcast and which projection."""
    last = series.until - 1
    if last <= last_data:
        return f"All months are hindcast: data exist until {spoken_month(month_label(last_data))}."
    if series.first > last_data:
        return f"All months are projection: data exist until {spoken_month(month_label(last_data))}."
    return (
        f"{spoken_month(month_label(series.first))} to {spoken_month(month_label(last_data))} is hindcast "
        f"(register data exist), {spoken_month(month_label(last_data + 1))} to "
        f"{spoken_month(month_label(last))} is projection."
    )
