"""Small designs for tests of analyses, and tables with known answers in the rows of a real design."""

import numpy as np
import pandas as pd

from abm.data.folder import default_configs
from experiments.designs.sweep import Sweep
from experiments.designs.worlds import point_of

FOUR = """
  hazard: {parameter: return_level_BE, low: 0.0, high: 1.0}
  cash: {parameter: return_level_AT, low: 0.0, high: 1.0}
  level: {parameter: return_level_NL, low: 0.0, high: 1.0}
  attacks: {driver: attack_intensity, units: all, from: 2026-12, operation: multiply, low: 0.0, high: 1.0}
"""


def sweep_of(
    folder, *, sampling, seeds=1, scenarios="[baseline]", levers="{}", uncertainties=FOUR, until="2027-03"
):
    path = folder / "tiny.yaml"
    path.write_text(
        f"""id: tiny
label: "A test"
question: "Does the analysis find what was put in?"
constants: {{scale: 5000, households_per_host: 20, until: {until}}}
scenarios: {scenarios}
levers: {levers}
uncertainties: {uncertainties}
sampling: {sampling}
seeds: {{first: 1, count: {seeds}}}
outcomes:
  - {{outcome: stock, place: NL}}
  - {{outcome: returns, place: NL}}
"""
    )
    return Sweep.of(str(path), default_configs(), folder / "store")


def table_with(sweep, stock):
    """Return the table of a sweep whose NL stock is a known function of its axes; nothing else changes."""
    table = pd.DataFrame([point_of(sweep.design, task) for task in sweep.tasks()])
    table.insert(0, "world", np.arange(len(table)) % len(sweep.worlds))
    unchanged = dict.fromkeys(("stock_NL_change", "returns_NL", "returns_NL_change"), 0.0)
    return table.assign(stock_NL=np.asarray(stock(table), float), **unchanged)
