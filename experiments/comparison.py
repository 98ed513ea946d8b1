"""Scenarios compared on common draws: from a user's options to a folder on disk, a table and a figure."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from abm.band import HIGH, IN_WORDS, LOW
from abm.data.folder import load_settings
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.months import first_day, month_label
from abm.policy.scenario import scenario_world
from experiments.data.told import warn_of_faults
from experiments.ensemble.files import write_json
from experiments.ensemble.identity import run_identity, short_hash, source_digest
from experiments.ensemble.judgement import SHOWN, JudgedShare, judge
from experiments.ensemble.outcomes import OUTCOMES, RATIOS, outcome, shown_in
from experiments.ensemble.paired import Comparison, as_json, band, channels, compare_scenarios, masks_of
from experiments.ensemble.pasts import check_ahead, present
from experiments.ensemble.worker import cores
from experiments.figures.style import BLUE, GREY, INK, ORANGE, common_look, save
from experiments.options import console, terminal_table
from experiments.run_folder import check_place, new_run_folder, write_manifest
from experiments.run_scenario import RESULTS, Watch, checked_seeds
from experiments.run_tables import about_table, write_run_table
from experiments.summary import host_in_words, host_spoken_of
from experiments.uncertainty import band_in_short, covered
from experiments.wording.numbers import amount, rounding_step, to_step, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Compared:
    """A finished comparison and where it was written, if it was."""

    comparisons: list[Comparison]
    world: World
    settings: RunSettings
    seeds: Sequence[int]
    identity: Mapping[str, Any]
    json: dict[str, Any]
    folder: Path | None
    judgement: JudgedShare | None = None


def run_comparison(
    configs: Path,
    base: str,
    others: Sequence[str],
    *,
    scale: int | None = None,
    n_seeds: int = 20,
    first_seed: int = 1,
    until: int | None = None,
    months: int | None = None,
    places: Sequence[str] | None = None,
    threads: int = 0,
    sensitivity: bool = False,
    out: Path | None = None,
    write: bool = True,
    watch: Watch = lambda done, total: None,
) -> Compared:
    """Compare scenarios; what is None comes from the settings, ``months`` count from the present on.

    ``out`` is the folder to write (``results/compare-...`` if absent).
    """
    started = dt.datetime.now(dt.UTC)
    usual = load_settings(configs)
    if until is not None and months is not None:
        raise EweaError("--until and --months say the same thing; give one of them.")
    horizon = usual.default_until if until is None else until
    settings = RunSettings(
        scenario=base,
        scale=usual.default_scale if scale is None else scale,
        until=horizon if months is None else usual.last_register_month + 1 + months,
        households_per_host=usual.households_per_host_min,
    )
    if out is not None:
        check_place(out)
    world = scenario_world(configs, settings.until, base)
    warn_of_faults(configs)
    masks_of(world, places)
    check_ahead(settings.until, present(world))
    settings = replace(settings, **covered(world))
    seeds = checked_seeds(first_seed, n_seeds)
    processes = min(threads or cores(), cores(), len(seeds))
    comparisons = compare_scenarios(configs, base, others, settings, seeds, processes, watch)
    document, judgement = as_json(comparisons, world, places), None
    if sensitivity:
        judgement = judge(configs, base, others, settings, seeds, processes, watch)
        document["sensitivity"] = judgement.to_dict([base, *others], masks_of(world, places))
    identity = {
        **run_identity(world, settings, seeds),
        "compared": [base, *others],
        "places": None if places is None else list(places),
        "sensitivity": sensitivity,
        "comparison_digest": source_digest("experiments.comparison"),
    }
    mark = short_hash(identity)
    place = (out or RESULTS / f"compare-{base}-{'-'.join(others)[:60]}-{mark}") if write else None
    done = Compared(comparisons, world, settings, seeds, identity, document, place, judgement)
    if place is not None:
        with new_run_folder(place) as folder:
            _write(done, folder)
            write_manifest(folder, world, settings, identity, started=started, processes=processes)
    return done


def _write(done: Compared, folder: Path) -> None:
    for comparison in done.comparisons:
        groups = _table(done, ("attribute", "value"), comparison.groups)
        for stem, meaning, table in (
            ("difference", DIFFERENCE, difference_table(done, comparison)),
            ("groups", f"{DIFFERENCE}, stock by attribute", groups),
        ):
            about = about_table(meaning, {"difference": "persons"}, done.identity)
            write_run_table(table, folder / f"{stem}-{comparison.other}.parquet", about)
        draw(folder / f"difference-{comparison.other}", comparison, done.world, done.settings)
    write_json(folder / "differences.json", done.json)


DIFFERENCE = "scenario less base with the same seed: stocks at the horizon, flows since the first difference"


def difference_table(done: Compared, comparison: Comparison) -> pa.Table:
    """Return the difference of every seed, outcome and host, as it is written."""
    differences = comparison.difference.transpose(1, 0, 2)
    outcomes = {(name,): values for name, values in zip(OUTCOMES, differences, strict=True)}
    return _table(done, ("outcome",), outcomes)


def _table(done: Compared, names: Sequence[str], values: Mapping[tuple[str, ...], NDArray[Any]]) -> pa.Table:
    """Return values [seed, host] by what ``names`` say of them, a row each."""
    rows = [
        (seed, *name, host, float(found[i, k]))
        for i, seed in enumerate(done.seeds)
        for name, found in values.items()
        for k, host in enumerate(done.world.hosts.ids)
    ]
    columns = zip(("seed", *names, "host", "difference"), zip(*rows, strict=True), strict=True)
    return pa.table({name: list(cells) for name, cells in columns})


def headline(comparison: Comparison, world: World, settings: RunSettings) -> str:
    """Return one sentence about the host that summaries speak of."""
    host = host_spoken_of(world)
    mask, name = masks_of(world, [host])[host], host_in_words(world, host)
    values = comparison.difference[:, OUTCOMES.index("stock")][:, mask].sum(axis=1)
    middle, low, high = band(values)
    when = month_label(settings.until)
    step = rounding_step(middle, low, high, settings.scale)
    more, fewer = int((values > 0).sum()), int((values < 0).sum())
    found = verdict(to_step(low, step), to_step(high, step), more, fewer, len(values))
    if found in ("none", "unclear"):
        return (
            f"{comparison.other}: by {when} the number of displaced people in {name} does not "
            f"differ clearly from {comparison.base} ({amount(middle, low, high, settings.scale)})."
        )
    if found in ("likely_more", "likely_less"):
        way = "more" if found == "likely_more" else "fewer"
        return (
            f"{comparison.other}: by {when} there are probably {way} displaced people in {name} "
            f"than under {comparison.base} (in {max(more, fewer)} of {len(values)} runs; "
            f"{amount(middle, low, high, settings.scale)})."
        )
    verb = "more" if middle > 0 else "fewer"
    ends = sorted((abs(to_step(low, step)), abs(to_step(high, step))))
    return (
        f"{comparison.other}: by {when} about {abs(to_step(middle, step)):,} {verb} displaced people in "
        f"{name} than under {comparison.base} ({IN_WORDS} of runs: {ends[0]:,} to {ends[1]:,} {verb})."
    )


def print_comparisons(
    comparisons: Sequence[Comparison], world: World, places: Sequence[str], settings: RunSettings
) -> None:
    """Print headline, differences, channels, levers and household types of every scenario."""
    out = console()
    masks = masks_of(world, places)
    for comparison in comparisons:
        out.print()
        out.print(headline(comparison, world, settings), style="bold")
        rows = []
        for name in shown_in("terminal"):
            difference = comparison.difference[:, OUTCOMES.index(name)]
            bands = (band(difference[:, mask].sum(axis=1)) for mask in masks.values())
            cells = [amount(*found, settings.scale) for found in bands]
            if any(cell != "no change" for cell in cells):
                rows.append((outcome(name).noun, *cells))
        title = f"{comparison.other} less {comparison.base}, persons ({IN_WORDS} band over seeds)"
        out.print(terminal_table(title, ("outcome", *places), rows))
        for name in RATIOS:
            found = [comparison.ratio(name, mask) for mask in masks.values()]
            if max(float(values.max()) for pair in found for values in pair) >= LEAST_SHARE:
                rows = [
                    (scenario, *(percent_band(pair[number]) for pair in found))
                    for number, scenario in enumerate((comparison.base, comparison.other))
                ]
                title = f"{outcome(name).label.en} at the end ({IN_WORDS} band over seeds)"
                out.print(terminal_table(title, ("scenario", *places), rows))
        if parts := list(_parts(comparison, list(masks.values()), settings.scale)):
            title = "Displaced people: where the difference comes from (mean)"
            out.print(terminal_table(title, ("part", *places), parts))
        if comparison.types:
            kinds = [
                (name, f"{to_step(persons, rounding_step(persons, least=settings.scale)):,}")
                for name, persons in comparison.types
            ]
            title = "Households whose place or title differs most at the end (first seed, all hosts)"
            out.print(terminal_table(title, ("kind of household", "persons"), kinds))
    out.print(
        "\nAll scenarios share their chance events, so a difference is the effect of the scenario.\n"
        f"The band covers {band_in_short(settings)}. Stocks at the horizon; flows from the first month that "
        "differs.",
        style="dim",
    )


def print_judgement(
    judgement: JudgedShare, names: Sequence[str], world: World, places: Sequence[str]
) -> None:
    """Print how much of every band is judgement, and what each judged prior moves at its two ends."""
    out, masks = console(), masks_of(world, places)
    for number, scenario in enumerate(names):
        for name in SHOWN:
            of = outcome(name).label.en
            what = f"{of}, {scenario}" + (f" less {names[0]}" if number and name not in RATIOS else "")
            parts = [judgement.part_of_band(name, mask, number) for mask in masks.values()]
            swings = np.array([judgement.swings(name, mask, number) for mask in masks.values()])
            order = np.argsort(-np.abs(swings).max(axis=(0, 2)), kind="stable")
            rows = [("part of the band that is judgement", *(f"{100.0 * part:.0f} %" for part in parts))]
            for prior in order:
                if np.abs(swings[:, prior]).max() > 0.0:
                    one = judgement.judged[prior]
                    label = f"{one.parameter} {one.low_80:g} to {one.high_80:g}"
                    rows.append((label, *(_swing(name, *ends) for ends in swings[:, prior].tolist())))
            title = f"{what}: what judged priors move at the ends of their 80 % interval"
            out.print(terminal_table(title, ("judged prior", *places), rows))


def _swing(name: str, low: float, high: float) -> str:
    if name in RATIOS:
        return f"{100.0 * low:+.1f} / {100.0 * high:+.1f} points"
    return f"{low:+,.0f} / {high:+,.0f}"


LEAST_SHARE = 0.005
"""Share below which a table of shares says nothing."""


def percent_band(values: NDArray[np.float64]) -> str:
    """Return a share with its band, in percent."""
    middle, low, high = (f"{100.0 * value:.0f}" for value in band(values))
    return f"{middle} % ({low} to {high})"


def _parts(
    comparison: Comparison, masks: Sequence[NDArray[np.bool_]], scale: int
) -> Iterator[tuple[str, ...]]:
    """Yield the parts that matter in one of the places: name, and persons by place."""
    for parts in zip(*(_parts_of(comparison, mask) for mask in masks), strict=True):
        (name, _, is_lever), persons = parts[0], [value for _, value, _ in parts]
        if any(abs(value) >= 0.5 for value in persons):
            cells = (f"{to_step(value, rounding_step(value, least=scale)):+,}" for value in persons)
            yield f"{'by' if is_lever else 'through'} {name}", *cells


def _parts_of(comparison: Comparison, mask: NDArray[np.bool_]) -> list[tuple[str, float, bool]]:
    """Return the channels of the difference in stock, then the levers: name, persons, whether a lever."""
    by_channel = channels(comparison, "stock", mask).items()
    by_lever = comparison.by_lever if len(comparison.by_lever) > 1 else []
    number = OUTCOMES.index("stock")
    return [
        *((outcome(name).noun, value, False) for name, value in by_channel),
        *((part.label["en"], float(values[number, mask].sum()), True) for part, values in by_lever),
    ]


def draw(stem: Path, comparison: Comparison, world: World, settings: RunSettings) -> None:
    """Write the figure as PNG and SVG."""
    from matplotlib.figure import Figure

    with common_look():
        figure = Figure(figsize=(12, 8.2))
        axes = figure.subplots(2, 2, width_ratios=[1.25, 1])
        figure.subplots_adjust(left=0.09, right=0.97, top=0.84, bottom=0.12, hspace=0.35, wspace=0.72)
        sentence, host = headline(comparison, world, settings), host_spoken_of(world)
        first, _, rest = sentence.partition(" (")
        title = "\n".join(wrap(first.rstrip(".") + ".", 95))
        figure.text(0.02, 0.985, title, fontsize=13, fontweight="bold", va="top")
        if rest:
            figure.text(0.02, 0.905, f"({rest}", fontsize=10, color=GREY, va="top")
        months = comparison.monthly.shape[1]
        days = [first_day(settings.until - months + 1 + m) for m in range(months)]
        for row, (place, name) in enumerate(((host, world.hosts.labels[host]["en"]), ("EU", "EU-27"))):
            mask = masks_of(world, [place])[place]
            values = comparison.monthly[:, :, mask].sum(axis=2)
            low, middle, high = np.quantile(values, [LOW, 0.5, HIGH], axis=0)
            panel = axes[row, 0]
            panel.fill_between(days, low, high, color=BLUE, alpha=0.25, linewidth=0)
            panel.plot(days, middle, color=BLUE, linewidth=2)
            panel.axhline(0, color=INK, linewidth=0.8)
            panel.set_title(f"{name}: displaced people, difference in persons", loc="left", fontsize=10)
            panel.yaxis.set_major_formatter(lambda v, _: f"{v:+,.0f}" if v else "0")
            panel.tick_params(axis="x", labelrotation=30)
            _bars(axes[row, 1], comparison, mask)
        note = (
            f"Simulation (ewea): {comparison.other} less {comparison.base} on the same seeds "
            f"({comparison.difference.shape[0]}), scale {settings.scale}, to {month_label(settings.until)}.\n"
            f"Line: median; band: {IN_WORDS} of them, covering {band_in_short(settings)}."
        )
        figure.text(0.02, 0.015, note, fontsize=8.5, color=GREY)
        save(figure, stem)


def _bars(panel: "Axes", comparison: Comparison, mask: NDArray[np.bool_]) -> None:
    """Draw the mean parts: flows first, levers below them."""
    parts = _parts_of(comparison, mask)
    shown = [part for part in parts if abs(part[1]) >= 0.5] or parts[:1]
    at = np.arange(len(shown))[::-1]
    colours = [BLUE if is_lever else ORANGE for *_, is_lever in shown]
    panel.barh(at, [value for _, value, _ in shown], color=colours)
    panel.set_yticks(at, [shorten(name, 46) for name, *_ in shown], fontsize=8.5)
    panel.axvline(0, color=INK, linewidth=0.8)
    panel.grid(axis="y", visible=False)
    panel.xaxis.set_major_formatter(lambda v, _: f"{v:+,.0f}" if v else "0")
    panel.tick_params(axis="x", labelrotation=30, labelsize=8.5)
    panel.set_title("through which flow (orange) and lever (blue)", loc="left", fontsize=10)
