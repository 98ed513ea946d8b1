"""What every line of a target file carries: where it is from, how sure it is and what it is used for."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from abm.data.config import Strict
from abm.data.figures import DateText, Text
from abm.months import month_index, month_label

FIRST_MONTH, LAST_MONTH = month_index("2022-03"), month_index("2026-12")
"""A target outside these months is a slip of the pen."""

Use = Literal["fit", "holdout", "reported"]
"""fit: calibration sees it. holdout: scored afterwards. reported: shown, never scored."""

LineStatus = Literal["recorded", "quoted", "derived", "assumed", "recall"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _in_range(text: str) -> str:
    if not FIRST_MONTH <= month_index(text) <= LAST_MONTH:
        raise ValueError(
            f"must lie between {month_label(FIRST_MONTH)} and {month_label(LAST_MONTH)}; "
            "write the month of fieldwork"
        )
    return text


Month = Annotated[str, AfterValidator(_in_range)]


class Line(Strict):
    """What every target carries."""

    id: Id
    date: DateText
    status: LineStatus
    source: Text
    use: Use
    reason: Text
    note: Text | None = None

    @model_validator(mode="after")
    def _recall_is_no_target(self) -> "Line":
        if self.status == "recall" and self.use != "reported":
            raise ValueError("a figure from memory is no target; write use: reported, or find the source")
        return self
