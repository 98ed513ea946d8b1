"""What CONTRIBUTING.md says is to be touched to add something, done by the letter in a copy of the tree."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = (
    "abm",
    "app.py",
    "calibration",
    "configs",
    "dashboard",
    "docs",
    "ewea",
    "experiments",
    "pyproject.toml",
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "gallery")
LABEL = "{en: Mine, nl: Mijn, uk: Моє}"


def copied(folder):
    """Copy what runs; return the copy."""
    for name in PARTS:
        here = ROOT / name
        copy = shutil.copytree if here.is_dir() else shutil.copy
        copy(here, folder / name, **({"ignore": LEFT_OUT} if here.is_dir() else {}))
    return folder


def edit(path, *changes):
    """Replace texts that stand once in a file."""
    text = path.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{path}: {text.count(old)} times {old!r}"
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def append(path, text):
    """Put lines at the end of a file."""
    path.write_text(path.read_text("utf-8").rstrip("\n") + f"\n{text}\n", "utf-8")


def lever(root):
    path = root / "configs" / "levers" / "mine_course.yaml"
    shutil.copy(path.with_name("job_programme.yaml"), path)
    text = path.read_text("utf-8").split("lines:\n")[0]
    path.write_text(text.replace("id: job_programme", "id: mine_course") + "lines: []\n", "utf-8")


def driver(root):
    folder = root / "configs" / "drivers"
    card = f"""\
id: mine_driver
label: {LABEL}
unit: index 0 to 1
per: ukraine
publisher: this project
date: 2025-12-31
status: assumed
licence: MIT, as this project
table: mine_driver.csv
range: [0, 1]
beyond_last_month: last_value
held: last_value
change_range: [0, 1]
method: Made up.
"""
    (folder / "mine_driver.yaml").write_text(card, "utf-8")
    months = [f"{year}-{month:02d}" for year in range(2022, 2026) for month in range(1, 13)]
    rows = "".join(f"UA,{month},0.50\n" for month in months)
    (folder / "mine_driver.csv").write_text(f"# Made up.\nunit,month,value\n{rows}", "utf-8")


def host(root):
    """Serbia, as Moldova in all that is not a name or a place; its register stands outside Eurostat."""
    configs = root / "configs"
    path = configs / "countries" / "RS.yaml"
    shutil.copy(path.with_name("MD.yaml"), path)
    edit(
        path,
        ("id: MD\n", "id: RS\n"),
        ("{en: Moldova, nl: Moldavië, uk: Молдова}", "{en: Serbia, nl: Servië, uk: Сербія}"),
        ("iso3: MDA", "iso3: SRB"),
        ("capital: Chisinau", "capital: Belgrade"),
        ("latitude: 47.01", "latitude: 44.79"),
        ("longitude: 28.86", "longitude: 20.45"),
        ("land_border: true", "land_border: false"),
        ("value: 401, unit: km", "value: 977, unit: km"),
    )
    for name in ("host_weights", "host_snapshot", "arrival_weights"):
        table = configs / "composition" / f"{name}.csv"
        line = re.search(r"^MD,.*$", table.read_text("utf-8"), re.MULTILINE).group()
        append(table, line.replace("MD,", "RS,", 1))
    recorded = configs / "registers" / "inputs" / "unhcr_recorded.csv"
    # Serbia was counted in the host ``elsewhere`` until now.
    recorded.write_text(recorded.read_text("utf-8").replace("elsewhere,SRB,", "RS,SRB,"), "utf-8")
    for path in (configs / "coefficients").rglob("*_controls*.csv"):
        path.unlink()
    edit(configs / "validation.yaml", ("never_scored: [UK, MD,", "never_scored: [UK, MD, RS,"))


def survey(root):
    path = root / "configs" / "targets" / "mine_poll.yaml"
    shutil.copy(path.with_name("czech_iom_soon.yaml"), path)
    text = path.read_text("utf-8").replace("czech_iom_soon", "mine_poll").replace("use: fit", "use: reported")
    path.write_text(text, "utf-8")


def outcome(root):
    edit(
        root / "configs" / "outcomes.yaml",
        (
            "  - id: employed\n",
            f"  - id: mine_minors\n    kind: stock\n    unit: persons\n    definition: made up\n"
            f"    noun: people of mine\n    label: {LABEL}\n    shown: [terminal]\n  - id: employed\n",
        ),
    )
    edit(
        root / "experiments" / "ensemble" / "counts.py",
        (
            '    "employed": lambda',
            '    "mine_minors": lambda run: run.stock.sum(axis=2),\n    "employed": lambda',
        ),
    )


def factor(root):
    (root / "abm" / "factors" / "mine.py").write_text(
        '''"""Made up: the driver of one's own keeps people abroad."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("return_elsewhere", "return_origin"),
    parameters=("mine_return",),
    sign="a higher driver lowers return",
    source="A010",
)


def contribute(view: MonthView) -> Tables:
    """Return the coefficient times the driver, in both tables."""
    effect = view["mine_return"] * view.world.drivers["mine_driver"][view.month]
    return {"return_origin": np.full((len(view.world.origins.ids), 1), effect), "return_elsewhere": effect}
''',
        "utf-8",
    )
    append(
        root / "configs" / "coefficients" / "priors.csv",
        "mine_return,0,log odds,normal,-0.5,0.5,assumed,made up,what the driver of one's own does to return",
    )
    groups = root / "experiments" / "designs" / "groups" / "parameters.yaml"
    edit(groups, ("parameters: [economy, ", "parameters: [economy, mine_, "))
    edit(
        root / "dashboard" / "pages" / "people" / "messages.yaml",
        ("factor_weariness: {", 'factor_mine: {nl: mijn, en: mine, uk: "моє"}\nfactor_weariness: {'),
    )
    edit(
        root / "abm" / "ODD.md",
        ("#### weariness\n", "#### mine\n\n`abm/factors/mine.py`: made up.\n\n#### weariness\n"),
    )


def scenario(root):
    (root / "configs" / "scenarios" / "mine.yaml").write_text(
        f"""\
id: mine
kind: war
label: {LABEL}
explanation: {LABEL}
levers:
  - {{lever: mine_course, place: NL, from: 2026-03-01, value: 1}}
drivers:
  - {{driver: mine_driver, from: 2026-03, value: 0.9}}
source: test
""",
        "utf-8",
    )


def page(root):
    folder = root / "dashboard" / "pages" / "mine"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        '''"""A page of one's own."""

import solara

from dashboard.components.element import lead
from dashboard.shell.session import Session

ID = "mine"
ORDER = 95
TITLE = "mine.title"
HEADING = "mine.heading"


@solara.component
def Page(session: Session) -> None:
    """Say one sentence."""
    lead(session.words.t("mine.lead"))
''',
        "utf-8",
    )
    words = "{en: Mine, nl: Mijn, uk: Моє}"
    (folder / "messages.yaml").write_text(f"title: {words}\nheading: {words}\nlead: {words}\n", "utf-8")


DATA = {
    "lever": lever,
    "driver series": driver,
    "survey, register or other target": survey,
    "scenario": scenario,
}
"""What is data alone, by its row in CONTRIBUTING.md."""

CODE = {"host country": host, "outcome": outcome, "factor of a decision": factor, "page": page}
"""What is code too, or needs a derived table."""
