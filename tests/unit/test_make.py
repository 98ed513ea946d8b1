"""The Makefile and the search for a Python, run for real with made-up interpreters."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def find_python(folder, home, **more):
    """Search with nothing on the path but what lies in ``folder``."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / ".ci" / "find-python")],
        cwd=ROOT,
        env={"PATH": str(folder), "HOME": str(home), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def command(folder, name, script):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def tools(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sed", "basename"):
        found = next(Path(place) / name for place in ("/usr/bin", "/bin") if (Path(place) / name).exists())
        (folder / name).symlink_to(found)
    return folder


OLD = """case "$2" in *ensurepip*) exit 1 ;; *) echo 3.11.7 ;; esac"""
SHIM = """echo "pyenv: $0: command not found" >&2; exit 127"""
REAL = f'exec {sys.executable} "$@"'


@pytest.mark.parametrize(
    ("name", "script", "said"),
    [
        ("python3", OLD, ["needs Python 3.12 or 3.13; found: 3.11.7", "pyenv install 3.12"]),
        (None, None, ["found: none"]),
        ("python3.12", OLD.replace("3.11.7", "3.12.3"), ["apt-get install python3.12-venv"]),
    ],
    ids=["old", "none", "without venv"],
)
def test_a_python_that_does_not_fit_gets_the_remedy(tools, tmp_path, name, script, said):
    if name is not None:
        command(tools, name, script)
    done = find_python(tools, tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert all(words in " ".join(done.stderr.split()) for words in said)


def test_broken_shims_and_old_versions_are_skipped(tools, tmp_path):
    for name in ("python3.12", "python3.13"):
        command(tools, name, SHIM)
    command(tools, "python3", OLD)
    command(tools, "python", REAL)
    done = find_python(tools, tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).exists()


def test_a_version_that_only_pyenv_has_is_found(tools, tmp_path):
    place = tmp_path / ".pyenv" / "versions" / "3.12.9" / "bin"
    place.mkdir(parents=True)
    command(place, "python", REAL)
    command(tools, "python3", OLD)
    assert find_python(tools, tmp_path).returncode == 0
    assert find_python(tools, tmp_path, PYENV_ROOT=str(tmp_path / "nowhere")).returncode == 1
