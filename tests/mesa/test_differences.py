"""Where ours differs from Mesa, and what it refuses: each shown here, each named in docs/mesa_model.md."""

import re
from pathlib import Path

import mesa
import numpy as np
import pytest
from mesa_models import Notes, NotesModel, built

from abm.errors import EweaError
from abm.mesa.agents import Household
from abm.mesa.household_set import HouseholdSet
from abm.mesa.model import DisplacementModel

TEXT = (Path(__file__).parents[2] / "docs" / "mesa_model.md").read_text("utf-8")


class Council(mesa.Agent):
    """An agent of the user's own."""


def other_agents(model):
    council = Council(model)
    return council in model.agents_by_type[Council] and council not in model.agents


def index_without_warning(model):
    return model.agents.select(at_most=3)[0] == model.agents.to_list()[0]


def views(model):
    first, again = model.agents.to_list()[0], model.agents.to_list()[0]
    return first == again and first is not again


def lists_as_values(model):
    some = model.agents.select(at_most=2).set("note", ["a", "b"])
    return some.get("note").tolist() == ["a", "b"]


GAPS = {
    "arrays": lambda model: isinstance(model.agents.get("members"), np.ndarray),
    "other agents": other_agents,
    "indexing": index_without_warning,
    "views": views,
    "one value each": lists_as_values,
}

REFUSED = {
    "removing a household": (lambda m: m.agents.to_list()[0].remove(), "move_to"),
    "removing a host": (lambda m: m.host("NL").remove(), "part of the data"),
    "removing all agents": (lambda m: m.remove_all_agents(), "part of the data"),
    "registering a household": (lambda m: m.register_agent(m.agents.to_list()[0]), "create_agents"),
    "deregistering a household": (lambda m: m.deregister_agent(m.agents.to_list()[0]), "move_to"),
    "taking out of `model.agents`": (lambda m: m.agents.discard(m.agents.to_list()[0]), "copy"),
    "changing the order of `model.agents`": (lambda m: m.agents.sort("ties", inplace=True), "copy"),
    "an empty set without its model": (lambda m: HouseholdSet([]), "needs its model"),
    "other agents in a set of households": (lambda m: m.agents.copy().add(m.host("NL")), "one model only"),
    "the step of a household without one": (lambda m: built().agents.do("step"), r"model\.step"),
    "a constructor of views": (lambda m: type("Own", (Notes,), {"__init__": print}), "constructor"),
    "attributes by position": (lambda m: Notes.create_agents(m, 1, "NL"), "by name"),
    "the numpy recorder": (
        lambda m: m.data_registry.track_agents_numpy(Household, "x", "ties"),
        "array of all already",
    ),
    "`seed=`": (lambda m: DisplacementModel(seed=1), "rng=1"),
}


def named(title):
    """Return the bold words at the beginning of the points under a title."""
    part = TEXT.split(f"## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"\*\*(.+?)\*\*", part)


def test_the_page_names_every_difference_and_no_other():
    assert sorted(named("What differs")) == sorted(GAPS)
    assert sorted(named("What is refused")) == sorted(REFUSED)
    assert len(GAPS) <= 5


@pytest.mark.parametrize("name", GAPS)
def test_the_difference_is_there(name):
    assert GAPS[name](built(NotesModel))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why_and_changes_nothing(model, name):
    ask, said = REFUSED[name]
    before = model.agents.to_frame()
    with pytest.raises(EweaError, match=said):
        ask(model)
    assert model.agents.to_frame().equals(before)
    assert len(model.hosts) == len(model.world.hosts.ids)
