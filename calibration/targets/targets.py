"""Observed quantities and the register in ``configs/targets``, and the whole folder, checked together."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from abm.data.config import Strict, fault, load, load_folder, read_text, read_yaml
from abm.data.figures import Sourced, Text
from abm.data.tables import Label, Status
from abm.data.world import World
from abm.errors import ConfigError, refuse_all
from abm.months import month_label
from calibration.targets.schema import (
    ContrastTarget,
    Group,
    Id,
    SurveyFile,
    SurveyLine,
    SurveyTarget,
    TargetLine,
    TargetMonth,
    Use,
)
from calibration.validation.rules import load_rules

Measure = Literal[
    "returned_share", "moved_on_share", "left_share", "return_of_leavers_share", "return_hazard",
    "returns_total", "returned_in_2022_share", "returned_from_neighbours_share", "return_elsewhere_share",
    "net_outflow", "exit_share", "women_share", "minors_share", "men_share", "employment_share",
    "share_of_hosts", "displaced_total",
]  # fmt: skip
UNITS = {
    "return_hazard": "share/month", "exit_share": "share/month",
    "returns_total": "persons", "net_outflow": "persons", "displaced_total": "persons",
}  # fmt: skip
"""Units of the measures that are no shares."""

OVER_A_PERIOD = ("return_hazard", "net_outflow")
OF_A_COHORT = ("returned_share", "moved_on_share", "left_share")


class QuantityTarget(TargetLine):
    """An observed quantity; configs/README.md defines the measures."""

    measure: Measure
    group: Group = Field(alias="hosts")
    of_group: Group | None = Field(default=None, alias="of_hosts")  # The whole of a ``share_of_hosts``
    # The end of ``month`` for a state, else the months from ``begin`` to ``end``, both included
    month: TargetMonth | None = None
    begin: TargetMonth | None = Field(default=None, alias="first")
    end: TargetMonth | None = Field(default=None, alias="last")
    # Last month of arrival of the cohort; None: everybody who came until the end
    arrived_until: TargetMonth | None = None
    value: float  # In ``unit``; the standard deviation covers measurement and model discrepancy
    unit: Literal["share", "share/month", "persons"]
    # In ``unit``; the standard deviation covers measurement and model discrepancy
    sd: Annotated[float, Field(gt=0)]
    sd_source: Text
    publisher: Text

    @property
    def hosts(self) -> tuple[int, ...]:
        """Return the hosts it speaks of."""
        return self.group.hosts

    @property
    def first(self) -> int:
        """Return the first month it covers."""
        return int(self.month if self.begin is None else self.begin)  # type: ignore[arg-type]

    @property
    def last(self) -> int:
        """Return the last month it covers."""
        return int(self.month if self.end is None else self.end)  # type: ignore[arg-type]

    @model_validator(mode="after")
    def _fits_its_measure(self) -> "QuantityTarget":
        unit = UNITS.get(self.measure, "share")
        if self.unit != unit:
            raise ValueError(f"{self.measure} is measured in {unit}, not in {self.unit}")
        if unit != "persons" and not 0 <= self.value <= 1:
            raise ValueError(f"value {self.value:g}: a share lies between 0 and 1; write 33 % as 0.33")
        months = {"month": self.month, "first": self.begin, "last": self.end}
        given = tuple(key for key, month in months.items() if month is not None)
        wanted = ("first", "last") if self.measure in OVER_A_PERIOD else ("month",)
        if given != wanted:
            raise ValueError(
                f"{self.measure} needs {' and '.join(wanted)}; found {', '.join(given) or 'none'}"
            )
        if self.first > self.last:
            raise ValueError(
                f"first {month_label(self.first)} stands after last {month_label(self.last)}. Swap them"
            )
        if self.arrived_until is not None:
            if self.measure not in OF_A_COHORT:
                raise ValueError(f"arrived_until belongs to {', '.join(OF_A_COHORT)}. Remove it")
            if self.arrived_until > self.last:
                raise ValueError(
                    f"arrived_until {month_label(self.arrived_until)} stands after month "
                    f"{month_label(self.last)}. Swap them"
                )
        if (self.of_group is None) == (self.measure == "share_of_hosts"):
            raise ValueError("of_hosts (the whole) belongs to share_of_hosts, and only to it")
        return self


class QuantityFile(Strict):
    """Observed quantities of one theme."""

    id: Id
    kind: Literal["quantity"]
    label: Label
    note: Text | None = None
    quantities: list[QuantityTarget] = Field(min_length=1)


class MonthWindow(Strict):
    """First and last month, both included."""

    first: TargetMonth
    last: TargetMonth


TargetSpread = Sourced[Annotated[float, Field(gt=0)], Literal["share/month", "log"], Status]


def _scored(word: Any, info: ValidationInfo) -> Any:
    return (info.context or {})["scored"] if word == "scored" else word


class RegisterTarget(Strict):
    """The register stocks of ``configs/registers``."""

    id: Id
    kind: Literal["register"]
    label: Label
    # Hosts with published stocks; the file says ``scored``: those of ``validation.yaml``
    hosts: Annotated[tuple[int, ...], BeforeValidator(_scored)]
    publisher: Text
    source: Text
    reason: Text
    fit: MonthWindow
    held_out: MonthWindow
    exit_rate_sd: TargetSpread  # Of monthly exits from the register, share of the stock a month
    clean_up_log_sd: TargetSpread  # Of the logarithm of a predicted clean-up


class Targets(NamedTuple):
    """All targets, in the order of files and lines."""

    surveys: tuple[SurveyTarget, ...]
    contrasts: tuple[ContrastTarget, ...]
    quantities: tuple[QuantityTarget, ...]
    register: RegisterTarget

    def families(self, use: Use | None = None) -> tuple[str, ...]:
        """Return the families with waves or contrasts of a use (of any use when None), sorted."""
        lines: tuple[SurveyLine, ...] = (*self.surveys, *self.contrasts)
        return tuple(sorted({line.family for line in lines if use in (None, line.use)}))

    def only(self, use: Use) -> "Targets":
        """Return the targets of one use; the register keeps both its windows."""
        return Targets(
            tuple(line for line in self.surveys if line.use == use),
            tuple(line for line in self.contrasts if line.use == use),
            tuple(line for line in self.quantities if line.use == use),
            self.register,
        )


type Location = tuple[int | str, ...]
type Content = SurveyFile | QuantityFile | RegisterTarget
KINDS: dict[str, type[SurveyFile] | type[QuantityFile] | type[RegisterTarget]] = {
    "survey": SurveyFile,
    "quantity": QuantityFile,
    "register": RegisterTarget,
}


class TargetFile(NamedTuple):
    """One file of the folder: one survey with all its waves, one theme of quantities, or the register."""

    path: Path
    content: Content

    def lines(self) -> Iterator[tuple[Location, SurveyTarget | ContrastTarget | QuantityTarget]]:
        """Yield every target with its location; the register has none."""
        for key in ("observations", "contrasts", "quantities"):
            for number, line in enumerate(getattr(self.content, key, ())):
                yield (key, number), line


def load_targets(root: Path, world: World) -> Targets:
    """Return all targets, hosts and months resolved; ``validation.yaml`` names the last month of the fit."""
    rules = load_rules(root / "validation.yaml", world.hosts.ids, world.registers)
    context = {"hosts": world.hosts, "scored": rules.hosts}

    def read(path: Path) -> TargetFile:
        # found in the text where it stands as usual: parsing with positions takes ten times as long
        usual = re.search(r"^kind: (\w+)$", read_text(path), re.MULTILINE)
        kind = usual[1] if usual else str(read_yaml(path).get("kind", "nothing"))
        if kind not in KINDS:
            raise ConfigError(fault(path, ("kind",), f"found {kind}; allowed are {', '.join(KINDS)}."))
        return TargetFile(path, load(path, KINDS[kind], context))

    files = load_folder(root / "targets", read)
    if not files:
        raise ConfigError(f"{root / 'targets'}: no target file (*.yaml). Restore the folder.")
    # Faults between files are named once every file can be read: a broken file would cause false ones.
    last = rules.windows["fit"][1]
    faults = [*_ids(files), *(found for file in files for found in _uses(file, last)), *_families(files)]
    refuse_all(faults)
    contents = [file.content for file in files]
    surveys = [content for content in contents if isinstance(content, SurveyFile)]
    return Targets(
        tuple(line for survey in surveys for line in survey.observations),
        tuple(line for survey in surveys for line in survey.contrasts),
        tuple(line for file in contents if isinstance(file, QuantityFile) for line in file.quantities),
        next(content for content in contents if isinstance(content, RegisterTarget)),
    )


def _ids(files: list[TargetFile]) -> Iterator[str]:
    seen: dict[str, str] = {}
    registers = [file for file in files if isinstance(file.content, RegisterTarget)]
    if len(registers) != 1:
        shown = ", ".join(file.path.name for file in registers) or "none"
        yield f"{files[0].path.parent}: found {shown} of kind register; exactly one is needed."
    for file in files:
        if file.content.id != file.path.stem:
            yield fault(
                file.path, ("id",), f"found {file.content.id}; must be the file name {file.path.stem}."
            )
        for where, line in file.lines():
            if line.id in seen:
                yield fault(
                    file.path, (*where, "id"), f"{line.id} stands already in {seen[line.id]}. Rename one."
                )
            seen.setdefault(line.id, file.path.name)


def _uses(file: TargetFile, last_fit: int) -> Iterator[str]:
    end = month_label(last_fit)
    for where, line in file.lines():
        month = line.last if isinstance(line, QuantityTarget) else line.month
        late, found = month > last_fit, f"found {line.use} for {month_label(month)}"
        # a contrast carries no level, so a later one tells nothing of what is held out
        if line.use == "fit" and late and not isinstance(line, ContrastTarget):
            yield fault(
                file.path,
                (*where, "use"),
                f"{found}; calibration sees months to {end}. Write holdout or reported.",
            )
        if line.use == "holdout" and not late:
            yield fault(file.path, (*where, "use"), f"{found}; held-out months come after {end}. Write fit.")
    if isinstance(file.content, RegisterTarget):
        fit, held_out = file.content.fit, file.content.held_out
        if fit.last > last_fit:
            found = f"found {month_label(fit.last)}"
            yield fault(file.path, ("fit", "last"), f"{found}; calibration sees months to {end}.")
        if held_out.first <= last_fit:
            found = f"found {month_label(held_out.first)}"
            yield fault(file.path, ("held_out", "first"), f"{found}; held-out months come after {end}.")
        for name, window in (("fit", fit), ("held_out", held_out)):
            if window.first > window.last:
                yield fault(file.path, (name,), "first stands after last. Swap them.")


def _families(files: list[TargetFile]) -> Iterator[str]:
    surveys = [(file, file.content) for file in files if isinstance(file.content, SurveyFile)]
    first_of: dict[str, tuple[str, object]] = {}
    fitted: dict[str, list[dict[str, float]]] = {}
    for _, survey in surveys:
        fit = [wave.answers for wave in survey.observations if wave.use == "fit"]
        fitted[survey.family] = fitted.get(survey.family, []) + fit
    for file, survey in surveys:
        question = (survey.condition, survey.horizon_months)
        first, wording = first_of.setdefault(survey.family, (file.path.name, question))
        if wording != question:
            yield fault(
                file.path,
                ("family",),
                f"{survey.family} has another condition or horizon in {first}; thresholds are shared "
                "between equal questions only. Name another family.",
            )
        for i, wave in enumerate(survey.observations):
            if wave.use != "holdout":
                continue
            if not fitted[survey.family]:
                yield fault(
                    file.path,
                    ("observations", i, "use"),
                    f"found holdout, but family {survey.family} has no observation with use: fit, so its "
                    "level cannot be predicted. Write reported.",
                )
            elif pair := never_told_apart(wave.answers, fitted[survey.family]):
                yield fault(
                    file.path,
                    ("observations", i, "answers"),
                    f"no observation of family {survey.family} with use: fit tells {' from '.join(pair)}, "
                    "so that split cannot be predicted. Join them with +.",
                )


def never_told_apart(held_out: dict[str, float], fitted: list[dict[str, float]]) -> tuple[str, str] | None:
    """Return two answers the held-out wave keeps apart and no wave of the fit does, or None."""

    def groups(wave: dict[str, float]) -> dict[str, int]:
        return {answer: number for number, key in enumerate(wave) for answer in key.split("+")}

    held, known = groups(held_out), [groups(wave) for wave in fitted]
    for a, b in itertools.combinations(sorted(held), 2):
        if held[a] != held[b] and all(wave.get(a) == wave.get(b) for wave in known):
            return a, b
    return None
