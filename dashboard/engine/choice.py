"""What a user has chosen, and its form in a link."""

import math
import re
from dataclasses import dataclass, replace

from abm.errors import EweaError
from abm.policy.change import LeverChange
from abm.policy.policy import Who
from dashboard.engine.limits import load_limits
from dashboard.messages.words import UserMessage, user_message

BASELINE = "baseline"
DEFAULT_UNTIL = "2029-03"

_ID = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
_PLACE = re.compile(r"[A-Z]{2}|ALL|elsewhere", re.ASCII)
_INDICATOR = re.compile(r"AX[12]-[0-9]{2}", re.ASCII)
_UPLOAD = re.compile(r"([0-9a-f]{16})?", re.ASCII)
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_SCORE = re.compile(r"-?[012]", re.ASCII)
_WHO = {"e": "everyone", "n": "newcomers"}
SHOWN = 40
"""Characters of a faulty part that are shown again."""


def _must(fits: bool, what: str, found: object) -> None:
    if not fits:
        raise EweaError(f"choice: {what}: found {str(found)[:SHOWN]!r}.")


def _must_match(pattern: re.Pattern[str], what: str, found: object) -> None:
    _must(isinstance(found, str) and pattern.fullmatch(found) is not None, what, found)


def own_lever(lever: str, place: str, start: str, value: float | str, who: str | None = None) -> LeverChange:
    """Return one lever set by hand; EweaError for what cannot be written into a link and read again."""
    _must_match(_ID, "lever", lever)
    _must_match(_PLACE, "place", place)
    _must_match(_MONTH, "start must be a month", start)
    if isinstance(value, str):
        _must_match(_MONTH, "value must be a number or a month", value)
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        _must(fits and math.isfinite(value) and abs(value) < 1e9, "value", value)
        value = round(float(value), 6) + 0.0
    _must(who in (None, *_WHO.values()), "who", who)
    return LeverChange.of(lever, place, start, value, who=None if who is None else Who(arrived=who))


def arrived_of(lever: LeverChange) -> str | None:
    """Return whether a lever concerns everyone or newcomers, if that was chosen."""
    return None if lever.who is None else lever.who.arrived


def with_terms(lever: LeverChange, **terms: float | str) -> LeverChange:
    """Return a lever set by hand with another ``place``, ``start``, ``value`` or ``who``."""
    kept = {"place": lever.place, "start": lever.start, "value": lever.value, "who": arrived_of(lever)}
    return own_lever(lever.lever, **{**kept, **terms})


@dataclass(frozen=True)
class Choices:
    """A course of the war, policy packages and levers; equal choices have equal hashes."""

    war: str = BASELINE  # Id of a scenario of kind ``war``
    presets: tuple[str, ...] = ()  # Ids of scenarios of kind ``policy``
    levers: tuple[LeverChange, ...] = ()  # Set by hand; they win over presets
    until: str = DEFAULT_UNTIL  # Horizon, ``YYYY-MM``
    scorecard: tuple[tuple[str, int], ...] = ()  # Indicators moved by a score of -2 to 2
    upload: str = ""  # Mark of a scenario file (:mod:`dashboard.engine.uploads`); empty for none
    dropped: tuple[str, ...] = ()  # Levers and drivers left out of the packages, the war and the file
    past: bool = False  # Whether its levers may act before today: a what-if of the past

    def __post_init__(self) -> None:
        """Bring everything into one order, so that the same choice is always written the same way."""
        _must_match(_ID, "war", self.war)
        _must_match(_MONTH, "until must be a month", self.until)
        _must_match(_UPLOAD, "upload", self.upload)
        for preset in self.presets:
            _must_match(_ID, "preset", preset)
        for item, score in self.scorecard:
            _must_match(_INDICATOR, "indicator", item)
            _must(isinstance(score, int) and -2 <= score <= 2, f"score of {item}", score)
        presets = tuple(sorted(set(self.presets) - {BASELINE}))
        # A later choice for the same lever, place, people and month replaces the earlier one.
        kept = {(one.lever, one.place, arrived_of(one) or "", one.start): one for one in self.levers}
        scores = dict(sorted(self.scorecard))
        for name in self.dropped:
            _must_match(_ID, "part left out", name)
        known = self.war != BASELINE or presets or self.upload
        object.__setattr__(self, "dropped", tuple(sorted(set(self.dropped))) if known else ())
        object.__setattr__(self, "past", self.past and bool(kept))
        object.__setattr__(self, "presets", presets)
        object.__setattr__(self, "levers", tuple(kept[key] for key in sorted(kept)))
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

    def with_lever(self, lever: LeverChange) -> "Choices":
        """Return the choice with a lever set; it replaces the same lever in the same place."""
        others = self.without_lever(lever.lever, str(lever.place))
        return replace(others, levers=(*others.levers, lever))

    def without_lever(self, lever: str, place: str | None = None) -> "Choices":
        """Return the choice without a lever (in one place, or everywhere)."""
        kept = [one for one in self.levers if one.lever != lever or place not in (None, one.place)]
        return replace(self, levers=tuple(kept))

    def without_part(self, name: str) -> "Choices":
        """Return the choice without a lever or driver of its packages, its war or its file."""
        return replace(self, dropped=(*self.dropped, name))

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

        >>> half = own_lever("benefit_level", "NL", "2027-01", 0.5)
        >>> Choices(war="frozen_front", levers=(half,)).to_query()
        'w=frozen_front;l=benefit_level:NL:2027-01:0.5'
        """
        parts = {
            "w": "" if self.war == BASELINE else self.war,
            "p": ",".join(self.presets),
            "l": ",".join(_lever_text(lever) for lever in self.levers),
            "s": ",".join(f"{item}:{score}" for item, score in self.scorecard),
            "f": self.upload,
            "x": ",".join(self.dropped),
            "h": "1" if self.past else "",
            "u": "" if self.until == DEFAULT_UNTIL else self.until,
        }
        return ";".join(f"{key}={text}" for key, text in parts.items() if text)

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
        # What is left out, and a what-if of the past, say something of what is set: that is read first.
        for part in sorted(filter(None, text.split(";")), key=lambda one: one.startswith(("h=", "x="))):
            key, _, content = part.partition("=")
            for item in content.split(",") if key in ("p", "l", "s", "x") else [content]:
                try:
                    choice = _with_item(choice, key, item)
                except (ValueError, KeyError):
                    faults.append(user_message("link_part", part=_harmless(f"{key}={item}")))
        return choice, faults


def _lever_text(lever: LeverChange) -> str:
    value = lever.value if isinstance(lever.value, str) else f"{lever.value:.6f}".rstrip("0").rstrip(".")
    who = arrived_of(lever)
    return ":".join([lever.lever, str(lever.place), lever.start, value, *([who[0]] if who else [])])


def _with_item(choice: Choices, key: str, item: str) -> Choices:
    match key:
        case "w":
            return choice.with_war(item)
        case "x":
            return choice.without_part(item)
        case "h":
            _must(item == "1", "what-if of the past", item)
            return replace(choice, past=True)
        case "f":
            return choice.with_upload(item)
        case "u":
            return choice.with_until(item)
        case "p":
            return choice.with_preset(item)
        case "s":
            indicator, score = item.split(":")
            _must_match(_SCORE, "score", score)
            return choice.with_score(indicator, int(score))
        case "l":
            lever, place, start, value, *who = item.split(":")
            _must(len(who) <= 1, "lever", item)
            found = own_lever(lever, place, start, _value(value), _WHO[who[0]] if who else None)
            return replace(choice, levers=(*choice.levers, found))
    raise EweaError(f"choice: {key!r} is no part of a link.")


def _value(text: str) -> float | str:
    if _MONTH.fullmatch(text):
        return text
    _must_match(_NUMBER, "value", text)
    return float(text)


def _harmless(text: str) -> str:
    """Return text that is safe to show: short, printable, without marks of HTML."""
    kept = "".join(c if c.isalnum() or c in " _-.:=,+" else "?" for c in text[:SHOWN])
    return kept or "?"
