"""All compiled code: keyed draws, choices and state changes; arrays in, arrays out.

Compiled code is cached on disk in a folder named after the source of every kernel, because
numba's own cache does not notice an edit in another file.

What every kernel takes is explained here once: ``c``, the household columns
(:class:`abm.households.Columns`), of which it writes those its first line names; ``t``, the
:class:`~abm.kernels.layout.DecisionTables` of the month; ``key``, the month key of the stream of its step;
``n_hosts``, the number of hosts and so the place number of Ukraine; ``protected`` and ``collective_share``,
bool[host] and float64[host], where newcomers receive protection and which share of them starts in
collective housing; and last ``low`` and ``high``: it works on the rows ``low <= i < high``, so that threads
can share the population.
"""

import hashlib
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path


def _source_digest() -> str:
    """Return a digest of everything that is compiled."""
    package = Path(__file__).parent
    digest = hashlib.sha256(f"{sys.version_info[:2]} {version('numba')}".encode())
    for path in [
        *sorted(package.glob("*.py")),
        package.parent / "codes.py",
        package.parent / "households.py",
    ]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    """Return a writable folder for compiled code."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    for base in (home, Path(tempfile.gettempdir())):
        folder = base / "ewea-displacement" / _source_digest()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="ewea-displacement-"))


os.environ.setdefault("NUMBA_CACHE_DIR", str(_cache_folder()))
if "numba" in sys.modules:
    # Somebody imported numba first: it read the environment too early.
    sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]
