"""Targets of calibration as the code sees them: hosts as numbers, months as numbers, shares summing to 1."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from calibration.targets.lines import Use

Condition = Literal["safe", "now"]


@dataclass(frozen=True)
class Population:
    """The households a survey speaks for.

    Attributes
    ----------
    hosts : tuple of int
        Numbers of the hosts, in code order.
    attribute, value : str or None
        The one attribute they share, for example ``family`` and ``partner``.
    place : str
        The hosts as written: ``ALL``, ``NEIGHBOURS``, ``CZ+EE``.
    """

    hosts: tuple[int, ...]
    attribute: str | None
    value: str | None
    place: str

    @property
    def key(self) -> str:
        """Return a stable name: ``all``, ``PL``, ``others|family=partner``."""
        return self.place if self.attribute is None else f"{self.place}|{self.attribute}={self.value}"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What waves and contrasts of a survey share.

    Attributes
    ----------
    id, survey, family : str
        Of the line, of its file, and of the questions that share thresholds.
    condition : "safe" or "now"
        The wish if it were safe, or a plan under present conditions.
    horizon_months : int or None
        Months ahead the question names.
    month : int
        Month of fieldwork, counted from 2022-01.
    n : int
        Interviews.
    design_effect : float
        Factor by which the sampling variance exceeds that of a simple random sample, at least 1.
    discrepancy : float
        Standard deviation of what model and question do not share, as a share.
    use : "fit", "holdout" or "reported"
    reason, source, publisher : str
    label : mapping of str to str
        Name of the survey by language.
    """

    id: str
    survey: str
    family: str
    condition: Condition
    horizon_months: int | None
    month: int
    n: int
    design_effect: float
    discrepancy: float
    use: Use
    reason: str
    source: str
    publisher: str
    label: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class SurveyTarget(Asked):
    """One wave of a survey in one population.

    Attributes
    ----------
    answers : tuple of (tuple of str, float)
        Groups of joined answers with their share; shares sum to 1. An answer in no group was not
        offered by the question.
    """

    population: Population
    answers: tuple[tuple[tuple[str, ...], float], ...]


@dataclass(frozen=True, kw_only=True)
class ContrastTarget(Asked):
    """The difference of one answer between two groups of one wave: it carries no level.

    Attributes
    ----------
    difference : float
        Share of ``answer`` in ``group`` less that in ``against``, -1 to 1.
    n, against_n : int
        Interviews in the two groups.
    """

    group: Population
    against: Population
    answer: str
    difference: float
    against_n: int


@dataclass(frozen=True, kw_only=True)
class QuantityTarget:
    """An observed quantity.

    Attributes
    ----------
    measure : str
        One of the measures of ``configs/README.md``.
    hosts, of_hosts : tuple of int
        Hosts it speaks of; the whole of a ``share_of_hosts`` (else None).
    first, last : int
        Months it covers, both included; equal for a state at the end of a month.
    arrived_until : int or None
        Last month of arrival of the cohort; None: everybody who came until ``last``.
    value, sd : float
        In ``unit``; the standard deviation covers measurement and model discrepancy.
    """

    id: str
    file: str
    measure: str
    hosts: tuple[int, ...]
    of_hosts: tuple[int, ...] | None
    first: int
    last: int
    arrived_until: int | None
    value: float
    sd: float
    unit: str
    use: Use
    reason: str
    source: str
    publisher: str


@dataclass(frozen=True, kw_only=True)
class RegisterTarget:
    """The register stocks.

    Attributes
    ----------
    hosts : tuple of int
        Hosts with published stocks.
    fit, held_out : (int, int)
        First and last month, both included.
    exit_rate_sd : float
        Standard deviation of monthly exits from the register, share of the stock a month.
    clean_up_log_sd : float
        Standard deviation of the logarithm of a predicted clean-up.
    """

    id: str
    hosts: tuple[int, ...]
    fit: tuple[int, int]
    held_out: tuple[int, int]
    exit_rate_sd: float
    clean_up_log_sd: float
    source: str


@dataclass(frozen=True)
class Targets:
    """All targets, in the order of files and lines."""

    surveys: tuple[SurveyTarget, ...]
    contrasts: tuple[ContrastTarget, ...]
    quantities: tuple[QuantityTarget, ...]
    register: RegisterTarget

    def families(self, use: Use | None = None) -> tuple[str, ...]:
        """Return the families with waves or contrasts of a use (of any use when None), sorted."""
        lines: tuple[Asked, ...] = (*self.surveys, *self.contrasts)
        return tuple(sorted({line.family for line in lines if use in (None, line.use)}))

    def only(self, use: Use) -> "Targets":
        """Return the targets of one use; the register keeps both its windows."""
        return Targets(
            tuple(line for line in self.surveys if line.use == use),
            tuple(line for line in self.contrasts if line.use == use),
            tuple(line for line in self.quantities if line.use == use),
            self.register,
        )
