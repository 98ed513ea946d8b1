"""Answers in surveys beside those of the model: chosen, named and summed up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from dashboard.engine.answer import Answer
from dashboard.engine.bands import Triple, triple
from dashboard.messages.words import Words

SEVERAL = "ALL"
"""How the targets call a survey held in many hosts."""

USES = ("holdout", "fit", "reported")
"""Not seen by the model, used to fit it, only compared; in the order shown."""

ANSWERS = ("return", "stay", "undecided", "onward")
POINTS = 100
_JOIN = " or "

type SurveyRow = Mapping[str, Any]


def answers_of_surveys(rows: Iterable[SurveyRow]) -> list[SurveyRow]:
    """Return the rows that are answers of a survey (no contrasts between groups, no counts)."""
    return [row for row in rows if row["kind"] == "survey"]


def chosen(rows: Iterable[SurveyRow], answer: str, place: str) -> list[SurveyRow]:
    """Return the rows of an answer (exactly that one) and a place, unseen ones first, then by month."""
    found = [row for row in rows if row["label"] == answer and place in ("", place_of(row))]
    return sorted(found, key=lambda row: (USES.index(row["use"]), row["month"], row["target"]))


def place_of(row: SurveyRow) -> str:
    """Return the place of a survey: a host, or ``ALL`` for several."""
    hosts = row.get("hosts") or [SEVERAL]
    return hosts[0] if len(hosts) == 1 else SEVERAL


def survey_place(place: str, words: Words, hosts: Mapping[str, dict[str, str]]) -> str:
    """Return the name of a place of surveys."""
    return words.label(hosts[place]) if place in hosts else words.t("intentions.several")


def answer_name(label: str, words: Words) -> str:
    """Return an answer in words; joined answers are joined again."""
    parts = [words.t(f"intentions.answer_{part}") for part in label.split(_JOIN)]
    return f" {words.t('intentions.or')} ".join(parts)


def short_name(row: SurveyRow, words: Words) -> str:
    """Return who asked, for an axis: the label of the survey up to its first comma."""
    return words.label(row["survey"]).split(",")[0]


def rms_points(rows: Sequence[SurveyRow]) -> float | None:
    """Return the root mean square of model less survey, percentage points; None without rows."""
    if not rows:
        return None
    return POINTS * sqrt(sum((row["model"] - row["observed"]) ** 2 for row in rows) / len(rows))


def families(rows: Iterable[SurveyRow]) -> list[tuple[str, str, list[SurveyRow]]]:
    """Return (family, place, rows) for every family of surveys and every place, in the order given."""
    found: dict[tuple[str, str], list[SurveyRow]] = {}
    for row in rows:
        found.setdefault((row["family"], place_of(row)), []).append(row)
    return [(family, place, some) for (family, place), some in found.items()]


YEAR = 12
"""Months over which behaviour is counted."""


@dataclass(frozen=True)
class SaidAndDone:
    """Shares (0 to 1) as low, median, high of the band."""

    intention: Triple  # Share of the people at the horizon whose household says that it will return
    # Returns of the twelve months before the horizon, as a share of the people at its start
    behaviour: Triple


def said_and_done(
    answer: Answer, place: str, intention: str = "return", flow: str = "returns"
) -> SaidAndDone:
    """Return the share that says so and the share that does so; the horizon is at least a year ahead."""
    mask = answer.mask(place)
    stock = answer.series("stock", place)
    said = np.asarray(answer.groups[("intention", intention)], float)[:, mask].sum(axis=1)
    done = answer.series(flow, place)[:, -YEAR:].sum(axis=1)
    before = stock[:, -min(YEAR + 1, stock.shape[1])]
    return SaidAndDone(triple(said / np.maximum(stock[:, -1], 1)), triple(done / np.maximum(before, 1)))
