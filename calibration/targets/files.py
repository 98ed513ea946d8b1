"""Read ``configs/targets``, and what its files have to satisfy together.

One file holds one survey with all its waves, one theme of observed quantities, or the register.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from abm.data.config import line_of, named_faults, plain, read_yaml
from abm.errors import ConfigError
from abm.months import month_index, month_label
from abm.places import GROUPS, unknown
from calibration.targets.lines import Use
from calibration.targets.quantities import QuantityFile, RegisterFile
from calibration.targets.surveys import SurveyFile

FOLDER = "targets"

type Content = SurveyFile | QuantityFile | RegisterFile
KINDS: dict[str, type[SurveyFile] | type[QuantityFile] | type[RegisterFile]] = {
    "survey": SurveyFile,
    "quantity": QuantityFile,
    "register": RegisterFile,
}


@dataclass(frozen=True)
class TargetFile:
    """One file of the folder, with the positions of its keys.

    Attributes
    ----------
    path : Path
    content : SurveyFile, QuantityFile or RegisterFile
    positions : CommentedMap
        The same as YAML, for line numbers.
    """

    path: Path
    content: Content
    positions: CommentedMap

    def fault(self, where: tuple[int | str, ...], message: str) -> str:
        """Return ``file:line: key: message``."""
        return f"{self.path}:{line_of(self.positions, where)}: {'.'.join(map(str, where))}: {message}"


def read_target(path: Path) -> TargetFile:
    """Return one target file.

    Raises
    ------
    ConfigError
        With every fault of the file, each with its line.
    """
    data = read_yaml(path)
    kind = str(data.get("kind", "nothing"))
    if kind not in KINDS:
        raise ConfigError(
            f"{path}:{line_of(data, ('kind',))}: kind: found {kind}; allowed are {', '.join(KINDS)}."
        )
    try:
        return TargetFile(path, KINDS[kind].model_validate(plain(data)), data)
    except ValidationError as error:
        raise ConfigError(named_faults(path, data, error)) from error


def read_folder(root: Path, host_ids: tuple[str, ...], last_fit_month: int) -> list[TargetFile]:
    """Return all target files, checked one by one and together.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    host_ids : tuple of str
        Codes of all hosts.
    last_fit_month : int
        Last month calibration may see.

    Raises
    ------
    ConfigError
        With every fault found, each with file and line.
    """
    folder = root / FOLDER
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ConfigError(f"{folder}: no target file (*.yaml). Restore the folder.")
    files, faults = [], []
    for path in paths:
        try:
            files.append(read_target(path))
        except ConfigError as error:
            faults.append(str(error))
    # Faults between files are named once every file can be read: a broken file would cause false ones.
    if not faults:
        faults = [
            *_ids(files),
            *(fault for file in files for fault in _hosts(file, host_ids)),
            *(fault for file in files for fault in _uses(file, last_fit_month)),
            *_families(files),
        ]
    if faults:
        raise ConfigError("\n".join(faults))
    return files


def _lines(file: TargetFile) -> Iterator[tuple[tuple[int | str, ...], str, str, Use, bool]]:
    """Yield location, id, last month, use and whether it is a contrast, of every line of a file."""
    content = file.content
    if isinstance(content, SurveyFile):
        for i, wave in enumerate(content.observations):
            yield ("observations", i), wave.id, wave.month, wave.use, False
        for i, split in enumerate(content.contrasts):
            yield ("contrasts", i), split.id, split.month, split.use, True
    elif isinstance(content, QuantityFile):
        for i, quantity in enumerate(content.quantities):
            yield ("quantities", i), quantity.id, quantity.end, quantity.use, False


def _ids(files: list[TargetFile]) -> Iterator[str]:
    seen: dict[str, str] = {}
    registers = [file for file in files if isinstance(file.content, RegisterFile)]
    if len(registers) != 1:
        shown = ", ".join(file.path.name for file in registers) or "none"
        yield f"{files[0].path.parent}: found {shown} of kind register; exactly one is needed."
    for file in files:
        if file.content.id != file.path.stem:
            yield file.fault(("id",), f"found {file.content.id}; must be the file name {file.path.stem}.")
        for where, name, _, _, _ in _lines(file):
            if name in seen:
                yield file.fault((*where, "id"), f"{name} stands already in {seen[name]}. Rename one.")
            seen.setdefault(name, file.path.name)


def _hosts(file: TargetFile, host_ids: tuple[str, ...]) -> Iterator[str]:
    for where, names in _host_lists(file.content):
        for i, name in enumerate(names):
            if name not in host_ids and name not in GROUPS:
                yield file.fault((*where, i), unknown(name, host_ids, tuple(GROUPS)))
        if len(names) > 1 and set(names) & set(GROUPS):
            yield file.fault(where, f"found {', '.join(names)}; a group of hosts stands alone.")
        if len(set(names)) < len(names):
            yield file.fault(where, f"found {', '.join(names)}; write every host once.")


def _host_lists(content: Content) -> Iterator[tuple[tuple[int | str, ...], list[str]]]:
    if isinstance(content, SurveyFile):
        for i, wave in enumerate(content.observations):
            yield ("observations", i, "population", "hosts"), wave.population.hosts
        for i, split in enumerate(content.contrasts):
            yield ("contrasts", i, "group", "hosts"), split.group.hosts
            yield ("contrasts", i, "against", "hosts"), split.against.hosts
    elif isinstance(content, QuantityFile):
        for i, quantity in enumerate(content.quantities):
            yield ("quantities", i, "hosts"), quantity.hosts
            if quantity.of_hosts is not None:
                yield ("quantities", i, "of_hosts"), quantity.of_hosts


def _uses(file: TargetFile, last_fit_month: int) -> Iterator[str]:
    end = month_label(last_fit_month)
    for where, _, month, use, is_contrast in _lines(file):
        late = month_index(month) > last_fit_month
        if use == "fit" and late and not is_contrast:
            yield file.fault(
                (*where, "use"),
                f"found fit for {month}; calibration sees months to {end}. Write holdout or reported.",
            )
        if use == "holdout" and not late:
            yield file.fault(
                (*where, "use"), f"found holdout for {month}; held-out months come after {end}. Write fit."
            )
    if isinstance(file.content, RegisterFile):
        fit, held_out = file.content.fit, file.content.held_out
        if month_index(fit.last) > last_fit_month:
            yield file.fault(("fit", "last"), f"found {fit.last}; calibration sees months to {end}.")
        if month_index(held_out.first) <= last_fit_month:
            yield file.fault(
                ("held_out", "first"), f"found {held_out.first}; held-out months come after {end}."
            )
        for name, window in (("fit", fit), ("held_out", held_out)):
            if window.first > window.last:
                yield file.fault((name,), "first stands after last. Swap them.")


def _families(files: list[TargetFile]) -> Iterator[str]:
    surveys = [(file, file.content) for file in files if isinstance(file.content, SurveyFile)]
    asked: dict[str, tuple[str, object]] = {}
    fitted: dict[str, list[dict[str, float]]] = {}
    for _, survey in surveys:
        fit = [wave.answers for wave in survey.observations if wave.use == "fit"]
        fitted[survey.family] = fitted.get(survey.family, []) + fit
    for file, survey in surveys:
        question = (survey.condition, survey.horizon_months)
        first, wording = asked.setdefault(survey.family, (file.path.name, question))
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
