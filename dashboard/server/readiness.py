"""Whether the server can answer a user: the app is loaded and the engine has its baseline."""

import logging
from threading import Thread
from typing import Any

logger = logging.getLogger(__name__)


class Readiness:
    """Starts the engine in the background and says when it is there.

    Attributes
    ----------
    state : str
        ``starting``, ``ok``, or a sentence about what failed.
    """

    def __init__(self) -> None:
        self.state = "starting"
        self._engine: Any = None

    @property
    def ready(self) -> bool:
        """Whether users can be served."""
        return self.state == "ok"

    def begin(self) -> None:
        """Start the engine without keeping the server waiting."""
        Thread(target=self._start_engine, name="ewea-engine-start", daemon=True).start()

    def _start_engine(self) -> None:
        """Start the engine and read its baseline."""
        from dashboard.engine import Choice, the_engine

        try:
            self._engine = the_engine()
            # The first question reads the catalogue and digests the configuration: seconds that no user
            # should wait for.
            self._engine.check(Choice(war="frozen_front"))
            _ = Choice().key, self._engine.baseline.places
        except Exception as error:
            # Said in /readyz and in the log; pages show it in plain words.
            logger.exception("the engine did not start")
            self.state = f"engine: {error}"
            return
        self.state = "ok"

    def end(self) -> None:
        """Say that the server goes away, so that a balancer sends nobody any more, and end the workers."""
        self.state = "stopping"
        if self._engine is not None:
            self._engine.stop()

    def health(self) -> dict[str, Any]:
        """Return the state and plain figures of the engine."""
        figures = self._engine.health() if self._engine is not None and self.ready else {}
        return {"status": self.state, **figures}
