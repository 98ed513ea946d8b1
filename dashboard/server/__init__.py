"""Serve the app: one process, one port, nothing fetched from outside.

``start`` is the only door; it blocks until the server is stopped.
"""

from dashboard.server.run import start

__all__ = ["start"]
