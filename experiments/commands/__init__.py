"""The commands of ``ewea`` by subject: every file has functions and, at its end, ``COMMANDS``.

An entry there is a new command; nothing else has to be told. Keep heavy imports inside the functions.
"""
