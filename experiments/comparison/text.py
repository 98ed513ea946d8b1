"""A comparison in the terminal, for people who decide."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from abm.band import IN_WORDS
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.months import month_label
from experiments.comparison.compare import Comparison, band, channels, masks_of
from experiments.comparison.outcomes import LABELS, OUTCOMES
from experiments.uncertainty import band_in_short
from experiments.wording.numbers import amount, rounding_step, to_step

SHOWN = (
    "stock", "arrivals", "returns", "onward_in", "onward_out", "protected", "transition_permit",
    "regular_permit", "asylum", "refugee", "without_title", "collective_used", "places_short",
)  # fmt: skip


def headline(comparison: Comparison, world: World, settings: RunSettings) -> str:
    """Return one sentence about the Netherlands."""
    mask = masks_of(world, ["NL"])["NL"]
    values = comparison.difference[:, OUTCOMES.index("stock")][:, mask].sum(axis=1)
    middle, low, high = band(values)
    when = month_label(settings.until)
    if low <= 0 <= high:
        return (
            f"{comparison.other}: by {when} the number of people to protect in the Netherlands does not "
            f"differ clearly from {comparison.base} ({amount(middle, low, high, settings.scale)})."
        )
    step = rounding_step(middle, low, high, settings.scale)
    verb = "more" if middle > 0 else "fewer"
    ends = sorted((abs(to_step(low, step)), abs(to_step(high, step))))
    return (
        f"{comparison.other}: by {when} about {abs(to_step(middle, step)):,} {verb} people to protect in the "
        f"Netherlands than under {comparison.base} ({IN_WORDS} of runs: {ends[0]:,} to {ends[1]:,} {verb})."
    )


def print_comparisons(
    comparisons: Sequence[Comparison], world: World, places: Sequence[str], settings: RunSettings
) -> None:
    """Print headline, differences, channels, levers and household types of every scenario."""
    console = Console()
    masks = masks_of(world, places)
    for comparison in comparisons:
        console.print()
        console.print(headline(comparison, world, settings), style="bold", highlight=False)
        table = Table(
            title=f"{comparison.other} less {comparison.base}, persons ({IN_WORDS} band over seeds)"
        )
        table.add_column("outcome")
        for place in places:
            table.add_column(place, justify="right")
        for outcome in SHOWN:
            number = OUTCOMES.index(outcome)
            cells = [
                amount(*band(comparison.difference[:, number][:, mask].sum(axis=1)), settings.scale)
                for mask in masks.values()
            ]
            if any(cell != "no change" for cell in cells):
                table.add_row(LABELS[outcome], *cells)
        console.print(table)
        _print_parts(console, comparison, world, places, settings)
    console.print(
        "\nAll scenarios share their chance events, so a difference is the effect of the scenario.\n"
        f"The band covers {band_in_short(settings)}. Stocks at the horizon; flows from the first month that "
        "differs.",
        style="dim",
        highlight=False,
    )


def _print_parts(
    console: Console, comparison: Comparison, world: World, places: Sequence[str], settings: RunSettings
) -> None:
    masks = masks_of(world, places)
    number = OUTCOMES.index("stock")
    by = Table(title="People to protect: where the difference comes from (mean)")
    by.add_column("part")
    for place in places:
        by.add_column(place, justify="right")

    def row(name: str, values: list[float]) -> None:
        if any(abs(v) >= 0.5 for v in values):
            steps = [rounding_step(v, least=settings.scale) for v in values]
            by.add_row(name, *[f"{to_step(v, s):+,}" for v, s in zip(values, steps, strict=True)])

    parts = [channels(comparison, "stock", mask) for mask in masks.values()]
    for name in parts[0]:
        row(f"through {LABELS[name]}", [part[name] for part in parts])
    if len(comparison.by_lever) > 1:
        by.add_section()
        for player, values in comparison.by_lever:
            row(f"by {player.label['en']}", [float(values[number, mask].sum()) for mask in masks.values()])
    if by.row_count:
        console.print(by)
    if comparison.types:
        kinds = Table(title="Households whose place or title differs most at the end (first seed, all hosts)")
        kinds.add_column("kind of household")
        kinds.add_column("persons", justify="right")
        for name, persons in comparison.types:
            kinds.add_row(name, f"{to_step(persons, rounding_step(persons, least=settings.scale)):,}")
        console.print(kinds)
