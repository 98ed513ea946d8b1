"""What the functions of :mod:`ewea` share: the configuration they read, months, progress."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from abm.data.folder import CONFIGS_VARIABLE, default_configs
from abm.errors import ConfigError, EweaError
from abm.months import month_index

type Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is to do."""


def nobody(_done: int, _total: int) -> None:
    """Listen to progress and say nothing."""


@contextmanager
def reading(configs: str | Path | None) -> Iterator[Path]:
    """Give the configuration folder; workers find it too while the block lasts."""
    before = os.environ.get(CONFIGS_VARIABLE)
    if configs is not None:
        os.environ[CONFIGS_VARIABLE] = str(Path(configs).absolute())
    try:
        root = default_configs()
        from experiments.ensemble.outcomes import entries, load_definitions

        if {one.id: one for one in load_definitions(root).outcomes} != entries():
            raise ConfigError(
                f"{root}/outcomes.yaml: differs from the outcomes of the configuration that this process "
                "read first; allowed is one list of outcomes per process. Start a new one."
            )
        yield root
    finally:
        os.environ.pop(CONFIGS_VARIABLE, None)
        if before is not None:
            os.environ[CONFIGS_VARIABLE] = before


def as_month(name: str, label: str | None) -> int | None:
    """Return the number of a month a user named."""
    try:
        return None if label is None else month_index(label)
    except (TypeError, ValueError) as error:
        raise EweaError(f"{name}: found {label!r}; a month is needed, for example '2028-03'.") from error
