"""A destroyed or occupied home lowers return to the origin."""

from abm.codes import Home
from abm.factors import Factor, MonthView, Tables, by_code

META = Factor(
    tables=("return_origin",),
    parameters=("home_damaged", "home_destroyed", "home_occupied"),
    sign="a lost home lowers return to the origin",
    source="L5 (UNHCR round 5: plan or hope to return by state of the house)",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of the origin by state of the home."""
    damaged, destroyed, occupied = view["home_damaged"], view["home_destroyed"], view["home_occupied"]
    return {"return_origin": by_code(Home, DAMAGED=damaged, DESTROYED=destroyed, OCCUPIED=occupied)[None, :]}
