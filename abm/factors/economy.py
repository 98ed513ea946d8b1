"""Livelihood prospects in Ukraine, which count only where territory and security allow."""

from abm.factors import Factor, MonthView, Tables, over_people

META = Factor(
    tables=("return_origin", "return_elsewhere"),
    parameters=("economy",),
    sign="better prospects raise return, gated by territory and security",
    source="A010, B036, B115, R3, R6, R7",
)


def contribute(view: MonthView) -> Tables:
    """Return economy x (1 - occupied) x (1 - intensity): works only after both (B115).

    What a settled peace adds to it is part of the outlook.
    """
    drivers, month = view.world.drivers, view.month
    intensity = drivers["attack_intensity"][month] * (0.0 if view.safe else 1.0)
    gate = (1.0 - drivers["occupied_share"][month]) * (1.0 - intensity)
    effect = view["economy"] * drivers["economy"][month]
    return {
        "return_origin": effect * gate[:, None],
        "return_elsewhere": effect * over_people(view.world, gate),
    }
