"""The README section "As a Mesa model" as a script; a test runs it."""
# ruff: noqa: T201

import mesa
import numpy as np

from abm.mesa.model import DisplacementModel

# One month per step, 1 simulated household for up to 1000 real ones.
model = DisplacementModel(scale=1000, until="2023-03", rng=1)
while model.running:
    model.step()
print(model.datacollector.get_model_vars_dataframe().tail(3))

# Questions about households read whole columns: no object per household.
jobless = model.agents.select(place="NL", employment="none")
print(jobless.agg("persons", sum), "displaced persons in the Netherlands in households without work")
print(model.agents.select(is_abroad=True).groupby("status").agg("ties", np.mean))

# A single household is a light view; what is set is checked and written to the columns.
household = jobless.shuffle()[0]
household.status = "regular_permit"
print(household, household.status.name, household.host.labels["en"])

# A sweep over a coefficient of configs/coefficients, two seeds each.
sweep = {"return_hazard": [0.003, 0.006], "scale": 2000, "until": "2023-03"}
for row in mesa.batch_run(DisplacementModel, sweep, rng=[1, 2], display_progress=False):
    print(row["return_hazard"], row["rng"], row["NL"], row["returns"])
