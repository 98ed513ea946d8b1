"""Scores of the model and its rivals, read from the shipped validation."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from dashboard.components.files import csv_text
from dashboard.messages.catalogue import all_messages
from dashboard.messages.words import Words

MODEL = "model"
WITH_CLEAN_UP = "model_with_clean_up"
NAIVE = ("persistence", "constant_inflow")
"""Rivals that need no statistics: nothing changes, inflow goes on."""

FORECASTERS = (MODEL, *NAIVE, "last_year_growth", "ets", "auto_arima")
HORIZONS = ("1", "3", "6", "12")
WINDOWS = ("held_out", "fit")
FITTED = "fitted"
FIXED = "fixed"
_KEY = "how_sure.parameter_"

type Window = Mapping[str, Any]


def typical_errors(window: Window) -> dict[str, dict[str, float]]:
    """Return the median error in percent by months ahead and forecaster."""
    return {
        months: {name: window["horizons"][months]["median_error_pct"][name] for name in FORECASTERS}
        for months in HORIZONS
    }


def errors_across_breaks(window: Window) -> dict[str, dict[str, float]]:
    """Return the same across clean-ups of registers, the model with its own forecast of the clean-up."""
    found = {}
    for months in HORIZONS:
        scores = window["breaks"][months]["median_error_pct"]
        found[months] = {name: scores[WITH_CLEAN_UP if name == MODEL else name] for name in FORECASTERS}
    return found


def error_of_host(window: Window, host: str, months: str) -> dict[str, float] | None:
    """Return the mean error of a host by forecaster, percent; None where it was not scored."""
    found = window["horizons"][months]["mean_error_pct_by_host"].get(host)
    return None if found is None else {name: found[name] for name in FORECASTERS}


def hosts_scored(window: Window, months: str) -> list[str]:
    """Return the hosts with scores so many months ahead."""
    return list(window["horizons"][months]["mean_error_pct_by_host"])


def best_naive(errors: Mapping[str, float]) -> str:
    """Return the naive rival with the smallest error."""
    return min(NAIVE, key=lambda name: errors[name])


def beaten_hosts(window: Window) -> list[tuple[str, tuple[str, ...]]]:
    """Return the hosts named before scoring in which naive rivals beat the model, and which they are."""
    found = []
    for level in window["levels"]:
        if not level["id"].startswith("better_in_") or level["met"]:
            continue
        ratios = level["value"]
        better = tuple(name for name in NAIVE if ratios.get(name) is not None and ratios[name] >= 1)
        found.append((level["id"].removeprefix("better_in_"), better))
    return found


def levels_met(window: Window) -> tuple[int, int]:
    """Return how many of the levels fixed before scoring were met, of how many."""
    asked = [level for level in window["levels"] if level["met"] is not None]
    return sum(bool(level["met"]) for level in asked), len(asked)


def counted_by_status(parameters: list[dict[str, Any]]) -> Counter[str]:
    """Return how many parameters have which status; fixed values (limits, reference points) do not count."""
    return Counter(one["status"] for one in parameters if one["distribution"] != FIXED)


def n_fixed(parameters: list[dict[str, Any]]) -> int:
    """Return how many values are fixed by convention and have no margin."""
    return sum(one["distribution"] == FIXED for one in parameters)


def important(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the assumed numbers that decide most: those explained in the messages, and not fitted.

    Which they are is a judgement of the makers, kept with its words in ``messages.yaml``.
    """
    order = [key.removeprefix(_KEY) for key in all_messages() if key.startswith(_KEY)]
    known = {one["parameter"]: one for one in parameters}
    return [known[name] for name in order if name in known and known[name]["status"] != FITTED]


def parameter_name(parameter: str, words: Words) -> str:
    """Return what an important parameter means."""
    return words.t(f"{_KEY}{parameter}")


COLUMNS = ("parameter", "value", "unit", "low", "high", "distribution", "status", "meaning", "source")


def parameters_csv(parameters: list[dict[str, Any]]) -> str:
    """Return every parameter with value, range, status, meaning and source (English)."""
    return csv_text(COLUMNS, ([one.get(name, "") for name in COLUMNS] for one in parameters))
