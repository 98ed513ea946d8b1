"""Answers made from the shipped baseline by a little arithmetic, and the fullest briefing."""

from dataclasses import replace

import numpy as np

from abm.data.folder import default_configs
from abm.policy.change import Changes
from dashboard.engine import shipped
from dashboard.engine.answer import Answer
from dashboard.engine.bundle import Bundle
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import places_available, uploaded
from dashboard.engine.choice import Choices, own_lever
from dashboard.engine.limits import load_limits
from dashboard.engine.scenario_file import scenario_yaml
from dashboard.engine.uploads import read_scenario
from dashboard.messages.words import Words
from dashboard.pages.shared.exports_bar import briefing_of

BASE = shipped.baseline()
CATALOGUE = Catalogue(default_configs(), load_limits())
FULL = Choices(
    war="unfavourable_ceasefire",
    presets=("rtb_end_transition_eu",),
    levers=tuple(
        own_lever("benefit_level", host, "2027-01", 0.5)
        for host in [host for host in CATALOGUE.hosts if host != "elsewhere"][:20]
    ),
)
"""A choice with as many levers as the app takes."""

LINK = f"https://example.org/overview?a={FULL.to_query()}"


def answer_with(**added: float) -> Answer:
    level = BASE.level.copy()
    for outcome, persons in added.items():
        level[BASE.axes.outcomes.index(outcome)] += np.float32(persons)
    choice = Choices(presets=("benefit_cut_all_80",))
    return answer_of(choice, replace(BASE, level=level))


def answer_of(choice: Choices, mine: Bundle) -> Answer:
    """Return an answer beside the shipped baseline, with the places there are."""
    months = mine.level.shape[2]
    places = (
        places_available(CATALOGUE.root, choice, BASE.axes.first, months),
        places_available(CATALOGUE.root, Choices(until=choice.until), BASE.axes.first, months),
    )
    return Answer(choice, mine, BASE, True, "0.1.0", "2024-08", capacity=places)


def read_back(choice: Choices) -> Changes:
    """Return what the downloaded scenario of a choice sets, read as the command line reads it."""
    text = scenario_yaml(CATALOGUE.root, choice, {"en": "a", "nl": "b", "uk": "c"}, "app")
    return uploaded(read_scenario(text.encode()))


def full_briefing(language: str) -> str:
    answer = replace(answer_with(stock=40_000), choice=FULL, final=False)
    return briefing_of(Words(language), CATALOGUE, answer, "NL", LINK)
