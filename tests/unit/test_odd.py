"""The ODD is in step with the code: every process, factor, column, parameter and attribute is in it."""

import re

import numpy as np
import pytest
from small_runs import BUSY, eventful_world, small_run, with_coefficients

from abm.data.folder import default_configs
from abm.data.parameters import load_coefficients
from abm.errors import EweaError
from abm.factors import factors
from abm.households import COLUMNS
from abm.kernels.create import ATTRIBUTES
from abm.month import processes
from abm.population.creation import CONDITIONS
from abm.schedule import SCHEDULE
from experiments.docs.odd import MARKED, PAGE, PARTS, filled
from experiments.docs.steps import columns_written

TEXT = PAGE.read_text(encoding="utf-8")

ELEMENTS = """
    Purpose and patterns; Entities, state variables and scales; Process overview and scheduling;
    Design concepts; Initialisation; Input data; Submodels
"""
CONCEPTS = """
    Theoretical and empirical background; Individual decision-making; Learning; Individual sensing;
    Individual prediction; Interaction; Collectives; Heterogeneity; Stochasticity; Emergence; Observation;
    Implementation
"""


def words(names):
    return [" ".join(name.split()) for name in names.split(";")]


def section(heading):
    found = re.findall(rf"^#### {re.escape(heading)}\n(.*?)(?=^#)", TEXT, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"abm/ODD.md needs one heading '#### {heading}', found {len(found)}"
    return found[0]


def test_generated_parts_are_up_to_date():
    assert filled(TEXT) == TEXT, "run python -m experiments.docs.odd"
    assert {match[2] for match in MARKED.finditer(TEXT)} == set(PARTS)
    stale = TEXT.replace("key of all draws", "key of some draws", 1)
    assert stale != filled(stale) == TEXT


def test_a_lost_marker_is_refused():
    with pytest.raises(EweaError, match="markers found"):
        filled(TEXT.replace("<!-- generated: columns -->", ""))


def test_every_element_and_design_concept_of_odd_is_there():
    assert re.findall(r"^## \d\. (.+)$", TEXT, re.MULTILINE)[: len(words(ELEMENTS))] == words(ELEMENTS)
    assert re.findall(r"\*\*([^*]+)\.\*\*", TEXT.split("## 4.")[1].split("## 5.")[0]) == words(CONCEPTS)


@pytest.mark.parametrize("name", SCHEDULE)
def test_every_process_has_its_section(name):
    file = dict(processes())[name].__module__.replace(".", "/")
    assert f"`{file}.py`" in section(name)


@pytest.mark.parametrize("name", sorted(factors()))
def test_every_factor_has_its_section_with_its_file(name):
    text = section(f"{name} (factor)" if name in SCHEDULE else name)
    assert f"`abm/factors/{name}.py`" in text


def test_no_section_describes_what_is_gone():
    headings = {h.removesuffix(" (factor)") for h in re.findall(r"^#### (.+)$", TEXT, re.MULTILINE)}
    assert headings == set(SCHEDULE) | set(factors())


def test_prose_names_only_parameters_that_exist():
    known = set(load_coefficients(default_configs() / "coefficients" / "priors.csv"))
    prose = MARKED.sub("", TEXT).split("## 7. Submodels")[1].split("## 8.")[0]
    escaped = {name.replace("\\_", "_") for name in re.findall(r"\\texttt\{([^}]+)\}", prose)}
    assert escaped <= known, sorted(escaped - known)


def test_every_attribute_says_what_it_depends_on():
    assert tuple(sorted(name for name, _, _ in CONDITIONS)) == tuple(sorted(ATTRIBUTES))


def test_a_step_changes_only_the_columns_it_is_said_to_write():
    state = small_run(
        with_coefficients(eventful_world(), **BUSY), 3, start="2024-09", households_per_host=40
    ).state
    seen = {word: set() for word in SCHEDULE}
    for _ in range(5):
        for word, step in processes():
            before = {name: state.households[name].copy() for name in COLUMNS}
            step(state)
            for name, column in before.items():
                if not np.array_equal(column, state.households[name][: len(column)], equal_nan=True):
                    seen[word].add(name)
        state.month += 1
        state.index += 1
    said = {word: columns_written(word) for word in SCHEDULE}
    # Of the new row only.
    said["split"] -= {"household_id", "age_band", "schooling", "family", "contacts", "status"}
    for word, columns in seen.items():
        assert columns <= said[word], word
    # A column that is reset to what it was (employed at zero, on leaving again) shows no change.
    assert sum(len(said[word] - columns) for word, columns in seen.items()) <= 10
