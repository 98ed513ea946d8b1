"""Every file and folder that the documentation names is there, templates such as ``<id>.yaml`` included."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
PAGES = ["README.md", "CONTRIBUTING.md", "configs/README.md", "abm/ODD.md", *DOCS]
FOLDERS = ("abm", "calibration", "configs", "dashboard", "docs", "experiments", "tests")
MADE = ("results", "build", ".venv", "cash.yaml", "flow_map.png", "stock_nl_eu.png", "server")
"""What commands or readers make, and a folder of Solara."""
LEDGER = "docs/forecasts"
"""Made by the first forecast that is published."""

NAMED = re.compile(r"`((?:[\w.<>-]+/)+[\w.<>*-]*|[\w<>-]+\.(?:py|yaml|csv|toml|md))`")


def named(page):
    return sorted(set(NAMED.findall((ROOT / page).read_text(encoding="utf-8"))))


def is_there(name):
    pattern = re.sub(r"<[^>]*>", "*", name).rstrip("/")
    return any(ROOT.glob(pattern)) or any(True for home in FOLDERS for _ in (ROOT / home).rglob(pattern))


@pytest.mark.parametrize("page", PAGES)
def test_named_files_are_there(page):
    paths = [name for name in named(page) if name != LEDGER and name.split("/")[0] not in MADE]
    assert [name for name in paths if not is_there(name)] == []


def test_every_errand_names_its_test():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?!To add|---)(.+?) \|.*\|(.*)\|$", page.split("## House rules")[0], re.MULTILINE)
    assert len(rows) > 25
    assert [errand for errand, test in rows if "`tests/" not in test and "`make" not in test] == []


def test_a_file_that_is_gone_is_noticed():
    assert is_there("configs/levers/<id>.yaml")
    assert is_there("abm/schedule.py")
    assert not is_there("abm/loading/country.py")
    assert not is_there("configs/levels/<id>.yaml")
    assert len(named("CONTRIBUTING.md")) > 20
