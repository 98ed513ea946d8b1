"""No figure that a test draws may have anything outside its page, such as words that are cut off."""

from functools import wraps

from matplotlib.figure import Figure

TOLERANCE = 0.2
"""Inches; at another resolution a long line measures up to two percent more than where it was laid out."""

SIDES = ("left", "bottom", "right", "top")


def beyond_the_page(figure: Figure) -> dict[str, float]:
    """Return the sides on which something lies outside, and by how many inches."""
    page, drawn = figure.bbox_inches, figure.get_tightbbox()
    out = (page.x0 - drawn.x0, page.y0 - drawn.y0, drawn.x1 - page.x1, drawn.y1 - page.y1)
    return {side: round(float(much), 2) for side, much in zip(SIDES, out, strict=True) if much > TOLERANCE}


def watch_figures() -> None:
    """Let every figure be looked at when it is saved."""
    save = Figure.savefig

    @wraps(save)
    def looked_at(figure, name, *args, **kwargs):
        save(figure, name, *args, **kwargs)
        if kwargs.get("bbox_inches") != "tight":
            beyond = beyond_the_page(figure)
            assert not beyond, f"{name}: outside the page, in inches: {beyond}"

    Figure.savefig = looked_at
