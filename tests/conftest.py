"""What all tests share: the real world, loaded once, and a deterministic Hypothesis."""

import gc
import shutil
import signal

import pytest
from figures_fit import watch_figures
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers
from small_runs import real_world

from abm.data.folder import default_configs
from abm.data.parameters import PRIORS
from abm.data.world import World

# A shell ignores Ctrl-C in what it starts in the background, and children inherit that; tests send Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

watch_figures()

# Hypothesis also draws numbers that stand in the modules loaded so far, which differ by worker.
providers._get_local_constants = type(providers._local_constants)

settings.register_profile(
    "deterministic",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=12,
    phases=(Phase.explicit, Phase.generate),  # the examples are small; making them smaller takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("deterministic")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a file, the app's server and browser, or the app's engine without them."""
    for item in items:
        shared = set(getattr(item, "fixturenames", ()))
        group = "server" if shared & {"app", "browser"} else "engine" if "engine" in shared else ""
        item.add_marker(pytest.mark.xdist_group(group or item.nodeid.partition("::")[0]))


def pytest_collection_finish() -> None:
    """Spare the garbage collector everything that was imported."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def world() -> World:
    return real_world()


@pytest.fixture(scope="session")
def priors_root(tmp_path_factory):
    """Return a copy of the shipped configuration that uses the priors: mechanisms, not the size of a fit."""
    root = tmp_path_factory.mktemp("priors") / "configs"
    shutil.copytree(default_configs(), root)
    (root / "coefficients" / "fit.yaml").write_text(f"fit: {PRIORS}\nreason: tests of mechanisms\n")
    return root


@pytest.fixture
def spoiled(tmp_path):
    """Return a fresh copy of the configuration folder, without the map outlines."""
    root = tmp_path / "configs"
    shutil.copytree(default_configs(), root, ignore=shutil.ignore_patterns("geo"))
    return root


@pytest.fixture
def spoil(spoiled):
    """Return what replaces the first occurrence of a text in a file of that copy, and says its line."""

    def spoil(name: str, old: str, new: str) -> int:
        path = spoiled / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"the test looks for {old!r}, which is no longer in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return spoil
