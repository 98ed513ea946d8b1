"""The host countries: ``configs/countries/<id>.yaml`` as written, and as the host arrays of the world."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from abm.arrays import Floats
from abm.data.config import Strict, load_folder, load_named
from abm.data.figures import (
    AnyFigure,
    Dates,
    EurosMonth,
    EurosYear,
    Kilometres,
    Months,
    Persons,
    Places,
    ShareFigure,
    Text,
    as_lines,
    as_steps,
)
from abm.data.tables import Label
from abm.data.world import NEVER, Hosts
from abm.errors import ConfigError
from abm.places import ELSEWHERE, Members


class RegisterPriors(Strict):
    """How the register of a host errs (priors, see ``abm/data/world.py``)."""

    deregistration_share: ShareFigure
    deregistration_lag_months: Months


class Country(Strict):
    """A host country; meanings and units as in :class:`abm.data.world.Hosts`."""

    id: Annotated[str, Field(pattern=r"^([A-Z]{2}|elsewhere)$")]
    label: Label
    # ISO 3166-1 alpha-3; null for the residual host
    iso3: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None
    capital: Text
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    land_border: bool
    eu_member: bool
    tp_directive: bool
    population: Persons
    km_to_kyiv: Kilometres
    wage_eur_month: EurosMonth
    gdp_per_head: EurosYear  # Real GDP per head; used only to derive wages where no minimum wage exists
    diaspora: Persons
    admission: ShareFigure
    unemployment_share: Dates[ShareFigure]
    benefit_eur_month: Dates[EurosMonth]
    employment_share: Dates[ShareFigure]
    collective_share: Dates[ShareFigure]
    collective_places: Dates[Places] | None  # null where no limit is known
    register_priors: Annotated[RegisterPriors, Field(alias="register")]


def load_countries(root: Path) -> tuple[Country, ...]:
    """Return all host countries in code order: alphabetical, ``elsewhere`` last."""
    folder = root / "countries"
    countries = load_folder(folder, lambda path: load_named(path, Country))
    if not countries:
        raise ConfigError(f"{folder}: no country file. Restore the folder.")
    countries.sort(key=lambda country: (country.id == ELSEWHERE, country.id))
    if countries[-1].id != ELSEWHERE:
        raise ConfigError(f"{folder / ELSEWHERE}.yaml: no such file; the residual host is always needed.")
    return tuple(countries)


EARTH_RADIUS_KM = 6371.0


def great_circle_km(latitude: Floats, longitude: Floats) -> Floats:
    """Return the great-circle distances (haversine) between all pairs of points, float64[H, H], km.

    >>> bool(abs(great_circle_km(np.array([52.37, 50.45]), np.array([4.9, 30.52]))[0, 1] - 1780) < 1)
    True
    """
    lat, lon = np.radians(latitude), np.radians(longitude)
    half_chord = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half_chord)))


def host_axis(root: Path) -> Members:
    """Return the hosts and which of them are members of the Union, for whoever keeps no world."""
    countries = load_countries(root)
    return Members(tuple(one.id for one in countries), tuple(one.eu_member for one in countries))


def build_hosts(countries: Sequence[Country], n_months: int) -> Hosts:
    """Return host arrays over ``n_months``: amounts as steps, what was observed interpolated, ends held."""

    def column(figures: Iterable[AnyFigure]) -> Floats:
        return np.array([figure.value for figure in figures])

    def degrees(name: str) -> Floats:
        return np.array([getattr(country, name) for country in countries])

    def carried(by: Callable[[Sequence[AnyFigure], int], Floats], name: str) -> Floats:
        return np.column_stack([by(getattr(country, name), n_months) for country in countries])

    no_limit = np.full(n_months, np.inf)
    return Hosts(
        ids=tuple(c.id for c in countries),
        labels={c.id: c.label.model_dump() for c in countries},
        population=column(c.population for c in countries),
        km_to_kyiv=column(c.km_to_kyiv for c in countries),
        km_between=great_circle_km(degrees("latitude"), degrees("longitude")),
        is_neighbour=np.array([c.land_border for c in countries]),
        is_eu=np.array([c.eu_member for c in countries]),
        wage_eur_month=column(c.wage_eur_month for c in countries),
        benefit_eur_month=carried(as_steps, "benefit_eur_month"),
        unemployment_share=carried(as_steps, "unemployment_share"),
        employment_share=carried(as_lines, "employment_share"),
        collective_share=carried(as_lines, "collective_share"),
        collective_places=np.column_stack(
            [
                no_limit if c.collective_places is None else as_lines(c.collective_places, n_months)
                for c in countries
            ]
        ),
        diaspora=column(c.diaspora for c in countries),
        admission=column(c.admission for c in countries),
        # The law (configs/levers/protection_end.yaml) says when it ends.
        protection_end=np.full(len(countries), NEVER, np.int64),
    )
