"""The table of facts: what the evidence says (``configs/facts.yaml``) and what the model does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from abm.data.config import Strict, fault, load
from abm.data.figures import Text
from abm.errors import ConfigError, EweaError
from experiments.facts.bench import Bench
from experiments.facts.measures import MEASURES


class Fact(Strict):
    """One direction of effect that the evidence names."""

    says: Text  # What the row says, as it is read here
    signs: str = Field(pattern=r"^[-+0]( [-+0])*$")  # One for every number measured
    # ``exact`` (odds of one household, tables) or ``runs`` (paired runs, five seeds)
    kind: Literal["exact", "runs"] = "exact"
    cannot: str = ""  # Why the row cannot hold, if it cannot


class FactsFile(Strict):
    """All facts by their row of the evidence (docs/sources.md)."""

    facts: dict[str, Fact]


def load_facts(root: Path) -> dict[str, Fact]:
    """Return the facts of a configuration folder by their row; each has a measure."""
    path = root / "facts.yaml"
    facts = load(path, FactsFile).facts
    if unmeasured := sorted(facts.keys() ^ MEASURES.keys()):
        raise ConfigError(
            fault(path, ("facts", unmeasured[0]), "stands here or among the measures only. Add the other.")
        )
    return dict(sorted(facts.items()))


def sign_of(value: object, near_zero: float = 0.0) -> str:
    """Return ``+``, ``-``, ``0``, or ``?`` where the seeds disagree.

    >>> sign_of(0.3), sign_of(np.array([1.0, 2.0])), sign_of(np.array([1.0, -2.0]))
    ('+', '+', '?')
    """
    values = np.atleast_1d(np.asarray(value, float))
    if (np.abs(values) <= near_zero).all():
        return "0"
    if (values > 0).all():
        return "+"
    return "-" if (values < 0).all() else "?"


def found_by(row: str, item: Fact, bench: Bench) -> str:
    """Return the signs found, in the order expected."""
    measured = MEASURES[row](bench)
    values = measured if isinstance(measured, list) else [measured]
    if len(values) != len(item.signs.split()):
        raise ValueError(f"fact {row}: {len(values)} numbers for the signs {item.signs}")
    return " ".join(sign_of(value) for value in values)


def facts_table(root: Path, rows: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return ``{id, statement, expected, found, holds, kind, cannot}`` of every fact, or of those named."""
    facts, bench = load_facts(root), Bench(root)
    if unknown := [row for row in rows or [] if row not in facts]:
        raise EweaError(f"--row: found {', '.join(unknown)}; there are {', '.join(facts)}.")
    found = []
    for row in (rows and sorted(set(rows))) or facts:
        item = facts[row]
        signs = found_by(row, item, bench)
        found.append(
            {
                "id": row,
                "statement": item.says,
                "expected": item.signs,
                "found": signs,
                "holds": signs == item.signs,
                "kind": item.kind,
                "cannot": item.cannot,
            }
        )
    return found
