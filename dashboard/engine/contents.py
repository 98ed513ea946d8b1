"""From a choice to the settings of levers and drivers that the model takes."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from abm.data.country import load_countries
from abm.data.folder import load_settings
from abm.months import month_index, month_label
from abm.policy.driver_changes import DriverChange
from abm.policy.lever import Lever, as_number
from abm.policy.lever_files import load_levers
from abm.policy.scenario import DriverLine
from abm.policy.scenario_files import BASELINE, JOIN, Contents, contents_of, scenario_ids
from abm.policy.scenario_world import Player
from abm.policy.setting import LeverSetting
from dashboard.engine.choice import Choice, LeverChoice
from dashboard.engine.kept_uploads import uploaded
from experiments.scorecard.files import Indicator, load_indicators

NETHERLANDS = "NL"
OWN = "choice"


@lru_cache(maxsize=2)
def levers_of(root: Path) -> dict[str, Lever]:
    """Return all levers; read once."""
    return load_levers(root)


@lru_cache(maxsize=2)
def indicators_of(root: Path) -> dict[str, Indicator]:
    """Return all indicators of the scorecard; read once."""
    return {item.id: item for item in load_indicators(root).indicators}


def first_month_of(contents: Contents) -> int | None:
    """Return the first month in which contents can make a difference; None if they set nothing."""
    months = [
        s.start_month if s.announced_month is None else min(s.announced_month, s.start_month)
        for s in contents.settings
    ]
    months += [month_index(change.line.start) for change in contents.drivers]
    return min(months, default=None)


@lru_cache(maxsize=2)
def first_projected_month(root: Path) -> int:
    """Return the month after the last register month: nothing may act before it."""
    return load_settings(root).last_register_month + 1


@lru_cache(maxsize=2)
def fork_month(root: Path) -> int:
    """Return the first month in which a shipped scenario acts; simulations are kept ready there."""
    found = [first_month_of(contents_of(root, name)) for name in scenario_ids(root)]
    first = min((month for month in found if month is not None), default=first_projected_month(root))
    return max(first, first_projected_month(root))


def own_setting(root: Path, lever: LeverChoice) -> LeverSetting:
    """Return a lever set by hand as the model takes it."""
    about = levers_of(root)[lever.lever]
    who = None if lever.who is None else about.who.model_copy(update={"arrived": lever.who})
    start = month_index(lever.start)
    return LeverSetting(
        lever.lever, lever.place, start, as_number(lever.value), who=who, where=about.label.en, scenario=OWN
    )


def _without_replaced(
    settings: Sequence[LeverSetting], own: Sequence[LeverSetting]
) -> tuple[LeverSetting, ...]:
    """Return what packages set, ended where a lever set by hand takes over in the same place."""
    kept = []
    for setting in settings:
        takes_over = [o.start_month for o in own if (o.lever, o.place) == (setting.lever, setting.place)]
        until = min(
            [*takes_over, *([] if setting.until_month is None else [setting.until_month])], default=None
        )
        if until is None or until > setting.start_month:
            kept.append(replace(setting, until_month=until))
    return tuple(kept)


def indicator_contents(root: Path, item: Indicator, amount: float, first: int) -> Contents:
    """Return what moves an indicator by an amount from a month on (as ``ewea scorecard`` does)."""
    if item.driver is not None:
        line: dict[str, object] = {
            "driver": item.driver, "from": month_label(first), "operation": "add", "value": amount,
        }  # fmt: skip
        if not item.per_country:
            line["units"] = "all"
        return Contents(drivers=(DriverChange(DriverLine.model_validate(line), item.id, OWN),))
    if item.lever is None or item.place is None:
        return Contents()
    lever = levers_of(root)[item.lever]
    least, most = as_number(lever.range.least), as_number(lever.range.most)
    value = float(np.clip(as_number(lever.neutral) + amount, least, most))
    places = (
        [c.id for c in load_countries(root) if c.eu_member and c.id != NETHERLANDS]
        if item.place == "others"
        else [item.place]
    )
    return Contents(tuple(LeverSetting(lever.id, place, first, value, scenario=OWN) for place in places))


def contents_of_choice(root: Path, choice: Choice) -> Contents:
    """Return everything a choice sets; later settings win.

    Raises
    ------
    EweaError
        If a scenario is unknown or two of them contradict each other.
    """
    names = [name for name in (choice.war, *choice.presets) if name != BASELINE]
    packages = contents_of(root, JOIN.join(names)) if names else Contents()
    brought = uploaded(choice.upload)
    packages = Contents((*packages.settings, *brought.settings), (*packages.drivers, *brought.drivers))
    own = tuple(own_setting(root, lever) for lever in choice.levers)
    scores = [
        indicator_contents(
            root, indicators_of(root)[name], indicators_of(root)[name].step * score, fork_month(root)
        )
        for name, score in choice.scorecard
    ]
    return Contents(
        (
            *_without_replaced(packages.settings, own),
            *(setting for part in scores for setting in part.settings),
            *own,
        ),
        (*packages.drivers, *(change for part in scores for change in part.drivers)),
    )


def players_of_choice(root: Path, choice: Choice) -> tuple[Player, ...]:
    """Return the levers and drivers a choice moves, one player each, to split its effect by."""
    contents = contents_of_choice(root, choice)
    players: dict[str, Player] = {}
    for setting in contents.settings:
        label = levers_of(root)[setting.lever].label.model_dump()
        named = {language: f"{text} ({setting.place})" for language, text in label.items()}
        player = players.get(setting.id, Player(setting.id, named))
        players[setting.id] = replace(player, settings=(*player.settings, setting))
    for change in contents.drivers:
        player = players.get(change.id, Player(change.id, {"en": change.line.driver.replace("_", " ")}))
        players[change.id] = replace(player, drivers=(*player.drivers, change))
    return tuple(players.values())
