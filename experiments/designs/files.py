"""Find and read designs: those of the project by their id, a user's own by path."""

from pathlib import Path

from abm.data.config import line_of, load, read_yaml
from abm.errors import ConfigError, EweaError
from abm.policy.lever import load_levers
from experiments.designs.axis_schema import EveryLever, Lever, LeverAxis
from experiments.designs.schema import Design

FOLDER = Path(__file__).parent


def design_ids() -> list[str]:
    """Return the ids of the ready designs, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def path_of(name: str) -> Path:
    """Return the file of a design.

    Parameters
    ----------
    name : str
        Id of a ready design, or path of a YAML file.

    Raises
    ------
    EweaError
        If there is no such design.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise EweaError(f"{path}: no such file. Name a design file, or one of {', '.join(design_ids())}.")
        return path
    if name not in design_ids():
        raise EweaError(
            f"{name!r} is not a design; there are {', '.join(design_ids())}. A design of your own is a YAML "
            "file: give its path, with .yaml at the end."
        )
    return FOLDER / f"{name}.yaml"


def load_design(name: str, root: Path) -> tuple[Design, Path]:
    """Return a design and its file; what it names is checked by :func:`experiments.designs.check.check`.

    Every lever at its example becomes an axis of its own.

    Raises
    ------
    EweaError
        If there is no such design.
    ConfigError
        If the file is wrong.
    """
    path = path_of(name)
    design = load(path, Design)
    if design.id != path.stem:
        line = line_of(read_yaml(path), ("id",))
        raise ConfigError(f"{path}:{line}: id: found {design.id!r}; must be the file name {path.stem!r}.")
    return design.model_copy(update={"levers": _spelled_out(design, root)}), path


def _spelled_out(design: Design, root: Path) -> dict[str, Lever]:
    """Return the levers of a design with every lever named."""
    found: dict[str, Lever] = {}
    for name, item in design.levers.items():
        if not isinstance(item, EveryLever):
            found[name] = item
            continue
        for lever in load_levers(root).values():
            found[lever.id] = LeverAxis.model_validate(
                {
                    "lever": lever.id,
                    "place": lever.example_place,
                    "from": item.start,
                    "announced": item.announced,
                    "who": lever.example_who if lever.example_who.selectors() else None,
                    "values": [lever.example],
                }
            )
    return found
