"""What a worker does: find the function by its name, call it, and say what came of it."""

import json
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import PurePath
from typing import Any

from abm.errors import EweaError
from experiments.sweeps.columns import Values

type Function = Callable[[dict[str, Any], dict[str, Any]], Values]

type Todo = tuple[str, str]
"""Key of a task, and the task as canonical JSON."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: values, or the text of a failure; and its time in seconds."""

    key: str
    values: Values | None
    error: str | None
    seconds: float


type Outcomes = Generator[Outcome | None, None, None]
"""What an engine gives; None when nothing has ended for a second."""


@dataclass(frozen=True, slots=True)
class Job:
    """What an engine has to do: call ``function(context, task)`` for every task of ``todo``.

    Attributes
    ----------
    groups : dict of key to text
        Tasks of one group are best run one after the other by one worker; empty if none belong together.
    """

    function: str
    context: dict[str, Any]
    todo: Sequence[Todo]
    groups: dict[str, str] = field(default_factory=dict)


def load(name: str) -> Function:
    """Return the function ``"package.module:function"``.

    Raises
    ------
    EweaError
        If it cannot be imported here.
    """
    module, _, attribute = name.partition(":")
    try:
        function = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise EweaError(
            f"{name}: cannot be imported as package.module:function ({error}). Every worker needs the same "
            "version of this package, installed in its own environment."
        ) from error
    if not callable(function):
        raise EweaError(f"{name}: is not a function.")
    return function  # type: ignore[no-any-return]


def call(function: Function, context: dict[str, Any], todo: Todo) -> Outcome:
    """Run one task. A failure of the function becomes an outcome: run again, it would fail again."""
    key, text = todo
    began = time.perf_counter()
    try:
        values = dict(function(context, json.loads(text)))
    except (Exception, SystemExit) as error:
        return Outcome(key, None, _in_words(error), time.perf_counter() - began)
    return Outcome(key, values, None, time.perf_counter() - began)


def _in_words(error: BaseException) -> str:
    """Return a failure in one line that is the same on every machine: no paths, no addresses of memory."""
    if isinstance(error, EweaError):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({PurePath(place.filename).name}:{place.lineno}, {place.name})"
