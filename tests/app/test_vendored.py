"""The front-end files that are shipped are those the installed packages name, with their licences."""

import re
from importlib.metadata import version
from pathlib import Path

import plotly
import pytest
import solara
from app_server import ROOT

VENDOR = ROOT / "dashboard" / "assets" / "vendor"
AXE = Path(__file__).parent / "vendor"
SOLARA = Path(solara.__file__).parent
# Read as text: importing the server imports Solara's, which warns about what it imports itself.
NAMED = (ROOT / "dashboard" / "server" / "page.py").read_text(encoding="utf-8")
SOLARA_BUNDLE = re.search(r'^SOLARA_BUNDLE = "(.+)"$', NAMED, re.MULTILINE)[1]
REQUIREJS = re.search(r'^REQUIREJS = "(.+)"$', NAMED, re.MULTILINE)[1]


def test_the_front_end_is_the_one_solaras_own_page_names():
    major = version("ipywidgets").split(".")[0]
    page = (SOLARA / "server" / "templates" / "solara.html.j2").read_text(encoding="utf-8")
    assert f"{{{{cdn}}}}/{SOLARA_BUNDLE}" in page.replace("{{ipywidget_major_version}}", major)
    assert (VENDOR / SOLARA_BUNDLE).stat().st_size > 1_000_000
    named = [re.findall(r"requirejs@([\d.]+)/", path.read_text("utf-8")) for path in SOLARA.rglob("*.py")]
    [folder] = {found for one in named for found in one}
    assert REQUIREJS.startswith(f"requirejs@{folder}/")
    assert f"RequireJS {folder} " in (VENDOR / REQUIREJS).read_text(encoding="utf-8").splitlines()[1]


def test_plotly_comes_from_its_package():
    with (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").open(encoding="utf-8") as script:
        first = script.read(300)
    assert re.search(r"plotly\.js v\d+\.\d+\.\d+", first)
    assert "Licensed under the MIT license" in first


@pytest.mark.parametrize("folder", [VENDOR, AXE], ids=["app", "tests"])
def test_every_vendored_script_has_its_licence_and_nothing_else_is_vendored(folder):
    scripts = list(folder.rglob("*.js"))
    assert scripts
    for script in scripts:
        package = script.relative_to(folder).as_posix()
        assert re.search(r"@\d+\.\d+\.\d+/", package), f"{package}: no version in its folder"
        assert "plotly" not in package
        beside = [path for path in script.parent.iterdir() if "LICENSE" in path.name.upper()]
        assert beside, f"{package}: no licence beside it"
        assert all(path.stat().st_size > 500 for path in beside)
    assert {path.suffix for path in VENDOR.rglob("*") if path.is_file()} == {".js", ".txt"}
