"""A job binds to the host, more so at the worker's own level."""

import numpy as np

from abm.codes import Employment
from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("host_return", "host_onward"),
    parameters=("job_return", "job_onward", "job_at_level"),
    sign="a job lowers return and onward moves",
    source="A088, B117, L22, R13",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of leaving by employment."""
    back, on = np.zeros(len(Employment)), np.zeros(len(Employment))
    back[[Employment.BELOW_LEVEL, Employment.AT_LEVEL]] = view["job_return"]
    on[[Employment.BELOW_LEVEL, Employment.AT_LEVEL]] = view["job_onward"]
    back[Employment.AT_LEVEL] += view["job_at_level"]
    on[Employment.AT_LEVEL] += view["job_at_level"]
    return {"host_return": back[:, None], "host_onward": on[:, None]}
