"""A one-page briefing as self-contained HTML, to read, print or send."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard.engine.answer import Answer
from dashboard.engine.bands import display
from dashboard.engine.exports.chart import fan_svg
from experiments.figures.typeface import embedded_faces

BRIEFING_WORDS: Mapping[str, str] = {
    "title": "Displaced Ukrainians: {place}",
    "scenario": "Scenario",
    "headline": "{place}: {mid} people to protect on 1 {until} (80 % band {low} to {high})",
    "difference": "Against the baseline: {mid} (80 % band {low} to {high})",
    "no_difference": "This is the baseline; nothing is set against it.",
    "chart": "People to protect, persons on the first day of the month",
    "this_choice": "this scenario",
    "baseline": "baseline",
    "table": "At the horizon",
    "outcome": "Outcome",
    "level": "This scenario",
    "change": "Difference from the baseline",
    "band_covers": (
        "The band holds 80 % of {n} runs. It covers chance, arrivals that no driver explains, and what the "
        "data leave open about the parameters. What the war or governments will do is not in it."
    ),
    "assumptions": "Assumptions",
    "assumption_projection": "A projection for groups, not a forecast for a person.",
    "assumption_same_events": "Both live through the same chance events: the difference is the choice.",
    "assumption_war": "Without a course of the war, fighting and economy go on as they were last.",
    "provisional": "Provisional: a first, coarse answer from {n} runs.",
    "stale": "Made with an older version of the model or its data.",
    "made": "Made on {date} · model {version} · register data to {data} · seeds {seeds} · scale {scale}",
    "link": "Link to this scenario",
    "to": "{low} to {high}",
    "no_change": "no difference",
    "unclear": "too small to tell",
    "outcome_stock": "people to protect",
    "outcome_protected": "with temporary protection",
    "outcome_transition_permit": "with a transition permit",
    "outcome_without_title": "without any title",
    "outcome_employed": "people with a job",
    "outcome_collective_used": "people in collective reception",
    "outcome_arrivals": "arrivals from Ukraine",
    "outcome_returns": "returns to Ukraine",
    "outcome_onward_out": "moves on to other hosts",
}
"""Keys and English texts. Callers pass them in their language, names of outcomes as ``outcome_<id>``."""

SHOWN = (
    "stock",
    "protected",
    "transition_permit",
    "without_title",
    "employed",
    "collective_used",
    "arrivals",
    "returns",
    "onward_out",
)

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def _grouped(value: float) -> str:
    return f"{value:,.0f}"


def _same(text: str) -> str:
    return text


def briefing(
    answer: Answer,
    place: str,
    scenario: Sequence[str],
    words: Mapping[str, str] | None = None,
    language: str = "en",
    place_name: str | None = None,
    number: Callable[[float], str] = _grouped,
    month: Callable[[str], str] = _same,
    date: str | None = None,
    link: str = "",
    extra: Sequence[str] = (),
) -> str:
    """Return the page.

    Parameters
    ----------
    answer : Answer
        What it is about.
    place : str
        A place of ``answer.places``.
    scenario : sequence of str
        The choice in words (:func:`scenario_in_words`).
    words : mapping of str to str, optional
        As :data:`BRIEFING_WORDS`, in the language.
    language : str
        ``en``, ``nl`` or ``uk``.
    number, month : callable
        How the language writes numbers and ``YYYY-MM``.
    date : str, optional
        Today, as the language writes it.
    extra : sequence of str
        Further assumptions.
    """
    say = {**BRIEFING_WORDS, **(words or {})}
    name = place_name or place
    low, mid, high = display(*answer.at_horizon("stock", place))
    apart = display(*answer.difference("stock", place))
    mine, theirs = answer.fan("stock", place), answer.fan("stock", place, of="baseline")
    signed = _signed(number)

    def band(values: tuple[int, int, int], write: Callable[[float], str]) -> dict[str, str]:
        low, mid, high = values
        return {
            "mid": write(mid),
            "ends": "" if low == high else say["to"].format(low=write(low), high=write(high)),
        }

    def change(outcome: str) -> dict[str, str]:
        # As the pages have it: where the band holds zero, the middle is no finding.
        exact = answer.difference(outcome, place)
        if not any(exact):
            return {"mid": say["no_change"], "ends": ""}
        shown = band(display(*exact), signed)
        low, _, high = display(*exact)
        return {**shown, "mid": say["unclear"]} if low <= 0 <= high else shown

    table: list[dict[str, Any]] = [
        {
            "name": say.get(f"outcome_{outcome}", outcome.replace("_", " ")),
            "level": band(display(*answer.at_horizon(outcome, place)), number),
            "change": change(outcome),
        }
        for outcome in SHOWN
    ]
    until = month(answer.choice.until)
    return _PAGES.get_template("briefing.html.j2").render(
        say=say,
        typeface=Markup(embedded_faces()),  # noqa: S704
        language=language,
        title=say["title"].format(place=name),
        scenario=list(scenario),
        headline=say["headline"].format(
            place=name, mid=number(mid), low=number(low), high=number(high), until=until
        ),
        difference=say["no_difference"]
        if answer.choice.is_baseline
        else say["difference"].format(mid=signed(apart[1]), low=signed(apart[0]), high=signed(apart[2])),
        chart=fan_svg(
            mine,
            None if answer.choice.is_baseline else theirs,
            say["chart"],
            (say["this_choice"], say["baseline"]),
            number,
            month,
        ),
        table=table,
        is_baseline=answer.choice.is_baseline,
        covers=say["band_covers"].format(n=answer.n_seeds),
        assumptions=[say[key] for key in say if key.startswith("assumption_")] + list(extra),
        provisional="" if answer.final else say["provisional"].format(n=answer.n_seeds),
        stale=say["stale"] if answer.stale else "",
        made=say["made"].format(
            date=date or dt.datetime.now(dt.UTC).date().isoformat(),
            version=answer.version,
            data=month(answer.data_date),
            seeds=f"{answer.seeds[0]}-{answer.seeds[-1]}",
            scale=answer.scale,
        ),
        link=link if link.startswith(("http://", "https://", "/", "?")) else "",
    )


def _signed(number: Callable[[float], str]) -> Callable[[float], str]:
    def write(value: float) -> str:
        return f"+{number(value)}" if value > 0 else f"−{number(-value)}" if value < 0 else number(0)

    return write
