"""What an answer depends on: the choice, the model, the configuration and how it is sampled."""

import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from abm.data.folder import default_configs, digest
from dashboard.engine.choice import Choices
from dashboard.engine.limits import load_limits
from experiments.ensemble.identity import model_digest

FORMAT = 1
"""Raised when an answer changes its meaning or its parts."""


@lru_cache(maxsize=1)
def identity() -> dict[str, Any]:
    """Return what all answers of this process have in common; read once, as workers read the data once."""
    limits = load_limits()
    return {
        "format": FORMAT,
        "model_digest": model_digest(),
        "config_digest": digest(default_configs()),
        "first": limits.first.model_dump(),
        "full": limits.full.model_dump(),
        "latest_until": limits.latest_until,
    }


@lru_cache(maxsize=1024)
def choice_key(choice: Choices) -> str:
    """Return the SHA-256 (hexadecimal) under which the answer to a choice is kept."""
    content = json.dumps({"choice": asdict(choice), **identity()}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()
