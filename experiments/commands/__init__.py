"""The commands of ``ewea``: every file ends in ``COMMANDS``; keep heavy imports inside the functions."""
