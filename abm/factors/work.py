"""A job binds to the host, more so at the worker's own level."""

from abm.codes import Employment
from abm.factors import Factor, MonthView, Tables, by_code

META = Factor(
    tables=("host_return", "host_onward"),
    parameters=("job_return", "job_onward", "job_at_level"),
    sign="a job lowers return and onward moves",
    source="A088, B117, L22, R13",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of leaving by employment."""
    ways = {"host_return": view["job_return"], "host_onward": view["job_onward"]}
    return {
        table: by_code(Employment, BELOW_LEVEL=job, AT_LEVEL=job + view["job_at_level"])[:, None]
        for table, job in ways.items()
    }
