"""One file per command of ``ewea``: ``COMMAND`` (its words) and ``command`` (the function).

A new file here is a new command; nothing else has to be told. Keep heavy imports inside the function.
"""
