"""The glossary's retired words are in no document and in no text that commands, reports and the app show."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "configs" / "README.md",
    ROOT / "abm" / "ODD.md",
    *sorted(
        path for path in (ROOT / "docs").glob("*.md") if path not in (GLOSSARY, ROOT / "docs" / "sources.md")
    ),
]
SHOWN = ("outcomes.yaml", "levers/*.yaml", "scenarios/*.yaml", "routes/*.yaml", "scorecards/*.yaml")
"""Files of configs whose texts commands and the app show."""
TEXTS = sorted(
    path
    for room, patterns in {
        "dashboard": ("**/*.yaml", "**/*.j2"),
        "experiments": ("**/*.yaml", "**/*.j2"),
        "configs": SHOWN,
    }.items()
    for pattern in patterns
    for path in (ROOT / room).glob(pattern)
)
GENERATED = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)
"""Tables of the ODD, written from code and data."""
AMBIGUOUS = {
    "setting", "contents", "player", "job", "member", "wish", "deed", "bar", "cut", "bank", "rival",
    "trigger", "start",
}  # fmt: skip
"""Retired as names in code; in prose they are ordinary words too."""


def rows():
    """Return the cells of every row: English word, ..., words it replaced."""
    lines = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def retired():
    words = [word.strip() for row in rows() for word in row[-1].split(";")]
    return sorted(
        {word for word in words if word and word not in {"Not", *AMBIGUOUS} and not word.startswith("-")}
    )


def places_of(word, path):
    text = GENERATED.sub(lambda part: "\n" * part[0].count("\n"), path.read_text(encoding="utf-8"))
    return [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}"
        for found in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)
    ]


@pytest.mark.parametrize("word", retired())
def test_retired_words_are_gone(word):
    assert [place for path in [*DOCUMENTS, *TEXTS] for place in places_of(word, path)] == []


def test_the_glossary_is_complete_and_has_one_word_per_thing():
    words = [row[0] for row in rows() if row[0] not in ("English",) and not row[0].startswith("-")]
    assert len(words) == len(set(words)) > 40
    for row in rows():
        assert all(row[:-1]), f"{row[0]}: a cell is empty"


def test_a_retired_word_is_noticed():
    assert "people to protect" in retired()
    assert places_of("one WORD for one thing", GLOSSARY) == ["docs/glossary.md:3"]
