"""Changes of the choice made on the page on levers, within the limits of the server."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dashboard.engine.choice import Choice, LeverChoice
from dashboard.engine.limits import load_limits

if TYPE_CHECKING:
    from dashboard.shell import Session


def with_setting(choice: Choice, old: LeverChoice | None, new: LeverChoice | None) -> Choice:
    """Return the choice with one setting of a lever replaced, added (no ``old``) or removed (no ``new``).

    A lever is set once per place: what was set in the new place before goes.
    """
    if old is not None:
        choice = choice.without_lever(old.lever, old.place)
    if new is not None:
        choice = choice.without_lever(new.lever, new.place).with_lever(new)
    return choice


def put_setting(session: "Session", old: LeverChoice | None, new: LeverChoice | None) -> bool:
    """Change one setting of a lever; say so if there are too many, and return whether it was changed."""
    changed = with_setting(session.choice, old, new)
    most = load_limits().levers_per_choice
    if len(changed.levers) > max(most, len(session.choice.levers)):
        session.notify("warning", session.words.t("levers.most_levers", most=most))
        return False
    session.choose(changed)
    return True


type Numbered = tuple[tuple[int, LeverChoice], ...]
"""Settings of a lever with the numbers of their editors, in the order in which they are drawn."""


def in_kept_order(before: Numbered, now: Sequence[LeverChoice]) -> Numbered:
    """Return the settings where they stood before: one that changed takes the place of the one that is gone.

    A choice sorts its settings, so a new place or month would else move an editor from under the hand.

    >>> nl, pl = (LeverChoice("benefit_level", place, "2027-01", 0.5) for place in ("NL", "PL"))
    >>> be = LeverChoice("benefit_level", "BE", "2027-01", 0.5)
    >>> [(number, one.place) for number, one in in_kept_order(((0, nl), (1, pl)), (be, nl))]
    [(0, 'NL'), (1, 'BE')]
    """
    known = [one for _, one in before]
    new = [one for one in now if one not in known]
    found = []
    for number, one in before:
        if one in now:
            found.append((number, one))
        elif new:
            found.append((number, new.pop(0)))
    first = 1 + max((number for number, _ in found), default=-1)
    return (*found, *enumerate(new, first))


def put_package(session: "Session", package: str, on: bool) -> None:
    """Switch a policy package on or off; say so if there are too many."""
    changed = session.choice.with_preset(package, on)
    most = load_limits().presets_per_choice
    if len(changed.presets) > max(most, len(session.choice.presets)):
        session.notify("warning", session.words.t("levers.packages_most", most=most))
        return
    session.choose(changed)


def lever_places_left(choice: Choice, lever: str, places: tuple[str, ...]) -> tuple[str, ...]:
    """Return the places where a lever is not set yet."""
    taken = {setting.place for setting in choice.levers if setting.lever == lever}
    return tuple(place for place in places if place not in taken)
