"""Shares of women, men, minors and 65+ by month and host, in the stock and among arrivals.

The shares of a host are known for one month (the snapshot). They move through time with the European
series on the log-odds scale: what sets a host apart in the snapshot month sets it apart in every month.
"""

from collections.abc import Sequence

import numpy as np

from abm.data.world import Floats
from abm.errors import ConfigError
from abm.months import month_label


def stock_shares(
    snapshot: Floats,
    snapshot_month: int,
    eu_months: Sequence[int],
    eu_shares: Floats,
    n_months: int,
    *,
    male_share_65: float,
) -> tuple[Floats, Floats]:
    """Return shares of the stock by month and host, and of the EU.

    Parameters
    ----------
    snapshot : float64[H, 4]
        Host shares in the snapshot month.
    eu_shares : float64[M, 3]
        Women, minors, men (65+ included) in the months ``eu_months``.
    male_share_65 : float
        Men among persons of 65 and over.

    Returns
    -------
    hosts : float64[T, H, 4]
    europe : float64[T, 4]
        Women 18-64, men 18-64, minors, 65+. Between EU observations the log-odds are interpolated, before
        the first and after the last they hold. The share of adults of a sex who are 65 or over is taken
        as constant; it cancels between EU months and matters only through the snapshot.
    """
    months = np.arange(n_months)
    log_eu = np.log(eu_shares)
    women, minors, men = (np.exp(np.interp(months, eu_months, log_eu[:, k])) for k in range(3))
    older = snapshot[:, 3].mean()
    at = [np.exp(np.interp(snapshot_month, eu_months, log_eu[:, k])) for k in range(3)]
    old_women, old_men = older * (1 - male_share_65) / at[0], older * male_share_65 / at[2]

    def four_kinds(w: Floats, c: Floats, m: Floats) -> Floats:
        kinds = np.stack([w * (1 - old_women), m * (1 - old_men), c, w * old_women + m * old_men], axis=-1)
        return np.asarray(kinds / kinds.sum(axis=-1, keepdims=True))

    europe = four_kinds(women, minors, men)
    change = europe / four_kinds(*(np.asarray(share) for share in at))
    hosts = snapshot * change[:, None, :]
    return hosts / hosts.sum(axis=2, keepdims=True), europe


def arrival_shares(
    stock: Floats, europe: Floats, male_share: Floats, boys_share: float, male_share_65: float
) -> Floats:
    """Return shares among new arrivals by month and host.

    Minors and persons of 65 and over arrive in the shares of the stock. The sex of decisions is known for
    the EU: men 18-64 = male share - boys - men of 65 and over. A host differs from the EU in the odds of
    men to women among arrivals as it does in the stock.

    Parameters
    ----------
    stock : float64[T, H, 4]
    europe : float64[T, 4]
    male_share : float64[T]
        Male share of EU decisions.

    Returns
    -------
    float64[T, H, 4]
        Women 18-64, men 18-64, minors, 65+; sum 1.

    Raises
    ------
    ConfigError
        If the male share is smaller than that of boys and old men, or larger than all but women.
    """
    men = male_share - boys_share * europe[:, 2] - male_share_65 * europe[:, 3]
    women = 1 - europe[:, 2] - europe[:, 3] - men
    if bad := [month_label(int(t)) for t in np.flatnonzero((men <= 0) | (women <= 0))]:
        raise ConfigError(
            f"composition/eu_grants_by_sex.csv: month {bad[0]}: the male share of decisions leaves no "
            "room for adult men or women beside minors and 65+. Check it against eu_stock_shares.csv."
        )
    host_odds = (stock[:, :, 1] / stock[:, :, 0]) * (men / women * europe[:, 0] / europe[:, 1])[:, None]
    adults = 1 - stock[:, :, 2] - stock[:, :, 3]
    host_men = adults * host_odds / (1 + host_odds)
    return np.stack([adults - host_men, host_men, stock[:, :, 2], stock[:, :, 3]], axis=2)
