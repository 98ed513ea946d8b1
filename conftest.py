"""How tests are collected and shared out among processes."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "tests"
SHARED = {"browser": "browser", "app": "browser", "engine": "engine"}
"""Fixtures that are dear to start, and the group of all tests that use one: they run in one process."""

LONGEST = ("browser", "tests/statistical", "engine")
"""Beginnings of names of groups that take long, longest first: started last they would be waited for."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Pass over modules without an example, so that nothing is imported for nothing."""
    is_module = collection_path.suffix == ".py" and not collection_path.is_relative_to(TESTS)
    return True if is_module and ">>> " not in collection_path.read_text(encoding="utf-8") else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a dear fixture, and else what stands in one file; begin with the longest."""
    groups = {}
    for item in items:
        shared = [SHARED[name] for name in getattr(item, "fixturenames", ()) if name in SHARED]
        groups[item] = shared[0] if shared else item.nodeid.split("::")[0]
        item.add_marker(pytest.mark.xdist_group(groups[item]))
    items.sort(key=lambda item: [not groups[item].startswith(long) for long in LONGEST])
