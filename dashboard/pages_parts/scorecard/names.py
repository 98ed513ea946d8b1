"""Names of indicators, scores and what a score moves, in the user's language."""

from typing import Any

from dashboard.engine import Engine, display
from dashboard.messages import Words

SCORES = (-2, -1, 0, 1, 2)


def indicator_name(row: dict[str, Any], words: Words) -> str:
    """Return the name of an indicator."""
    return text_or(words, f"scorecard.name_{_key(row['indicator'])}", words.label(row["label"]))


def factor_name(factor: str, words: Words) -> str:
    """Return the name of a factor, the heading over indicators."""
    return text_or(words, f"scorecard.factor_{factor.replace(' ', '_')}", factor)


def reason(row: dict[str, Any], words: Words) -> str:
    """Return why an indicator moves nothing in the model."""
    return text_or(words, f"scorecard.reason_{_key(row['indicator'])}", str(row["reason"]))


def score_text(score: int | str | None, words: Words) -> str:
    """Return a score with its sign; a dash where none was given."""
    return words.signed(score) if isinstance(score, int) else "–"


def score_meaning(score: int, words: Words) -> str:
    """Return a score with what it says."""
    return words.t(f"scorecard.score_{'m' if score < 0 else 'p'}{abs(score)}")


def moved_by(row: dict[str, Any], words: Words, engine: Engine) -> str:
    """Return what one point moves and by how much, such as "attacks: −0.1"."""
    if row["driver"] is not None:
        what = text_or(words, f"scorecard.driver_{row['driver']}", row["driver"])
    else:
        what = words.label(engine.catalogue.lever(row["lever"])["label"])
    return words.t("scorecard.moves", what=what, step=words.signed(row["step"]))


def effect_text(row: dict[str, Any], words: Words) -> str:
    """Return the effect of an indicator with its band, persons."""
    low, mid, high = display(row["effect_low"], row["effect"], row["effect_high"])
    return words.t("scorecard.persons", value=words.signed(mid), band=words.signed_band(low, high))


def text_or(words: Words, key: str, otherwise: str) -> str:
    """Return a text of the catalogue, or another where there is none."""
    return words.t(key) if words.has(key) else otherwise


def _key(indicator: str) -> str:
    return indicator.lower().replace("-", "_")
