"""The scorecard as a file, and what a score is."""

from dataclasses import replace
from typing import Any

import solara

from abm.errors import EweaError
from dashboard.components import (
    Column,
    DataTable,
    Download,
    FileUpload,
    bullets,
    details,
    el,
    page_link,
    paragraph,
    section,
)
from dashboard.engine import uploads
from dashboard.messages import Words
from dashboard.pages_parts.scorecard import names
from dashboard.pages_parts.scorecard.files import scorecard_csv
from dashboard.shell import Session
from dashboard.shell.complaints import complaint_in_words
from experiments.scorecard.files import load_indicators


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
            set_fault(complaint_in_words(said, words))
            return
        set_fault("")
        session.choose(replace(session.choice, scorecard=scores))
        kept = len(session.choice.scorecard)
        session.notify(
            "success", words.t("scorecard.read", name=name),
            words.t("scorecard.read_text", n=len(scores), kept=kept),
        )  # fmt: skip

    with el("section", classes="section", aria_labelledby="scorecard-files"):
        el("h2", words.t("scorecard.files_title"), classes="heading-2", id="scorecard-files")
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
        bullets([names.score_meaning(score, words) for score in reversed(names.SCORES)]),
        paragraph(words.t("scorecard.explain_model", **limits)),
        paragraph(words.t("scorecard.explain_own")),
        paragraph(words.t("scorecard.explain_zero", n=sum(row["reason"] is not None for row in rows))),
        paragraph(page_link(words.t("scorecard.to_how_sure"), session, "how-sure")),
        details(
            words.t("scorecard.all_open"),
            DataTable(
                words.t("scorecard.all_caption"),
                [
                    Column(words.t("scorecard.column_indicator")),
                    Column(words.t("scorecard.column_factor")),
                    Column(words.t("scorecard.published"), True),
                    Column(words.t("scorecard.model"), True),
                    Column(words.t("scorecard.column_effect"), True),
                    Column(words.t("scorecard.column_source")),
                ],
                [
                    [
                        names.indicator_name(row, words),
                        names.factor_name(row["factor"], words),
                        _sorted(row["published"], words),
                        _sorted(row["model"], words),
                        ("–", None)
                        if row["effect"] is None
                        else (names.effect_text(row, words), row["effect"]),
                        str(row["source"]),
                    ]
                    for row in rows
                ],
            ),
        ),
        id_="scorecard-explain",
    )


def _sorted(score: int | str | None, words: Words) -> tuple[str, int | None]:
    return names.score_text(score, words), score if isinstance(score, int) else None
