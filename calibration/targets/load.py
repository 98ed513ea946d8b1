"""Read ``configs/targets``, and what its files have to satisfy together.

One file holds one survey with all its waves, one theme of observed quantities, or the register.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from abm.data.config import line_of, named_faults, plain, read_yaml
from abm.data.world import World
from abm.errors import ConfigError
from abm.months import month_label
from calibration.targets.schema import ContrastTarget, SurveyFile, SurveyTarget
from calibration.targets.targets import QuantityFile, QuantityTarget, RegisterTarget, Targets
from calibration.validation.rules import load_rules

FOLDER = "targets"

type Location = tuple[int | str, ...]
type Content = SurveyFile | QuantityFile | RegisterTarget
KINDS: dict[str, type[SurveyFile] | type[QuantityFile] | type[RegisterTarget]] = {
    "survey": SurveyFile,
    "quantity": QuantityFile,
    "register": RegisterTarget,
}


@dataclass(frozen=True)
class TargetFile:
    """One file of the folder, with the positions of its keys for line numbers."""

    path: Path
    content: Content
    positions: CommentedMap

    def fault(self, where: Location, message: str) -> str:
        """Return ``file:line: key: message``."""
        return f"{self.path}:{line_of(self.positions, where)}: {'.'.join(map(str, where))}: {message}"

    def lines(self) -> Iterator[tuple[Location, SurveyTarget | ContrastTarget | QuantityTarget]]:
        """Yield every target with its location; the register has none."""
        for key in ("observations", "contrasts", "quantities"):
            for number, line in enumerate(getattr(self.content, key, ())):
                yield (key, number), line


def load_targets(root: Path, world: World) -> Targets:
    """Return all targets, hosts and months resolved; ``validation.yaml`` names the last month of the fit."""
    rules = load_rules(root / "validation.yaml", world.hosts.ids, world.registers)
    folder = root / FOLDER
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ConfigError(f"{folder}: no target file (*.yaml). Restore the folder.")
    files, faults = [], []
    for path in paths:
        try:
            files.append(_read(path, {"hosts": world.hosts, "scored": rules.hosts}))
        except ConfigError as error:
            faults.append(str(error))
    # Faults between files are named once every file can be read: a broken file would cause false ones.
    if not faults:
        last = rules.windows["fit"][1]
        faults = [*_ids(files), *(fault for file in files for fault in _uses(file, last)), *_families(files)]
    if faults:
        raise ConfigError("\n".join(faults))
    contents = [file.content for file in files]
    surveys = [content for content in contents if isinstance(content, SurveyFile)]
    return Targets(
        tuple(line for survey in surveys for line in survey.observations),
        tuple(line for survey in surveys for line in survey.contrasts),
        tuple(line for file in contents if isinstance(file, QuantityFile) for line in file.quantities),
        next(content for content in contents if isinstance(content, RegisterTarget)),
    )


def _read(path: Path, context: dict[str, Any]) -> TargetFile:
    data = read_yaml(path)
    kind = str(data.get("kind", "nothing"))
    if kind not in KINDS:
        raise ConfigError(
            f"{path}:{line_of(data, ('kind',))}: kind: found {kind}; allowed are {', '.join(KINDS)}."
        )
    try:
        return TargetFile(path, KINDS[kind].model_validate(plain(data), context=context), data)
    except ValidationError as error:
        raise ConfigError(named_faults(path, data, error)) from error


def _ids(files: list[TargetFile]) -> Iterator[str]:
    seen: dict[str, str] = {}
    registers = [file for file in files if isinstance(file.content, RegisterTarget)]
    if len(registers) != 1:
        shown = ", ".join(file.path.name for file in registers) or "none"
        yield f"{files[0].path.parent}: found {shown} of kind register; exactly one is needed."
    for file in files:
        if file.content.id != file.path.stem:
            yield file.fault(("id",), f"found {file.content.id}; must be the file name {file.path.stem}.")
        for where, line in file.lines():
            if line.id in seen:
                yield file.fault((*where, "id"), f"{line.id} stands already in {seen[line.id]}. Rename one.")
            seen.setdefault(line.id, file.path.name)


def _uses(file: TargetFile, last_fit: int) -> Iterator[str]:
    end = month_label(last_fit)
    for where, line in file.lines():
        month = line.last if isinstance(line, QuantityTarget) else line.month
        late, found = month > last_fit, f"found {line.use} for {month_label(month)}"
        # a contrast carries no level, so a later one tells nothing of what is held out
        if line.use == "fit" and late and not isinstance(line, ContrastTarget):
            yield file.fault(
                (*where, "use"), f"{found}; calibration sees months to {end}. Write holdout or reported."
            )
        if line.use == "holdout" and not late:
            yield file.fault((*where, "use"), f"{found}; held-out months come after {end}. Write fit.")
    if isinstance(file.content, RegisterTarget):
        fit, held_out = file.content.fit, file.content.held_out
        if fit.last > last_fit:
            found = f"found {month_label(fit.last)}"
            yield file.fault(("fit", "last"), f"{found}; calibration sees months to {end}.")
        if held_out.first <= last_fit:
            found = f"found {month_label(held_out.first)}"
            yield file.fault(("held_out", "first"), f"{found}; held-out months come after {end}.")
        for name, window in (("fit", fit), ("held_out", held_out)):
            if window.first > window.last:
                yield file.fault((name,), "first stands after last. Swap them.")


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
            yield file.fault(
                ("family",),
                f"{survey.family} has another condition or horizon in {first}; thresholds are shared "
                "between equal questions only. Name another family.",
            )
        for i, wave in enumerate(survey.observations):
            if wave.use != "holdout":
                continue
            if not fitted[survey.family]:
                yield file.fault(
                    ("observations", i, "use"),
                    f"found holdout, but family {survey.family} has no observation with use: fit, so its "
                    "level cannot be predicted. Write reported.",
                )
            elif pair := _never_told_apart(wave.answers, fitted[survey.family]):
                yield file.fault(
                    ("observations", i, "answers"),
                    f"no observation of family {survey.family} with use: fit tells {' from '.join(pair)}, "
                    "so that split cannot be predicted. Join them with +.",
                )


def _never_told_apart(held_out: dict[str, float], fitted: list[dict[str, float]]) -> tuple[str, str] | None:
    """Return two answers the held-out wave keeps apart and no wave of the fit does, or None."""

    def groups(wave: dict[str, float]) -> dict[str, int]:
        return {answer: number for number, key in enumerate(wave) for answer in key.split("+")}

    held, known = groups(held_out), [groups(wave) for wave in fitted]
    for a, b in itertools.combinations(sorted(held), 2):
        if held[a] != held[b] and all(wave.get(a) == wave.get(b) for wave in known):
            return a, b
    return None
