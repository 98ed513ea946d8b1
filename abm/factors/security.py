"""Attacks on the origin unit lower return there, and attacks elsewhere lower return elsewhere."""

from abm.factors import Factor, MonthView, Tables, over_people

META = Factor(
    tables=("return_origin", "return_elsewhere"),
    parameters=("security", "intensity_reference"),
    sign="attacks lower return",
    source="A008, R3, R8, R10, R11",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of returning by the intensity of attacks, centred on the reference."""
    intensity = view.world.drivers["attack_intensity"][view.month] * (0.0 if view.safe else 1.0)
    reference = view["intensity_reference"]
    return {
        "return_origin": -view["security"] * (intensity - reference)[:, None],
        "return_elsewhere": -view["security"] * (over_people(view.world, intensity) - reference),
    }
