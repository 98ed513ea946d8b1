"""Runs a page of the documentation as it stands: saves its files, runs its commands, compares their output.

A block under ``<!-- file: NAME -->`` is a file. In a ``console`` block a line that begins with ``$`` is a
command, and the lines below it are what it prints; ``…`` stands for anything in its line, and alone for any
lines. ``make golden`` (``python -m tests.tutorials``) writes what the pages show anew.
"""

import contextlib
import io
import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "tutorials"
BLOCK = re.compile(r"(?:<!-- file: (?P<file>[\w./]+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
ANYTHING = "…"
PORT = "8799"
"""Where the pages start a server; each run takes a free port instead."""

OWN_FACTORS = """import abm.factors
abm.factors.__path__.append({folder!r})
"""
"""What a new process reads first: a factor that a page saves is found like one in the checkout."""


@dataclass
class Shown:
    """A command of a page, what the page shows of it, and what it printed."""

    command: str
    lines: list[str]
    printed: str = ""

    def pattern(self) -> str:
        """Return what is shown as a regular expression."""
        parts = [
            r"(?:.*\n)*?" if line == ANYTHING else ".*".join(map(re.escape, line.split(ANYTHING))) + r" *\n"
            for line in self.lines
        ]
        return "".join(parts)

    def holds(self) -> bool:
        """Say whether the command printed what is shown."""
        printed = "".join(f"{line}\n" for line in self.printed.splitlines())
        return re.fullmatch(self.pattern(), printed) is not None

    def renewed(self) -> list[str]:
        """Return the lines of today: each part between two lone ``…``, from its first line to its last."""
        printed = [line.rstrip() for line in self.printed.splitlines()]
        parts, at = [list(part) for lone, part in groupby(self.lines, ANYTHING.__eq__) if not lone], 0
        whole: list[str] = [] if self.lines[:1] != [ANYTHING] else [ANYTHING]
        for number, part in enumerate(parts):
            is_last = number == len(parts) - 1 and self.lines[-1] != ANYTHING
            first = 0 if number == 0 and not whole else self._place(part[0], printed, at)
            at = len(printed) if is_last else self._place(part[-1], printed, first + len(part) // 2) + 1
            kept = [line for line in part if ANYTHING in line]
            new = printed[first:at]
            whole += [next((line for line in kept if _alike(one, line)), one) for one in new]
            whole += [] if is_last else [ANYTHING]
        return whole

    def _place(self, line: str, printed: list[str], start: int) -> int:
        for number in range(start, len(printed)):
            if _alike(printed[number], line):
                return number
        raise ValueError(f"$ {self.command}: prints no line like {line!r}; write the page by hand")


LINES = dict.fromkeys(map(ord, "─━"))
"""Rules of tables, as long as their columns are wide."""


def _alike(printed: str, shown: str) -> bool:
    def words(text: str) -> str:
        return " ".join(re.sub(r"[\d.,]*\d|[-+−](?=\d)", "#", text).translate(LINES).split())

    return re.fullmatch(".*".join(map(re.escape, words(shown).split(ANYTHING))), words(printed)) is not None


@dataclass
class Page:
    """A page that is run in ``folder``; ``apart``: every command in a process of its own, as a user would."""

    path: Path
    folder: Path
    apart: bool = False
    background: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self) -> list[Shown]:
        """Save the files, run the commands in order, and return them."""
        done = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        before, before_path = Path.cwd(), sys.path[:]
        os.chdir(self.folder)
        try:
            for block in BLOCK.finditer(self.path.read_text("utf-8")):
                if block["file"]:
                    Path(block["file"]).parent.mkdir(parents=True, exist_ok=True)
                    Path(block["file"]).write_text(block["text"], "utf-8")
                elif block["kind"] == "console":
                    for shown in commands(block["text"]):
                        shown.printed = self._printed(shown.command.replace(PORT, port))
                        done.append(shown)
        finally:
            os.chdir(before)
            sys.path[:] = before_path
            for process in self.background:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()
        return done

    def _printed(self, command: str) -> str:
        first, *words = shlex.split(command)
        if self.apart or first not in ("ewea", "python"):
            return self._in_shell(command)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            if first == "python":
                runpy.run_path(words[0], run_name="__main__")
            else:
                from experiments.command_line import main

                code = main(words)
                if code:
                    raise AssertionError(f"$ {command}\nended with {code}")
        return said.getvalue()

    def _in_shell(self, command: str) -> str:
        reads = [str(ROOT)]
        if (self.folder / "abm" / "factors").is_dir():
            first = self.folder / "first"
            first.mkdir(exist_ok=True)
            own = str(self.folder / "abm" / "factors")
            (first / "sitecustomize.py").write_text(OWN_FACTORS.format(folder=own), "utf-8")
            reads.insert(0, str(first))
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(reads)}
        if command.endswith(" &"):
            self.background.append(
                subprocess.Popen(
                    ["bash", "-c", f"exec {command.removesuffix(' &')}"], env=environment,
                    start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
            )  # fmt: skip
            return ""
        done = subprocess.run(
            ["bash", "-euc", command], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise AssertionError(f"$ {command}\nended with {done.returncode}\n{done.stderr}")
        return done.stdout


def commands(text: str) -> Iterator[Shown]:
    """Return the commands of a console block with the lines shown below each."""
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = piece.rstrip("\n").splitlines()
        yield Shown(command, lines)


def rewritten(text: str, done: list[Shown]) -> str:
    """Return the text of a page with the numbers of today."""
    for shown in done:
        old = "\n".join([f"$ {shown.command}", *shown.lines])
        new = old if shown.holds() else "\n".join([f"$ {shown.command}", *shown.renewed()])
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times; make it different")
        text = text.replace(old, new)
    return text


APART = ("my_factor.md", "cluster.md")
"""Pages that bring code or start servers."""


def main(names: list[str]) -> None:
    """Write the pages named, or all, anew."""
    for path in sorted(PAGES.glob("*.md")):
        if names and path.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            done = Page(path, Path(folder), path.name in APART).run()
        text = path.read_text("utf-8")
        path.write_text(rewritten(text, done), "utf-8")
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
