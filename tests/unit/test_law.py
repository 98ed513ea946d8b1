"""The law as dated data: what holds on a day, what was known at a month, rules that contradict each other."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import changed, in_world, real_world, run_processes, small_run
from typer.testing import CliRunner

from abm.codes import WORKING_AGE, Status
from abm.data.drivers import load_drivers
from abm.data.folder import default_configs
from abm.data.origins import load_origin_units
from abm.data.settings import load_settings
from abm.data.world import NEVER, as_known_at
from abm.errors import ConfigError
from abm.months import month_index, month_label
from abm.policy.change import month_after
from abm.policy.law import STALE_AFTER, end_of_protection, law_on, law_state, load_provisions
from abm.policy.lever import load_levers
from abm.policy.policy import Selection
from abm.policy.scenario import BASELINE, baseline_world, changes_of, load_scenario, scenario_ids
from experiments.command_line import build

ROOT = default_configs()
TODAY = load_settings(ROOT).as_of
UNTIL = month_index("2029-03")


def test_protection_covers_february_2028_and_its_last_day_lies_in_the_first_month_without():
    hosts = baseline_world(ROOT, UNTIL).hosts
    ends = dict(zip(hosts.ids, hosts.protection_end.tolist(), strict=True))
    assert ends.pop("elsewhere") == NEVER
    assert month_label(ends.pop("UK")) == "2028-10"
    assert set(ends.values()) == {month_after("2028-03-04")} == {month_index("2028-03")}
    assert end_of_protection(ROOT, "NL") == "2028-03-04"
    assert end_of_protection(ROOT, "NL", "2026-07-01") == "2027-03-04"


@pytest.mark.parametrize(
    ("origin", "end"),
    [("2022-06", "2023-03"), ("2023-08", "2024-03"), ("2024-08", "2026-03"), ("2025-09", "2027-03"),
     ("2026-07", "2028-03")],
)  # fmt: skip
def test_a_forecast_knows_only_the_end_that_had_been_announced_and_takes_it_as_put_off(origin, end):
    known = as_known_at(baseline_world(ROOT, UNTIL), month_index(origin))
    nl = known.hosts.ids.index("NL")
    assert known.hosts.protection_end[nl] == NEVER
    assert (known.policy.known_end[month_index(origin) :, nl] == month_index(end)).all()


def test_a_forecast_knows_announced_rules_and_no_later_ones():
    world = baseline_world(ROOT, UNTIL)

    def limit(known_at, host, month):
        known = as_known_at(world, month_index(known_at))
        return known.policy.by_stay("collective_stay_limit", month_index(month), 0)[
            known.hosts.ids.index(host), 0
        ]

    before, after = limit("2023-11", "CZ", "2025-01"), limit("2024-01", "CZ", "2025-01")
    assert before > after, "the tighter limit of September 2024 was announced in December 2023"
    assert before == limit("2024-01", "CZ", "2024-08"), "a rule a later act replaced goes on"
    assert not any(
        rule.share == 0.5 for rule in as_known_at(world, month_index("2025-12")).policy.refused_new
    )
    added = {"return_utility": np.full((world.n_months, len(world.hosts.ids)), 0.25)}
    with_control = replace(world, policy=replace(world.policy, everyone={**world.policy.everyone, **added}))
    known = as_known_at(with_control, month_index("2024-08"))
    assert known.policy.now("return_utility", UNTIL)[0] == 0.25, "what an ensemble added stays"


def test_what_was_made_known_after_the_day_of_the_law_is_no_part_of_the_baseline(spoiled, spoil):
    spoil("settings.yaml", f"value: {TODAY}", "value: 2026-06-30")
    world = baseline_world(spoiled, UNTIL)
    assert month_label(world.hosts.protection_end[world.hosts.ids.index("NL")]) == "2027-03"
    assert {world.hosts.ids[rule.host] for rule in world.policy.refused_new} == {"NO", "CH", "DK"}


LINE = (
    "  - {place: %s, from: %s, value: %s, status: in_force, publisher: test, date: 2025-10-01, "
    'source: "N1", checked_on: 2025-10-01}\n'
)


@pytest.mark.parametrize(
    ("more", "found", "allowed"),
    [
        (LINE % ("DE", "2025-01-01", "0.9") + LINE % ("[DE, NL]", "2025-06-01", "0.8"), "0.8 in", "(DE)"),
        (LINE % ("IE", "2025-01-01", "0.9"), "where lines.0 says 0.176", "give the earlier line an until"),
        (LINE % ("NL", "2025-06-01, until: 2025-05-01", "0.8"), "until 2025-05-01", "after from 2025-06-01"),
    ],
)  # fmt: skip
def test_rules_that_contradict_or_end_before_they_start_are_refused_with_their_line(
    spoiled, more, found, allowed
):
    path = spoiled / "levers" / "benefit_level.yaml"
    path.write_text(path.read_text().rstrip() + "\n" + more)
    with pytest.raises(ConfigError) as error:
        baseline_world(spoiled, UNTIL)
    line = len(path.read_text().splitlines())
    assert f"benefit_level.yaml:{line}: lines." in str(error.value)
    assert found in str(error.value)
    assert allowed in str(error.value)


def test_a_contradiction_in_the_rules_nobody_simulates_is_refused_too(spoiled):
    text = (spoiled / "law.yaml").read_text()
    again = text[text.index("  - rule: health_care_limited") : text.index("  - rule: consular_services")]
    (spoiled / "law.yaml").write_text(text.rstrip() + "\n" + again.replace("value: 1", "value: 0"))
    with pytest.raises(
        ConfigError, match=r"law\.yaml:\d+: rules\.\d+: found 0\.0 where rules\.\d+ says 1\.0"
    ):
        load_provisions(spoiled, baseline_world(ROOT, UNTIL).hosts.ids)


def law(*arguments):
    result = CliRunner().invoke(build(), ["law", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_prints_what_holds_what_comes_and_when_it_was_checked():
    rows = json.loads(law("--place", "NL", "--json"))
    keys = {"rule", "place", "value", "unit", "from", "until", "status", "who", "source", "checked_on"}
    assert all(keys <= set(row) for row in rows)
    by_rule = {row["rule"]: row for row in rows}
    assert by_rule["protection_end"]["value"] == "2028-03-04"
    assert by_rule["military_condition"]["who"] == "men of 23 to 60"
    assert by_rule["transition_permit_nl"]["status"] == "announced"
    assert not any(row["place"] in ("DE", "NO", "UA") for row in rows)
    assert {row["rule"] for row in json.loads(law("--place", "UA", "--json"))} >= {
        "exit_rule_young_men", "consular_services",
    }  # fmt: skip
    before = {row["rule"]: row for row in json.loads(law("--on", "2024-09-01", "--place", "EU", "--json"))}
    assert before["protection_end"]["value"] == "2026-03-04"
    assert before["protection_end"]["until"] is None, "the next act was not known"


def test_a_rule_nobody_checked_for_120_days_is_flagged_in_rows_sentence_and_command():
    state = law_state(ROOT, TODAY)
    rows = law_on(ROOT, TODAY)
    assert 0 < state.stale == sum(row.stale(TODAY) for row in rows) < state.rules == len(rows)
    assert f"{state.stale} of them have not been checked for {STALE_AFTER} days" in state.sentence
    assert f"{state.stale} of them" in " ".join(law().split())
    [fresh] = [row for row in rows if row.rule == "protection_end" and row.place == "EU"]
    assert not fresh.stale(TODAY)
    assert fresh.stale("2027-01-24")
    readme = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    assert state.sentence in readme, "run `ewea law` and copy its last sentence"


@pytest.mark.parametrize("name", [name for name in scenario_ids(ROOT) if name != BASELINE])
def test_a_package_says_all_it_sets(name):
    levers = load_levers(ROOT)
    cards, _ = load_drivers(ROOT, [unit.pcode for unit in load_origin_units(ROOT)], 90)
    about = load_scenario(ROOT, name).explanation.model_dump()
    changes = changes_of(ROOT, name)
    assert changes
    found = [levers[c.lever].label for c in changes.levers] + [cards[c.driver].label for c in changes.drivers]
    for language, text in about.items():
        for label in found:
            assert label.model_dump()[language] in text, (name, language)


ADULTS = np.isin(np.arange(8), WORKING_AGE)


def titles(share):
    """Return the titles after the arrivals of a month in which adults must comply; None for no rule."""
    world = real_world()
    rules = () if share is None else tuple(
        Selection(host, 0, NEVER, np.ones(len(world.origins.ids), np.bool_), ADULTS, share=share)
        for host in range(len(world.hosts.ids))
    )  # fmt: skip
    start = small_run(world, 4, start="2024-09", households_per_host=80)
    run = in_world(start, changed(world, "policy", refused_new=rules))
    run_processes(run.state, last="arrivals")
    return run.state.households["status"].copy()


def test_share_one_refuses_nobody_bit_for_bit_and_share_zero_everybody():
    free, all_comply, none_complies = titles(None), titles(1.0), titles(0.0)
    assert np.array_equal(free, all_comply)
    refused = free != none_complies
    assert 5 < refused.sum() < len(free) / 2
    claimed = none_complies[refused] == Status.ASYLUM_PENDING
    assert (claimed | (none_complies[refused] == Status.NONE)).all()
    assert claimed.mean() > 0.5, "most of those refused claim asylum (N20)"


@settings(max_examples=6, deadline=None)
@given(st.floats(0.05, 0.95), st.floats(0.0, 1.0))
def test_who_complies_with_a_share_complies_with_a_larger_one(share, step):
    free, more = titles(None), share + step * (1.0 - share)
    assert not ((titles(more) != free) & (titles(share) == free)).any()
