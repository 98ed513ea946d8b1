"""Digests of what the commands answer: they show that a change of the house moved no number.

``python -m tests.regression.digests`` prints them, ``--write`` keeps them in ``digests.json``, ``--only run``
takes a part. They go through the command line alone, so that no name inside the project matters.
Issue G moves these numbers on purpose and writes the file anew.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

FILE = Path(__file__).parent / "digests.json"
ROOT = Path(__file__).parents[2]
SCENARIOS = ("baseline", "rtb_end+winter_grid", "favourable_peace")
SMALL = ("--scale", "400", "--seeds", "3", "--until", "2027-06")
TABLES = ("stocks", "flows", "register", "intentions", "indicators")
PLACES = {"EU27": "EU", "all": "ALL", "eu": "EU"}
"""Words for places that were renamed once, and what they are called now."""


def ewea(*words: str, configs: Path | None = None) -> str:
    code = "import sys; sys.argv[0] = 'ewea'; from experiments.command_line import main; main()"
    general = () if configs is None else ("--configs", str(configs))
    done = subprocess.run(
        [sys.executable, "-c", code, *general, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"ewea {' '.join(words)}: {done.stderr[-2000:]}")
    return done.stdout


def numbers(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, bool | int | float):
        yield repr(float(value) + 0.0)


def of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def of_json(text: str) -> str:
    """Return the digest of the numbers of a JSON document, whatever their keys are called."""
    return of_text("\n".join(sorted(numbers(json.loads(text)))))


def of_table(table: pd.DataFrame) -> str:
    frame = table.astype({name: str for name in table if table[name].dtype.name == "category"})
    return of_text(frame.replace(PLACES).to_csv(index=False))


def of_runs(work: Path) -> Iterator[tuple[str, str]]:
    import shutil

    priors = work / "configs"
    shutil.copytree(ROOT / "configs", priors)
    (priors / "coefficients" / "fit.yaml").write_text("fit: priors\nreason: digests\n")
    for fit, configs in (("priors", priors), ("fit", None)):
        for scenario in SCENARIOS:
            out = work / f"{fit}-{scenario}"
            ewea("run", scenario, *SMALL, "--out", str(out), configs=configs)
            for table in TABLES:
                yield f"run {scenario} {fit} {table}", of_table(pd.read_parquet(out / f"{table}.parquet"))


def of_compared(work: Path) -> Iterator[tuple[str, str]]:
    for other in ("rtb_end+winter_grid", "favourable_peace"):
        text = ewea("compare", "baseline", other, *SMALL, "--json", "--out", str(work / f"compare-{other}"))
        yield f"compare baseline {other}", of_json(text)


def of_sweep(work: Path) -> Iterator[tuple[str, str]]:
    ewea("sweep", "smoke", "--out", str(work / "smoke"))
    ewea("results", "smoke", "--out", str(work / "smoke"), "--export", str(work / "smoke.csv"))
    yield "sweep smoke", of_text((work / "smoke.csv").read_text())


def of_facts(work: Path) -> Iterator[tuple[str, str]]:
    rows = json.loads(ewea("facts", "--json"))
    yield "facts", of_text("\n".join(f"{row['id']} {row['found']} {row['holds']}" for row in rows))


def of_scorecard(work: Path) -> Iterator[tuple[str, str]]:
    yield "scorecard", of_json(ewea("scorecard", "--json"))


PARTS = {
    "run": of_runs,
    "compare": of_compared,
    "sweep": of_sweep,
    "facts": of_facts,
    "scorecard": of_scorecard,
}


def digests(parts: list[str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as work:
        return {name: digest for part in parts for name, digest in PARTS[part](Path(work))}


def main(words: list[str]) -> int:
    only = [word for word in words if word in PARTS] or list(PARTS)
    found = digests(only)
    if "--write" in words:
        FILE.write_text(json.dumps(found, indent=1) + "\n")
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    moved = [name for name, digest in found.items() if kept.get(name) != digest]
    for name, digest in found.items():
        print(f"{digest}  {name}{'  MOVED' if name in moved else ''}")
    return 1 if moved else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
