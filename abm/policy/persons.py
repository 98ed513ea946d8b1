"""For whom a lever is set."""

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from abm.codes import N_KINDS, SEX_OF_KIND, PersonKind
from abm.data.config import Strict

AGES = {
    PersonKind.WOMEN_18_64: (18, 64),
    PersonKind.MEN_18_22: (18, 22),
    PersonKind.MEN_23_60: (23, 60),
    PersonKind.MEN_61_64: (61, 64),
    PersonKind.GIRLS: (0, 17),
    PersonKind.BOYS: (0, 17),
    PersonKind.WOMEN_65: (65, 120),
    PersonKind.MEN_65: (65, 120),
}
"""Youngest and oldest of every kind, years."""


class Who(Strict):
    """Who is concerned; a key that is absent selects everybody."""

    # ``newcomers`` keep the terms of their month of entry; holders keep the old ones
    arrived: Literal["everyone", "newcomers"] = "everyone"
    origins: list[str] | None = None  # Pcodes of origin units
    sex: Literal["male", "female"] | None = None  # Persons concerned; ``ages`` is [youngest, oldest]
    ages: list[int] | None = None
    vulnerable_exempt: bool = False  # Households with minors or people of 65 and over are left out

    @model_validator(mode="after")
    def _ages_rise(self) -> Self:
        if self.ages is not None and (len(self.ages) != 2 or not 0 <= self.ages[0] < self.ages[1]):
            raise ValueError("ages must be [youngest, oldest], for example [18, 60]")
        return self

    def selectors(self) -> set[str]:
        """Return the selectors that narrow the choice."""
        narrow = {"origins": self.origins, "sex": self.sex, "ages": self.ages}
        found = {name for name, value in narrow.items() if value is not None}
        if self.arrived != "everyone":
            found.add("arrived")
        if self.vulnerable_exempt:
            found.add("vulnerable_exempt")
        return found

    def kinds(self) -> NDArray[np.bool_]:
        """Return the kinds of persons concerned, bool[8]; ValueError if the ages cut through one."""
        chosen = np.zeros(N_KINDS, np.bool_)
        for kind, (youngest, oldest) in AGES.items():
            if self.sex is not None and SEX_OF_KIND[kind] != self.sex:
                continue
            if self.ages is None:
                chosen[kind] = True
                continue
            low, high = self.ages
            inside = low <= youngest and oldest <= high
            if not inside and not (oldest < low or high < youngest):
                raise ValueError(
                    f"these ages cut through the group of {youngest} to {oldest}; include it or not"
                )
            chosen[kind] = inside
        return chosen
