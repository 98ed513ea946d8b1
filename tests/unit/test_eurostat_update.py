"""Newer Eurostat files become the register tables; partial, old or strange ones change nothing."""

import json
import random
import re
from pathlib import Path

import numpy as np
import pytest
from example_eurostat import CONFIGS, FIRST, HOSTS, IS_EU, TABLES, Cells, as_tsv, files, shipped, write

from abm.data.registers import load_registers
from abm.data.settings import load_settings
from abm.errors import ConfigError, EweaError
from abm.months import month_index
from experiments.data.check import check_data
from experiments.data.eurostat import DECISIONS, STOCK, read_eurostat
from experiments.data.update import apply_update, plan_update
from experiments.ensemble.files import replace_files

NEW = (month_index("2026-01"), month_index("2026-02"))


def tree(root: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(root)): path for path in sorted(root.rglob("*.*"))}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith("geo")}


def two_more_months(stock: Cells, decisions: Cells) -> None:
    """Extend by two months nobody has seen, as a register would: a little in, nobody out."""
    draw = random.Random(20240801)
    for geo in sorted({geo for geo, _ in stock}):
        before = next(stock[geo, m] for m in range(NEW[0] - 1, FIRST, -1) if stock.get((geo, m)))
        for month in NEW:
            decided = 5 * draw.randint(1, 100)
            decisions[geo, month] = decided
            before += decided
            stock[geo, month] = before


def test_round_trip_with_revisions_and_two_new_months(spoiled, tmp_path):
    form = "csv.gz"
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    two_more_months(stock, decisions)
    stock["NL", month_index("2024-03")] = 121455
    stock["SE", month_index("2022-03")] = None
    for month in range(FIRST, month_index("2022-07") + 1):
        decisions["DE", month] = 100_000 + month
    plan = plan_update(spoiled, *files(tmp_path, stock, decisions, form), vintage="2026-10")
    assert plan.faults == ()
    by_table = {diff.table: diff for diff in plan.diffs}
    assert by_table["tp_stock"].revised == (("NL", month_index("2024-03"), 121450, 121455),)
    assert by_table["tp_stock"].removed == (("SE", FIRST, shipped(STOCK)["SE", FIRST], None),)
    hosts = len({geo for geo, _ in stock})
    assert len(by_table["tp_stock"].added) == hosts * 2
    assert {("DE", FIRST + i, None, 100_002 + i) for i in range(5)} <= set(by_table["tp_decisions"].added)
    text = plan.to_text()
    assert "revised: NL 2024-03 121,450 -> 121,455" in text
    assert "removed: 2022-03 SE" in text
    assert f"2026-01 {hosts} hosts" in text
    assert "the tables reach 2026-02 instead of 2025-12" in text

    content = json.loads(json.dumps(plan.to_dict(), allow_nan=False))
    assert content["may_apply"]
    added = {"host": "AT", "month": "2026-01", "before": None, "after": stock["AT", NEW[0]]}
    assert content["series"]["tp_stock"]["added"][0] == added
    before = tree(spoiled)
    assert before == tree(CONFIGS), "planning writes nothing"
    written = apply_update(plan)
    names = {f"{name}.{ending}" for name in TABLES.values() for ending in ("csv", "yaml")}
    assert {path.name for path in written} == {*names, "arrivals_derived.csv", "breaks.csv"}
    after = tree(spoiled)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {f"registers/{path.name}" for path in written}
    assert after.keys() == before.keys()

    known = {key: value for key, value in stock.items() if value is not None}
    assert shipped(STOCK, spoiled) == known
    assert shipped(DECISIONS, spoiled) == decisions
    rows = (spoiled / "registers/tp_stock.csv").read_text(encoding="utf-8").splitlines()
    assert "NL,2024-03,121455,2026-10,recorded" in rows
    assert any(re.fullmatch(r"NL,2024-02,\d+,2024-10,recorded", row) for row in rows)
    assert rows[0].startswith("# Source: Eurostat")

    assert check_data(spoiled).errors == ()
    registers = load_registers(spoiled, HOSTS, 60, FIRST, IS_EU)
    assert registers.last_month == load_settings(spoiled).last_register_month == NEW[1]
    assert registers.arrivals[FIRST, HOSTS.index("DE")] == 100_002
    assert not registers.arrivals_derived[: month_index("2024-09"), HOSTS.index("DE")].any()
    assert not registers.arrivals_derived[NEW[0], HOSTS.index("DE")]
    assert registers.arrivals_derived[NEW[1], HOSTS.index("UK")]
    again = plan_update(spoiled, *files(tmp_path, stock, decisions, form), vintage="2026-11")
    assert again.is_empty
    assert "Nothing changes." in again.to_text()


def test_unchanged_files_change_only_cells_not_read_in_the_table_itself(spoiled, tmp_path):
    plan = plan_update(spoiled, *files(tmp_path, shipped(STOCK), shipped(DECISIONS), "csv.gz"))
    assert (plan.faults, [(d.added, d.removed, d.revised) for d in plan.diffs]) == ((), [((), (), ())] * 2)
    apply_update(plan)
    text = (spoiled / "registers/tp_stock.csv").read_text(encoding="utf-8")
    assert not re.search("derived|quoted", text)
    assert re.search(r"CY,\d{4}-\d{2},\d+,2026-10,recorded", text)


def test_flags_missing_and_confidential(spoiled, tmp_path):
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    month = month_index("2024-06")
    flags = {("NL", month): "b", ("AT", month): "p", ("LI", month): "c", ("FI", month): "bp"}
    stock["LI", month] = None
    for form in ("csv", "tsv"):
        table = read_eurostat(files(tmp_path, stock, decisions, form, flags=flags)[0])
        assert table.values == {key: value for key, value in stock.items() if value is not None}
        assert {key: flag for key, flag in table.flags.items() if key[1] == month} == flags
        plan = plan_update(spoiled, *files(tmp_path, stock, decisions, form, flags=flags))
        assert any("flags a break: FI 2024-06, NL 2024-06" in note for note in plan.notes)
        assert plan.diffs[0].removed == (("LI", month, shipped(STOCK)["LI", month], None),)


@pytest.mark.parametrize("citizen", ["EXT_EU27_2020", "UA"])
def test_without_total_another_citizenship_is_used_and_said_aloud(spoiled, tmp_path, citizen):
    paths = files(tmp_path, shipped(STOCK), shipped(DECISIONS), "csv", citizen=citizen)
    plan = plan_update(spoiled, *paths)
    assert f"no citizen TOTAL; {citizen} is used, another scope" in plan.to_text()
    apply_update(plan)
    stock = (spoiled / "registers/tp_stock.csv").read_text(encoding="utf-8")
    assert f"2026-10 citizen {citizen},recorded" in stock
    assert check_data(spoiled).errors == ()


def test_a_new_fall_becomes_a_break_and_a_rise_without_decisions_is_shown(spoiled, tmp_path):
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    two_more_months(stock, decisions)
    stock["NO", NEW[1]] = stock["NO", NEW[0]] // 2
    stock["ES", NEW[1]] = stock["ES", NEW[0]] + 50_000
    # Monthly figures show that Austria cleaned up in April 2025; quarter ends had said March.
    for month, persons in enumerate((86_000, 86_400, 86_900, 81_500), start=month_index("2025-01")):
        stock["AT", month] = persons
    plan = plan_update(spoiled, *files(tmp_path, stock, decisions, "csv", flags={("FI", NEW[1]): "b"}))
    assert any(note.startswith("break found (clean_up), NO 2026-02: stock") for note in plan.notes)
    assert any(re.match("ES 2026-02.* more than the decisions explain", note) for note in plan.notes)
    assert any("AT 2025-04" in note and "moved from 2025-03" in note for note in plan.notes)
    assert not any("NL 2024-04" in note or "DE 2022-09" in note for note in plan.notes)
    apply_update(plan)
    rows = (spoiled / "registers/breaks.csv").read_text(encoding="utf-8").splitlines()
    assert any(row.startswith("NO,2026-02,clean_up,0.8,derived,computed from Eurostat") for row in rows)
    assert any(row.startswith("AT,2025-04,") for row in rows)
    assert not any(row.startswith("AT,2025-03,") for row in rows)
    assert check_data(spoiled).errors == ()


REFUSED = {
    "a host missing": (lambda geo, month, n: None if geo == "NL" else n, {}, "no figure for NL"),
    "a month missing": (
        lambda geo, month, n: None if month == month_index("2023-05") else n,
        {},
        "no figure at all for 2023-05",
    ),
    "filtered": (
        lambda geo, month, n: None if geo > "EL" and month != FIRST else n,
        {},
        "a filtered download",
    ),
    "another unit": (lambda geo, month, n: 10 * n, {}, "more than doubled or halved"),
    "an older file": (
        lambda geo, month, n: 113_500 if (geo, month) == ("IE", month_index("2025-06")) else n,
        {"vintage": "2025-09"},
        "later vintage (IE 2025-06: 2026-03)",
    ),
}


@pytest.mark.parametrize(("change", "more", "says"), REFUSED.values(), ids=REFUSED)
def test_a_partial_old_or_strange_file_is_refused(spoiled, tmp_path, change, more, says):
    before = tree(spoiled)
    stock = {key: change(*key, n) for key, n in shipped(STOCK).items()}
    kept = {key: n for key, n in stock.items() if n is not None}
    plan = plan_update(spoiled, *files(tmp_path, kept, shipped(DECISIONS), "csv"), **more)
    assert any(says in fault for fault in plan.faults)
    assert "Nothing is written." in plan.to_text()
    assert not plan.to_dict()["may_apply"]
    with pytest.raises(EweaError, match="refused"):
        apply_update(plan)
    assert tree(spoiled) == before


def test_months_a_file_does_not_hold_are_kept(spoiled, tmp_path):
    start = month_index("2025-01")
    stock = {key: value for key, value in shipped(STOCK).items() if key[1] >= start}
    decisions = {key: value for key, value in shipped(DECISIONS).items() if key[1] >= start}
    plan = plan_update(spoiled, *files(tmp_path, stock, decisions, "csv"))
    assert plan.faults == ()
    assert all(not (diff.added or diff.removed or diff.revised) for diff in plan.diffs)
    assert any("holds 2025-01 to 2025-12" in note for note in plan.notes)
    apply_update(plan)
    assert shipped(STOCK, spoiled) == shipped(STOCK)
    with pytest.raises(EweaError, match="vintage: found 'May 2026'"):
        plan_update(spoiled, *files(tmp_path, stock, decisions, "csv"), vintage="May 2026")


def test_the_whole_bulk_file_goes_in_without_an_edit(spoiled, tmp_path):
    """Months to 2026-03 in any order, flags stuck to figures, aggregates, sexes and ages, a repeated line."""
    last = month_index("2026-03")
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    for cells in (stock, decisions):
        for geo in sorted({geo for geo, _ in cells}):
            known = {month: value for (of, month), value in cells.items() if of == geo}
            months = sorted(known)
            filled = np.interp(np.arange(last + 1), months, [float(known[m] or 0) for m in months])
            for month in range(months[0], last + 1):
                cells.setdefault((geo, month), 5 * round(filled[month] / 5))
    flags = {("NL", last): "p", ("CH", last): "e"}
    paths = []
    for dataset, cells in ((STOCK, stock), (DECISIONS, decisions)):
        head, *lines = as_tsv(cells, flags=flags).splitlines()
        key, *heads = head.split("\t")
        order = list(range(len(heads)))
        random.Random(1).shuffle(order)
        rows = [line.split("\t") for line in lines]
        total = ["7000 "] * len(heads)
        months = [month_index(head.strip()) for head in heads]
        members = [host for host, is_eu in zip(HOSTS, IS_EU, strict=True) if is_eu]
        union = [sum(int(cells.get((host, month)) or 0) for host in members) for month in months]
        rows += [
            [f"M,PER,UA,{sex},{age},EU27_2020", *(f"{round(share * part * one)} " for one in union)]
            for sex, share in (("T", 1.0), ("M", 0.45), ("F", 0.55))
            for age, part in (("TOTAL", 1.0), ("Y18-34", 0.25))
        ]
        rows += [["M,PER,TOTAL,T,TOTAL,EA20", *total], ["M,PER,TOTAL,T,TOTAL,NL32", *total]]
        rows.append(next(row for row in rows if row[0] == "M,PER,TOTAL,T,TOTAL,NL"))
        mixed = [[row[0], *(row[1:][n].replace(" p", "p") for n in order)] for row in rows]
        text = "\r\n".join("\t".join(row) for row in [[key, *(heads[n] for n in order)], *mixed]) + "\r\n"
        paths.append(write(tmp_path / f"estat_{dataset}.tsv.gz", text))
    plan = plan_update(spoiled, *paths, vintage="2026-05")
    assert plan.faults == ()
    said = "\n".join(plan.notes)
    assert "not a host with Eurostat registers: NL32" in said
    assert "stand twice" in said
    apply_update(plan)
    assert check_data(spoiled).errors == ()
    registers = load_registers(spoiled, HOSTS, last + 1, FIRST, IS_EU)
    assert registers.last_month == last
    assert not registers.arrivals_derived[last, IS_EU].any()
    assert registers.eu_decisions[last] == union[months.index(last)]
    assert registers.stock[last, HOSTS.index("NL")] == stock["NL", last]
    eu = (spoiled / "registers/eu_decisions.csv").read_text(encoding="utf-8").splitlines()
    young_men = round(0.45 * 0.25 * union[months.index(last)])
    assert f"2026-03,M,Y18-34,{young_men},2026-05,recorded" in eu
    assert any(re.fullmatch(r"2025-12,T,Y_GE65,\d+,2026-09,recorded", row) for row in eu)


def test_a_plan_does_not_overwrite_what_changed_since(spoiled, tmp_path):
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    two_more_months(stock, decisions)
    plan = plan_update(spoiled, *files(tmp_path, stock, decisions, "csv"))
    path = spoiled / "registers/tp_stock.csv"
    path.write_text(path.read_text(encoding="utf-8") + "UK,2024-08,1,x,assumed\n", encoding="utf-8")
    before = tree(spoiled)
    with pytest.raises(EweaError, match=r"tp_stock\.csv changed since"):
        apply_update(plan)
    assert tree(spoiled) == before


def test_files_are_replaced_all_or_none(tmp_path):
    first = tmp_path / "a.csv"
    first.write_text("old\n", encoding="utf-8")
    with pytest.raises(EweaError, match=r"gone.b\.csv: cannot be written"):
        replace_files({first: "new\n", tmp_path / "gone" / "b.csv": "new\n"})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"a.csv": "old\n"}
    replace_files({first: "new\n", tmp_path / "b.csv": "more\n"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]
    assert first.read_text(encoding="utf-8") == "new\n"


def test_files_in_the_wrong_place_are_recognised_by_name_code_and_figures(spoiled, tmp_path):
    for form in ("csv", "tsv.gz"):
        stock, decisions = files(tmp_path, shipped(STOCK), shipped(DECISIONS), form)
        with pytest.raises(ConfigError, match="is dataset migr_asytpfm; migr_asytpsm is needed"):
            plan_update(spoiled, decisions, stock)
    nameless = [tmp_path / name for name in ("one.tsv", "two.tsv")]
    for path, dataset in zip(nameless, (DECISIONS, STOCK), strict=True):
        write(path, as_tsv(shipped(dataset)))
    with pytest.raises(ConfigError, match="figures are those of the other dataset"):
        plan_update(spoiled, *nameless)
    assert plan_update(spoiled, *nameless[::-1]).faults == ()
    with pytest.raises(EweaError, match="Give both files"):
        plan_update(spoiled, stock)
