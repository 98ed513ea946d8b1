"""What users take home besides tables: a one-page briefing (HTML)."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard.colours import LIGHT
from dashboard.engine.answer import Answer
from dashboard.engine.bands import display
from dashboard.engine.differences import difference
from dashboard.messages.words import Words
from experiments.ensemble.outcomes import shown_in
from experiments.figures.style import embedded_faces

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 78, 16, 14, 34
TICKS = 5

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def briefing(
    words: Words,
    answer: Answer,
    place: str,
    place_name: str,
    scenario: Sequence[str],
    link: str = "",
    finding: str = "",
) -> str:
    """Return the page; ``scenario`` says what was chosen, one line each, ``finding`` what it changes."""

    def say(key: str, **values: Any) -> str:
        return words.t(f"compare.briefing_{key}", **values)

    def ends(low: int, high: int, write: Callable[[float], str]) -> str:
        return "" if low == high else say("to", low=write(low), high=write(high))

    def level(outcome: str) -> tuple[str, str]:
        low, mid, high = display(answer.at_horizon(outcome, place))
        return words.number(mid), ends(low, high, words.number)

    def change(outcome: str) -> tuple[str, str]:
        found = difference(answer.difference(outcome, place))
        return found.value(words), "" if found.kind == "none" else ends(found.low, found.high, words.signed)

    low, mid, high = display(answer.at_horizon("stock", place))
    until = words.month_inside(answer.choice.until)
    fans = {"this_choice": answer.fan("stock", place)}
    if not answer.choice.is_baseline:
        fans["baseline"] = answer.fan("stock", place, of="baseline")
    return _PAGES.get_template("briefing.html.j2").render(
        say=say,
        typeface=Markup(embedded_faces()),  # noqa: S704
        language=words.language,
        title=say("title", place=place_name),
        scenario=scenario,
        headline=say("headline", place=place_name, mid=mid, low=low, high=high, until=until),
        difference=finding or say("no_difference"),
        chart=chart_geometry(words, fans),
        table=[
            (words.t(f"scenario.outcome_{name}"), level(name), change(name)) for name in shown_in("briefing")
        ],
        is_baseline=answer.choice.is_baseline,
        covers=say("band_covers", n=answer.n_seeds),
        assumptions=[say(f"assumption_{name}") for name in ("projection", "same_events", "war")],
        provisional="" if answer.final else say("provisional", n=answer.n_seeds),
        stale=say("stale") if answer.stale else "",
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


def _nice(top: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that cuts a length in about five."""
    if top <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top / TICKS))
    return next(power * step for step in (1, 2, 5, 10) if power * step * TICKS >= top)


def chart_geometry(words: Words, fans: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return where lines and texts of the fan chart lie: a band with its median for each fan, by its key."""
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

    colours = {"this_choice": LIGHT["scenario-a"], "baseline": LIGHT["baseline"]}
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
                "name": name,
                "colour": colours[name],
                "ring": " ".join([*line(fan["high"]), *reversed(line(fan["low"]))]),
                "median": " ".join(line(fan["mid"])),
                "dash": "" if name == "this_choice" else "6 4",
            }
            for name, fan in fans.items()
        ],
    }  # fmt: skip
