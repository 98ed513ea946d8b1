"""All parameters of the model as a table to take away."""

import csv
import io
from typing import Any

COLUMNS = ("parameter", "value", "unit", "low", "high", "distribution", "status", "meaning", "source")


def parameters_csv(parameters: list[dict[str, Any]]) -> str:
    """Return every parameter with value, range, status, meaning and source (English)."""
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    table.writeheader()
    table.writerows(parameters)
    return "\ufeff" + out.getvalue()
