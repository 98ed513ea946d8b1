"""What a run says about one host, the EU and all hosts, as figures with their bands.

The same figures go to the terminal, to ``summary.json`` and to ``ewea run --json``.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.band import IN_WORDS, LEVEL
from abm.data.registers import period_of, register_until
from abm.months import first_day, month_label
from abm.places import ALL, EU, hosts_of
from experiments.options import console, terminal_table
from experiments.run_tables import RunSeries, band_of_seeds
from experiments.uncertainty import band_in_short, how_it_was_fitted, what_the_band_covers
from experiments.wording.numbers import rounding_step, short_day, spoken_day, spoken_month, to_step

if TYPE_CHECKING:
    from rich.table import Table

    from abm.data.settings import RunSettings
    from abm.data.world import World

NETHERLANDS = "NL"


def host_spoken_of(world: "World") -> str:
    """Return the host that summaries speak of: the Netherlands, or else the one with the largest register."""
    stock = np.nan_to_num(world.registers.stock[world.registers.last_month])
    return NETHERLANDS if NETHERLANDS in world.hosts.ids else world.hosts.ids[int(np.argmax(stock))]


def host_in_words(world: "World", host: str) -> str:
    """Return the name of a host inside a sentence."""
    return "the Netherlands" if host == NETHERLANDS else world.hosts.labels[host]["en"]


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
    groups, host = {}, host_spoken_of(world)
    labels = {host: world.hosts.labels[host]["en"], EU: "EU-27", ALL: "All host countries"}
    for group, label in labels.items():
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
            "periods": _periods(world, chosen, series.until - 1),
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
        "places": {host: _places(series, host, now, scale)},
    }
    figures["headline"] = run_headline(figures, host, host_in_words(world, host))
    return figures


def _periods(world: "World", chosen: NDArray[np.bool_], last: int) -> dict[str, str | None]:
    """Return the last month of register, estimate to today and projection; None where there is none."""
    end = register_until(world.registers, chosen)
    ends = {"register": min(end, last), "estimate": min(world.today, last), "projection": last}
    return {
        name: month_label(month) if month >= 0 and period_of(end, month, world.today) == name else None
        for name, month in ends.items()
    }


def run_headline(figures: dict[str, Any], host: str, name: str) -> str:
    """Return the one sentence to remember."""
    here = figures["groups"][host]
    end, change = here["stock_horizon"], here["stock_change"]
    size = ""
    if end["low"] is not None and end["shown_low"] < end["shown_high"]:
        size = f" ({IN_WORDS} band {end['shown_low']:,} to {end['shown_high']:,})"
    if figures["flows"]["period"] == "hindcast":
        return (
            f"On {spoken_day(figures['day_horizon'])} about {end['shown']:,} displaced people from Ukraine "
            f"live in {name}{size}, by the model's account of the past."
        )
    crosses = change["low"] is not None and change["low"] <= 0 <= change["high"]
    move = "much as the" if crosses else ("up from about" if change["value"] > 0 else "down from about")
    return (
        f"If nothing changes beyond scenario '{figures['scenario']}', about {end['shown']:,} displaced "
        f"people from Ukraine live in {name} on {spoken_day(figures['day_horizon'])}{size}, "
        f"{move} {here['stock_now']['shown']:,} on {spoken_day(figures['day_now'])}."
    )


def _stock(series: RunSeries, chosen: NDArray[np.bool_], month: int) -> NDArray[np.int64]:
    return series.stock[:, month - series.first, chosen].sum(axis=1)


def _flows(series: RunSeries, chosen: NDArray[np.bool_]) -> dict[str, NDArray[np.int64]]:
    """Return persons[seed, month] per flow across the border of a group of hosts."""
    moves = series.between
    flows = {
        "arrivals": series.arrivals[:, :, chosen].sum(axis=2),
        "returns": series.returns[:, :, chosen].sum(axis=2),
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
    """Return median and band over seeds, raw and rounded; one seed has no band."""
    ends: list[float | None] = [None, None]
    low, middle, high = (float(end) for end in band_of_seeds(values))
    step = rounding_step(middle, least=scale)
    if len(values) > 1:
        ends, step = [low, high], rounding_step(middle, low, high, least=scale)
    shown = [None if end is None else to_step(end, step) for end in ends]
    return {
        "value": middle, "low": ends[0], "high": ends[1],
        "shown": to_step(middle, step), "shown_low": shown[0], "shown_high": shown[1],
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
            known = (series.indicators[name] for name in names if name in series.indicators)
            values = [value[:, month - series.first, column] for value in known]
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
    first, until, after, end = (
        spoken_month(month_label(month)) for month in (series.first, last_data, last_data + 1, last)
    )
    if last <= last_data or series.first > last_data:
        part = "hindcast" if last <= last_data else "projection"
        return f"All months are {part}: data exist until {until}."
    return f"{first} to {until} is hindcast (register data exist), {after} to {end} is projection."


PERIODS_IN_WORDS = {
    "register": "register published to",
    "estimate": "estimate to today, to",
    "projection": "projection, to",
}

FLOWS_IN_WORDS = {
    "arrivals": "arrive from Ukraine",
    "returns": "return to Ukraine",
    "onward_in": "move in from another host",
    "onward_out": "move on to another host",
    "onward_within": "move between its hosts",
}

PLACES_IN_WORDS = {
    "needed": "people who need a place",
    "in_use": "places in use",
    "capacity": "places available",
    "short": "unmet requests for a place",
}


def print_summary(figures: dict[str, Any]) -> None:
    """Print the figures of :func:`experiments.summary.summarise_run` to standard output."""
    out = console()
    out.print(f"\n[bold]{figures['headline']}[/bold]\n")
    for make in (_people_table, _moves_table, _registers_table, _places_table):
        if (table := make(figures)) is not None:
            out.print(table)
    for sentence in (figures["parts"], figures["band"]["covers"], figures["fit"]):
        out.print(sentence)


def with_band(figure: dict[str, Any] | None) -> str:
    r"""Return a figure with its band below it; a band narrower than the rounding is not shown.

    >>> with_band({"shown": 134_000, "shown_low": 128_000, "shown_high": 142_000})
    '134,000\n128,000–142,000'
    >>> with_band({"shown": 134_000, "shown_low": None, "shown_high": None})
    '134,000'
    """
    if figure is None:
        return "not known"
    text = f"{figure['shown']:,}"
    if figure["shown_low"] is None or figure["shown_low"] == figure["shown_high"]:
        return text
    return f"{text}\n{figure['shown_low']:,}–{figure['shown_high']:,}"


def _people_table(figures: dict[str, Any]) -> "Table":
    groups = figures["groups"].values()
    days = {"stock_now": short_day(figures["day_now"]), "stock_horizon": short_day(figures["day_horizon"])}
    stocks = days | {"stock_change": "change"}
    rows = [(words, *(with_band(group[name]) for group in groups)) for name, words in stocks.items()]
    heads = ("", *(group["label"] for group in groups))
    return terminal_table("Displaced people from Ukraine living there", heads, rows)


def _moves_table(figures: dict[str, Any]) -> "Table":
    flows, groups = figures["flows"], figures["groups"]
    # Nobody moves on into or out of all host countries together.
    unfit = {(ALL, "onward_in"), (ALL, "onward_out")}

    def cell(key: str, name: str) -> str:
        per_year = groups[key]["per_year"]
        return "-" if (key, name) in unfit or name not in per_year else with_band(per_year[name])

    rows = [(words, *(cell(key, name) for key in groups)) for name, words in FLOWS_IN_WORDS.items()]
    span = f"{spoken_month(flows['first'])} to {spoken_month(flows['last'])} ({flows['period']})"
    heads = ("", *(group["label"] for group in groups.values()))
    return terminal_table(f"People who move, per year: mean of {span}", heads, rows)


def _registers_table(figures: dict[str, Any]) -> "Table | None":
    groups = [group for group in figures["groups"].values() if group["register"]]
    if not groups:
        return None
    lines = [group["register"] for group in groups]
    rows = [
        ("published", *(f"{line['published']:,}" for line in lines)),
        ("by the model", *(with_band(line["modelled"]) for line in lines)),
        ("difference", *(f"{100 * line['difference_share']:+.1f} %" for line in lines)),
        ("hosts counted", *(str(line["hosts"]) for line in lines)),
    ]
    for name, words in PERIODS_IN_WORDS.items():
        until = (group["periods"][name] for group in groups)
        rows.append((words, *("-" if month is None else spoken_month(month) for month in until)))
    title = f"In the registers of temporary protection, end of {spoken_month(lines[0]['month'])}"
    return terminal_table(title, ("", *(group["label"] for group in groups)), rows)


def _places_table(figures: dict[str, Any]) -> "Table | None":
    host, places = next(iter(figures["places"].items()))
    if all(line is None for line in places["horizon"].values()):
        return None
    rows = []
    for line, words in PLACES_IN_WORDS.items():
        cells = (places["now"][line], places["horizon"][line])
        rows.append((words, *(f"{c:,.0f}" if isinstance(c, float) else with_band(c) for c in cells)))
    heads = ("", spoken_day(figures["day_now"]), spoken_day(figures["day_horizon"]))
    label = figures["groups"][host]["label"]
    return terminal_table(f"Collective reception: {label}", heads, rows)
