"""The order of one month, and nothing else."""

SCHEDULE = (
    "policy",
    "arrivals",
    "routes",
    "status",
    "work",
    "housing",
    "schooling",
    "ties",
    "split",
    "intention",
    "decide",
    "move",
    "observe",
)
"""Names of the processes in ``abm/month``, in the order in which a month runs them."""
