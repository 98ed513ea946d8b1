"""What data the model runs on, and the evidence behind its numbers, as plain data."""

import re
from pathlib import Path
from typing import Any

from dashboard.engine import shipped

_ROW = re.compile(r"^\|\s*([A-Z]+[0-9A-Za-z-]*)\s*\|(.+)\|(.+)\|(.+)\|\s*$")


def tables() -> list[dict[str, Any]]:
    """Return one row per data file.

    Returns
    -------
    list of dict
        ``file``, ``rows``, ``first``, ``last`` (months, may be empty), ``n_places``, ``newest``,
        ``share_by_status`` (recorded, quoted, derived, assumed ...), and from its card, where it has one,
        ``id``, ``label`` (by language), ``unit``, ``per``, ``publisher``, ``date``, ``status``, ``licence``,
        ``method``.
    """
    return list(shipped.document(shipped.INVENTORY)["tables"])


def surveys() -> list[dict[str, Any]]:
    """Return one row per survey or other target: label, question, publisher, waves, how it is used."""
    return list(shipped.document(shipped.INVENTORY)["surveys"])


def sources() -> dict[str, dict[str, str]]:
    """Return the evidence by id (``A005``): ``{"says", "publication", "reached"}`` in English."""
    return dict(shipped.document(shipped.INVENTORY)["sources"])


def inventory(root: Path) -> dict[str, Any]:
    """Read everything anew; return the document to ship.

    Raises
    ------
    EweaError
        If a data file is wrong.
    """
    from abm.errors import EweaError
    from experiments.data.check import check_data

    report = check_data(root)
    if not report.is_valid:
        raise EweaError("the data are not valid:\n" + "\n".join(report.errors))
    found = []
    for file in report.files:
        row = file.to_dict()
        row.pop("age_months")  # depends on the day; pages count it from ``newest``
        found.append({**row, **_card(root / file.file)})
    return {
        "tables": found,
        "surveys": _surveys(root),
        "sources": _sources(root.parent / "docs" / "sources.md"),
    }


def _card(path: Path) -> dict[str, Any]:
    from abm.data.config import plain, read_yaml

    card = path.with_suffix(".yaml")
    if path.suffix != ".csv" or not card.is_file():
        return {}
    content = plain(read_yaml(card))
    names = ("id", "label", "unit", "per", "publisher", "date", "status", "licence", "method", "note")
    return {name: content[name] for name in names if name in content}


def _surveys(root: Path) -> list[dict[str, Any]]:
    from abm.data.config import plain, read_yaml

    found = []
    for path in sorted((root / "targets").glob("*.yaml")):
        file = plain(read_yaml(path))
        waves = [*file.get("observations", []), *file.get("quantities", [])]
        names = (
            "id",
            "kind",
            "label",
            "question",
            "condition",
            "horizon_months",
            "publisher",
            "sampling",
            "note",
        )
        found.append(
            {
                **{name: file.get(name) for name in names},
                "waves": [
                    {
                        name: wave.get(name)
                        for name in ("id", "month", "first", "last", "n", "use", "status", "source")
                    }
                    for wave in waves
                ],
            }
        )
    return found


def _sources(path: Path) -> dict[str, dict[str, str]]:
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = _ROW.match(line)
        if row is not None:
            says, publication, reached = (row[n].strip() for n in (2, 3, 4))
            found[row[1]] = {"says": says, "publication": publication, "reached": reached}
    return found
