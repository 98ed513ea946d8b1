"""``ewea app``: open the app for policy staff in a browser."""

from typing import Annotated

import typer


def app_command(
    *,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port to listen on; 0 takes a free one.",
            show_default="EWEA_APP_PORT, else 8765",
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on; 0.0.0.0 lets other machines in.",
            show_default="EWEA_APP_HOST, else 127.0.0.1",
        ),
    ] = None,
    precompute: Annotated[
        bool, typer.Option("--precompute", help="Make the shipped baseline anew and end (some minutes).")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="With --precompute: keep the validation that is there.")
    ] = False,
) -> None:
    """Start the app: choose levers and a course of the war, and see what changes and how sure that is.

    Prints the address to open in a browser and runs until Ctrl-C. Needs no internet.
    docs/app.md explains the pages, docs/app_server.md how to serve it to others.
    """
    if precompute:
        from dashboard.engine.precompute import precompute as make

        make(say=typer.echo, full=not quick)
        typer.echo("dashboard/shipped is up to date.")
        return
    from abm.errors import EweaError

    if quick:
        raise EweaError("--quick: only has a meaning with --precompute.")
    from abm.data.folder import default_configs
    from dashboard.server import start
    from experiments.data.told import warn_of_faults

    warn_of_faults(default_configs())
    try:
        start(host, port)
    except ModuleNotFoundError as error:
        raise EweaError(
            f"The app needs packages that are not installed ({error.name}). Run 'make setup', or install "
            "the extra: pip install 'ewea-displacement[app]'."
        ) from error


COMMANDS = {"app": app_command}
