"""What a user has chosen, and its form in a link."""

import math
import re
from dataclasses import dataclass, replace

from abm.errors import EweaError
from abm.months import month_index
from dashboard.engine.limits import load_limits
from dashboard.engine.user_message import UserMessage, user_message

BASELINE = "baseline"
DEFAULT_UNTIL = "2028-03"

_ID = re.compile(r"[a-z][a-z0-9_]{0,59}\Z", re.ASCII)
_PLACE = re.compile(r"([A-Z]{2,3}|elsewhere)\Z", re.ASCII)
_INDICATOR = re.compile(r"AX[12]-[0-9]{2}\Z", re.ASCII)
_UPLOAD = re.compile(r"([0-9a-f]{16})?\Z", re.ASCII)
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])\Z", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?\Z", re.ASCII)
_WHO = {"e": "everyone", "n": "newcomers"}
SHOWN = 40
"""Characters of a faulty part that are shown again."""


def _must(fits: bool, what: str, found: object) -> None:
    if not fits:
        raise EweaError(f"choice: {what}: found {str(found)[:SHOWN]!r}.")


def is_month(text: object) -> bool:
    """Return whether a value is a month such as ``"2027-01"``."""
    return isinstance(text, str) and _MONTH.match(text) is not None


@dataclass(frozen=True, order=True)
class LeverChoice:
    """One lever set by hand.

    Parameters
    ----------
    lever : str
        Id of the lever.
    place : str
        Host, ``EU``, ``ALL`` or ``UA``.
    start : str
        First month, ``YYYY-MM``.
    value : float or str
        In the lever's unit; a month as text for levers that are months.
    who : str, optional
        ``everyone`` or ``newcomers``; as the lever says if absent.
    """

    lever: str
    place: str
    start: str
    value: float | str
    who: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be written into a link and read again."""
        _must(isinstance(self.lever, str) and _ID.match(self.lever) is not None, "lever", self.lever)
        _must(isinstance(self.place, str) and _PLACE.match(self.place) is not None, "place", self.place)
        _must(is_month(self.start), "start must be a month", self.start)
        _must(self.who in (None, "everyone", "newcomers"), "who", self.who)
        if isinstance(self.value, str):
            _must(is_month(self.value), "value must be a number or a month", self.value)
        else:
            fits = isinstance(self.value, int | float) and not isinstance(self.value, bool)
            _must(fits and math.isfinite(self.value) and abs(self.value) < 1e9, "value", self.value)
            object.__setattr__(self, "value", round(float(self.value), 6) + 0.0)

    @property
    def target(self) -> tuple[str, str, str]:
        """What it sets: lever, place and whom; a later choice of the same replaces it."""
        return self.lever, self.place, self.who or ""


@dataclass(frozen=True)
class Choices:
    """A course of the war, policy packages and levers; equal choices have equal hashes.

    Parameters
    ----------
    war : str
        Id of a scenario of kind ``war``, or ``baseline``.
    presets : tuple of str
        Ids of scenarios of kind ``policy``.
    levers : tuple of LeverChoice
        Set by hand; they win over presets.
    until : str
        Horizon, ``YYYY-MM``.
    scorecard : tuple of (str, int)
        Indicators moved by a score of -2 to 2.
    upload : str
        Mark of a scenario file that was uploaded (:mod:`dashboard.engine.uploads`); empty for none.
    """

    war: str = BASELINE
    presets: tuple[str, ...] = ()
    levers: tuple[LeverChoice, ...] = ()
    until: str = DEFAULT_UNTIL
    scorecard: tuple[tuple[str, int], ...] = ()
    upload: str = ""

    def __post_init__(self) -> None:
        """Bring everything into one order, so that the same choice is always written the same way."""
        _must(isinstance(self.war, str) and _ID.match(self.war) is not None, "war", self.war)
        _must(is_month(self.until), "until must be a month", self.until)
        _must(isinstance(self.upload, str) and _UPLOAD.match(self.upload) is not None, "upload", self.upload)
        for preset in self.presets:
            _must(isinstance(preset, str) and _ID.match(preset) is not None, "preset", preset)
        for item, score in self.scorecard:
            _must(isinstance(item, str) and _INDICATOR.match(item) is not None, "indicator", item)
            _must(isinstance(score, int) and -2 <= score <= 2, f"score of {item}", score)
        presets = tuple(sorted(set(self.presets) - {BASELINE}))
        kept = {(*lever.target, lever.start): lever for lever in self.levers}
        levers = sorted(kept.values(), key=lambda one: (*one.target, one.start))
        scores = dict(sorted(self.scorecard))
        object.__setattr__(self, "presets", presets)
        object.__setattr__(self, "levers", tuple(levers))
        object.__setattr__(self, "scorecard", tuple((k, v) for k, v in scores.items() if v != 0))

    @property
    def is_baseline(self) -> bool:
        """Whether nothing is set."""
        return self == Choices(until=self.until)

    def with_war(self, war: str) -> "Choices":
        """Return the choice with another course of the war."""
        return replace(self, war=war)

    def with_preset(self, preset: str, on: bool = True) -> "Choices":
        """Return the choice with a policy package switched on or off."""
        others = tuple(name for name in self.presets if name != preset)
        return replace(self, presets=(*others, preset) if on else others)

    def with_lever(self, lever: LeverChoice) -> "Choices":
        """Return the choice with a lever set; it replaces the same lever in the same place."""
        others = [one for one in self.levers if one.target != lever.target]
        return replace(self, levers=(*others, lever))

    def without_lever(self, lever: str, place: str | None = None) -> "Choices":
        """Return the choice without a lever (in one place, or everywhere)."""
        kept = [one for one in self.levers if one.lever != lever or place not in (None, one.place)]
        return replace(self, levers=tuple(kept))

    def with_score(self, indicator: str, score: int | None) -> "Choices":
        """Return the choice with an indicator of the scorecard moved; ``None`` takes it back."""
        others = [one for one in self.scorecard if one[0] != indicator]
        return replace(self, scorecard=(*others, (indicator, score or 0)))

    def with_until(self, until: str) -> "Choices":
        """Return the choice with another horizon."""
        return replace(self, until=until)

    def with_upload(self, upload: str) -> "Choices":
        """Return the choice with an uploaded scenario, or without one (empty)."""
        return replace(self, upload=upload)

    def to_query(self) -> str:
        """Return the choice as short text for a link; empty for the baseline.

        >>> half = LeverChoice("benefit_level", "NL", "2027-01", 0.5)
        >>> Choices(war="frozen_front", levers=(half,)).to_query()
        'w=frozen_front;l=benefit_level:NL:2027-01:0.5'
        """
        parts = []
        if self.war != BASELINE:
            parts.append(f"w={self.war}")
        if self.presets:
            parts.append("p=" + ",".join(self.presets))
        if self.levers:
            parts.append("l=" + ",".join(_lever_text(lever) for lever in self.levers))
        if self.scorecard:
            parts.append("s=" + ",".join(f"{item}:{score}" for item, score in self.scorecard))
        if self.upload:
            parts.append(f"f={self.upload}")
        if self.until != DEFAULT_UNTIL:
            parts.append(f"u={self.until}")
        return ";".join(parts)

    @staticmethod
    def from_query(text: object) -> "tuple[Choices, list[UserMessage]]":
        """Return the choice written in a link, and a sentence for every part that was left out.

        Never raises, whatever the text. Only the form is checked here: ``engine.read_choice`` also
        leaves out what does not exist or lies outside its range.
        """
        most = load_limits().query_characters
        if not isinstance(text, str):
            return Choices(), []
        if len(text) > most:
            return Choices(), [user_message("link_too_long", most=most)]
        choice, faults = Choices(), []
        for part in filter(None, text.split(";")):
            key, _, content = part.partition("=")
            for item in content.split(",") if key in ("p", "l", "s") else [content]:
                try:
                    choice = _with_item(choice, key, item)
                except (EweaError, ValueError, KeyError):
                    faults.append(user_message("link_part", part=_harmless(f"{key}={item}")))
        return choice, faults


def _lever_text(lever: LeverChoice) -> str:
    value = lever.value if isinstance(lever.value, str) else f"{lever.value:.6f}".rstrip("0").rstrip(".")
    who = "" if lever.who is None else f":{lever.who[0]}"
    return f"{lever.lever}:{lever.place}:{lever.start}:{value}{who}"


def _with_item(choice: Choices, key: str, item: str) -> Choices:
    if key == "w":
        return choice.with_war(item)
    if key == "f":
        return choice.with_upload(item)
    if key == "u":
        return choice.with_until(item)
    if key == "p":
        return choice.with_preset(item)
    if key == "s":
        indicator, score = item.split(":")
        _must(re.fullmatch(r"-?[012]", score, re.ASCII) is not None, "score", score)
        return choice.with_score(indicator, int(score))
    if key == "l":
        lever, place, start, value, *who = item.split(":")
        _must(len(who) <= 1, "lever", item)
        number = value if is_month(value) else _number(value)
        found = LeverChoice(lever, place, start, number, _WHO[who[0]] if who else None)
        return replace(choice, levers=(*choice.levers, found))
    raise EweaError(f"choice: {key!r} is no part of a link.")


def _number(text: str) -> float:
    _must(_NUMBER.match(text) is not None, "value", text)
    return float(text)


def _harmless(text: str) -> str:
    """Return text that is safe to show: short, printable, without marks of HTML."""
    kept = "".join(c if c.isalnum() or c in " _-.:=,+" else "?" for c in text[:SHOWN])
    return kept or "?"


def month_of_choice(lever: LeverChoice) -> int:
    """Return the first month of a lever as a number."""
    return month_index(lever.start)
