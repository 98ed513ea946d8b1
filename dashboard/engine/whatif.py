"""The questions with ready answers, ``dashboard/whatif.yaml``, and how their answers are shipped.

An answer is shipped as its difference from the baseline, run by run: most of it is zero and takes no room.
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from abm.data.config import Strict, load
from abm.errors import EweaError
from dashboard.engine import shipped
from dashboard.engine.bundle import SEED_AXIS, Bundle, from_bytes, to_bytes
from dashboard.engine.choice import Choices

FILE = Path(__file__).resolve().parents[1] / "whatif.yaml"


class Question(Strict):
    """One question; its words are ``overview.whatif_<id>``."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    choice: str

    @property
    def choices(self) -> Choices:
        """What it sets."""
        found, faults = Choices.from_query(self.choice)
        if faults:
            raise EweaError(f"{FILE}: {self.id}: choice: {faults[0]} Write it as the link of the app has it.")
        return found


class Questions(RootModel[list[Question]]):
    """The file as written."""


@lru_cache(maxsize=1)
def whatif_questions() -> tuple[Question, ...]:
    """Return all questions, in the order shown."""
    return tuple(load(FILE, Questions).root)


def question_file(question: Question) -> str:
    """Return the shipped file of a question's answer."""
    return f"whatif-{question.id}.bundle"


def answer_bytes(mine: Bundle, base: Bundle) -> bytes:
    """Return an answer as bytes: what differs from the baseline."""
    return to_bytes(_combined(mine, base, -1), compress=True)


def answer_from_bytes(content: bytes, base: Bundle) -> Bundle:
    """Return an answer from bytes."""
    return _combined(from_bytes(content), base, 1)


def _combined(one: Bundle, base: Bundle, way: int) -> Bundle:
    if (one.seeds, one.scale, one.axes) != (base.seeds, base.scale, base.axes):
        raise EweaError(
            f"a shipped answer and the baseline do not belong together. Make them: {shipped.REMAKE}."
        )
    arrays = {name: getattr(one, name) + way * getattr(base, name) for name in SEED_AXIS}
    for array in arrays.values():
        array.setflags(write=False)
    return replace(one, **arrays)


def shipped_answers() -> dict[Choices, Bundle]:
    """Return the answers that are shipped and belong to the questions as they stand now."""
    made = shipped.shipped_manifest()
    kept = made.get("questions", {})
    return {
        question.choices: answer_from_bytes(shipped.read_shipped(question_file(question)), shipped.baseline())
        for question in whatif_questions()
        if kept.get(question.id) == question.choice and question_file(question) in made["files"]
    }
