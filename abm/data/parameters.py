"""The parameters of the model: priors, the result of a calibration, and a world with parameters replaced.

Names are those of ``configs/coefficients``, or ``register.<figure>.<host>`` for a figure of one host's
register (``deregistration_share``), or ``register.completeness.<host>.<month>`` for a
clean-up. A fit is central values ``<fit>.csv`` and equally likely draws ``<fit>_draws.csv``; what it does
not name keeps its prior value.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from abm.data.config import Strict, load
from abm.data.controls import with_controls
from abm.data.figures import Text
from abm.data.judged import FILE as JUDGED
from abm.data.judged import load_judged, of_member
from abm.data.tables import TableColumn, line_with, member_line, read_members, read_records
from abm.data.world import Draws, Registers, World
from abm.errors import ConfigError, EweaError, refuse_all
from abm.months import month_index

REGISTER = "register."
FIGURES = ("deregistration_share",)
COMPLETENESS = "completeness"


def with_parameters(world: World, given: Mapping[str, float]) -> World:
    """Return the world, and the baseline it is measured against, with parameters replaced."""
    base = None if world.base is None else with_parameters(world.base, given)
    coefficients = {name: value for name, value in given.items() if not name.startswith(REGISTER)}
    of_registers = {name: value for name, value in given.items() if name.startswith(REGISTER)}
    registers = _registers(world, of_registers) if of_registers else world.registers
    return replace(world, coefficients={**world.coefficients, **coefficients}, registers=registers, base=base)


def _registers(world: World, given: Mapping[str, float]) -> Registers:
    registers, ids = world.registers, world.hosts.ids
    figures = {name: getattr(registers, name).copy() for name in FIGURES}
    completeness = registers.break_completeness.copy()
    for name, value in given.items():
        figure, host, month = _parts(name, ids)
        number = ids.index(host)
        if month is None:
            series = figures[figure][:, number]
            # A regime that began later keeps its own share.
            series[series == series[0]] = value
        elif month <= registers.last_month:
            # A fit may know clean-ups after the registers of this world end; they cannot matter there.
            if not registers.is_break[month, number]:
                raise EweaError(f"{name}: no clean-up in configs/registers/breaks.csv. Calibrate again.")
            completeness[month, number] = value
    return replace(registers, break_completeness=completeness, **figures)


def _parts(name: str, ids: tuple[str, ...]) -> tuple[str, str, int | None]:
    figure, _, rest = name.removeprefix(REGISTER).partition(".")
    host, dot, label = rest.partition(".")
    if host in ids and figure in FIGURES and not dot:
        return figure, host, None
    if host in ids and figure == COMPLETENESS and dot:
        try:
            return figure, host, month_index(label)
        except ValueError as error:
            raise EweaError(f"{name}: {error}.") from error
    raise EweaError(
        f"{name}: unknown register parameter; there are {REGISTER}<figure>.<host> with {', '.join(FIGURES)}, "
        f"and {REGISTER}{COMPLETENESS}.<host>.<month>; hosts are {', '.join(ids)}."
    )


def drawn(world: World, seed: int) -> World:
    """Return the world with the draw and the controls of a seed; as it is where it has them already."""
    if world.draws is None:
        raise EweaError(
            "parameters: no posterior in configs/coefficients. Run 'ewea calibrate baseline', or use the "
            "central coefficients."
        )
    if world.controls is None:
        member = world.draws.number(seed) + 1
        return with_parameters(world, {**world.draws.of_seed(seed), **of_member(world.judged, member)})
    member = world.controls.member(seed)
    if world.member == member:
        return world
    own = with_parameters(world, {**world.draws.of_seed(member), **of_member(world.judged, member)})
    controls = world.controls.of_member(member)
    return replace(with_controls(own, controls, world.controls.beyond), member=member)


DISTRIBUTIONS = ("normal", "lognormal", "beta", "uniform", "fixed")
COEFFICIENT_STATUSES = ("prior", "derived", "assumed", "fitted")


@dataclass(frozen=True)
class Coefficient:
    """One parameter."""

    parameter: str
    value: float  # Central value, in ``unit``
    unit: str
    distribution: Annotated[str, TableColumn(allowed=DISTRIBUTIONS)]
    low: float  # Bounds of the 90 % interval (``uniform``: of the range; ``fixed``: both equal to the value)
    high: float
    status: Annotated[str, TableColumn(allowed=COEFFICIENT_STATUSES)]
    source: str
    meaning: str
    least: float = -math.inf  # What its unit allows; known of priors
    most: float = math.inf

    @property
    def domain(self) -> tuple[float, float]:
        """Least and largest value anything may set it to: its unit, and twice the width of its prior."""
        low, high = self.low, self.high
        if self.distribution == "lognormal":
            below, above = low * (low / high) ** REACH, high * (high / low) ** REACH
        else:
            below, above = low - REACH * (high - low), high + REACH * (high - low)
        if self.distribution == "fixed":
            below, above = -math.inf, math.inf
        return max(self.least, below), min(self.most, above)

    def held(self) -> "Coefficient":
        """Return it fixed at its value."""
        return replace(self, distribution="fixed", low=self.value, high=self.value)

    def outside(self, value: float) -> str:
        """Return what is wrong with a value; empty if nothing.

        >>> row = Coefficient("pull", 1.0, "share", "beta", 0.2, 0.4, "prior", "x", "y", 0.0, 1.0)
        >>> row.outside(30.0), row.outside(0.7)
        ('found 30; allowed are 0 to 0.8 (share; prior 0.2 to 0.4)', '')
        """
        least, most = self.domain
        if least <= value <= most:
            return ""
        prior = "" if self.distribution == "fixed" else f"; prior {self.low:g} to {self.high:g}"
        return f"found {value:g}; allowed are {least:.4g} to {most:.4g} ({self.unit}{prior})"


REACH = 2.0
"""Widths of its prior (90 %) a value may lie outside: eight standard deviations, further is a mistake."""


class UnitDomain(Strict):
    """What numbers of a unit may be."""

    unit: Text
    least: float
    most: float
    status: Literal["derived", "assumed"]
    reason: Text


class _Units(Strict):
    units: list[UnitDomain]


def load_coefficients(path: Path) -> dict[str, Coefficient]:
    """Return the coefficients of one fit by name, in the order of the file."""
    return {row.parameter: row for row in read_records(path, Coefficient, "parameter", _fault)}


def _fault(row: Coefficient) -> str:
    """Return what is wrong with the numbers of a row; empty if nothing."""
    if not row.low <= row.value <= row.high:
        return (
            f"found low {row.low:g}, value {row.value:g}, high {row.high:g}; low <= value <= high is needed"
        )
    if row.distribution == "fixed" and not row.low == row.value == row.high:
        return "a fixed parameter needs low and high equal to its value"
    if row.distribution == "lognormal" and row.low <= 0:
        return f"found low {row.low:g}; a lognormal parameter needs low above 0"
    if row.distribution == "beta" and not (row.low >= 0 and row.high <= 1):
        return f"found {row.low:g} to {row.high:g}; a beta parameter needs bounds from 0 to 1"
    return ""


PRIORS = "priors"
"""Name that stands for no fit."""

FOLDER = Path("coefficients")
IN_USE = "fit.yaml"


def load_priors(root: Path) -> dict[str, Coefficient]:
    """Return all coefficients with their priors and what their units allow, by name."""
    path = root / FOLDER / f"{PRIORS}.csv"
    return _bounded(root, path, load_coefficients(path))


def _bounded(root: Path, path: Path, rows: Mapping[str, Coefficient]) -> dict[str, Coefficient]:
    """Return coefficients with the bounds of their units; their own numbers must lie inside."""
    units = {one.unit: one for one in load(root / FOLDER / "units.yaml", _Units).units}
    found, faults = {}, []
    for name, row in rows.items():
        if row.unit not in units:
            faults.append((name, f"unit: found {row.unit!r}; allowed are {', '.join(units)}"))
            continue
        found[name] = replace(row, least=units[row.unit].least, most=units[row.unit].most)
        for value in (row.low, row.value, row.high):
            if not found[name].least <= value <= found[name].most:
                allowed = f"{found[name].least:g} to {found[name].most:g}"
                faults.append((name, f"found {value:g}; allowed are {allowed} ({row.unit})"))
    refuse_all(f"{path}:{line_with(path, name)}: {name}: {what}." for name, what in faults)
    return found


def load_known(root: Path) -> dict[str, Coefficient]:
    """Return all priors by name: those a fit may move, then the judged ones (bounds: the central 80 %)."""
    judged = {
        row.parameter: Coefficient(
            row.parameter, row.median, row.unit, "judged", row.low_80, row.high_80, row.status, row.source,
            row.meaning,
        )
        for row in load_judged(root)
    }  # fmt: skip
    return load_priors(root) | _bounded(root, root / JUDGED, judged)


class _InUse(Strict):
    fit: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    reason: Text


def fit_in_use(root: Path) -> str:
    """Return the name of the fit the runs use; ``priors`` for none."""
    return load(root / FOLDER / IN_USE, _InUse).fit


def draws_path(root: Path, fit: str) -> Path:
    """Return the file of the draws of a fit."""
    return root / FOLDER / f"{fit}_draws.csv"


def load_fit(root: Path, fit: str, known: Mapping[str, object]) -> tuple[dict[str, float], Draws | None]:
    """Return central values and draws of a fit; the fit ``priors`` has neither."""
    if fit == PRIORS:
        return {}, None
    path = root / FOLDER / f"{fit}.csv"
    central = {name: row.value for name, row in load_coefficients(path).items()}
    draws = _load_draws(draws_path(root, fit), fit)
    for file, names in ((path, list(central)), (draws_path(root, fit), list(draws.names))):
        strange = [name for name in names if name not in known and not name.startswith(REGISTER)]
        if strange:
            raise ConfigError(
                f"{file}: {', '.join(strange)}: not in coefficients/{PRIORS}.csv, so the fit belongs to "
                "another version of the model. Run 'ewea calibrate baseline', or set fit in "
                f"coefficients/{IN_USE} to priors."
            )
    faults = [
        f"{path}:{line_with(path, name)}: {name}: {said}."
        for name, value in central.items()
        if (said := outside(name, value, known))
    ]
    for number, name in enumerate(draws.names):
        column = draws.values[:, number]
        for row in (int(column.argmin()), int(column.argmax())):
            if said := outside(name, float(column[row]), known):
                file = draws_path(root, fit)
                faults.append(f"{file}:{member_line(file, row)}: {name}: {said}.")
    refuse_all(dict.fromkeys(faults))
    return central, draws


def outside(name: str, value: float, known: Mapping[str, object]) -> str:
    """Return what is wrong with a value of a parameter; empty if nothing."""
    if name.startswith(REGISTER):
        return "" if 0.0 <= value <= 1.0 else f"found {value:g}; allowed are 0 to 1 (share)"
    row = known.get(name)
    return row.outside(value) if isinstance(row, Coefficient) else ""


def _load_draws(path: Path, fit: str) -> Draws:
    """Return the draws of a file: one column per parameter, one line per draw."""
    names, values = read_members(path, "draw", "Run 'ewea calibrate baseline' again.")
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: a parameter stands twice. Run 'ewea calibrate baseline' again.")
    return Draws(fit, names, values)
