"""Names of indicators, scores and what a score moves, in the user's language."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import solara

from abm.errors import EweaError
from dashboard.components.controls import Download, FileUpload
from dashboard.components.element import bullets, details, el, page_link, paragraph, section
from dashboard.components.panels import DataTable, table_columns
from dashboard.engine import uploads
from dashboard.engine.bands import Band, difference
from dashboard.engine.changes import drivers_of
from dashboard.engine.engine import Engine
from dashboard.engine.tables import csv_text
from dashboard.messages.words import Words
from dashboard.shell.session import Session
from experiments.scorecard import load_indicators
from experiments.wording.numbers import rounding_step

SCORES = (-2, -1, 0, 1, 2)


def indicator_name(row: dict[str, Any], words: Words) -> str:
    """Return the name of an indicator."""
    return words.t_or(f"scorecard.name_{_key(row['indicator'])}", words.label(row["label"]))


def factor_name(factor: str, words: Words) -> str:
    """Return the name of a factor, the heading over indicators."""
    return words.t_or(f"scorecard.factor_{factor.replace(' ', '_')}", factor)


def reason(row: dict[str, Any], words: Words) -> str:
    """Return why an indicator moves nothing in the model."""
    return words.t_or(f"scorecard.reason_{_key(row['indicator'])}", str(row["reason"]))


def score_text(score: int | str | None, words: Words) -> str:
    """Return a score with its sign; a dash where none was given."""
    return words.signed(score) if isinstance(score, int) else "–"


def score_meaning(score: int, words: Words) -> str:
    """Return a score with what it says."""
    return words.t(f"scorecard.score_{'m' if score < 0 else 'p'}{abs(score)}")


def moved_by(row: dict[str, Any], words: Words, engine: Engine) -> str:
    """Return what one point moves and by how much, such as "attacks: −0.1"."""
    if row["driver"] is not None:
        what = words.label(drivers_of(engine.root)[row["driver"]].label.model_dump())
    else:
        what = words.label(engine.catalogue.lever(row["lever"])["label"])
    return words.t("scorecard.moves", what=what, step=words.signed(row["step"]))


def effect_text(row: dict[str, Any], words: Words) -> str:
    """Return the effect of an indicator with its band, persons."""
    ends = row["effect_low"], row["effect"], row["effect_high"]
    more, fewer, runs = row.get("signs", (0, 0, 0))
    return difference(
        Band(ends, rounding_step(ends[1], ends[0], ends[2]), signs=(more, fewer, runs))
    ).sentence(words)


def same_as(row: dict[str, Any], rows: Sequence[dict[str, Any]], words: Words) -> str:
    """Return which other indicators move the same thing by as much; empty where none does."""
    what = ("driver", "lever", "place", "step", "published")
    same = [
        one["indicator"] for one in rows
        if not row["reason"] and one is not row and all(one[key] == row[key] for key in what)
    ]  # fmt: skip
    return words.t("scorecard.same_lever", names=", ".join(same)) if same else ""


def _key(indicator: str) -> str:
    return indicator.lower().replace("-", "_")


HEAD = ("indicator", "score", "name", "published", "model", "one_point")
"""The first two are read again on upload; the others explain."""


def scorecard_csv(rows: list[dict[str, Any]], scores: dict[str, int], words: Words, engine: Engine) -> str:
    """Return the scorecard with the user's scores; ``not_scored`` where none was entered."""

    def written(row: dict[str, Any]) -> list[Any]:
        name, moves = row["indicator"], reason(row, words) if row["reason"] else moved_by(row, words, engine)
        model = score_text(row["model"], words)
        return [
            name,
            scores.get(name, "not_scored"),
            indicator_name(row, words),
            row["published"],
            model,
            moves,
        ]

    return csv_text(HEAD, map(written, rows), words=words)


@solara.component
def Files(session: Session, rows: list[dict[str, Any]]) -> None:
    """Take the scorecard away as a file, and read one that is brought."""
    words = session.words
    fault, set_fault = solara.use_state("")

    def bring(name: str, data: bytes) -> None:
        try:
            scores = uploads.read_scorecard(data)
        except EweaError as error:
            said = error.args[0] if error.args else str(error)
            set_fault(words.user_message(said))
            return
        set_fault("")
        session.choose(replace(session.choice, scorecard=scores))
        kept = len(session.choice.scorecard)
        session.notify(
            "success", words.t("scorecard.read", name=name),
            words.t("scorecard.read_text", n=len(scores), kept=kept),
        )  # fmt: skip

    with section(words.t("scorecard.files_title"), id_="scorecard-files"):
        el("p", words.t("scorecard.files_text"))
        Download(
            words.t("scorecard.download"), f"ewea-scorecard-{words.language}.csv",
            lambda: scorecard_csv(rows, dict(session.choice.scorecard), words, session.engine),
        )  # fmt: skip
        FileUpload(
            words.t("scorecard.upload"), bring, kinds=(".csv", ".yaml", ".yml"),
            most_bytes=session.engine.limits.upload_bytes, hint=words.t("scorecard.upload_hint"), error=fault,
        )  # fmt: skip


def explained(session: Session, rows: list[dict[str, Any]]) -> None:
    """Show what a score is, and the whole card as a table."""
    words = session.words
    card = load_indicators(session.engine.root)
    limits = {
        "moderate": words.number(card.thresholds.moderate),
        "considerable": words.number(card.thresholds.considerable),
    }
    section(
        words.t("scorecard.explain_title"),
        paragraph(words.t("scorecard.explain_published")),
        bullets([score_meaning(score, words) for score in reversed(SCORES)]),
        paragraph(words.t("scorecard.explain_model", **limits)),
        paragraph(words.t("scorecard.explain_own")),
        paragraph(words.t("scorecard.explain_zero", n=sum(row["reason"] is not None for row in rows))),
        paragraph(page_link(words.t("scorecard.to_how_sure"), session, "how-sure")),
        details(
            words.t("scorecard.all_open"),
            DataTable(
                words.t("scorecard.all_caption"),
                table_columns(words, "scorecard.column", "indicator factor #published #model #effect source"),
                [
                    [
                        indicator_name(row, words),
                        factor_name(row["factor"], words),
                        _sorted(row["published"], words),
                        _sorted(row["model"], words),
                        ("–", None) if row["effect"] is None else (effect_text(row, words), row["effect"]),
                        str(row["source"]),
                    ]
                    for row in rows
                ],
            ),
        ),
        id_="scorecard-explain",
    )


def _sorted(score: int | str | None, words: Words) -> tuple[str, int | None]:
    return score_text(score, words), score if isinstance(score, int) else None
