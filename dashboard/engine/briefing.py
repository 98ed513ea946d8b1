"""What users take home besides tables: a one-page briefing (HTML)."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard.colours import LIGHT
from dashboard.engine.answer import Answer
from dashboard.engine.bands import difference, display
from dashboard.messages.words import Words
from experiments.ensemble.outcomes import shown_in
from experiments.figures.style import embedded_faces

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 78, 16, 14, 34
TICKS = 5
MOST_TITLE, MOST_NOTE = 78, 108
"""Characters of a line of a picture."""

DASHES = {"A": "", "B": "10 4", "C": "2 4", "D": "10 4 2 4", "baseline": "6 4"}

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def briefing(
    words: Words,
    answers: Mapping[str, Answer],
    place: str,
    place_name: str,
    scenario: Sequence[str],
    link: str = "",
    findings: Sequence[str] = (),
) -> str:
    """Return the page about up to four scenarios by their letters, all set against the baseline.

    ``scenario`` says what was chosen, ``findings`` what it changes, one line each.
    """
    answer, alone = answers[min(answers)], len(answers) == 1
    is_baseline = all(one.choice.is_baseline for one in answers.values())

    def say(key: str, **values: Any) -> str:
        return words.t(f"compare.briefing_{key}", **values)

    def ends(low: int, high: int, write: Callable[[float], str]) -> str:
        return "" if low == high else say("to", low=write(low), high=write(high))

    def level(outcome: str) -> tuple[str, str]:
        low, mid, high = display(answer.at_horizon(outcome, place, "choice" if alone else "baseline"))
        return words.number(mid), ends(low, high, words.number)

    def change(one: Answer, outcome: str) -> tuple[str, str]:
        found = difference(one.difference(outcome, place))
        return found.value(words), "" if found.kind == "none" else ends(found.low, found.high, words.signed)

    low, mid, high = display(answer.at_horizon("stock", place, "choice" if alone else "baseline"))
    until = words.month_inside(answer.choice.until)
    fans = {slot: one.fan("stock", place) for slot, one in answers.items()}
    if not is_baseline:
        fans["baseline"] = answer.fan("stock", place, of="baseline")
    names = {"baseline": say("baseline"), **({min(answers): say("this_choice")} if alone else {})}
    changed = {} if is_baseline else answers
    heads = [say("level" if alone else "baseline")]
    heads += [say("change") if alone else f"{slot}: {say('less_baseline')}" for slot in changed]
    return _PAGES.get_template("briefing.html.j2").render(
        say=say,
        typeface=Markup(embedded_faces()),  # noqa: S704
        language=words.language,
        title=say("title", place=place_name),
        scenario=scenario,
        headline=say("headline", place=place_name, mid=mid, low=low, high=high, until=until),
        findings=findings or [say("no_difference")],
        chart=chart_geometry(words, fans, names),
        heads=heads,
        table=[
            (
                words.t(f"scenario.outcome_{name}"),
                [level(name), *(change(one, name) for one in changed.values())],
            )
            for name in shown_in("briefing")
            if answer.knows(name, place)
        ],
        covers=say("band_covers", n=answer.n_seeds),
        assumptions=[say(f"assumption_{name}") for name in ("projection", "same_events", "war")],
        provisional=""
        if all(one.final for one in answers.values())
        else say("provisional", n=answer.n_seeds),
        stale=say("stale") if any(one.stale for one in answers.values()) else "",
        made=say(
            "made",
            date=words.date(dt.datetime.now(dt.UTC).date().isoformat()),
            version=answer.version,
            data=words.month_inside(answer.data_date),
            seeds=f"{answer.mine.seeds[0]}-{answer.mine.seeds[-1]}",
            scale=str(answer.mine.scale),
        ),
        link=link if link.startswith(("http://", "https://", "/", "?")) else "",
    )


def chart_svg(
    words: Words, answers: Mapping[str, Answer], place: str, outcome: str, title: str, notes: Sequence[str]
) -> str:
    """Return one outcome over time as a picture of its own, title and notes in lines that fit."""
    first = answers[min(answers)]
    fans = {slot: one.fan(outcome, place) for slot, one in answers.items() if not one.choice.is_baseline}
    fans["baseline"] = first.fan(outcome, place, of="baseline")
    named = wrap(title, MOST_TITLE)
    below = [line for note in notes for line in wrap(note, MOST_NOTE)]
    top = 16 + 20 * len(named)
    return _PAGES.get_template("chart.svg.j2").render(
        chart=chart_geometry(words, fans, {"baseline": words.t("compare.briefing_baseline")}),
        title=named,
        notes=below,
        top=top,
        height=top + HEIGHT + 16 * len(below) + 14,
    )


def _nice(top: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that cuts a length in about five."""
    if top <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top / TICKS))
    return next(power * step for step in (1, 2, 5, 10) if power * step * TICKS >= top)


def chart_geometry(
    words: Words, fans: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]
) -> dict[str, Any]:
    """Return where lines and texts of the fan chart lie: a median for each fan by its key, and a band.

    Bands of several scenarios would mix to grey: then the baseline alone has one.
    """
    alone = len(fans) <= 2
    base = "past" if "B" in fans else "baseline"  # the colour of the baseline is that of B
    top = max(float(max(fan["high"])) for fan in fans.values())
    bottom = min(0.0, *(float(min(fan["low"])) for fan in fans.values()))
    step = _nice(top - bottom)
    low, high = math.floor(bottom / step) * step, max(math.ceil(top / step) * step, bottom + step)
    months = next(iter(fans.values()))["months"]
    across = (WIDTH - LEFT - RIGHT) / max(len(months) - 1, 1)

    def x(n: int) -> float:
        return LEFT + n * across

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def line(values: Any) -> list[str]:
        return [f"{x(n):.1f},{y(float(value)):.1f}" for n, value in enumerate(values)]

    return {
        "width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "foot": HEIGHT - BOTTOM,
        "levels": [
            (y(low + n * step), words.number(low + n * step)) for n in range(round((high - low) / step) + 1)
        ],
        "years": [
            (x(n), words.month_inside(month)) for n, month in enumerate(months) if month.endswith("-01")
        ],
        "fans": [
            {
                "name": names.get(key, key),
                "colour": LIGHT[base if key == "baseline" else f"scenario-{key.lower()}"],
                "ring": " ".join([*line(fan["high"]), *reversed(line(fan["low"]))])
                if alone or key == "baseline" else "",
                "median": " ".join(line(fan["mid"])),
                "dash": DASHES[key],
                "at": LEFT + 10 + (250 if alone else 120) * number,
            }
            for number, (key, fan) in enumerate(fans.items())
        ],
    }  # fmt: skip
