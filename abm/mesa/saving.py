"""A Mesa model as a file: whole, checked before it is read, and refused where another version runs."""

import pickle
from importlib.metadata import version
from pathlib import Path

import mesa

from abm.errors import EweaError
from abm.files import model_digest, read_state, write_state


def _made_by() -> dict[str, str]:
    """Return what must be the same where a saved model is loaded."""
    libraries = {name: version(name) for name in ("mesa", "numba", "numpy", "pandas")}
    return {"kind": "model", "model_digest": model_digest(), **libraries}


def save_model(model: mesa.Model, path: Path) -> None:
    """Save a model with all that hangs on it."""
    try:
        content = pickle.dumps(model, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise EweaError(
            f"{path}: the model cannot be saved: {error}. Reporters and events of your own must be functions "
            "or methods of a module, not lambdas."
        ) from error
    write_state(path, _made_by(), content)


def load_model[M: mesa.Model](path: Path, kind: type[M]) -> M:
    """Return a model that was saved, of the class asked for."""
    about, content = read_state(path, "Save the model again.")
    for key, needed in _made_by().items():
        if (found := about.get(key)) != needed:
            raise EweaError(
                f"{path}: {key}: found {found!r}; allowed is {needed!r}, what runs here. Load it with the "
                "version that saved it, or run the model again."
            )
    model = pickle.loads(content)  # noqa: S301 - where the file comes from, the user knows
    if not isinstance(model, kind):
        found = type(model).__name__
        raise EweaError(f"{path}: found a {found}; allowed is a {kind.__name__}. Use {found}.load.")
    return model
