"""The official Eurostat files, in both formats, become the register tables; bad ones change nothing."""

import gzip
import http.server
import json
import random
import re
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from abm.data.hosts import load_countries
from abm.data.registers import load_registers
from abm.data.settings import load_settings
from abm.errors import ConfigError, EweaError
from abm.months import month_index, month_label
from experiments.data.check import check_data
from experiments.data.derive_registers import read_persons
from experiments.data.eurostat import DECISIONS, STOCK, Collector, fetch_eurostat, read_eurostat, read_frame
from experiments.data.update import apply_update, plan_update
from experiments.ensemble.files import replace_files

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
HOSTS = [country.id for country in load_countries(CONFIGS)]
IS_EU = np.array([country.eu_member for country in load_countries(CONFIGS)])
FIRST = month_index("2022-03")
TABLES = {STOCK: "tp_stock", DECISIONS: "tp_decisions"}
NEW = (month_index("2026-01"), month_index("2026-02"))

type Cells = dict[tuple[str, int], int | None]


SHIPPED = {dataset: read_persons(CONFIGS, name, HOSTS, FIRST) for dataset, name in TABLES.items()}


def shipped(dataset: str, root: Path = CONFIGS) -> Cells:
    return dict(SHIPPED[dataset] if root == CONFIGS else read_persons(root, TABLES[dataset], HOSTS, FIRST))


def series_of(cells: Cells, citizen: str) -> list[tuple[tuple[str, ...], dict[int, int | None]]]:
    """One series per country and breakdown, as the full dataset holds them: totals among the rest."""
    months = range(FIRST, max(month for _, month in cells) + 1)
    series = []
    for geo in sorted({geo for geo, _ in cells}):
        values = {month: cells.get((geo, month)) for month in months}
        half = {month: None if value is None else value // 2 for month, value in values.items()}
        series.append((("M", "PER", citizen, "T", "TOTAL", geo), values))
        series.append((("M", "PER", citizen, "F", "TOTAL", geo), half))
        series.append((("M", "PER", citizen, "T", "Y_LT18", geo), half))
        series.append((("M", "PER", "SY", "T", "TOTAL", geo), half))
    return sorted(series, key=lambda one: one[0])


def as_tsv(cells: Cells, citizen="TOTAL", flags=None, new_style=False) -> str:
    """TSV of the API: codes, then one column a month; every cell ends in a blank or a flag."""
    months = range(FIRST, max(month for _, month in cells) + 1)
    heads = [month_label(month).replace("-", "M" if new_style else "-") for month in months]
    lines = ["freq,unit,citizen,sex,age,geo\\TIME_PERIOD\t" + "\t".join(f"{head} " for head in heads)]
    for codes, values in series_of(cells, citizen):
        shown = []
        for month in months:
            value = values[month]
            flag = (flags or {}).get((codes[-1], month), "")
            shown.append(f"{':' if value is None else value} {flag}")
        lines.append(",".join(codes) + "\t" + "\t".join(shown))
    return "\r\n".join(lines) + "\r\n"


def as_sdmx(cells: Cells, dataset: str, citizen="TOTAL", flags=None) -> str:
    """SDMX-CSV 1.0 of the API: one line a cell; a missing value has no line unless it has a flag."""
    lines = ["DATAFLOW,LAST UPDATE,freq,unit,citizen,sex,age,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"]
    flow = f"ESTAT:{dataset.upper()}(1.0),10/10/26 23:00:00"
    for codes, values in series_of(cells, citizen):
        for month, value in values.items():
            flag = (flags or {}).get((codes[-1], month), "")
            if value is None and not flag:
                continue
            secret = "C" if flag == "c" else ""
            shown = "" if value is None else value
            lines.append(f"{flow},{','.join(codes)},{month_label(month)},{shown},{flag},{secret}")
    return "\r\n".join(lines) + "\r\n"


def write(path: Path, text: str) -> Path:
    raw = text.encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def files(folder: Path, stock: Cells, decisions: Cells, form: str, **more) -> tuple[Path, Path]:
    paths = []
    for dataset, cells in ((STOCK, stock), (DECISIONS, decisions)):
        text = as_tsv(cells, **more) if "tsv" in form else as_sdmx(cells, dataset, **more)
        paths.append(write(folder / f"estat_{dataset}.{form}", text))
    return paths[0], paths[1]


@pytest.fixture
def root(tmp_path):
    shutil.copytree(CONFIGS, tmp_path / "configs", ignore=shutil.ignore_patterns("geo"))
    return tmp_path / "configs"


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


def as_sdmx_2(cells: Cells, dataset: str) -> str:
    """SDMX-CSV 2.0: other leading columns, no date of the last update."""
    text = as_sdmx(cells, dataset).replace("DATAFLOW,LAST UPDATE", "STRUCTURE,STRUCTURE_ID")
    flow = f"ESTAT:{dataset.upper()}(1.0)"
    return text.replace(f"{flow},10/10/26 23:00:00", f"dataflow,{flow}")


@pytest.mark.parametrize("dataset", [STOCK, DECISIONS])
@pytest.mark.parametrize(
    ("form", "written", "vintage"),
    [
        ("csv", as_sdmx, "2026-10"),
        ("csv.gz", as_sdmx, "2026-10"),
        ("csv", as_sdmx_2, ""),
        ("tsv", lambda cells, _: as_tsv(cells), ""),
        ("tsv.gz", lambda cells, _: as_tsv(cells), ""),
        ("tsv", lambda cells, _: as_tsv(cells, new_style=True), ""),
    ],
    ids=["csv", "csv packed", "csv 2.0", "tsv", "tsv packed", "tsv with 2022M03"],
)
def test_our_own_series_come_back_unchanged(tmp_path, dataset, form, written, vintage):
    path = write(tmp_path / f"estat_{dataset}.{form}", written(shipped(dataset), dataset))
    table = read_eurostat(path)
    assert table.values == shipped(dataset)
    assert (table.dataset, table.citizen, table.vintage) == (dataset, "TOTAL", vintage)


def test_round_trip_with_revisions_and_two_new_months(root, tmp_path):
    form = "csv.gz"
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    two_more_months(stock, decisions)
    stock["NL", month_index("2024-03")] = 121455
    stock["SE", month_index("2022-03")] = None
    for month in range(FIRST, month_index("2022-07") + 1):
        decisions["DE", month] = 100_000 + month
    plan = plan_update(root, *files(tmp_path, stock, decisions, form), vintage="2026-10")
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
    before = tree(root)
    assert before == tree(CONFIGS), "planning writes nothing"
    written = apply_update(plan)
    names = {f"{name}.{ending}" for name in TABLES.values() for ending in ("csv", "yaml")}
    assert {path.name for path in written} == {*names, "arrivals_derived.csv", "breaks.csv"}
    after = tree(root)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {f"registers/{path.name}" for path in written}
    assert after.keys() == before.keys()

    known = {key: value for key, value in stock.items() if value is not None}
    assert shipped(STOCK, root) == known
    assert shipped(DECISIONS, root) == decisions
    rows = (root / "registers/tp_stock.csv").read_text(encoding="utf-8").splitlines()
    assert "NL,2024-03,121455,2026-10,recorded" in rows
    assert any(re.fullmatch(r"NL,2024-02,\d+,2024-10,recorded", row) for row in rows)
    assert rows[0].startswith("# Source: Eurostat")

    assert check_data(root).errors == ()
    registers = load_registers(root, HOSTS, 60, FIRST, IS_EU)
    assert registers.last_month == load_settings(root).last_register_month == NEW[1]
    assert registers.arrivals[FIRST, HOSTS.index("DE")] == 100_002
    assert not registers.arrivals_derived[: month_index("2024-09"), HOSTS.index("DE")].any()
    assert not registers.arrivals_derived[NEW[0], HOSTS.index("DE")]
    assert registers.arrivals_derived[NEW[1], HOSTS.index("UK")]
    again = plan_update(root, *files(tmp_path, stock, decisions, form), vintage="2026-11")
    assert again.is_empty
    assert "Nothing changes." in again.to_text()


def test_unchanged_files_change_only_cells_not_read_in_the_table_itself(root, tmp_path):
    plan = plan_update(root, *files(tmp_path, shipped(STOCK), shipped(DECISIONS), "csv.gz"))
    assert (plan.faults, [(d.added, d.removed, d.revised) for d in plan.diffs]) == ((), [((), (), ())] * 2)
    apply_update(plan)
    text = (root / "registers/tp_stock.csv").read_text(encoding="utf-8")
    assert not re.search("derived|quoted", text)
    assert re.search(r"CY,\d{4}-\d{2},\d+,2026-10,recorded", text)


def test_flags_missing_and_confidential(root, tmp_path):
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    month = month_index("2024-06")
    flags = {("NL", month): "b", ("AT", month): "p", ("LI", month): "c", ("FI", month): "bp"}
    stock["LI", month] = None
    for form in ("csv", "tsv"):
        table = read_eurostat(files(tmp_path, stock, decisions, form, flags=flags)[0])
        assert table.values == {key: value for key, value in stock.items() if value is not None}
        assert {key: flag for key, flag in table.flags.items() if key[1] == month} == flags
        plan = plan_update(root, *files(tmp_path, stock, decisions, form, flags=flags))
        assert any("flags a break: FI 2024-06, NL 2024-06" in note for note in plan.notes)
        assert plan.diffs[0].removed == (("LI", month, shipped(STOCK)["LI", month], None),)


def test_aggregates_are_dropped_and_strange_places_named(root, tmp_path):
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    stock["EU27_2020", NEW[0] - 1] = 4_000_000
    stock["XK", NEW[0] - 1] = stock["UK", NEW[0] - 1] = 5
    plan = plan_update(root, *files(tmp_path, stock, decisions, "tsv"))
    assert plan.diffs[0].added == ()
    assert any("not a host with Eurostat registers: UK, XK" in note for note in plan.notes)


@pytest.mark.parametrize("citizen", ["EXT_EU27_2020", "UA"])
def test_without_total_another_citizenship_is_used_and_said_aloud(root, tmp_path, citizen):
    paths = files(tmp_path, shipped(STOCK), shipped(DECISIONS), "csv", citizen=citizen)
    plan = plan_update(root, *paths)
    assert f"no citizen TOTAL; {citizen} is used, another scope" in plan.to_text()
    apply_update(plan)
    stock = (root / "registers/tp_stock.csv").read_text(encoding="utf-8")
    assert f"2026-10 citizen {citizen},recorded" in stock
    assert check_data(root).errors == ()


def test_total_wins_over_other_citizenships(tmp_path):
    total, other = as_tsv(shipped(STOCK)), as_tsv({("NL", FIRST): 1, ("NL", NEW[0] - 1): 2}, citizen="UA")
    rows = [line for line in other.splitlines()[1:] if ",UA," in line]
    path = write(tmp_path / "estat_migr_asytpsm.tsv", total + "\r\n".join(rows) + "\r\n")
    table = read_eurostat(path)
    assert (table.citizen, table.values) == ("TOTAL", shipped(STOCK))


def test_a_new_fall_becomes_a_break_and_a_rise_without_decisions_is_shown(root, tmp_path):
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    two_more_months(stock, decisions)
    stock["NO", NEW[1]] = stock["NO", NEW[0]] // 2
    stock["ES", NEW[1]] = stock["ES", NEW[0]] + 50_000
    # Monthly figures show that Austria cleaned up in April 2025; quarter ends had said March.
    for month, persons in enumerate((86_000, 86_400, 86_900, 81_500), start=month_index("2025-01")):
        stock["AT", month] = persons
    plan = plan_update(root, *files(tmp_path, stock, decisions, "csv", flags={("FI", NEW[1]): "b"}))
    assert any(note.startswith("break found (clean_up), NO 2026-02: stock") for note in plan.notes)
    assert any(re.match("ES 2026-02.* more than the decisions explain", note) for note in plan.notes)
    assert any("AT 2025-04" in note and "moved from 2025-03" in note for note in plan.notes)
    assert not any("NL 2024-04" in note or "DE 2022-09" in note for note in plan.notes)
    apply_update(plan)
    rows = (root / "registers/breaks.csv").read_text(encoding="utf-8").splitlines()
    assert any(row.startswith("NO,2026-02,clean_up,0.8,derived,computed from Eurostat") for row in rows)
    assert any(row.startswith("AT,2025-04,") for row in rows)
    assert not any(row.startswith("AT,2025-03,") for row in rows)
    assert check_data(root).errors == ()


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
def test_a_partial_old_or_strange_file_is_refused(root, tmp_path, change, more, says):
    before = tree(root)
    stock = {key: change(*key, n) for key, n in shipped(STOCK).items()}
    kept = {key: n for key, n in stock.items() if n is not None}
    plan = plan_update(root, *files(tmp_path, kept, shipped(DECISIONS), "csv"), **more)
    assert any(says in fault for fault in plan.faults)
    assert "Nothing is written." in plan.to_text()
    assert not plan.to_dict()["may_apply"]
    with pytest.raises(EweaError, match="refused"):
        apply_update(plan)
    assert tree(root) == before


def test_months_a_file_does_not_hold_are_kept(root, tmp_path):
    start = month_index("2025-01")
    stock = {key: value for key, value in shipped(STOCK).items() if key[1] >= start}
    decisions = {key: value for key, value in shipped(DECISIONS).items() if key[1] >= start}
    plan = plan_update(root, *files(tmp_path, stock, decisions, "csv"))
    assert plan.faults == ()
    assert all(not (diff.added or diff.removed or diff.revised) for diff in plan.diffs)
    assert any("holds 2025-01 to 2025-12" in note for note in plan.notes)
    apply_update(plan)
    assert shipped(STOCK, root) == shipped(STOCK)
    with pytest.raises(EweaError, match="vintage: found 'May 2026'"):
        plan_update(root, *files(tmp_path, stock, decisions, "csv"), vintage="May 2026")


def test_the_whole_bulk_file_goes_in_without_an_edit(root, tmp_path):
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
    plan = plan_update(root, *paths, vintage="2026-05")
    assert plan.faults == ()
    said = "\n".join(plan.notes)
    assert "not a host with Eurostat registers: NL32" in said
    assert "stand twice" in said
    apply_update(plan)
    assert check_data(root).errors == ()
    registers = load_registers(root, HOSTS, last + 1, FIRST, IS_EU)
    assert registers.last_month == last
    assert not registers.arrivals_derived[last, IS_EU].any()
    assert registers.eu_decisions[last] == union[months.index(last)]
    assert registers.stock[last, HOSTS.index("NL")] == stock["NL", last]
    eu = (root / "registers/eu_decisions.csv").read_text(encoding="utf-8").splitlines()
    young_men = round(0.45 * 0.25 * union[months.index(last)])
    assert f"2026-03,M,Y18-34,{young_men},2026-05,recorded" in eu
    assert any(re.fullmatch(r"2025-12,T,Y_GE65,\d+,2026-09,recorded", row) for row in eu)


def test_a_plan_does_not_overwrite_what_changed_since(root, tmp_path):
    stock, decisions = shipped(STOCK), shipped(DECISIONS)
    two_more_months(stock, decisions)
    plan = plan_update(root, *files(tmp_path, stock, decisions, "csv"))
    path = root / "registers/tp_stock.csv"
    path.write_text(path.read_text(encoding="utf-8") + "UK,2024-08,1,x,assumed\n", encoding="utf-8")
    before = tree(root)
    with pytest.raises(EweaError, match=r"tp_stock\.csv changed since"):
        apply_update(plan)
    assert tree(root) == before


def test_files_are_replaced_all_or_none(tmp_path):
    first = tmp_path / "a.csv"
    first.write_text("old\n", encoding="utf-8")
    with pytest.raises(EweaError, match=r"gone.b\.csv: cannot be written"):
        replace_files({first: "new\n", tmp_path / "gone" / "b.csv": "new\n"})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"a.csv": "old\n"}
    replace_files({first: "new\n", tmp_path / "b.csv": "more\n"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]
    assert first.read_text(encoding="utf-8") == "new\n"


GOOD = as_sdmx({("NL", FIRST): 10, ("NL", FIRST + 1): 20}, STOCK)
TWICE = next(line for line in GOOD.splitlines() if ",TOTAL,T,TOTAL,NL,2022-04," in line) + "\r\n"
GOOD_TSV = as_tsv({("NL", FIRST): 10, ("NL", FIRST + 1): 20})
BAD = {
    "empty": (b"", "the file is empty"),
    "cut_gzip": (gzip.compress(as_sdmx(shipped(STOCK), STOCK).encode())[:-40], "damaged or cut short"),
    "latin_1": (GOOD.replace("NL", "N\u00e4").encode("latin-1"), "not UTF-8"),
    "zip": (b"PK\x03\x04rest of an archive", "ZIP archive"),
    "answer_in_xml": (b"<?xml version='1.0'?><env:Envelope/>", "XML or JSON"),
    "another_csv": (b"date;value\n1;2\n", "not a Eurostat file"),
    "labels": (GOOD.replace(",geo,", ",Geopolitical entity,").encode(), "missing column geo"),
    "codes_with_labels": (GOOD.replace(",M,PER", ",M: Monthly,PER").encode(), "is a label; codes are needed"),
    "only_women": (GOOD.replace(",T,TOTAL", ",F,TOTAL").encode(), "no monthly totals.*sex F"),
    "twice": (
        (GOOD + TWICE.replace(",20,", ",21,")).encode(),
        "stands already in line 7 with '20'; here",
    ),
    "endless": (GOOD.replace(",10,", ",inf,").encode(), "'inf' is not a number|found inf"),
    "decimals": (GOOD.replace(",10,", ",10.5,").encode(), "found 10.5; a number of persons is whole"),
    "decimal_comma": (GOOD_TSV.replace("10 ", "10,5 ").encode(), "'10,5' is not a number"),
    "negative": (GOOD.replace(",10,", ",-10,").encode(), "found -10; a number of persons"),
    "word": (GOOD.replace(",10,", ",ten,").encode(), "'ten' is not a number"),
    "year": (GOOD.replace("2022-03", "2022").encode(), "'2022' is not a month"),
    "cut_line": (GOOD.rstrip()[:-30].encode(), "cut short or damaged"),
    "tsv_cut_line": (GOOD_TSV.rstrip()[:-10].encode(), "cut short or damaged"),
    "tsv_dimension": (GOOD_TSV.replace("citizen,", "nation,").encode(), "missing dimension citizen"),
    "tsv_month": (GOOD_TSV.replace("2022-04 ", "2022-Q2 ").encode(), "'2022-Q2' is not a month"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_error(tmp_path, name):
    raw, says = BAD[name]
    path = tmp_path / "given"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        read_eurostat(path)
    assert re.search(says, str(caught.value), re.DOTALL)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_absent_file_and_folder_in_place_of_a_file(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_eurostat(tmp_path / "gone.tsv")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_eurostat(tmp_path)


def test_files_in_the_wrong_place_are_recognised_by_name_code_and_figures(root, tmp_path):
    for form in ("csv", "tsv.gz"):
        stock, decisions = files(tmp_path, shipped(STOCK), shipped(DECISIONS), form)
        with pytest.raises(ConfigError, match="is dataset migr_asytpfm; migr_asytpsm is needed"):
            plan_update(root, decisions, stock)
    nameless = [tmp_path / name for name in ("one.tsv", "two.tsv")]
    for path, dataset in zip(nameless, (DECISIONS, STOCK), strict=True):
        write(path, as_tsv(shipped(dataset)))
    with pytest.raises(ConfigError, match="figures are those of the other dataset"):
        plan_update(root, *nameless)
    assert plan_update(root, *nameless[::-1]).faults == ()
    with pytest.raises(EweaError, match="Give both files"):
        plan_update(root, stock)


def test_a_table_as_the_eurostat_package_shapes_it():
    collector = Collector("Eurostat")
    columns = ["freq", "unit", "citizen", "sex", "age", "geo\\TIME_PERIOD"]
    columns += ["2024-07_value", "2024-07_flag", "2024-08_value", "2024-08_flag"]
    rows: list[list[object]] = [
        ["M", "PER", "TOTAL", "T", "TOTAL", "NL", 115_000.0, "", 116_760.0, "p"],
        ["M", "PER", "TOTAL", "T", "TOTAL", "FR", 62_000.0, None, None, ": c"],
        ["M", "PER", "TOTAL", "F", "TOTAL", "NL", 1.0, "", float("nan"), ":"],
    ]
    read_frame(columns, rows, collector)
    table = collector.finish()
    july, august = month_index("2024-07"), month_index("2024-08")
    assert table.values == {("NL", july): 115_000, ("NL", august): 116_760, ("FR", july): 62_000}
    assert table.flags == {("NL", august): "p", ("FR", august): "c"}


SCHEMA = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"


def element(tag: str, inner: str) -> str:
    return f"<s:{tag}>{inner}</s:{tag}>"


def message(inner: str) -> bytes:
    spaces = f"xmlns:m='{SCHEMA}/message' xmlns:s='{SCHEMA}/structure'"
    return f"<m:Structure {spaces}><m:Structures>{inner}</m:Structures></m:Structure>".encode()


class EurostatHere(http.server.BaseHTTPRequestHandler):
    """Answers the three questions the ``eurostat`` package asks, as the public API does."""

    citizens = ("TOTAL",)

    def do_GET(self):
        if "/data/" in self.path:
            citizen = self.path.split("M.PER.")[1].split(".")[0]
            assert f"/migr_asytpsm/M.PER.{citizen}.T.TOTAL." in self.path
            cells = shipped(STOCK) if citizen in self.citizens else {("NL", FIRST): None}
            head, *lines = as_tsv(cells, citizen).split("\r\n")
            kept = [head, *(line for line in lines if ",T,TOTAL" in line and ",SY," not in line)]
            body = gzip.compress("\r\n".join([*kept, ""]).encode())
        elif "/dataflow/" in self.path:
            ref = element("Dataflow", element("Structure", "<Ref id='MIGR'/>"))
            body = message(element("Dataflows", ref))
        else:
            names = enumerate(("freq", "unit", "citizen", "sex", "age", "geo"), start=1)
            inner = "".join(f"<s:Dimension id='{name}' position='{place}'/>" for place, name in names)
            for tag in ("DimensionList", "DataStructureComponents", "DataStructure", "DataStructures"):
                inner = element(tag, inner)
            body = message(inner)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Stay silent."""


@pytest.mark.parametrize("citizen", ["TOTAL", "UA"])
def test_the_eurostat_package_brings_the_same_table(monkeypatch, capsys, citizen):
    import eurostat.eurostat

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), EurostatHere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(EurostatHere, "citizens", (citizen,))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    base = eurostat.eurostat.__Uri__.BASE_URL
    monkeypatch.setitem(base, "EUROSTAT", f"http://127.0.0.1:{server.server_port}/")
    try:
        table = fetch_eurostat(STOCK)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert table.values == shipped(STOCK)
    assert table.citizen == citizen
    assert re.fullmatch(r"\d{4}-\d{2}", table.vintage)
    assert capsys.readouterr().out == ""


def test_offline_says_what_to_download(monkeypatch, capsys):
    # Every request goes to a closed port of this machine: the package fails as it does offline.
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(EweaError, match=r"Eurostat migr_asytpsm: .*Download the file in a browser"):
        fetch_eurostat(STOCK)
    assert capsys.readouterr().out == ""
