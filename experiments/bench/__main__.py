"""``python -m experiments.bench``: the same as ``ewea bench``."""

import sys

from experiments.command_line import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
