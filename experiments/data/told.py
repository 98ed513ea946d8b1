"""The faults that ``ewea data check`` finds in a folder are told wherever the folder is used."""

import json
import logging
import os
from pathlib import Path

from abm.data.folder import digest
from abm.files import ROOT, digest_of_files, model_digest
from experiments.ensemble.files import KeptFiles

log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
HERE = "{configs}"
TOLD = 10
"""Faults named; more are counted."""


def warn_of_faults(root: Path) -> None:
    """Log every fault of a configuration folder; what was checked once is not read again."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    kept = KeptFiles(home / "ewea-displacement" / "checked", ".json", MOST_BYTES)
    checks = digest_of_files(ROOT, (ROOT / "experiments" / "data").glob("*.py"))
    name = "-".join(one[:16] for one in (digest(root, ("**/*",)), checks, model_digest()))
    if (known := kept.read(name)) is None:
        from experiments.data.check import check_data

        named = [fault.replace(str(root), HERE) for fault in check_data(root).errors]
        kept.write(name, known := json.dumps(named).encode())
    faults = json.loads(known)
    for fault in faults[:TOLD]:
        log.warning("a fault of the data: %s", fault.replace(HERE, str(root)))
    if len(faults) > TOLD:
        log.warning("and %s faults more: ewea --configs %s data check", len(faults) - TOLD, root)
