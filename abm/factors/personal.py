"""Persistent tastes, ties, what was invested here, and what contacts did."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("row_return", "row_onward", "intent_row", "row_reference"),
    parameters=(
        "attachment_return",
        "readiness_return",
        "readiness_onward",
        "ties_return",
        "ties_reference",
        "integration_return",
        "integration_onward",
        "integration_reference",
        "contacts_returned_return",
        "contacts_onward_onward",
    ),
    sign="attachment, ties and returned contacts raise return; integration lowers leaving; "
    "readiness and contacts who moved on raise onward moves",
    source="A111, B2, B106, B112, O4-O6; abm/ODD.md (Heterogeneity)",
)


def contribute(view: MonthView) -> Tables:
    """Return one weight per row factor (order of abm.kernels.layout.ROW_FACTORS)."""
    back = np.array(
        [
            view["attachment_return"],
            view["readiness_return"],
            view["ties_return"],
            view["integration_return"],
            view["contacts_returned_return"],
            0.0,
        ]
    )
    on = np.array(
        [0.0, view["readiness_onward"], 0.0, view["integration_onward"], 0.0, view["contacts_onward_onward"]]
    )
    reference = np.array([0.0, 0.0, view["ties_reference"], view["integration_reference"], 0.0, 0.0])
    return {"row_return": back, "row_onward": on, "intent_row": back, "row_reference": reference}
