"""What Ukraine may become: guarantees, regained territory, accession and reform.

The outlook moves the wish to return in full. The deed follows where people are next door or have
lost the right to stay, and hardly from a rich host that keeps their status (B5-B7, E1-E7). An answer
that the outlook changed moves the deed by the same share: it enters once, not twice.
"""

import numpy as np

from abm.codes import N_STATUS, AgeBand, Status
from abm.decision.terms import outlook, profile_table
from abm.factors import Factor, MonthView, Tables
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


def contribute(view: MonthView) -> Tables:
    """Return the utilities by host and status, by the wish, and of the young."""
    value = outlook(view)
    hosts = view.world.hosts
    secure, lost = view["outlook_deed_secure"], view["outlook_deed_lost"]
    share = np.full((len(hosts.ids), N_STATUS), secure)
    share[:, [Status.NONE, Status.ASYLUM_PENDING]] = lost
    share[:, Status.TEMPORARY_PROTECTION] = secure + (lost - secure) * doubt(view)
    share = np.where(hosts.is_neighbour[:, None], np.maximum(share, view["outlook_deed_neighbour"]), share)
    young = np.zeros(len(AgeBand))
    young[AgeBand.AGE_18_34] = view["young_accession_return"] * float(
        view.world.drivers["eu_accession"][view.month]
    )
    return {
        "host_return": value * share[:, :, None, None],
        "intent_host": np.full(len(hosts.ids), value),
        "intent_deed": value * (share - 1.0),
        "profile_return": profile_table(age_band=young),
    }
