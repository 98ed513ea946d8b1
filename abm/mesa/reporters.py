"""What the data collector of the model reports; unlike closures these can be pickled and saved."""

from collections.abc import Callable
from functools import partial
from typing import Any


def total_of(name: str) -> Callable[[Any], int]:
    """Return a reporter that sums an attribute over the hosts."""
    return partial(_total, name)


def _total(name: str, model: Any) -> int:
    return sum(getattr(host, name) for host in model.hosts)


def displaced_in(code: str) -> Callable[[Any], int]:
    """Return a reporter of the displaced in one host on the first day of the month."""
    return partial(_displaced, code)


def _displaced(code: str, model: Any) -> int:
    return int(model.host(code).displaced)


def displaced_in_eu(model: Any) -> int:
    """Return the displaced in the EU on the first day of the month."""
    return sum(host.displaced for host in model.hosts if host.is_eu)
