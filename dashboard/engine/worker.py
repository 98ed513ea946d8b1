"""One process that simulates: takes a task, gives the result, until the pipe closes."""

import signal
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.engine.limits import Limits

DONE, REFUSED, FAILED, READY = "done", "refused", "failed", "ready"


def serve(pipe: Connection, root: Path, limits: "Limits") -> None:
    """Answer tasks until the other end is gone.

    Parameters
    ----------
    pipe : Connection
        Receives ``(uploaded contents or None, task)``; sends ``(word, content)``.
    root : Path
        The ``configs`` folder.
    limits : Limits
        Of the server.
    """
    from abm.errors import EweaError
    from dashboard.engine.desk import Desk

    # Ctrl-C reaches the whole group; the server decides when workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            desk = Desk(root, limits)
        except EweaError as error:
            pipe.send((REFUSED, str(error)))
            return
        pipe.send((READY, None))
        while True:
            pipe.send(_done(pipe.recv(), desk))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the server is gone or has what it needs


def _done(message: tuple[Any, Any], desk: Any) -> tuple[str, Any]:
    from abm.errors import EweaError
    from dashboard.engine.kept_uploads import keep

    upload, task = message
    try:
        if upload is not None:
            keep(task.choice.upload, upload)
        return DONE, task.run(desk)
    except EweaError as error:
        return REFUSED, error
    except Exception:
        return FAILED, traceback.format_exc()
