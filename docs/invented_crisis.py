"""Make an invented crisis from a copy of the configuration: six places of origin, five hosts.

``ewea configs copy mine``, ``python docs/invented_crisis.py mine``, then ``ewea --configs mine run``.
Every figure that is left is one of Ukraine under another name: it shows the way and says nothing about
any crisis.
"""

import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from experiments.data import derive

HOSTS = {"DE", "NL", "NO", "PL", "elsewhere"}
UNITS = {"UA01": "ZZ1", "UA05": "ZZ2", "UA07": "ZZ3", "UA12": "ZZ4", "UA32": "ZZ5", "UA46": "ZZ6"}
"""One unit of each group of places of origin, and the code it gets."""
PEOPLE_LEFT = 6
"""Births and deaths are divided by this, roughly the people of all units over those of the six."""
ORPHANS = (
    "levers/transition_income_test.yaml",
    "scenarios/front_collapse.yaml",
    "scenarios/nuclear_accident.yaml",
)
"""What acts on routes or units that are gone."""

Rows = list[list[str]]


def edit_table(path: Path, change: Callable[[Rows], Rows]) -> None:
    """Rewrite a table, its comments first."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    comments = [line for line in lines if line.startswith("#")]
    text = io.StringIO()
    rows = change(list(csv.reader(line for line in lines if not line.startswith("#"))))
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text("".join(comments) + text.getvalue(), "utf-8")


def kept_rows(rows: Rows, gone: set[str]) -> Rows:
    """Return the rows that name no place that is gone, units under their new codes."""
    keys = [at for at, name in enumerate(rows[0]) if name in ("host", "place", "unit", "pcode", "area")]
    rest = [row for row in rows[1:] if not any(row[at] in gone for at in keys)]
    return [rows[0], *([UNITS.get(cell, cell) for cell in row] for row in rest)]


def kept_mix(rows: Rows) -> Rows:
    """Return the origin of the displaced by host over the six units, scaled to 1."""
    at = [rows[0].index(unit) for unit in UNITS]
    mix = [[rows[0][0], *UNITS.values()]]
    for row in rows[1:]:
        total = sum(float(row[one]) for one in at)
        shares = [round(float(row[one]) / total, 5) for one in at[1:]]
        mix.append([row[0], f"{1 - sum(shares):.5f}", *(f"{share:.5f}" for share in shares)])
    return mix


def fewer_people(rows: Rows) -> Rows:
    """Return births and deaths for fewer people."""
    at = [rows[0].index(name) for name in ("births", "deaths")]
    return [
        rows[0],
        *([str(int(c) // PEOPLE_LEFT) if n in at else c for n, c in enumerate(r)] for r in rows[1:]),
    ]


def union_of(decisions: Path, members: set[str]) -> Callable[[Rows], Rows]:
    """Return what cuts the decisions of the Union to those of its members that are left, month by month."""
    lines = [line for line in decisions.read_text("utf-8").splitlines() if not line.startswith("#")]
    left: dict[str, float] = {}
    for row in csv.DictReader(lines):
        if row["host"] in members:
            left[row["month"]] = left.get(row["month"], 0.0) + float(row["value"])

    def cut(rows: Rows) -> Rows:
        month, sex, age, value = (rows[0].index(name) for name in ("month", "sex", "age", "value"))
        share = 1.0
        for row in rows[1:]:
            if (row[sex], row[age]) == ("T", "TOTAL") and row[month] in left:
                share = left[row[month]] / float(row[value])
            row[value] = str(round(float(row[value]) * share))
        return rows

    return cut


def is_empty(part: Any, gone: set[str]) -> bool:
    """Take places that are gone out of a rule; return whether nothing of it is left."""
    if isinstance(part, list):
        part[:] = [one for one in part if not is_empty(one, gone)]
        return False
    if not isinstance(part, dict):
        return False
    for key, value in list(part.items()):
        if key in ("place", "hosts", "except_hosts", "origins", "units"):
            named = [value] if isinstance(value, str) else value
            left = (
                [UNITS.get(one, one) for one in named if one not in gone] if isinstance(named, list) else []
            )
            if not left and key != "except_hosts":
                return True
            part[key] = left[0] if isinstance(value, str) else left
        elif key in gone or (is_empty(value, gone) and key not in ("who",)):
            del part[key]
    return False


def score_hosts_left(rules: Any) -> None:
    """Score and show the hosts that are left."""
    rules["never_scored"] = [host for host in rules["never_scored"] if host in HOSTS]
    for shown in (rules["compared"]["hosts"], rules["rolling"]["shown_hosts"]):
        shown["value"] = [host for host in shown["value"] if host in HOSTS]


def forget_surveys(rules: Any) -> None:
    """Forget which surveys ask in the same words, and which are panels."""
    rules["same_words"].clear()
    rules["panels"].clear()


def invent(root: Path) -> None:
    """Turn a copy of the configuration into the invented crisis."""
    for name in ORPHANS:
        (root / name).unlink()
    every = {path.stem for path in (root / "countries").glob("*.yaml")}
    lines = (root / "origin_units.csv").read_text("utf-8").splitlines()
    gone = (every - HOSTS) | {line.split(",")[0] for line in lines[1:]} - set(UNITS)
    for host in every - HOSTS:
        (root / "countries" / f"{host}.yaml").unlink()
    for path in [
        *(root / "coefficients").glob("baseline*.csv"),
        *(root / "coefficients/origins").glob("*.csv"),
    ]:
        path.unlink()
    # Surveys of Ukrainians say nothing about others; the registers stay to score against.
    for path in (root / "targets").glob("*.yaml"):
        if path.stem != "register_stocks":
            path.unlink()
    fit = root / "coefficients" / "fit.yaml"
    fit.write_text(fit.read_text("utf-8").replace("fit: baseline", "fit: priors"), "utf-8")
    mix, people = root / "composition" / "origin_mix.csv", root / "population_change.csv"
    edit_table(mix, kept_mix)
    registers = root / "registers"
    edit_table(registers / "eu_decisions.csv", union_of(registers / "tp_decisions.csv", {"DE", "NL", "PL"}))
    edit_table(people, fewer_people)
    for path in root.rglob("*.csv"):
        edit_table(path, lambda rows: kept_rows(rows, gone))
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 4000, True
    rules = [path for folder in ("levers", "routes", "scenarios") for path in (root / folder).glob("*.yaml")]
    for path in [*rules, root / "law.yaml"]:
        content = yaml.load(path.read_text("utf-8"))
        if is_empty(content, gone):
            path.unlink()
        else:
            with path.open("w", encoding="utf-8") as file:
                yaml.dump(content, file)
    for name, change in {"validation.yaml": score_hosts_left, "surveys.yaml": forget_surveys}.items():
        content = yaml.load((root / name).read_text("utf-8"))
        change(content)
        with (root / name).open("w", encoding="utf-8") as file:
            yaml.dump(content, file)
    (root / "README.md").write_text(
        "INVENTED: figures of Ukraine under other names, to try the model.\n", "utf-8"
    )
    derive.main([str(root)])


if __name__ == "__main__":
    invent(Path(sys.argv[1]))
