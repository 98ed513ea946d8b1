"""A scorecard as a table to take away, change and bring back."""

import csv
import io
from typing import Any

from dashboard.engine import Engine
from dashboard.messages import Words
from dashboard.pages_parts.scorecard.names import indicator_name, moved_by, reason, score_text

HEAD = ("indicator", "score", "name", "published", "model", "one_point")
"""The first two are read again on upload; the others explain."""


def scorecard_csv(rows: list[dict[str, Any]], scores: dict[str, int], words: Words, engine: Engine) -> str:
    """Return the scorecard with the user's scores; ``not_scored`` where none was entered."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(HEAD)
    for row in rows:
        moves = reason(row, words) if row["reason"] else moved_by(row, words, engine)
        table.writerow(
            [
                row["indicator"],
                scores.get(row["indicator"], "not_scored"),
                indicator_name(row, words),
                row["published"],
                score_text(row["model"], words),
                moves,
            ]
        )
    return "\ufeff" + out.getvalue()
