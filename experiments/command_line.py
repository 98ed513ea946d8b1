"""The ``ewea`` command: collects the commands of ``experiments/commands`` and speaks plainly of errors.

Nothing heavy is imported here or at the top of a command file, so that ``ewea --help`` is instant.
Exit codes: 0 done, 1 a fault of ours, 2 something the user can put right, 130 interrupted.
"""

import importlib
import os
import pkgutil
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from abm.errors import EweaError
from experiments import commands
from experiments.complaints import of_memory, of_system

GROUPS = {
    "calibrate": "Fit the coefficients to surveys and registers, and look at the fit.",
    "data": "Check the data the model runs on, or bring the registers up to date.",
    "population": "Look at the simulated households before they decide anything.",
}
"""Groups of commands with two words, and what each is for."""

INTERRUPTED = 130


def build() -> typer.Typer:
    """Return the command line with every command of ``experiments/commands``.

    A command file holds ``COMMAND`` (``"run"`` or ``"data check"``) and the function ``command``;
    its docstring is the help text.
    """
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Simulate what displaced Ukrainian households in Europe decide month by month.",
    )
    app.callback()(_general)
    groups: dict[str, typer.Typer] = {}
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        module = importlib.import_module(f"experiments.commands.{found.name}")
        *group, name = module.COMMAND.split()
        target = app
        if group:
            if group[0] not in groups:
                groups[group[0]] = typer.Typer(no_args_is_help=True, help=GROUPS.get(group[0]))
                app.add_typer(groups[group[0]], name=group[0])
            target = groups[group[0]]
        target.command(name)(module.command)
    return app


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"ewea {version('ewea-displacement')}")
        raise typer.Exit


def _general(
    context: typer.Context,
    configs: Annotated[
        Path | None,
        typer.Option(
            envvar="EWEA_CONFIGS",
            help="Folder with the configuration, when it is not the one of this project.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    context.obj = {"configs": configs}


def _stop(*_: Any) -> NoReturn:
    """Let a polite kill or a closed terminal clean up as Ctrl-C does."""
    raise KeyboardInterrupt


def _complain(text: str) -> None:
    try:
        print(f"ewea: {text}", file=sys.stderr)
    except OSError:  # the terminal itself is gone
        os._exit(1)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; no user sees a traceback for his own mistake."""
    signal.signal(signal.SIGTERM, _stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _stop)
    try:
        build()(arguments)
        sys.stdout.flush()
        return 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        if code == INTERRUPTED:
            _complain("stopped on request; nothing half-written was left behind.")
        return code
    except KeyboardInterrupt:
        _complain("stopped on request; nothing half-written was left behind.")
        return INTERRUPTED
    except EweaError as error:
        _complain(str(error))
    except MemoryError:
        _complain(of_memory())
    except BrokenPipeError:
        # The reader of our output left (``ewea ... | head``): not an error of the user or of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        _complain(of_system(error))
    return 2
