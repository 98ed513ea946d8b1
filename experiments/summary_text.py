"""The summary of a run on the terminal, in plain words."""

from typing import TYPE_CHECKING, Any

from abm.places import ALL
from experiments.options import console, terminal_table
from experiments.wording.phrases import short_day, spoken_day, spoken_month

if TYPE_CHECKING:
    from rich.table import Table

FLOWS = {
    "arrivals": "arrive from Ukraine",
    "returns": "return to Ukraine",
    "onward_in": "move in from another host",
    "onward_out": "move on to another host",
    "onward_within": "move between its hosts",
}

PLACES = {
    "needed": "people who need a place",
    "in_use": "places in use",
    "capacity": "places available",
    "short": "unmet requests for a place",
}


def print_summary(figures: dict[str, Any]) -> None:
    """Print the figures of :func:`experiments.summary.summarise_run` to standard output."""
    out = console()
    out.print(f"\n[bold]{figures['headline']}[/bold]\n")
    for table in (_people(figures), _moves(figures), _registers(figures), _places(figures)):
        if table is not None:
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


def _people(figures: dict[str, Any]) -> "Table":
    groups = figures["groups"].values()
    stocks = {
        short_day(figures["day_now"]): "stock_now",
        short_day(figures["day_horizon"]): "stock_horizon",
        "change": "stock_change",
    }
    rows = [(words, *(with_band(group[name]) for group in groups)) for words, name in stocks.items()]
    heads = ("", *(group["label"] for group in groups))
    return terminal_table("Displaced people from Ukraine living there", heads, rows)


def _moves(figures: dict[str, Any]) -> "Table":
    flows, groups = figures["flows"], figures["groups"]
    # Nobody moves on into or out of all host countries together.
    unfit = {(ALL, "onward_in"), (ALL, "onward_out")}
    rows = [
        (
            words,
            *(
                "-"
                if (key, name) in unfit or name not in group["per_year"]
                else with_band(group["per_year"][name])
                for key, group in groups.items()
            ),
        )
        for name, words in FLOWS.items()
    ]
    span = f"{spoken_month(flows['first'])} to {spoken_month(flows['last'])} ({flows['period']})"
    heads = ("", *(group["label"] for group in groups.values()))
    return terminal_table(f"People who move, per year: mean of {span}", heads, rows)


def _registers(figures: dict[str, Any]) -> "Table | None":
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
    title = f"In the registers of temporary protection, end of {spoken_month(lines[0]['month'])}"
    return terminal_table(title, ("", *(group["label"] for group in groups)), rows)


def _places(figures: dict[str, Any]) -> "Table | None":
    places = figures["places"]["NL"]
    if all(line is None for line in places["horizon"].values()):
        return None
    rows = []
    for line, words in PLACES.items():
        cells = (places["now"][line], places["horizon"][line])
        rows.append((words, *(f"{c:,.0f}" if isinstance(c, float) else with_band(c) for c in cells)))
    heads = ("", spoken_day(figures["day_now"]), spoken_day(figures["day_horizon"]))
    return terminal_table("Collective reception in the Netherlands", heads, rows)
