"""What is assumed: how many numbers, and the most important ones."""

from math import exp
from typing import Any

import solara

from dashboard.components import (
    Column,
    DataTable,
    Download,
    el,
)
from dashboard.messages import Words
from dashboard.pages_parts.how_sure import scores
from dashboard.pages_parts.how_sure.files import parameters_csv
from dashboard.shell import Session

TEN = 10


@solara.component
def Assumed(session: Session, figures: dict[str, Any]) -> None:
    """Show how many numbers rest on data, how many on judgement, and the most important of the latter."""
    words = session.words
    parameters = figures["parameters"]
    counts = scores.counted(parameters)
    total = sum(counts.values())
    with el("section", classes="section", aria_labelledby="how-sure-assumed"):
        el("h2", words.t("how_sure.assumed_title"), classes="heading-2", id="how-sure-assumed")
        el(
            "p",
            words.t(
                "how_sure.assumed_text",
                fitted=counts[scores.FITTED],
                all=total,
                fixed=scores.n_fixed(parameters),
            ),
        )
        DataTable(
            words.t("how_sure.status_caption"),
            [words.t("how_sure.column_status"), Column(words.t("how_sure.column_count"), True),
             Column(words.t("how_sure.column_share"), True)],
            [
                [words.t(f"how_sure.status_{name}"), (words.number(n), n), (words.share(n / total), n)]
                for name, n in counts.most_common()
            ],
        )  # fmt: skip
        el("h3", words.t("how_sure.important_title"), classes="heading-3")
        el("p", words.t("how_sure.important_text"))
        DataTable(
            words.t("how_sure.important_caption"),
            [
                words.t("how_sure.column_number"), Column(words.t("how_sure.column_value"), True),
                Column(words.t("how_sure.column_range"), True), words.t("how_sure.column_unit"),
                words.t("how_sure.column_status"),
            ],
            [_parameter(words, one) for one in scores.important(parameters)],
            sortable=False,
        )  # fmt: skip
        Download(words.t("how_sure.download"), "ewea-parameters.csv", lambda: parameters_csv(parameters))


def _parameter(words: Words, one: dict[str, Any]) -> list[Any]:
    """Return a parameter as a row of a table."""
    unit = one["unit"]
    value, low, high = (float(one[name]) for name in ("value", "low", "high"))
    return [
        scores.parameter_name(one["parameter"], words),
        _written(words, value, unit),
        f"{_written(words, low, unit)} – {_written(words, high, unit)}",
        words.t(f"how_sure.unit_{unit.replace(' ', '_').replace('/', '_per_')}"),
        words.t(f"how_sure.status_{one['status']}"),
    ]


def _written(words: Words, value: float, unit: str) -> str:
    """Return a number as a reader takes it: log odds as a factor on the odds, shares in percent."""
    if unit == "share":
        return words.share(value)
    if unit == "1/month":
        return words.share(value, 1)
    if unit == "elasticity":
        return words.number(value, 1)
    factor = exp(value) if unit == "log odds" else value
    return f"× {words.number(factor, 0 if factor >= TEN else 1)}"
