"""The order of one month, and nothing else."""

SCHEDULE = (
    "start_month",
    "arrivals",
    "routes",
    "status",
    "work",
    "integration",
    "housing",
    "schooling",
    "ties",
    "ageing",
    "births",
    "split",
    "intention",
    "decide",
    "move",
    "end_month",
)
"""Names of the functions in ``abm/month``, in the order in which a month runs them."""
