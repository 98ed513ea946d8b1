"""A wrong target file is refused with file and line; the shipped folder keeps the rules of the fit."""

import re
from typing import get_args

import pytest

from abm.data.origins import ORIGIN_GROUPS
from abm.errors import ConfigError
from abm.months import month_index
from calibration.surveys.settings import load_survey_settings
from calibration.targets.schema import Population
from calibration.targets.targets import Measure, load_targets


@pytest.fixture
def refusal(world):
    """Return a reader of what a folder's targets are refused with."""

    def read(root):
        with pytest.raises(ConfigError) as error:
            load_targets(root, world)
        return str(error.value)

    return read


FAULTS = {
    "unknown host": ("ons_uk", "hosts: [UK]", "hosts: [GB]", "found 'GB'; allowed are EU, ALL, EUROPE, "),
    "old word": ("ons_uk", "hosts: [UK]", "hosts: [eu]", "eu is called EU now"),
    "host twice": ("iom_onward", "[CZ, EE, LT, LV]", "[CZ, EE, LT, LT]", "write every host once"),
    "group among hosts": ("iom_onward", "[CZ, EE, LT, LV]", "[EU, EE]", "a group of hosts stands alone"),
    "unknown attribute": ("uwc", "has_woman: true", "has_women: true", "has_women: unknown key"),
    "two attributes": ("uwc", "has_woman: true", "has_woman: true, age: 65+", "one attribute is allowed"),
    "answers below 1": ("iab_germany", "return: 0.36", "return: 0.34", "sum to 0.980"),
    "answers above 1": ("iab_germany", "return: 0.36", "return: 0.38", "sum to 1.020"),
    "unknown answer": ("iab_germany", "return: 0.36", "back: 0.36", "no answers back"),
    "answer twice": ("iab_germany", "{return: 0.36,", "{return+stay: 0.36,", "an answer stands twice"),
    "month before the war": ("ces", "month: 2022-12", "month: 2022-02", "between 2022-03 and 2026-12"),
    "nobody asked": (
        "ons_uk",
        "    population: {hosts: [UK]}\n",
        "",
        "population: missing key. Write who",
    ),
    "no month": (
        "ces",
        "    month: 2022-12\n",
        "",
        "month: missing key. Write the month of",
    ),
    "no date": ("ces", "    date: 2023-03\n", "", "date: missing key. Write when it was published"),
    "n assumed without reason": ("ces", "n_status: quoted", "n_status: assumed", "n_reason"),
    "design effect below 1": ("ces", "design_effect: 2.0", "design_effect: 0.9", "greater than or equal"),
    "fit too late": ("ces", "use: holdout", "use: fit", "found fit for 2024-01"),
    "holdout too early": ("ces", "use: fit", "use: holdout", "found holdout for 2022-12"),
    "holdout without fit": ("unhcr_year", "use: reported", "use: holdout", "family unhcr_year has no obs"),
    "split never seen": (
        "czech_cvvm",
        "return+undecided+onward: 0.34",
        "return: 0.22, undecided+onward: 0.12",
        "tells onward from return",
    ),
    "observation id twice": ("lli", "id: lli_2023", "id: gradus_2023", "stands already in gradus.yaml"),
    "contrast id twice": ("ces", "id: ces_1_age", "id: ces_1", "stands already in ces.yaml"),
    "file id": ("lli", "id: lli\n", "id: ill\n", "must be the file name lli"),
    "another question": (
        "unhcr_soon",
        "y: unhcr_soon\n",
        "y: unhcr_round1\n",
        "shared between equal questions",
    ),
    "recall as target": ("ces", "    status: quoted", "    status: recall", "from memory is no target"),
    "unknown kind": ("ces", "kind: survey", "kind: poll", "allowed are survey, quantity, register"),
    "percent for share": ("return_and_leaving", "value: 0.33", "value: 33", "write 33 % as 0.33"),
    "wrong unit": ("return_and_leaving", "unit: share\n", "unit: persons\n", "is measured in share"),
    "missing period": ("balance_of_ukraine", "    first: 2022-03\n", "", "needs first and last"),
    "period of a state": ("return_and_leaving", "month: 2023-12", "first: 2023-12", "needs month"),
    "late quantity": ("balance_of_ukraine", "last: 2023-12", "last: 2024-01", "found fit for 2024-01"),
    "cohort after the state": (
        "return_and_leaving",
        "until: 2022-06",
        "until: 2022-11",
        "after month 2022-10",
    ),
    "cohort of a flow": (
        "return_and_leaving",
        "last: 2023-12",
        "last: 2023-12\n    arrived_until: 2022-12",
        "arrived_until belongs to",
    ),
    "no whole": ("who_and_where", "    of_hosts: [EU]\n", "", "of_hosts (the whole)"),
    "late register": ("register_stocks", "last: 2023-12", "last: 2024-01", "calibration sees months to"),
    "early register": ("register_stocks", "first: 2024-01", "first: 2023-12", "found 2023-12; held-out"),
}


OF_A_LINE = {"unknown host", "answers below 1", "design effect below 1", "fit too late"}
"""Faults named on their very line; one of a whole entry is named at most its length above the edit."""


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_is_named_with_file_and_line(refusal, spoiled, spoil, fault):
    name, old, new, expected = FAULTS[fault]
    line = spoil(f"targets/{name}.yaml", old, new)
    message = refusal(spoiled)
    assert expected in message
    places = [int(n) for n in re.findall(rf"targets/{name}\.yaml:(\d+): ", message)]
    assert places, message
    assert min(abs(place - line) for place in places) <= (0 if fault in OF_A_LINE else 20)
    assert len(message.splitlines()) <= 2


def test_all_faults_of_the_folder_are_named_at_once(refusal, spoiled, spoil):
    spoil("targets/ces.yaml", "n: 1003", "n: 0")
    spoil("targets/ons_uk.yaml", "return: 0.28", "return: 0.48")
    message = refusal(spoiled)
    assert "ces.yaml" in message
    assert "ons_uk.yaml" in message


def test_an_empty_folder_and_a_second_register_are_refused(refusal, spoiled):
    folder = spoiled / "targets"
    text = (folder / "register_stocks.yaml").read_text(encoding="utf-8")
    (folder / "twin.yaml").write_text(text.replace("id: register_stocks", "id: twin"), encoding="utf-8")
    assert "exactly one is needed" in refusal(spoiled)
    for path in folder.glob("*.yaml"):
        path.unlink()
    assert "no target file" in refusal(spoiled)


def test_the_last_month_of_the_fit_comes_from_the_scoring_rule(refusal, spoiled, spoil):
    spoil("validation.yaml", "last_target: 2023-12", "last_target: 2023-06")
    assert "found fit for 2023-09; calibration sees months to 2023-06" in refusal(spoiled)


def test_a_contrast_of_a_later_wave_may_be_fitted(configs, world):
    late = [c for c in load_targets(configs, world).contrasts if c.use == "fit" and c.month > 23]
    assert [c.id for c in late] == ["unhcr_5_partner", "unhcr_5_neighbours", "unhcr_5_home_lost"]
    assert all("no level" in c.reason for c in late)


def test_at_least_five_surveys_are_held_out_and_predictable(configs, world):
    targets = load_targets(configs, world)
    held_out = targets.only("holdout").surveys
    assert len(held_out) >= 5
    assert len({wave.question.id for wave in held_out}) >= 5
    assert {wave.family for wave in held_out} <= {wave.family for wave in targets.only("fit").surveys}
    assert all(wave.month >= month_index("2024-01") for wave in held_out)


def test_families_that_are_fitted_exist(configs, world):
    targets = load_targets(configs, world)
    wanted = {"unhcr_hope", "unhcr_soon", "unhcr_round1", "ces", "gradus", "ifo", "iab_germany"}
    assert wanted | {"nbp_poland", "poland_workers", "ons_uk"} <= set(targets.families("fit"))
    assert set(targets.families("fit")) & {"unhcr_border", "ces_withdrawal", "wodc_netherlands"} == set()


def test_origin_groups_are_those_of_the_model():
    literal = Population.model_fields["origin_group"].annotation
    assert get_args(get_args(literal)[0]) == ORIGIN_GROUPS


def test_every_measure_is_defined_beside_the_targets(configs):
    page = (configs / "README.md").read_text(encoding="utf-8")
    assert [name for name in get_args(Measure) if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("  low: 0.02\n", "  low: 0.2\n", ("first_drift_sd", "low 0.2, value 0.05", "must rise")),
        ("[gradus, lli, uwc]", "[gradus, lily]", ("same_words.after_the_war", "found lily", "gradus")),
        (
            "[gradus, lli, uwc]",
            "[gradus, lli, lli]",
            ("same_words.after_the_war", "found lli twice"),
        ),
        ("2022-12: 0, 2023-12: 0.14", "2023-12: 0, 2022-12: 0.14", ("newcomer_share", "must rise")),
        ("panels: [ifo,", "panels: [ifu,", ("panels", "found ifu", "Allowed are")),
        ("  value: 0.95\n", "  value: 1.0\n", ("drift_persistence", "less than 1")),
    ],
)
def test_a_wrong_setting_of_the_survey_model_is_refused(world, spoiled, spoil, old, new, parts):
    targets, line = load_targets(spoiled, world), spoil("surveys.yaml", old, new)
    with pytest.raises(ConfigError) as error:
        load_survey_settings(spoiled, targets)
    message = str(error.value)
    assert all(part in message for part in parts), message
    assert abs(int(message.split("surveys.yaml:")[1].split(":", maxsplit=1)[0]) - line) <= 5
