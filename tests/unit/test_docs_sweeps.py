"""The tutorial of sweeps is run as it stands: files are written, commands run, what they print compared."""

import re
import shlex
from pathlib import Path

import pytest

from experiments.command_line import all_commands, main
from experiments.designs import files

SOONER = {
    "scale: 2000, households_per_host: 50": "scale: 20000, households_per_host: 20",
    "until: 2027-07": "until: 2027-02",
    "from: 2027-01-01, announced: 2026-12-01": "from: 2026-03-01",
    "from: 2026-12,": "from: 2026-02,",
}
"""The designs of the page as coarse and short as they can be: what is tried is the page, not the numbers."""

FEWER = {
    **{"size: 5": "size: 1", "40 ": "8 "},
    **{
        "size: 8": "size: 4",
        "count: 2": "count: 1",
        "48 worlds with 2 seeds": "24 worlds with 1 seed",
        "96 ": "24 ",
    },
    "--workers 2": "--workers 1",
}
"""A quarter of the worlds, one after the other, and what the page then says of them."""

PAGE = Path(__file__).parents[2] / "docs" / "sweeps.md"
BOUND = re.compile(r"stock_NL > \d+")
BLOCK = re.compile(r"(?:<!-- file: (?P<file>[\w.]+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


def middle():
    """Return a bound that tells worlds as coarse as these apart: half of them lie above it."""
    asked = "SELECT median(stock_NL)::BIGINT AS middle FROM results"
    assert main(["results", "cash.yaml", asked, "--export", "middle.csv"]) == 0
    return f"stock_NL > {Path('middle.csv').read_text('utf-8').split()[-1]}"


def expected(lines):
    """Return a pattern for shown lines; an ellipsis stands for anything in its line."""
    return "\n".join(".*".join(map(re.escape, line.split("…"))) for line in lines)


def shortened(text, by):
    """Return a text of the page, or of a design it names, for shorter runs."""
    for usual, short in by.items():
        text = text.replace(usual, short)
    return text


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(SOONER | FEWER, id="few worlds"),
        pytest.param(SOONER, id="all worlds", marks=pytest.mark.slow),
    ],
)
def test_the_tutorial_works_as_shown(tmp_path, monkeypatch, capsys, by):
    monkeypatch.chdir(tmp_path)
    ready = tmp_path / "ready"
    ready.mkdir()
    (ready / "smoke.yaml").write_text(
        shortened((files.FOLDER / "smoke.yaml").read_text("utf-8"), by), "utf-8"
    )
    monkeypatch.setattr(files, "FOLDER", ready)
    commands = 0
    for block in BLOCK.finditer(shortened(PAGE.read_text(encoding="utf-8"), by)):
        if block["file"]:
            Path(block["file"]).write_text(block["text"], encoding="utf-8")
        if block["kind"] != "console":
            continue
        for piece in block["text"].split("$ ewea ")[1:]:
            command, *shown = piece.strip().splitlines()
            if BOUND.search(command):
                command = BOUND.sub(middle(), command)
            assert main(shlex.split(command)) == 0, f"{command}\n{capsys.readouterr().err}"
            printed = capsys.readouterr().out
            assert re.search(expected(shown), printed), f"{command} printed\n{printed}"
            commands += 1
    assert commands >= 6


def test_every_command_the_page_names_exists():
    names = set(re.findall(r"`ewea ([a-z-]+)", PAGE.read_text(encoding="utf-8")))
    assert {"sweep", "sensitivity", "discover", "robust", "pareto"} <= names <= set(all_commands())
