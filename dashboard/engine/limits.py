"""The limits of the server, ``dashboard/limits.yaml``."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from abm.data.config import Strict, load
from abm.policy.change import MonthText

Count = Annotated[int, Field(ge=1)]

FILE = Path(__file__).resolve().parents[1] / "limits.yaml"


class Resolution(Strict):
    """How fine a run is: households per simulated one, and rows every host keeps."""

    scale: Annotated[int, Field(ge=50, le=30_000)]
    households_per_host: Count


class RunSample(Resolution):
    """A resolution and the number of seeds it is run with."""

    seeds: Annotated[int, Field(ge=2, le=100)]

    @property
    def resolution(self) -> Resolution:
        """The resolution without the seeds."""
        return Resolution(scale=self.scale, households_per_host=self.households_per_host)


class Limits(Strict):
    """What one server gives; the file says what every line means."""

    workers: Annotated[int, Field(ge=1, le=16)]
    concurrent_runs: Count
    jobs_per_session: Count
    jobs_per_user: Count
    api_seconds: Count
    queue_length: Count
    seconds_per_task: Count
    seconds_per_run: Count
    tries_per_task: Count
    first: RunSample
    full: RunSample
    curve: RunSample
    split: Resolution
    story_scale: Annotated[int, Field(ge=50, le=30_000)]
    scorecard: RunSample
    earliest_until: MonthText
    latest_until: MonthText
    levers_per_choice: Count
    presets_per_choice: Count
    levers_in_split: Annotated[int, Field(ge=1, le=8)]
    query_characters: Count
    cache_memory_bytes: Count
    cache_disk_bytes: Count
    upload_bytes: Annotated[int, Field(ge=1, le=5_000_000)]
    upload_items: Count

    @model_validator(mode="after")
    def _in_order(self) -> "Limits":
        if self.latest_until < self.earliest_until:
            raise ValueError("latest_until must not lie before earliest_until")
        if self.first.seeds > self.full.seeds:
            raise ValueError("first: a first answer takes no more seeds than the full one")
        return self


@lru_cache(maxsize=4)
def load_limits(path: Path = FILE) -> Limits:
    """Return the limits."""
    return load(path, Limits)
