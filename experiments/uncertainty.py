"""What the bands of a run cover: chance, unexplained arrivals, and parameters where a fit exists."""

import logging
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from abm.band import IN_WORDS
from abm.data.controls import notice_on_controls
from experiments.wording.numbers import listed

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World

log = logging.getLogger(__name__)

type Parameters = Literal["central", "posterior"]


def covered(world: "World", wanted: Parameters | None = None) -> dict[str, Any]:
    """Return the settings that make seeds differ by everything known to be uncertain.

    A seed is the same run in every face, alone or among others. ``wanted`` are the parameters a user asked
    for.
    """
    usual: Parameters = "central" if world.draws is None else "posterior"
    parameters = wanted or usual
    if parameters == "posterior" and (notice := notice_on_controls(world)) is not None:
        _say(notice)
    return {"parameters": parameters, "shocks": True}


@cache
def _say(notice: str) -> None:
    log.warning(notice)


def band_in_short(settings: "RunSettings") -> str:
    """Return what a band covers, as a list in words."""
    parts = ["chance"]
    if settings.shocks:
        parts.append("arrivals that no driver explains")
    if settings.parameters == "posterior":
        parts.append("what the data leave open about the parameters")
    return listed(parts)


def what_the_band_covers(settings: "RunSettings", n_seeds: int) -> str:
    """Return the sentence that stands under every band."""
    if n_seeds == 1:
        return "One seed: no band. Run several seeds (--seeds 10) to see how much is uncertain."
    return (
        f"The band holds {IN_WORDS} of {n_seeds} runs: it covers {band_in_short(settings)}. What the war "
        "or governments will do is not in it: compare scenarios for that."
    )


def how_it_was_fitted(settings: "RunSettings", world: "World") -> str:
    """Return where the coefficients come from, so that nobody reads levels as more than they are."""
    if world.draws is None:
        return (
            "The coefficients are central values from the literature, not fitted to the registers: read "
            "levels with care, and 'ewea validate' before anything else."
        )
    what = "draws of its posterior" if settings.parameters == "posterior" else "its central values"
    notice = notice_on_controls(world) if settings.parameters == "posterior" else None
    return ("" if notice is None else f"Notice: {notice} ") + (
        f"The coefficients are those of the fit '{world.draws.fit}' to surveys and registers to December "
        f"2023 ({what}); 'ewea validate' shows how it does on months it never saw."
    )
