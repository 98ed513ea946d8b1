"""The documentation site: what its configuration names is there, and no page is left out."""

import importlib.util
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import ewea

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "site"
CONFIG = YAML(typ="safe").load((SITE / "mkdocs.yml").read_text("utf-8"))
READ_FROM, MADE = CONFIG["extra"]["read_from"], CONFIG["extra"]["made"]


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("site_pages", SITE / CONFIG["hooks"][0])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def named(nav):
    """Return the pages of a navigation in order."""
    if isinstance(nav, str):
        return [nav]
    return [page for part in (nav.values() if isinstance(nav, dict) else nav) for page in named(part)]


def test_the_navigation_has_every_page_once():
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").glob("**/*.md")}
    found = named(CONFIG["nav"])
    assert sorted(found) == sorted({*written, *READ_FROM, *MADE})
    assert not written & {*READ_FROM, *MADE}
    assert {"README.md", "abm/ODD.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= set(READ_FROM.values())
    assert [place for place in READ_FROM.values() if not (ROOT / place).is_file()] == []


def test_the_made_pages_hold_what_the_model_holds(pages):
    texts = {page: getattr(pages, name)() for page, name in MADE.items()}
    assert set(re.findall(r"^::: ewea\.(\w+)$", texts["api.md"], re.MULTILINE)) == set(ewea.__all__)
    rules = ewea.law()
    assert texts["law.md"].count("\n| ") == len(rules.to_pandas()) + 2
    assert rules.day in texts["law.md"]
    held = {path for path, _ in pages.cards()}
    assert {"origin_units.yaml", "registers/tp_stock.yaml"} <= held
    assert all(f"| `{path}` |" in texts["data.md"] for path in held)


def test_links_follow_the_pages(pages):
    def followed(text, page):
        return pages.follow(text, page, READ_FROM)

    both = "[![app](docs/gallery/a.png)](docs/gallery.md) [c](configs/README.md#x) [m](https://mesa.org)"
    assert followed(both, "index.md") == (
        "[![app](gallery/a.png)](gallery.md) [c](configuration.md#x) [m](https://mesa.org)"
    )
    assert followed("[s](../docs/sources.md) [f](schedule.py)", "odd.md") == "[s](sources.md) f"
    assert followed("[g](glossary.md) [r](../README.md)", "app.md") == "[g](glossary.md) [r](index.md)"
    in_folder = followed("[c](../../CONTRIBUTING.md) [s](../sources.md) [n](b.md)", "tutorials/a.md")
    assert in_folder == "[c](../contributing.md) [s](../sources.md) [n](b.md)"


def test_nothing_is_loaded_from_elsewhere():
    theme = CONFIG["theme"]
    assert theme["name"] == "readthedocs"
    assert theme["highlightjs"] is False
    named_files = [*CONFIG["extra_css"], *CONFIG.get("extra_javascript", [])]
    assert [name for name in named_files if "//" in name] == []
