"""What a worker of the app can be asked to do; small, so that it travels to another process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.engine.choice import Choices
from dashboard.engine.limits import Limits, Resolution

if TYPE_CHECKING:
    from dashboard.engine.desk import Desk


def answering(root: Path, limits: Limits) -> Callable[[tuple[Any, "Work"]], Any]:
    """Return what answers ``(uploaded contents or None, work)``; the setup of every worker."""
    from dashboard.engine.desk import Desk
    from dashboard.engine.kept_uploads import keep

    desk = Desk(root, limits)

    def answer(message: "tuple[Any, Work]") -> Any:
        upload, work = message
        if upload is not None and not isinstance(work, Prepare):
            keep(work.choice.upload, upload)
        return work.run(desk)

    return answer


@dataclass(frozen=True)
class Prepare:
    """Keep one seed of the baseline ready."""

    resolution: Resolution
    seed: int

    def run(self, desk: "Desk") -> None:
        """Simulate it and keep it."""
        desk.prepare(self.resolution, self.seed)


@dataclass(frozen=True)
class Pair:
    """Run one seed of a choice, and of the baseline where that is not known yet."""

    choice: Choices
    resolution: Resolution
    seed: int
    with_baseline: bool

    def run(self, desk: "Desk") -> Any:
        """Return ``(axes, measured choice, measured baseline or None)``."""
        mine = desk.answer(self.choice, self.resolution, self.seed)
        theirs = None
        if self.with_baseline:
            theirs = desk.answer(Choices(until=self.choice.until), self.resolution, self.seed)
        return desk.axes, mine, theirs


@dataclass(frozen=True)
class SplitSeed:
    """Run every needed subset of a choice's levers for one seed."""

    choice: Choices
    resolution: Resolution
    seed: int

    def run(self, desk: "Desk") -> Any:
        """Return Shapley parts float64[component, outcome, H]."""
        return desk.parts(self.choice, self.resolution, self.seed)


@dataclass(frozen=True)
class StoryOfSeed:
    """Follow one household with and without a choice."""

    choice: Choices
    household: str
    place: str
    resolution: Resolution
    seed: int

    def run(self, desk: "Desk") -> Any:
        """Return its months (:mod:`dashboard.engine.stories`)."""
        from dashboard.engine.stories import story

        return story(desk, self.choice, self.household, self.place, self.resolution, self.seed)


@dataclass(frozen=True)
class IndicatorEffect:
    """Move one indicator of the scorecard, all else as in the choice."""

    choice: Choices
    indicator: str
    steps: int
    resolution: Resolution
    seed: int

    def run(self, desk: "Desk") -> float:
        """Return the effect on displaced people in the Netherlands, persons."""
        return desk.effect(self.choice, self.indicator, self.steps, self.resolution, self.seed)


Work = Prepare | Pair | SplitSeed | StoryOfSeed | IndicatorEffect
