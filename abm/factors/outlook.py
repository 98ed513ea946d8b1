"""What Ukraine may become: guarantees, regained territory, accession and reform.

The outlook moves the wish to return in full. The deed follows where people are next door or have
lost the right to stay, and hardly from a rich host that keeps their status (B5-B7, E1-E7). An answer
that the outlook changed moves the deed by the same share: it enters once, not twice.
"""

import numpy as np

from abm.codes import N_STATUS, AgeBand, Status
from abm.factors import Factor, MonthView, Tables, by_code, profile_table, regained, settled_peace
from abm.factors.legal_certainty import doubt

META = Factor(
    tables=("host_return", "intent_host", "intent_deed", "profile_return"),
    parameters=(
        "guarantee_return",
        "integrity_return",
        "peace_interaction",
        "peace_land_enough",
        "peace_guarantee_enough",
        "economy",
        "economy_peace_gain",
        "accession_return",
        "reform_return",
        "outlook_deed_neighbour",
        "outlook_deed_lost",
        "outlook_deed_secure",
        "young_accession_return",
    ),
    sign="guarantees, regained territory, accession and reform raise return, together more than apart",
    source="B005, B023, B036, B115, B116, R2-R7, B5-B7, E1-E7",
)


def outlook(view: MonthView) -> float:
    """Return the log odds of wishing to return that the outlook of Ukraine adds (R2-R7).

    Zero where nothing has changed against the reference month; losses of territory in the
    recorded war act through the origin units alone.
    """
    ahead, month = view.world.drivers, view.month
    guarantee = float(ahead["security_guarantee"][month])
    prospects = view["economy"] * view["economy_peace_gain"] * float(ahead["economy"][month])
    value = (
        view["guarantee_return"] * guarantee
        + (view["peace_interaction"] + prospects) * settled_peace(view)
        + view["accession_return"] * float(ahead["eu_accession"][month])
        + view["reform_return"] * float(ahead["reform"][month])
    )
    # Territory counts for all of Ukraine only once it is regained: a front that moves in war does not.
    return value + view["integrity_return"] * max(regained(view), 0.0) * (guarantee > 0.0)


def contribute(view: MonthView) -> Tables:
    """Return the utilities by host and status, by the wish, and of the young."""
    value = outlook(view)
    hosts = view.world.hosts
    secure, lost = view["outlook_deed_secure"], view["outlook_deed_lost"]
    share = np.full((len(hosts.ids), N_STATUS), secure)
    share[:, [Status.NONE, Status.ASYLUM_PENDING]] = lost
    share[:, Status.TEMPORARY_PROTECTION] = secure + (lost - secure) * doubt(view)
    share = np.where(hosts.is_neighbour[:, None], np.maximum(share, view["outlook_deed_neighbour"]), share)
    young = view["young_accession_return"] * float(view.world.drivers["eu_accession"][view.month])
    return {
        "host_return": value * share[:, :, None, None],
        "intent_host": np.full(len(hosts.ids), value),
        "intent_deed": value * (share - 1.0),
        "profile_return": profile_table(age_band=by_code(AgeBand, AGE_18_34=young)),
    }
