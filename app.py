"""The door of the web app: ``python app.py`` serves it; everything else is in ``dashboard/``."""

import sys

from abm.errors import EweaError


def main() -> int:
    """Serve the app until it is stopped; 2 if a setting is wrong."""
    if given := sys.argv[1:]:
        sys.stderr.write(
            f"app.py: found {' '.join(given)}; it takes no options. "
            f"Use 'ewea app' with them (see 'ewea app --help') or EWEA_APP_ variables (docs/app_server.md)\n"
        )
        return 2
    from dashboard.server import start

    try:
        start()
    except EweaError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
