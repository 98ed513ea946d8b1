"""The one typeface of the project, which its files bring along: no page depends on the fonts of a machine."""

from base64 import b64encode
from functools import cache
from pathlib import Path

FAMILY = "Ewea Sans"

FONTS = Path(__file__).parent / "fonts"
"""Each style as ``.woff2`` for browsers and as ``.ttf`` for matplotlib."""

WEIGHTS = {"EweaSans-Regular": 400, "EweaSans-Bold": 700}
"""File name without ending, and its weight in CSS."""


@cache
def embedded_faces() -> str:
    """Return the typeface as CSS rules that need no other file."""
    return "\n".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};src:url(data:font/woff2;base64,'
        f'{b64encode((FONTS / f"{name}.woff2").read_bytes()).decode()}) format("woff2")}}'
        for name, weight in WEIGHTS.items()
    )


@cache
def teach_matplotlib() -> None:
    """Let matplotlib find the typeface by its name, once."""
    from matplotlib.font_manager import fontManager

    for name in WEIGHTS:
        fontManager.addfont(FONTS / f"{name}.ttf")
