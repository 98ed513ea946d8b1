"""A design small enough for unit tests: a year, coarse, sixteen worlds; and ways to change it."""

from pathlib import Path

TEXT = """\
id: small
label: "Small"
question: "Does it work?"
constants: {scale: 20000, households_per_host: 20, until: 2027-02, parameters: central, shocks: false}
scenarios: [baseline]
levers:
  cash: {lever: benefit_level, place: NL, from: 2026-04-01, values: [null, 0.2]}
  law: {packages: [none, rtb_end]}
uncertainties:
  hazard: {parameter: return_hazard, values: [0.004, 0.02]}
sampling: {method: grid}
seeds: {first: 1, count: 2}
outcomes:
  - {outcome: stock, place: NL}
  - {outcome: returns, place: EU}
"""

RUNS = 16


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the design with pieces of its text replaced and return its file."""
    text = TEXT
    for old, new in changes:
        assert old in text, f"the design has no {old!r}"
        text = text.replace(old, new)
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path
