"""What scenario discovery says, in plain English."""

from experiments.analysis.discovery import Discovery
from experiments.analysis.discovery_box import RESAMPLES, Limit
from experiments.wording.numbers import shown

STABLE = 0.7
"""Share of halves from which on an input counts as found again."""


def sentences_of(found: Discovery) -> list[str]:
    """Return what was found: how often it happens, where it gathers, how sure that is."""
    worlds, share = len(found.of_interest), found.share
    subject = found.words.outcomes[found.condition.outcome]
    mean = "" if found.seeds == 1 else f", as a mean over {found.seeds} seeds"
    said = [
        f"{subject[:1].upper()}{subject[1:]}: {found.condition.words} {found.unit} in {percent(share)} of "
        f"the {worlds:,} worlds{mean}. That is a share of the worlds of this design, not a probability."
    ]
    box = found.box
    if not box.limits:
        said.append(
            "No range of the inputs tells these worlds apart from the others: they are spread over all of "
            "them, or there are too few."
        )
        return said
    limits = "; ".join(limit_words(found, limit) for limit in box.limits)
    said.append(
        f"They gather where {limits}: {percent(box.density)} of the worlds there are of this kind, against "
        f"{percent(share)} of all worlds. This holds {percent(box.coverage)} of all such worlds, in "
        f"{percent(box.mass)} of the worlds."
    )
    shaky = [found.words.axis(limit.axis) for limit in box.limits if limit.reproduced < STABLE]
    if shaky:
        said.append(
            f"Not sure: in {RESAMPLES} random halves of the worlds the following came back less than "
            f"{round(STABLE * RESAMPLES)} times: {'; '.join(shaky)}."
        )
    else:
        said.append(
            f"Each of these came back in at least {round(STABLE * RESAMPLES)} of {RESAMPLES} random halves."
        )
    if found.shared:
        said.append(
            "Worlds of this sample share values with one another, so the quasi-p-values are too small; "
            "latin_hypercube is the better sample for this question."
        )
    return said


def finding(found: Discovery) -> str:
    """Return the main result as the title of a figure."""
    box = found.box
    what = f"{found.condition.words} {found.unit}"
    if not box.limits:
        return f"{what[:1].upper()}{what[1:]}: no range of the inputs tells these worlds apart"
    times = len(box.limits)
    many = "one condition is" if times == 1 else f"{times} conditions are"
    return (
        f"{what[:1].upper()}{what[1:]} in {percent(box.density)} of the worlds where {many} met, "
        f"against {percent(found.share)} of all worlds"
    )


def limit_words(found: Discovery, limit: Limit) -> str:
    """Return a limit in words."""
    name = found.words.axis(limit.axis)
    if limit.levels is not None:
        return f"{name} is {' or '.join(found.levels_of(limit))}"
    if limit.low is None and limit.high is not None:
        return f"{name} is at most {shown(limit.high)}"
    if limit.high is None and limit.low is not None:
        return f"{name} is at least {shown(limit.low)}"
    assert limit.low is not None
    assert limit.high is not None
    return f"{name} lies between {shown(limit.low)} and {shown(limit.high)}"


def percent(share: float) -> str:
    """Return a share in per cent without decimals; nothing that happens at all reads as 0 or as everything.

    >>> percent(0.334), percent(0.001), percent(0.999), percent(1.0)
    ('33 %', 'less than 1 %', 'more than 99 %', '100 %')
    """
    if 0 < share < 0.01:
        return "less than 1 %"
    return "more than 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"
