"""Serve the app: one process, one port, nothing fetched from outside; ``start`` is the only door."""

from dashboard.server.run import start

__all__ = ["start"]
