"""Partner or parent left in Ukraine: the strongest reason to return."""

from abm.codes import FamilyInUkraine
from abm.factors import Factor, MonthView, Tables, by_code, profile_table

META = Factor(
    tables=("profile_return",),
    parameters=("partner_return", "parent_return"),
    sign="raises return",
    source="B107, L5 (72 % against 57 % plan or hope to return)",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of return by close family in Ukraine."""
    value = by_code(FamilyInUkraine, PARENT=view["parent_return"], PARTNER=view["partner_return"])
    return {"profile_return": profile_table(family=value)}
