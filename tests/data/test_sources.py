"""Every piece of evidence that is cited is explained in ``docs/sources.md``, inside the repository."""

import re
from pathlib import Path

import pytest

from abm.data.parameters import load_coefficients
from abm.factors import factors

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "sources.md"

ID = r"AX[12]-\d\d|T[12]|[AB]\d{3}|[BEFHLNOPR]\d{1,2}"
CITED = re.compile(rf"(?<![\w.#/-])({ID})(?:(?:-| to )({ID}))?(?![\w-]|\.\d)")
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
LABEL = re.compile(r"\b(V|D|RECALL)\b")


def cited(text: str) -> set[str]:
    """Return the ids in a text; a range stands for all its members."""
    found = set()
    for match in CITED.finditer(text):
        first, last = match[1], match[2]
        found.add(first)
        if last:
            letter, numbers = first[0], range(int(first[1:]), int(last[1:]) + 1)
            assert last[0] == letter, f"{match[0]}: a range of one family is wanted"
            assert numbers, f"{match[0]}: a range that goes up is wanted"
            found |= {f"{letter}{number:0{len(first) - 1}d}" for number in numbers}
    return found


def index() -> list[tuple[str, ...]]:
    rows = ROW.findall(INDEX.read_text(encoding="utf-8"))
    return [row for row in rows if re.fullmatch(ID, row[0])]


KNOWN = {row[0] for row in index()}


def test_every_id_has_one_row_that_says_how_it_reached_us():
    ids = [row[0] for row in index()]
    assert len(ids) > 100
    assert sorted({i for i in ids if ids.count(i) > 1}) == []
    assert [row[0] for row in index() if not LABEL.search(row[3])] == []


@pytest.mark.parametrize("name", sorted(factors()))
def test_every_factor_cites_evidence_that_is_explained(name):
    found = cited(factors()[name][0].source)
    assert found, f"abm/factors/{name}.py: source names no row of docs/sources.md"
    assert found <= KNOWN, f"abm/factors/{name}.py: {sorted(found - KNOWN)}"


def test_every_id_of_the_parameters_the_configuration_and_the_odd_is_explained(configs):
    coefficients = load_coefficients(configs / "coefficients" / "priors.csv")
    texts = {name: coefficient.source for name, coefficient in coefficients.items()}
    assert sum(bool(cited(source)) for source in texts.values()) > 60
    inputs = (configs / "drivers" / "inputs").glob("*.csv")
    for path in (ROOT / "abm" / "ODD.md", *configs.rglob("*.yaml"), *inputs):
        texts[path.name] = path.read_text(encoding="utf-8")
    unknown = {name: sorted(cited(text) - KNOWN) for name, text in texts.items()}
    assert {name: ids for name, ids in unknown.items() if ids} == {}


def test_every_row_of_the_reports_in_the_code_is_explained():
    for path in (ROOT / "abm").rglob("*.py"):
        text = re.sub(r"# noqa.*", "", path.read_text(encoding="utf-8"))
        named = set(re.findall(r"(?<![\w-])[AB]\d{3}(?!\w)", text))
        assert named <= KNOWN, f"{path.name}: {sorted(named - KNOWN)}"


def test_the_searches_can_find_something():
    assert cited("B1-B4, L5; O9 to O11 and AX2-15 (A077)") == {
        "B1", "B2", "B3", "B4", "L5", "O9", "O10", "O11", "AX2-15", "A077",
    }  # fmt: skip
    assert cited("18-22, M12.5, CO2, H9b, #B107, x-A077") == set()
    assert cited("Z999 and A999") - KNOWN == {"A999"}
