"""The direction of dependence, read from the source: configs -> abm -> the rest -> the app."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "abm": {"calibration", "experiments", "dashboard", "ewea", "app", "tests"},
    "calibration": {"experiments", "dashboard", "ewea", "app", "tests"},
    "experiments": {"dashboard", "ewea", "app", "tests"},
    "ewea": {"dashboard", "app", "tests"},
}
APP_DOOR = "experiments/commands/app.py"
"""The command that starts the app; it imports it when it is called and no earlier."""

PLOTTING_AND_OPTIMISERS = {"matplotlib", "seaborn", "plotly", "altair", "solara", "scipy", "sklearn"}
MESA_ROOM = "abm/mesa/"
"""Where the model meets Mesa; nothing else of the model imports from it."""

KERNEL_IMPORTS = {"numpy", "numba", "collections", "abm.codes", "abm.kernels"}


def sources(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path):
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def top(names):
    return {name.split(".")[0] for name in names}


def offenders(folder, banned, allowed=lambda name: False):
    """Return ``file: module`` for every import that is not allowed."""
    found = [(name_of(path), module) for path in sources(folder) for module in top(imports(path)) & banned]
    return sorted(f"{name}: {module}" for name, module in found if not allowed(name))


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_nothing_imports_to_its_right(folder):
    assert offenders(folder, FORBIDDEN[folder], APP_DOOR.__eq__) == []


def test_the_model_neither_plots_nor_optimises():
    assert offenders("abm", PLOTTING_AND_OPTIMISERS) == []


def test_mesa_stays_in_its_room():
    assert offenders("abm", {"mesa"}, lambda name: name.startswith(MESA_ROOM)) == []
    users = [path for path in sources("abm") if any(name.startswith("abm.mesa") for name in imports(path))]
    assert all(name_of(path).startswith(MESA_ROOM) for path in users)


SCIENCE = {"numpy", "pandas", "numba", "pyarrow", "matplotlib", "mesa", "networkx", "pydantic", "xarray"}
DOORS = {
    "ewea --help": ("from experiments.command_line import main; main(['--help'])", SCIENCE),
    "ewea": ("import ewea", SCIENCE),
    "engine": ("import abm.results, abm.simulation", {"mesa"}),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_door_brings_nothing_it_does_not_need(door):
    code, heavy = DOORS[door]
    script = f"import sys; {code}; print({heavy!r} & sys.modules.keys(), file=sys.stderr)"
    words = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"


def test_compiled_code_stays_in_the_kernels():
    assert offenders("abm", {"numba"}, lambda name: name.startswith("abm/kernels/")) == []
    assert offenders("calibration", {"numba"}) == []


@pytest.mark.parametrize("path", sources("abm/kernels"), ids=lambda path: path.stem)
def test_kernels_see_no_config_no_world_and_no_calendar(path):
    allowed = KERNEL_IMPORTS | (sys.stdlib_module_names if path.stem == "__init__" else set())
    extra = {
        name for name in imports(path) if not any(name == a or name.startswith(f"{a}.") for a in allowed)
    }
    assert extra == set()
    keywords = {node.arg for node in ast.walk(tree_of(path)) if isinstance(node, ast.keyword)}
    assert "fastmath" not in keywords  # floating point stays exact


def test_no_module_of_the_model_draws_unkeyed_numbers():
    for path in sources("abm"):
        if name_of(path).startswith(MESA_ROOM):
            continue  # Mesa hands its users a generator to shuffle with; no process sees it
        assert "random" not in top(imports(path)), name_of(path)
        tree = tree_of(path)
        calls = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not {call for call in calls if call.startswith(("np.random", "numpy.random"))}, name_of(path)


PACKAGES = ("abm", "calibration", "experiments", "dashboard", "ewea")


def module_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def ties(path, modules):
    """Return the modules a file needs; types and imports inside functions tie as much as any other."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            inside = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in modules else node.module for name in inside)


def test_no_module_imports_itself_in_a_circle():
    modules = {module_of(path): path for path in sources(*PACKAGES)}
    graph = nx.DiGraph((name, other) for name, path in modules.items() for other in ties(path, modules))
    circles = [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1]
    assert circles == []


CONVENTIONS = {"contribute", "draw", "main", "run", "Page"}
"""What the one thing of a file is called so that it is found: factors, figures, pages, scripts."""

ALIKE = ("abm.month.", "abm.kernels.", "abm.reference.")
"""A step of the month, its kernel and its twin are named alike on purpose."""


def test_no_public_class_or_function_has_its_name_twice():
    where = defaultdict(list)
    for path in sources(*PACKAGES):
        for node in tree_of(path).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                where[node.name].append(module_of(path))
    twice = {
        name: modules for name, modules in where.items() if not name.startswith("_") and len(modules) > 1
    }
    for name, modules in list(twice.items()):
        rooms = [room for room in ALIKE for module in modules if module.startswith(room)]
        if name in CONVENTIONS or (len(rooms) == len(modules) == len(set(rooms))):
            del twice[name]
    assert twice == {}


MACHINE = re.compile(
    r"(?<![\w.])(/(home|root|Users|mnt|tmp|work|opt|srv)/[\w.-]+)|(\.\./)+(shared|brief)\b|\bshared/(design|data|evidence)"
    r"|\b(proxpi|devpi|artifactory|nexus|index-url|trusted-host)\b",
    re.IGNORECASE,
)
"""Paths of one machine, folders outside the repository, private registries."""

NOTES = re.compile(
    r"\b(literature|methods|register|MODEL|STYLE|STACK|PEERS|SOURCES)\.md\b|\bseed_facts\b|\bseed rows?\b"
)
"""Notes that users of the project do not have."""

TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".csv", ".txt", ".cfg", ".json", ".sh", ""}


def tracked_and_new():
    """Return the files of the repository, those not yet committed included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:  # a source archive has no history
        folders = ("abm", "calibration", "experiments", "configs", "tests")
        names = [name_of(path) for folder in folders for path in (ROOT / folder).rglob("*")]
    return [ROOT / name for name in names if (ROOT / name).is_file() and (ROOT / name).suffix in TEXTS]


def test_no_file_names_a_machine_or_notes_outside_the_repository():
    found = []
    for path in tracked_and_new():
        if path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if NOTES.search(line) or (path.suffix != ".csv" and MACHINE.search(line)):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_the_searches_can_find_something():
    assert NOTES.search("see literature.md section 11")
    assert not NOTES.search("see docs/sources.md and register.parquet")
    for line in ("see /home/me/data", "open('../shared/data/x.csv')", "/" + "work/main", "--index-url x"):
        assert MACHINE.search(line), line
    for line in ("a/tmp/b", "https://example.org/home/page", "from abm import work", "shared by threads"):
        assert not MACHINE.search(line), line


def test_an_import_in_the_wrong_direction_is_noticed(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f():\n    import experiments.options\n    from numba import njit\n")
    assert top(imports(wrong)) == {"experiments", "numba"}
