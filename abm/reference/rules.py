"""Whom a rule on regions or groups concerns; the twin of :func:`abm.kernels.refuse.concerned`."""

from abm.codes import MINORS, PersonKind
from abm.policy.policy import Selection
from abm.reference.household import Household


def concerned(h: Household, rule: Selection) -> bool:
    """Return whether a rule concerns a household: its origin, and every adult of it."""
    minors = [kind for kind in MINORS if h.persons[kind]]
    adults = [kind for kind in PersonKind if h.persons[kind] and kind not in MINORS]
    if not rule.units[h.origin]:
        return False
    if rule.vulnerable_exempt and sum(h.persons[PersonKind.GIRLS :]) > 0:
        return False
    if adults:
        return all(rule.kinds[kind] for kind in adults)
    return all(rule.kinds[kind] for kind in minors)
