"""The tutorial of sweeps is run as it stands: files are written, commands run, what they print compared."""

import re
import shlex
from pathlib import Path

import pytest

from experiments.command_line import main

PAGE = Path(__file__).parents[2] / "docs" / "sweeps.md"
BLOCK = re.compile(r"(?:<!-- file: (?P<file>[\w.]+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


def expected(lines):
    """Return a pattern for shown lines; an ellipsis stands for anything in its line."""
    return "\n".join(".*".join(map(re.escape, line.split("…"))) for line in lines)


@pytest.fixture
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_tutorial_works_as_shown(somewhere, capsys):
    commands = 0
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["file"]:
            (somewhere / block["file"]).write_text(block["text"], encoding="utf-8")
        if block["kind"] != "console":
            continue
        for piece in block["text"].split("$ ewea ")[1:]:
            command, *shown = piece.strip().splitlines()
            assert main(shlex.split(command)) == 0, f"{command}\n{capsys.readouterr().err}"
            printed = capsys.readouterr().out
            assert re.search(expected(shown), printed), f"{command} printed\n{printed}"
            commands += 1
    assert commands >= 6


def test_every_command_the_page_names_exists(capsys):
    names = set(re.findall(r"`ewea ([a-z-]+)", PAGE.read_text(encoding="utf-8")))
    assert {"sweep", "sensitivity", "discover", "robust", "pareto"} <= names
    for name in names:
        assert main([name, "--help"]) == 0
        assert capsys.readouterr().out
