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
from dashboard.messages.catalogue import message
from experiments.ensemble.outcomes import shown_in
from experiments.figures.style import embedded_faces

WORDS = (
    "title", "scenario", "headline", "difference", "no_difference", "chart", "this_choice", "baseline",
    "table", "outcome", "level", "change", "band_covers", "assumptions", "assumption_projection",
    "assumption_same_events", "assumption_war", "provisional", "stale", "made", "link", "to", "no_change",
    "unclear",
)  # fmt: skip
"""Keys of its texts, ``compare.briefing_<key>``; fields in braces are filled in here."""

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
    words : mapping of str to str, optional
        Other texts in the place of some.
    language : str
        ``en``, ``nl`` or ``uk``.
    number, month : callable
        How the language writes numbers and ``YYYY-MM``.
    date : str, optional
        Today, as the language writes it.
    extra : sequence of str
        Further assumptions.
    """
    say = {key: message(f"compare.briefing_{key}", language) for key in WORDS} | dict(words or {})
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

    def change(wanted: str) -> dict[str, str]:
        # As the pages have it: where the band holds zero, the middle is no finding.
        exact = answer.difference(wanted, place)
        if not any(exact):
            return {"mid": say["no_change"], "ends": ""}
        shown = band(display(*exact), signed)
        low, _, high = display(*exact)
        return {**shown, "mid": say["unclear"]} if low <= 0 <= high else shown

    table: list[dict[str, Any]] = [
        {
            "name": message(f"scenario.outcome_{one}", language),
            "level": band(display(*answer.at_horizon(one, place)), number),
            "change": change(one),
        }
        for one in shown_in("briefing")
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
