"""Level of return and onward moves of the reference household."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    id="base_hazards",
    label="how often the reference household leaves",
    tables=("host_return", "host_onward"),
    parameters=("return_hazard", "onward_hazard"),
    sign="level",
    source="literature.md section 11: H1-H7, H11; H9, H11, L21, O15",
)


def contribute(view: MonthView) -> Tables:
    """Return the log odds of the two monthly hazards."""
    back, on = view["return_hazard"], view["onward_hazard"]
    return {"host_return": float(np.log(back / (1 - back))), "host_onward": float(np.log(on / (1 - on)))}
