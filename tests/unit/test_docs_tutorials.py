"""The tutorials work as shown: files are saved, commands run, what they print compared."""

import re

import pytest
from tutorials import APART, PAGES, Page, Shown

from experiments.command_line import all_commands

CHEAP = ("first_run.md",)
TEXTS = {path.name: path.read_text("utf-8") for path in sorted(PAGES.glob("*.md"))}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in CHEAP else pytest.mark.slow) for name in TEXTS]
)
def test_a_tutorial_works_as_shown(tmp_path, name):
    done = Page(PAGES / name, tmp_path, name in APART).run()
    assert len(done) >= 3
    for shown in done:
        assert shown.holds(), f"$ {shown.command} printed\n{shown.printed}\n('make golden' writes pages anew)"


def test_what_is_shown_is_compared_number_by_number():
    printed = "Stocks of 2026\n  all  5\n  NL  145,000  +1.5 %\n       140,000–150,000\n  took 2 s\n"
    lines = ["Stocks…", "…", "  NL  145,000  +1.5 %", "       140,000–150,000", "  took … s"]
    shown = Shown("ewea x", lines, printed)
    assert shown.holds()
    assert shown.renewed() == lines
    shown.printed = (
        printed.replace("145,000", "1,450,000").replace("+1.5", "-12").replace("140,000–150,000", "x")
    )
    assert not shown.holds()
    assert shown.renewed() == ["Stocks…", "…", "  NL  1,450,000  -12 %", "       x", "  took … s"]
    shown.printed = "Stocks of 2026\n"
    assert not shown.holds()
    with pytest.raises(ValueError, match="no line like '  NL"):
        shown.renewed()


def test_every_command_the_tutorials_name_exists():
    known = set(all_commands())
    known |= {words.split()[0] for words in known}
    named = set(re.findall(r"(?:`|\$ )ewea (?:--configs \w+ )?([a-z-]+)", "".join(TEXTS.values())))
    assert {"run", "compare", "sweep", "calibrate", "discover", "robust"} <= named <= known
