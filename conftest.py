"""How tests are collected and shared out among processes."""

import os
import re
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Set before numpy is loaded: on two cores the threads of two test processes wait for each other for minutes,
and the last bits of what the sampler draws depend on their number."""

TESTS = Path(__file__).parent / "tests"
SHARED = {"browser": r"\b(app|browser|open_page)\b\s*[,)]", "engine": r"\b(engine|open_tab)\b\s*[,)]"}
"""Groups of test files that share a costly fixture, and how its use looks; one process runs a group."""

LONGEST = ("browser", "tests/statistical", "engine")
"""Beginnings of names of groups that take long, longest first: started last they would be waited for."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Pass over modules without an example, so that nothing is imported for nothing."""
    is_module = collection_path.suffix == ".py" and not collection_path.is_relative_to(TESTS)
    return True if is_module and ">>> " not in collection_path.read_text(encoding="utf-8") else None


@cache
def _group(file: str) -> str:
    """Return the group of a test file: what it shares with others, or itself."""
    if not file.startswith("tests/app/"):
        return file
    text = (TESTS.parent / file).read_text(encoding="utf-8")
    return next((name for name, use in SHARED.items() if re.search(use, text)), file)


class _ByGroup(LoadScopeScheduling):
    """Give every group of files to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Keep together what shares a costly fixture, and else what stands in one file."""
    return _ByGroup(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest groups."""
    groups = {item: _group(item.nodeid.partition("::")[0]) for item in items}
    items.sort(key=lambda item: [not groups[item].startswith(long) for long in LONGEST])
