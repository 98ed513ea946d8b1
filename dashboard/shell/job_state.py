"""What a page knows about the calculation of one choice at one moment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer
    from dashboard.engine.complaint import Complaint

BUSY = ("queued", "running", "first")
"""States in which more is to come."""


@dataclass(frozen=True, eq=False)
class JobState:
    """A snapshot; compared by identity, for answers are large.

    Attributes
    ----------
    state : str
        ``queued``, ``running``, ``first``, ``done``, ``failed`` or ``cancelled``.
    progress : float
        0 to 1.
    position : int or None
        Place in the queue, 1 is next.
    answer : Answer or None
        The answer to the present choice, as far as there is one (``first``: coarse).
    shown : Answer
        What to draw now: ``answer``, else the last answer of this slot, else the baseline.
    complaint : Complaint or None
        Why it failed.
    """

    state: str
    progress: float
    position: int | None
    answer: "Answer | None"
    shown: "Answer"
    complaint: "Complaint | None" = None

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return self.state in BUSY

    @property
    def settled(self) -> bool:
        """Whether ``shown`` is the full answer to the present choice."""
        return self.answer is not None and self.answer.final

    @property
    def outdated(self) -> bool:
        """Whether ``shown`` still belongs to an earlier choice (draw it dimmed)."""
        return self.answer is None
