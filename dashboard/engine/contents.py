"""From a choice to the settings of levers and drivers that the model takes."""

from functools import lru_cache
from pathlib import Path

from abm.data.hosts import load_countries
from abm.data.settings import load_settings
from abm.policy.change import Changes, LeverChange, joined
from abm.policy.lever import Lever, load_levers
from abm.policy.scenario import BASELINE, JOIN, Component, changes_of, components_of, scenario_ids
from dashboard.engine.choice import Choices, LeverChoice
from dashboard.engine.kept_uploads import uploaded
from experiments.scorecard import NETHERLANDS, Indicator, load_indicators, moving

OWN = "choice"


@lru_cache(maxsize=2)
def levers_of(root: Path) -> dict[str, Lever]:
    """Return all levers; read once."""
    return load_levers(root)


@lru_cache(maxsize=2)
def indicators_of(root: Path) -> dict[str, Indicator]:
    """Return all indicators of the scorecard; read once."""
    return {item.id: item for item in load_indicators(root).indicators}


@lru_cache(maxsize=2)
def others_of(root: Path) -> tuple[str, ...]:
    """Return the members of the Union besides the Netherlands."""
    return tuple(c.id for c in load_countries(root) if c.eu_member and c.id != NETHERLANDS)


@lru_cache(maxsize=2)
def first_projected_month(root: Path) -> int:
    """Return the month after the last register month: nothing may act before it."""
    return load_settings(root).last_register_month + 1


@lru_cache(maxsize=2)
def fork_month(root: Path) -> int:
    """Return the first month in which a shipped scenario acts; simulations are kept ready there."""
    found = [changes_of(root, name).first_month for name in scenario_ids(root)]
    first = min((month for month in found if month is not None), default=first_projected_month(root))
    return max(first, first_projected_month(root))


def own_change(root: Path, lever: LeverChoice) -> LeverChange:
    """Return a lever set by hand as the model takes it."""
    about = levers_of(root)[lever.lever]
    who = None if lever.who is None else about.who.model_copy(update={"arrived": lever.who})
    return LeverChange.of(
        lever.lever, lever.place, lever.start, lever.value, who=who, where=about.label.en, scenario=OWN
    )


def changes_of_choice(root: Path, choice: Choices) -> Changes:
    """Return everything a choice sets; later changes win."""
    names = [name for name in (choice.war, *choice.presets) if name != BASELINE]
    packages = joined([changes_of(root, JOIN.join(names)) if names else Changes(), uploaded(choice.upload)])
    own = Changes.of(*(own_change(root, lever) for lever in choice.levers))
    lasting = [lever.id for lever in levers_of(root).values() if lever.lasting]
    scores = [
        moving(item, item.step * score, fork_month(root), levers_of(root), others_of(root))
        for item, score in ((indicators_of(root)[name], score) for name, score in choice.scorecard)
    ]
    return joined([packages.without_replaced(own.levers, lasting), *scores, own])


def components_of_choice(root: Path, choice: Choices) -> tuple[Component, ...]:
    """Return the levers and drivers a choice moves, one component each, to split its effect by."""
    return components_of(changes_of_choice(root, choice), levers_of(root))
