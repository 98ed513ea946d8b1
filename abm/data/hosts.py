"""Turn the country files into the host arrays of the world."""

from collections.abc import Sequence

import numpy as np

from abm.data.country import Country
from abm.data.figures import interpolated, steps
from abm.data.world import Floats, Hosts
from abm.months import month_index

EARTH_RADIUS_KM = 6371.0

NEVER = 1_000_000
"""Month number that no horizon reaches: protection without an end."""


def great_circle_km(latitude: Floats, longitude: Floats) -> Floats:
    """Return the great-circle distances between all pairs of points.

    Parameters
    ----------
    latitude, longitude : float64[H]
        Degrees north and east.

    Returns
    -------
    float64[H, H]
        Kilometres; 0 on the diagonal. Haversine formula on a sphere.

    >>> bool(abs(great_circle_km(np.array([52.37, 50.45]), np.array([4.9, 30.52]))[0, 1] - 1780) < 1)
    True
    """
    lat, lon = np.radians(latitude), np.radians(longitude)
    half_chord = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half_chord)))


def build_hosts(countries: Sequence[Country], n_months: int) -> Hosts:
    """Return the host arrays, every dated value carried to ``n_months`` months.

    Amounts and annual means are in force from their date (steps); shares and places that were observed
    are interpolated. Ends hold.
    """

    def column(values: list[float]) -> Floats:
        return np.array(values, dtype=np.float64)

    no_limit = np.full(n_months, np.inf)
    ends = [c.protection_end.first_month_without for c in countries]
    return Hosts(
        ids=tuple(c.id for c in countries),
        labels={c.id: c.label.model_dump() for c in countries},
        population=column([c.population.value for c in countries]),
        km_to_kyiv=column([c.km_to_kyiv.value for c in countries]),
        km_between=great_circle_km(
            column([c.latitude for c in countries]), column([c.longitude for c in countries])
        ),
        is_neighbour=np.array([c.land_border for c in countries]),
        is_eu=np.array([c.eu_member for c in countries]),
        wage_eur_month=column([c.wage_eur_month.value for c in countries]),
        benefit_eur_month=np.column_stack([steps(c.benefit_eur_month, n_months) for c in countries]),
        unemployment_share=np.column_stack([steps(c.unemployment_share, n_months) for c in countries]),
        employment_share=np.column_stack([interpolated(c.employment_share, n_months) for c in countries]),
        collective_share=np.column_stack([interpolated(c.collective_share, n_months) for c in countries]),
        collective_places=np.column_stack(
            [
                no_limit if c.collective_places is None else interpolated(c.collective_places, n_months)
                for c in countries
            ]
        ),
        diaspora=column([c.diaspora.value for c in countries]),
        admission=column([c.admission.value for c in countries]),
        protection_end=np.array([NEVER if end is None else month_index(end) for end in ends], dtype=np.int64),
    )
