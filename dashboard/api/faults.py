"""What is wrong with a query, as data: the key, what was found, what is allowed, and what to do."""

from typing import Any

from pydantic import Field

from abm.data.config import Strict
from dashboard.engine.catalogue import Catalogue
from dashboard.messages.words import UserMessage, Words

MOST_SHOWN = 60
"""Characters of what was found that are shown again."""

BUSY = ("session_full", "user_full", "queue_full", "took_too_long", "worker_lost", "stopped", "api_slow")
"""Faults of the server, not of the query: the same query may be answered later."""

FOREIGN = ("unknown_upload",)
"""Faults of what only a browser can bring."""

RETRY_SECONDS = 10


class ApiFault(Strict):
    """One thing that is wrong with a query."""

    key: str = Field(description="Parameter of the query, or part of one.")
    code: str
    found: Any
    allowed: Any
    remedy: str
    message: str


class FaultDocument(Strict):
    """What the API answers instead of numbers."""

    errors: list[ApiFault]


def fault_about(words: Words, key: str, code: str, found: object, allowed: object) -> ApiFault:
    """Return a fault of the query itself; its words are ``api.<code>``."""
    shown = str(found)[:MOST_SHOWN]
    message = words.t(f"api.{code}", name=key, found=shown)
    return ApiFault(
        key=key, code=code, found=shown, allowed=allowed, remedy=words.t("api.remedy_query"), message=message
    )


def fault_of(words: Words, catalogue: Catalogue, key: str, text: str, said: UserMessage | str) -> ApiFault:
    """Return what the engine says of the choice written in ``text`` as a fault."""
    code, values = getattr(said, "code", "internal"), getattr(said, "values", {})
    kind = "busy" if code in BUSY else "upload" if code in FOREIGN else "query"
    part = next((part for part, codes in _PARTS.items() if code in codes), "")
    found = values.get("found", values.get("part", values.get("detail", text)))
    return ApiFault(
        key=f"{key}.{part}" if part else key,
        code=code,
        found=found if isinstance(found, int | float) else _plain(words, found),
        allowed=_allowed(words, catalogue, code, values),
        remedy=words.t(f"api.remedy_{kind}", n=RETRY_SECONDS),
        message=words.user_message(said),
    )


_PARTS = {
    "w": ("unknown_war",),
    "p": ("unknown_preset", "too_many_presets", "package_start"),
    "l": (
        *("unknown_lever", "lever_place", "lever_value", "lever_who", "lever_start", "lever_past"),
        *("too_many_levers", "refused"),
    ),
    "s": ("unknown_indicator", "indicator_without_driver", "indicator_score"),
    "x": ("unknown_part",),
    "u": ("until",),
    "f": FOREIGN,
}
"""Parts of a choice (:meth:`Choices.to_query`) by what can be wrong with them."""


def _allowed(words: Words, catalogue: Catalogue, code: str, values: dict[str, Any]) -> Any:
    known = {
        "unknown_war": [entry["id"] for entry in catalogue.wars],
        "unknown_preset": [entry["id"] for entry in catalogue.policies],
        "unknown_lever": [entry["id"] for entry in catalogue.levers],
        "unknown_indicator": [entry["id"] for entry in catalogue.indicators],
        "lever_who": ["e"],
        "link_part": "w=war;p=package,…;l=lever:place:YYYY-MM:value[:e|n],…;s=indicator:score,…;x=part,…;"
        "h=1;u=YYYY-MM",
    }
    if code in known:
        return known[code]
    if "allowed" in values:
        return [_plain(words, one) for one in values["allowed"]]
    if "most" in values and "least" not in values:
        return {"most": values["most"]}
    ends = {name: values[name] for name in ("least", "most", "earliest", "latest", "until") if name in values}
    return ends or None


def _plain(words: Words, value: object) -> str:
    return words.label(value) if isinstance(value, dict) else str(value)[:MOST_SHOWN]
