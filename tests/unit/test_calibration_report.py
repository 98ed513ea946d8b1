"""``ewea calibrate report``: the page holds what its folder holds, stands alone, refuses what is broken."""

import csv
import itertools
import json
import math
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from abm.data.folder import default_configs
from calibration.validation.rivals import RIVALS
from experiments.calibration_report.chance import binomial_band
from experiments.calibration_report.columns import TABLES, quantiles
from experiments.calibration_report.figures_registers import exit_places
from experiments.calibration_report.page import page_text, write_report
from experiments.calibration_report.reading import read_fit
from experiments.command_line import main
from experiments.wording.names import read_names

NAMES = read_names(default_configs())
VOID = {"meta", "br", "img", "link", "input", "hr", "use", "path", "col", "wbr"}


def spread(name, middle, width):
    ends = (middle - 2 * width, middle - width, middle, middle + width, middle + 2 * width)
    return dict(zip(quantiles(name), ends, strict=True))


def parameter(name, meaning, unit, prior, posterior, ratio, shift):
    return {
        "parameter": name,
        "unit": unit,
        "meaning": meaning,
        **spread("prior", prior, abs(prior) * 0.4 + 0.01),
        **spread("posterior", posterior, ratio * (abs(prior) * 0.4 + 0.01)),
        "sd_ratio": ratio,
        "shift": shift,
        "moved": ratio < 0.9,
        "central": posterior,
        "low_90": posterior - 0.1,
        "high_90": posterior + 0.1,
    }


def parameters():
    return [
        parameter(
            "return_hazard", "mean monthly probability to return", "1/month", 0.0045, 0.00612, 0.31, 1.4
        ),
        parameter(
            "return_level_NL", "return from NL beyond every named factor", "log odds", 0.0, -0.173, 0.62, -0.4
        ),
        parameter(
            "tuition_return", "wish to return when tuition costs", "log odds", -0.02, -0.02, 1.01, 0.02
        ),
        parameter(
            "register.deregistration_share.NL",
            "how the register of a host errs",
            "share",
            0.4,
            0.55,
            0.7,
            0.6,
        ),
        parameter(
            "register.completeness.NL.2024-04", "how the register of a host errs", "share", 0.8, 0.8, 1.0, 0.0
        ),
    ]


def target(name, label, observed, fitted, sd, *, relative=False, conflict=False):
    distance = (math.log(fitted / observed) if relative else fitted - observed) / sd
    return {
        "target": name,
        "label": label,
        "observed": observed,
        "sd": sd,
        "sd_is_relative": relative,
        **spread("prior", observed * 1.3, observed * 0.3),
        **spread("posterior", fitted, abs(fitted) * 0.1),
        "distance_sd": distance,
        "missed": abs(distance) > 2,
        "conflict": conflict,
    }


def targets():
    return [
        target("unhcr_hope_4", "return", 0.62, 0.618, 0.03),
        target("cz_returned", "returned_share", 0.33, 0.161, 0.06, conflict=True),
        target("exits.NL", "exits from the register a month", 0.0071, 0.0069, 0.002),
        target("exits.DE", "exits from the register a month", 0.0123, 0.0119, 0.002),
        target("clean_up.CZ.14", "persons a clean-up removed", 123_456.0, 110_000.0, 0.3, relative=True),
    ]


def prediction(name, label, kind, family, use, month, unit, observed, model):
    width = 0.06 * max(abs(observed), abs(model), 0.2 if unit == "share" else 0.0)
    return {
        "target": name,
        "label": label,
        "kind": kind,
        "family": family,
        "use": use,
        "month": month,
        "unit": unit,
        "observed": observed,
        "model": model,
        "model_low": model - width / 2,
        "model_high": model + width / 2,
        "predicted_low": model - width,
        "predicted_high": model + width,
        "p_above": 0.4,
        "sd": width,
    }


def predictions():
    asked = ("survey", "unhcr_hope")
    return [
        prediction("unhcr_hope_2", "return", *asked, "fit", 8, "share", 0.81, 0.79),
        prediction("unhcr_hope_4", "return", *asked, "fit", 16, "share", 0.62, 0.618),
        prediction("unhcr_hope_5", "return", *asked, "holdout", 25, "share", 0.653, 0.5517),
        prediction("unhcr_hope_5", "stay", *asked, "holdout", 25, "share", 0.09, 0.11),
        prediction("ifo_400_days", "return", "survey", "ifo", "reported", 16, "share", 0.41, 0.4),
        prediction(
            "unhcr_5_partner",
            "return: all|family=partner less all|family=nobody",
            "contrast",
            "unhcr_hope",
            "fit",
            25,
            "share",
            0.15,
            0.1,
        ),
        prediction("cz_returned", "returned_share", "quantity", "", "fit", 23, "share", 0.33, 0.161),
        prediction(
            "ch_return_hazard_2024",
            "return_hazard",
            "quantity",
            "",
            "holdout",
            35,
            "share/month",
            0.0089,
            0.0093,
        ),
        prediction(
            "net_outflow_2022", "net_outflow", "quantity", "", "fit", 11, "persons", 5_432_100.0, 5_100_000.0
        ),
    ]


def slopes():
    return [
        {
            "family": "unhcr_hope",
            "label": "return",
            "months": 17,
            "observed_change": -0.157,
            "model_change": -0.2383,
            "same_sign": True,
        },
    ]


def emulator():
    outputs = (
        "mean.safe.16.all",
        "log_spread.safe.16.all",
        "quantity.cz_returned",
        "exit_rate.5.8",
        "strange",
    )
    return [
        {
            "output": name,
            "sd_over_prior": 0.4,
            "explained": 0.9 - 0.05 * k,
            "error_sd": 0.037,
            "chance_sd": 0.01,
        }
        for k, name in enumerate(outputs)
    ]


def recovery():
    return [
        {
            "parameter": name,
            "replicates": 60,
            "coverage_50": 0.517,
            "coverage_80": 0.783,
            "coverage_95": 0.95,
            "sd_ratio": ratio,
        }
        for name, ratio in (("return_hazard", 0.3), ("return_level_NL", 0.6), ("tuition_return", 1.0))
    ]


def ranks():
    return [
        {"parameter": name, "replicate": k, "rank": (k + 0.5) / 60, "truth": 0.1, "mean": 0.2, "sd": 0.4}
        for name in ("return_hazard", "return_level_NL", "tuition_return")
        for k in range(60)
    ]


def sensitivity():
    return [
        {
            "outcome": "nl_stock",
            "parameter": name,
            "correlation": value,
            "sd_ratio": ratio,
            "stays_at_prior": ratio > 0.9,
            "median": 108_000,
            "low": 96_000,
            "high": 121_000,
        }
        for name, value, ratio in (("return_hazard", -0.613, 0.31), ("tuition_return", 0.447, 1.01))
    ]


def window():
    model_and_rivals = ("model", *RIVALS)

    def errors(first):
        return {name: first + k for k, name in enumerate(model_and_rivals)}

    def part(first):
        return {
            "pairs": 240,
            "median_error_pct": errors(first),
            "mean_error_pct_by_host": {"NL": errors(first + 0.5), "DE": errors(first + 0.7)},
        }

    broken = {"model_with_clean_up": 2.3, "model_without_clean_up": 20.1}
    level = {
        "id": "x",
        "label": "NL: average error, 6 months ahead",
        "unit": "percent",
        "value": {"model": 2.61},
        "below": {"asked": 5.0},
        "least": {},
        "reported": {},
        "inclusive": False,
        "met": True,
    }
    return {
        "horizons": {"1": part(0.41), "3": part(1.22), "6": part(2.34)},
        "breaks": {"6": {"pairs": 12, "median_error_pct": {**errors(3.0), **broken}}},
        "hosts": {},
        "named_hosts": ["NL", "DE", "CZ"],
        "coverage_80_pooled": 0.812,
        "members": 20,
        "levels": [
            level,
            {
                **level,
                "label": "share inside",
                "unit": "share",
                "value": {"model": 0.62},
                "below": {},
                "least": {"asked": 0.7},
                "met": False,
            },
            {**level, "label": "unscored", "value": {"model": None}, "met": None},
        ],
    }


MAKERS = {
    "parameters": parameters,
    "targets": targets,
    "predictions": predictions,
    "slopes": slopes,
    "emulator": emulator,
    "recovery": recovery,
    "ranks": ranks,
    "sensitivity": sensitivity,
}


def summary():
    known, met = parameters(), targets()
    return {
        "draws": 600,
        "parameters": len(known),
        "parameters_moved": sum(row["moved"] for row in known),
        "targets": len(met),
        "targets_missed": sum(row["missed"] for row in met),
        "conflicts": ["cz_returned"],
        "survey_rmse_pp": {"fit": 1.42, "holdout": 7.35},
        "slopes_right": "1 of 1",
        "simulations_in_bank": 3123,
        "effective_draws": 587,
        "minutes": 83.4,
    }


def write_rows(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def fit_folder(place, name="baseline", optional=True):
    """Write a small fit folder that looks like a real one."""
    folder = place / "fit"
    folder.mkdir()
    for table, maker in MAKERS.items():
        if optional or TABLES[table].required:
            write_rows(folder / f"{table}.csv", maker())
    manifest = {
        "kind": "ewea-fit",
        "fit": name,
        "started": "2024-11-02T10:00:00+00:00",
        "model": "0123456789abcdef",
        "configs": "fedcba",
        "powers": [0.1, 1.0],
        "acceptance": [0.44, 0.31],
        "summary": summary(),
        "settings": {
            "simulations": {"value": 3000, "unit": "runs", "status": "decided", "source": "fifteen each"},
            "sensitivity_draws": {"value": 200, "unit": "runs", "status": "decided", "source": "r"},
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    if optional:
        (folder / "validation.json").write_text(json.dumps({"fit": window(), "held_out": window()}))
    return folder


def page_of(folder):
    return page_text(read_fit(folder), NAMES)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return page_of(fit_folder(tmp_path_factory.mktemp("report")))


class Walk(HTMLParser):
    """Collects what a page is made of, and complains of tags that do not close."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.tags, self.ids, self.words = [], [], [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for key, value in attrs if key == "id"]
        if tag not in VOID or tag in ("use", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for key, value in attrs if key == "id"]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "text", "tspan"):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def test_every_tag_closes_every_figure_has_a_name_and_ids_are_unique(page):
    walk = Walk(page)
    assert walk.faults == []
    assert len(walk.ids) == len(set(walk.ids))
    figures = [attributes for tag, attributes in walk.tags if tag in ("svg", "img")]
    assert len(figures) == 14
    assert all(len(attributes.get("aria-label", "")) > 20 for attributes in figures)
    assert dict(walk.tags[0][1])["lang"] == "en"


def test_the_walk_notices_what_it_looks_for():
    assert Walk("<p><b>x</p></b>").faults
    assert Walk("<div><p>x</p>").faults == ["<div> never closed"]


def test_headings_are_in_order_and_tables_say_what_they_are(page):
    walk = Walk(page)
    levels = [int(tag[1]) for tag, _ in walk.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    count = [tag for tag, _ in walk.tags].count
    assert count("table") == count("caption") > 10
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in walk.tags if tag == "th")


def test_nothing_is_fetched_from_anywhere(page):
    walk = Walk(page)
    assert not {"script", "link", "iframe", "object", "img", "image"} & {tag for tag, _ in walk.tags}
    pointers = [
        value
        for _, attributes in walk.tags
        for key, value in attributes.items()
        if key in ("src", "href", "xlink:href")
    ]
    assert pointers
    assert all(pointer.startswith("#") for pointer in pointers)
    assert {pointer[1:] for pointer in pointers} <= set(walk.ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(walk.ids)
    assert not re.search(r"https?://|@import|url\((?!#|data:)", page)


def test_a_page_says_the_numbers_of_its_folder(page):
    text = Walk(page).text
    for said in (
        "1, 3 and 6 months ahead, were typically off by 0.4 %, 1.2 % and 2.3 %",
        "1.4 percentage points off in the 2 surveys used to fit and 7.3 in the 1 survey kept out",
        "The data move 3 of 5 parameters",
        "1 of 5 fitted numbers are missed",
        "better at every horizon than “nothing changes”",
        "Of 3 levels set before scoring, 1 is met; not met: share inside",
        "Czechia, December 2023: had returned to Ukraine 33.0 % 16.1 % (14.5 % to 17.7 %) 2.8 SDs too low",
        "Out of reach before the data and after",
        "65.3 %",
        "55.2 % (53.2 % to 57.1 %)",
        "123,000 persons",
        "0.71 % a month",
        "5.43 million persons",
        "−15.7",
        "−23.8",
        "0.00612",
        "3,123",
        "83.4 minutes",
        "0123456789abcdef",
        "fifteen each",
        "81 % of all host-months",
        "−0.61",
        "108,000 96,000 to 121,000",
        "78.3 %",
        "44.0 %",
        "return from Netherlands beyond every named factor",
        "Netherlands: leavers not signed off that the clean-up found, April 2024",
    ):
        assert said in text, said
    assert "nan" not in text.lower().split()


def test_whatever_a_figure_is_called_it_stays_text(tmp_path):
    hostile = '<script>alert("1")</script>&$x_{$'
    folder = fit_folder(tmp_path, name=hostile)
    rows = parameters()
    rows[0]["meaning"] = rows[2]["meaning"] = hostile
    write_rows(folder / "parameters.csv", rows)
    met = targets()
    met[1]["target"] = met[2]["target"] = f"exits.{hostile}"
    write_rows(folder / "targets.csv", met)
    walk = Walk(page_of(folder))
    assert walk.faults == []
    assert "script" not in {tag for tag, _ in walk.tags}
    assert hostile in walk.text


def test_what_is_absent_is_said_in_one_sentence_with_the_way_to_make_it(tmp_path):
    walk = Walk(page_of(fit_folder(tmp_path, optional=False)))
    assert walk.faults == []
    for said in (
        "This folder has no validation.json. To make it: ewea validate --json >",
        "This folder has no recovery.csv. To make it, run 'ewea calibrate baseline' with --proof.",
        "This folder has no ranks.csv.",
        "This folder has no sensitivity.csv.",
        "is not known yet",
    ):
        assert said in walk.text


def test_tables_without_rows_leave_a_page(tmp_path):
    folder = fit_folder(tmp_path)
    for name in ("predictions", "emulator", "recovery", "ranks", "sensitivity"):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text().splitlines()[0] + "\n")
    (folder / "slopes.csv").write_text("\n")
    walk = Walk(page_of(folder))
    assert walk.faults == []
    assert "This fit has no survey" in walk.text


def test_an_undefined_error_is_a_dash_and_no_crash(tmp_path):
    folder = fit_folder(tmp_path)
    scores = json.loads((folder / "validation.json").read_text())
    for part in scores["held_out"]["horizons"].values():
        part["median_error_pct"] = dict.fromkeys(part["median_error_pct"])
        part["mean_error_pct_by_host"] = {}
    (folder / "validation.json").write_text(json.dumps(scores))
    walk = Walk(page_of(folder))
    assert "No held-out month could be scored" in walk.text
    assert walk.faults == []


def test_every_rate_of_a_register_stands_beside_its_own_name():
    observed = {"exits.NL": [0.03, 0.01], "exits.DE": [0.002], "exits.PL": [0.004, 0.009]}
    order = [("exits.NL", 0), ("exits.DE", 0), ("exits.PL", 0), ("exits.NL", 1), ("exits.PL", 1)]
    rows = pd.DataFrame(
        [{"target": name, "observed": observed[name][k]} for name, k in order], index=[7, 3, 9, 1, 4]
    )
    hosts, at = exit_places(rows)
    assert hosts == ["exits.DE", "exits.PL", "exits.NL"]
    assert [hosts[round(height)] for height in at] == rows["target"].tolist()
    assert at[0] > at[3]
    assert at[2] > at[4]


def test_the_same_folder_gives_the_same_page(tmp_path):
    folder = fit_folder(tmp_path)
    assert page_of(folder) == page_of(folder)


def edit(path, change):
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            lambda f: (f / "manifest.json").unlink(),
            ["the calibration has not ended", "Run 'ewea calibrate baseline' again"],
        ),
        (
            lambda f: (f / "targets.csv").unlink(),
            ["targets.csv: the table is missing", "ewea calibrate baseline"],
        ),
        (
            lambda f: edit(f / "targets.csv", lambda t: t.replace("distance_sd", "far")),
            ["targets.csv:1: distance_sd: missing column", "Run 'ewea calibrate baseline'"],
        ),
        (
            lambda f: edit(f / "recovery.csv", lambda t: t.replace("coverage_80", "c")),
            ["recovery.csv:1: coverage_80: missing column", "with --proof"],
        ),
        (
            lambda f: edit(f / "predictions.csv", lambda t: t.replace("0.653", "many")),
            ["predictions.csv:4: observed: found 'many'", "a finite number"],
        ),
        (
            lambda f: edit(f / "predictions.csv", lambda t: t.replace("0.653", "inf")),
            ["predictions.csv:4: observed: found 'inf'"],
        ),
        (
            lambda f: edit(f / "targets.csv", lambda t: t.replace("True", "maybe", 1)),
            ["'maybe'; True or False is allowed"],
        ),
        (
            lambda f: edit(f / "slopes.csv", lambda t: t.replace(",17,", ",17,3,")),
            ["slopes.csv:2: 7 cells under 6 columns"],
        ),
        (lambda f: edit(f / "manifest.json", lambda t: t[:40]), ["manifest.json:1: not valid JSON"]),
        (
            lambda f: edit(f / "manifest.json", lambda t: t.replace("ewea-fit", "ewea-run")),
            ["found 'ewea-run'", "'ewea-fit'"],
        ),
        (
            lambda f: edit(f / "manifest.json", lambda t: t.replace('"minutes"', '"hours"')),
            ["summary.minutes: missing key"],
        ),
        (
            lambda f: edit(f / "manifest.json", lambda t: t.replace('"parameters": 5', '"parameters": 6')),
            ["summary.parameters: found 6, but parameters.csv has 5", "interrupted"],
        ),
        (
            lambda f: edit(f / "validation.json", lambda t: t.replace('"horizons"', '"h"')),
            ["validation.json: fit.horizons: missing key", "ewea validate --json"],
        ),
    ],
)
def test_a_broken_folder_gets_one_clear_message_and_no_page(tmp_path, capsys, damage, said):
    folder = fit_folder(tmp_path)
    damage(folder)
    before = sorted(path.name for path in folder.iterdir())
    assert main(["calibrate", "report", str(folder)]) == 2
    error = capsys.readouterr().err
    for word in said:
        assert word in error
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no such folder"),
        (["empty"], "not a fit folder"),
        (["fit", "--out", "page.txt"], "must end in .html"),
        (["fit", "--out", "no/page.html"], "there is no folder no"),
        (["fit", "--out", "dir.html"], "this is a folder"),
    ],
)
def test_a_mistake_of_the_user_is_named(tmp_path, capsys, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    fit_folder(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "dir.html").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert main(["calibrate", "report", *words]) == 2
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_the_command_writes_one_file_and_says_what_stands_in_it(tmp_path, capsys):
    folder = fit_folder(tmp_path)
    before = {path.name for path in folder.iterdir()}
    assert main(["calibrate", "report", str(folder)]) == 0
    assert "The data move 3 of 5 parameters" in capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} - before == {"report.html"}
    other = tmp_path / "page.html"
    assert main(["calibrate", "report", str(folder), "--out", str(other), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(other)
    assert other.read_bytes() == (folder / "report.html").read_bytes()


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    folder = fit_folder(tmp_path)
    (folder / "report.html").write_text("old")
    edit(folder / "emulator.csv", lambda text: text.replace("explained", "e"))
    with pytest.raises(ValueError, match="explained"):
        write_report(folder, default_configs())
    assert (folder / "report.html").read_text() == "old"


def test_the_band_of_chance_is_that_of_the_binomial():
    from scipy.stats import binom

    for n, p in ((50, 0.5), (60, 0.8), (60, 0.95), (2000, 0.1)):
        assert binomial_band(n, p) == tuple(int(x) for x in binom.ppf([0.025, 0.975], n, p))
