"""Undo and redo of what a user has chosen (choices and place, not the page or the language)."""

from dataclasses import replace

from dashboard.shell.view import View

MOST_STEPS = 100
"""Steps kept; older ones are forgotten."""


class History:
    """The views before and after the present one. Not thread-safe: the session guards it."""

    def __init__(self) -> None:
        self._before: list[View] = []
        self._after: list[View] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return bool(self._after)

    def note(self, old: View, new: View) -> None:
        """Remember a change of the choices; any other change leaves no trace."""
        if (old.choices, old.place) != (new.choices, new.place):
            self._before = [*self._before, old][-MOST_STEPS:]
            self._after = []

    def undo(self, present: View) -> View:
        """Return the view before the last change (the present one if there is none)."""
        if not self._before:
            return present
        self._after.append(present)
        return self._taken(self._before.pop(), present)

    def redo(self, present: View) -> View:
        """Return the view that was taken back last (the present one if there is none)."""
        if not self._after:
            return present
        self._before.append(present)
        return self._taken(self._after.pop(), present)

    @staticmethod
    def _taken(kept: View, present: View) -> View:
        """Return the present view with kept choices and place."""
        return replace(present, choices=kept.choices, place=kept.place)
