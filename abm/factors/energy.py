"""No power or heat, above all in winter, lowers return."""

from abm.factors import Factor, MonthView, Tables, over_people

META = Factor(
    tables=("return_origin", "return_elsewhere"),
    parameters=("energy",),
    sign="shortage lowers return",
    source="B013, B034, R11 (utilities)",
)


def contribute(view: MonthView) -> Tables:
    """Return the loss of utility with the shortage of power and heat."""
    if view.safe:
        return {}
    deficit = view.world.drivers["energy_deficit"][view.month]
    return {
        "return_origin": -view["energy"] * deficit[:, None],
        "return_elsewhere": -view["energy"] * over_people(view.world, deficit),
    }
