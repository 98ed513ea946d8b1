"""The door of the web app: ``python app.py`` serves it; everything else is in ``dashboard/``."""

import sys

from abm.errors import EweaError


def main() -> int:
    """Serve the app until it is stopped; 2 if a setting is wrong."""
    from dashboard.server import start

    try:
        start()
    except EweaError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
