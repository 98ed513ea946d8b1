"""The catalogue: whole, strict, and every key the code names exists."""

import ast
from pathlib import Path

import pytest

from abm.errors import ConfigError, EweaError
from dashboard import messages
from dashboard.messages import catalogue
from dashboard.messages.catalogue import LANGUAGES, all_messages
from dashboard.messages.words import Words

DASHBOARD = Path(messages.__file__).parents[1]


def keys_named_in_code():
    for path in sorted(DASHBOARD.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "t":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield path.relative_to(DASHBOARD).as_posix(), first.value


def test_every_key_named_in_code_exists():
    named = list(keys_named_in_code())
    assert min(len(named), len(all_messages())) > 100
    assert [pair for pair in named if pair[1] not in all_messages()] == []


def test_every_field_can_be_filled_in_every_language():
    for key, message in all_messages().items():
        for language in LANGUAGES:
            text = getattr(message, language)
            for part in text.values() if isinstance(text, dict) else [text]:
                fields = catalogue.fields_of(part)
                assert part.format(**dict.fromkeys(fields, "x")), key


def test_numbers_are_written_as_the_language_does():
    assert [Words(language).number(1234.5) for language in LANGUAGES] == [
        "1.234,5",
        "1,234.5",
        "1\u00a0234,5",
    ]
    assert Words("nl").number(-0.001, 0) == "0"
    assert Words("en").number(float("nan")) == "–"
    assert Words("en").signed(-1500) == "−1,500"
    assert Words("nl").t("shell.choices_some", n=1).endswith("1 wijziging.")


@pytest.mark.parametrize(
    ("key", "found"),
    [("shell.nothing", r"'shell\.nothing' .* dashboard/messages/shell\.yaml"), ("shell.choices_some", "n=")],
)
def test_a_missing_key_or_count_names_the_remedy(key, found):
    with pytest.raises(EweaError, match=found):
        Words("nl").t(key)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("key: {nl: a, en: b}\n", r"area.yaml:1: key.uk: missing key"),
        ("key: {nl: a, en: b, uk: c, de: d}\n", r"area.yaml:1: key.de: unknown key"),
        ("key: {nl: '{n} a', en: b, uk: c}\n", r"fields differ between languages"),
        ("key: {nl: a, en: ' ', uk: c}\n", r"en is empty"),
        ("key: {nl: {one: a}, en: b, uk: c}\n", r"nl must give the forms one, other"),
    ],
)
def test_a_faulty_file_names_file_and_line(tmp_path, monkeypatch, text, found):
    (tmp_path / "area.yaml").write_text(text)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    with pytest.raises(ConfigError, match=found):
        all_messages.__wrapped__()
