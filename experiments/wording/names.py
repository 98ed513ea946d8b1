"""Names a reader understands, for hosts, targets, survey families and parameters.

They come from the configuration beside the program. A fit folder from elsewhere may hold names it does not
know: those are shown as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abm.data.config import read_plain
from abm.data.parameters import COMPLETENESS, REGISTER
from abm.errors import ConfigError
from abm.places import ALL
from experiments.wording.numbers import spoken_month

LANGUAGE = "en"

PLACES, MEASURES, REGISTER_FIGURES, OUTCOMES, AREAS = (
    read_plain(Path(__file__).with_name("names.yaml"))[part]
    for part in ("places", "measures", "register_figures", "outcomes", "areas")
)

WITH_ARTICLE = ("Netherlands", "United Kingdom")

_CODE = re.compile(r"_([A-Z]{2}|elsewhere)$")
_UNDETERMINED = re.compile(r"[_\s]+")


@dataclass(frozen=True)
class ReaderNames:
    """Labels by identifier."""

    # In English; ``targets`` says who was asked or counted
    hosts: Mapping[str, str] = field(default_factory=dict)
    families: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)

    def host(self, code: str) -> str:
        """Return the name of a host."""
        return self.hosts.get(code, code)

    def family(self, name: str) -> str:
        """Return the label of a family of questions."""
        return self.families.get(name, spaced(name))

    def answer(self, label: str) -> str:
        """Return the label of an answer or contrast, with groups and codes in words."""
        head, _, rest = label.partition(": ")
        if not rest:
            return label
        one, _, other = rest.partition(" less ")
        return f"{head}, {self._group(one)} against {self._group(other)}"

    def _group(self, key: str) -> str:
        place, _, attribute = key.partition("|")
        return spaced(attribute.replace("=", ": ")) if attribute else self._place(place)

    def _place(self, place: str) -> str:
        return PLACES.get(place) or " + ".join(map(self.host, place.split("+")))

    def target(self, name: str, label: str = "") -> str:
        """Return what a target is about."""
        kind, _, rest = name.partition(".")
        if kind == "exits":
            return f"Exits from the register, {self.host(rest)}"
        if kind == "clean_up":
            code, _, number = rest.partition(".")
            when = f", {spoken_month(float(number))}" if number.isdigit() else ""
            return f"Register clean-up, {self.host(code)}{when}"
        text = self.targets.get(name, spaced(name))
        said = MEASURES.get(label) or self.answer(label)
        return f"{text}: {said}" if said else text

    def parameter(self, name: str, meaning: str) -> str:
        """Return what a parameter means."""
        if name.startswith(REGISTER):
            figure, _, rest = name.removeprefix(REGISTER).partition(".")
            code, _, when = rest.partition(".")
            if figure == COMPLETENESS:
                text = "leavers not signed off that the clean-up found"
                return f"{self.host(code)}: {text}{f', {_spoken(when)}' if when else ''}"
            return f"{self.host(code)}: {REGISTER_FIGURES.get(figure, spaced(figure))}"
        code_found = _CODE.search(name)
        if code_found and code_found[1] in meaning.split():
            label = self.host(code_found[1])
            return " ".join(label if word == code_found[1] else word for word in meaning.split())
        return meaning or spaced(name)

    def level(self, label: str) -> str:
        """Return the label of a level to clear, its host in words."""
        code, mark, rest = label.partition(": ")
        return f"{self.host(code)}: {rest}" if mark else label

    def outcome(self, name: str) -> str:
        """Return what a headline result is."""
        return OUTCOMES.get(name, spaced(name))


def spaced(name: str) -> str:
    """Return an identifier as words."""
    return _UNDETERMINED.sub(" ", name).strip()


def _spoken(label: str) -> str:
    try:
        return spoken_month(label)
    except (ValueError, IndexError):
        return label


def place_in_words(names: ReaderNames, place: str) -> str:
    """Return a place as it stands in a sentence."""
    return with_article(AREAS.get(place) or names.host(place))


def with_article(text: str) -> str:
    """Return a text in which countries have the article that English gives them."""
    for name in WITH_ARTICLE:
        text = re.sub(rf"(?<!the ){name}(?!:)", f"the {name}", text)
    return text


def read_names(root: Path) -> ReaderNames:
    """Return the labels of a configuration folder; a file that cannot be read gives none."""
    hosts = {
        str(data["id"]): str(data["label"][LANGUAGE])
        for data in map(_content, sorted((root / "countries").glob("*.yaml")))
        if "id" in data and LANGUAGE in (data.get("label") or {})
    }
    labels: dict[str, list[str]] = {}
    questions: dict[str, str] = {}
    targets: dict[str, str] = {}
    known = ReaderNames(hosts)
    for path in sorted((root / "targets").glob("*.yaml")):
        data = _content(path)
        label = str((data.get("label") or {}).get(LANGUAGE, spaced(path.stem)))
        if family := data.get("family"):
            labels.setdefault(str(family), []).append(label)
            questions.setdefault(str(family), str(data.get("question", "")))
        for line in (*(data.get("observations") or ()), *(data.get("contrasts") or ())):
            targets[str(line["id"])] = f"{label} ({_asked(line, known)})"
        for line in data.get("quantities") or ():
            when = _spoken(str(line.get("month", line.get("last", ""))))
            place = known._place("+".join(line.get("hosts") or [ALL]))
            if whole := line.get("of_hosts"):
                place += f" as a part of {known._place('+'.join(whole))}"
            targets[str(line["id"])] = f"{place[:1].upper()}{place[1:]}, {when}" if when else place
    return ReaderNames(hosts, {name: _joined(parts) for name, parts in labels.items()}, questions, targets)


def _content(path: Path) -> Mapping[str, Any]:
    try:
        found = read_plain(path)
    except ConfigError:
        return {}
    return found if isinstance(found, dict) else {}


def _asked(line: Mapping[str, Any], known: ReaderNames) -> str:
    """Return who was asked, and when."""
    who = line.get("population") or {}
    place = "+".join(who.get("hosts") or [ALL])
    attribute = [
        spaced(key) if value is True else f"{spaced(key)}: {spaced(str(value))}"
        for key, value in who.items()
        if key != "hosts"
    ]
    parts = [known._place(place)] if who else []
    return ", ".join([*parts, *attribute, _spoken(str(line.get("month", "")))])


def _joined(labels: list[str]) -> str:
    """Return one label for a family; surveys that share a question are named together."""
    if len(labels) == 1:
        return labels[0]
    publishers = list(dict.fromkeys(label.split(",")[0] for label in labels))
    return f"{', '.join(publishers)}: {labels[0].split(', ', 1)[-1]}"
