"""Strict YAML: values as written, every fault with file, line and key, the fast reading equal to the slow."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import ConfigDict, Field

from abm.data.config import MAX_BYTES, Strict, load, plain, read_text, read_yaml
from abm.data.folder import config_files, default_configs
from abm.errors import ConfigError


class Inner(Strict):
    share: Annotated[float, Field(ge=0, le=1)]


class Outer(Strict):
    host: str
    since: str
    amount: float = 0.0
    on: bool = False
    parts: Annotated[list[Inner], Field(default_factory=list)]


GOOD = "host: NO\nsince: 2024-08-01\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("word", ["no", "off", "yes", "NO", "y"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_norway_is_a_country_and_a_date_is_text(tmp_path: Path, word: str, mark: str) -> None:
    found = load(written(tmp_path, f"{mark}host: {word}\nsince: 2024-08-01\n"), Outer)
    assert found == Outer(host=word, since="2024-08-01")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "hots: DE\n", r"file\.yaml:3: hots: unknown key\. Fix the spelling"),
        ("host: NO\n", r"file\.yaml:1: since: missing key\. Add it"),
        (GOOD + "host: DE\n", r'file\.yaml:3: found duplicate key "host"\. Keep one'),
        (GOOD + "amount: many\n", r"file\.yaml:3: amount: .*valid number.*found 'many'"),
        (GOOD + "amount: .inf\n", r"file\.yaml:3: amount: .*finite number"),
        (GOOD + "on: yes\n", r"file\.yaml:3: on: .*valid boolean.*found 'yes'"),
        (GOOD + "parts:\n  - share: 0.5\n  - share: 1.5\n", r"\.yaml:5: parts\.1\.share: .*equal to 1.*1\.5"),
        (GOOD + "parts:\n  - {share: 0.5}\n  - {shore: 0.5}\n", r"\.yaml:5: parts\.1\.shore: unknown key"),
        ("host: [NO\n", r"file\.yaml:\d: not valid YAML"),
        ("host: NO\n\tsince: x\n", r"file\.yaml:\d: not valid YAML"),
        ("- NO\n", r"file\.yaml:1: must be a mapping"),
        ("", r"file\.yaml: the file is empty"),
        ("# only a comment\n", r"file\.yaml:1: must be a mapping"),
        ("host: !!python/object:os.system x\nsince: 1\n", r"file\.yaml"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        load(written(tmp_path, text), Outer)


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, "host: 7\nhots: DE\n"), Outer)
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["host", "since", "hots"]


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_text(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_text(tmp_path)
    path = tmp_path / "file.yaml"
    path.write_bytes(b"host: NO\nsince: \xff\n")
    with pytest.raises(ConfigError, match=r"file\.yaml:2: not UTF-8 \(byte 0xff\)"):
        read_text(path)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match=r"5,000,001 bytes; at most 5,000,000 are read"):
        read_text(path)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_a_deeply_nested_file_ends_in_a_message(tmp_path: Path, opening: str) -> None:
    with pytest.raises(ConfigError, match=r"file\.yaml:2: nested more than 100 levels deep"):
        load(written(tmp_path, "host: NO\nparts: " + opening * 400_000), Outer)


@pytest.mark.parametrize(
    "path", [p for p in config_files(default_configs()) if p.suffix == ".yaml"], ids=lambda p: p.name
)
def test_the_fast_reading_equals_the_slow_one(path: Path) -> None:
    class Whatever(Strict):
        model_config = ConfigDict(extra="allow")

    assert load(path, Whatever).model_extra == plain(read_yaml(path))
