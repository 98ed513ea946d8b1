"""A fan chart as inline SVG, for documents that must stand alone."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup, escape

from dashboard.colours import LIGHT

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 78, 16, 14, 34
CHOICE, BASE, INK, GRID = LIGHT["scenario-a"], LIGHT["baseline"], "#222222", "#DDDDDD"
TICKS = 5


def _nice(top: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that cuts a length in about five."""
    if top <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top / TICKS))
    return next(power * step for step in (1, 2, 5, 10) if power * step * TICKS >= top)


def fan_svg(
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any] | None,
    title: str,
    names: tuple[str, str],
    number: Callable[[float], str],
    month: Callable[[str], str],
) -> Markup:
    """Return a band with its median, beside that of the baseline if given (dashed).

    Parameters
    ----------
    mine, theirs : mapping
        As :meth:`dashboard.engine.answer.Answer.fan` returns it.
    title : str
        Name for screen readers.
    names : tuple of str
        Names of the two lines.
    number, month : callable
        How the language writes numbers and months.
    """
    fans = [fan for fan in (mine, theirs) if fan is not None]
    top = max(float(max(fan["high80"])) for fan in fans)
    bottom = min(0.0, *(float(min(fan["low80"])) for fan in fans))
    step = _nice(top - bottom)
    low, high = math.floor(bottom / step) * step, max(math.ceil(top / step) * step, bottom + step)
    months = list(mine["months"])
    across = (WIDTH - LEFT - RIGHT) / max(len(months) - 1, 1)

    def x(n: int) -> float:
        return LEFT + n * across

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def line(values: Any) -> str:
        return " ".join(f"{x(n):.1f},{y(float(v)):.1f}" for n, v in enumerate(values))

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        'xmlns="http://www.w3.org/2000/svg" font-size="12">'
    ]
    value = low
    while value <= high + step / 2:
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            f'stroke="{GRID}"/><text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end" fill="{INK}">'
            f"{escape(number(value))}</text>"
        )
        value += step
    for n, label in enumerate(months):
        if label.endswith("-01"):
            parts.append(
                f'<line x1="{x(n):.1f}" x2="{x(n):.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 5}" '
                f'stroke="{INK}"/><text x="{x(n):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" '
                f'fill="{INK}">{escape(month(label))}</text>'
            )
    styles = [(mine, CHOICE, "", names[0]), (theirs, BASE, ' stroke-dasharray="6 4"', names[1])]
    shown = [style for style in styles if style[0] is not None]
    for fan, colour, _, _ in reversed(shown):
        assert fan is not None
        ring = line(fan["high80"]) + " " + " ".join(reversed(line(fan["low80"]).split()))
        parts.append(f'<polygon points="{ring}" fill="{colour}" fill-opacity="0.16"/>')
    for number_of, (fan, colour, dash, name) in enumerate(shown):
        assert fan is not None
        parts.append(
            f'<polyline points="{line(fan["mid"])}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/>'
        )
        at = LEFT + 10 + 250 * number_of
        parts.append(
            f'<line x1="{at}" x2="{at + 26}" y1="{HEIGHT - BOTTOM - 14}" y2="{HEIGHT - BOTTOM - 14}" '
            f'stroke="{colour}" stroke-width="2.5"{dash}/><text x="{at + 32}" y="{HEIGHT - BOTTOM - 10}" '
            f'fill="{INK}">{escape(name)}</text>'
        )
    parts.append("</svg>")
    # Every text in it was escaped above; the rest are numbers.
    return Markup("".join(parts))  # noqa: S704
