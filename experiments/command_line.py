"""The ``ewea`` command: collects the commands of ``experiments/commands`` and reports errors in one sentence.

Nothing heavy is imported here or at the top of a command file, so that ``ewea --help`` is instant.
Exit codes: 0 success, 1 internal error, 2 invalid input, 130 interrupted.
"""

import errno
import importlib
import logging
import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from abm.errors import EweaError
from experiments import commands

CONFIGS_VARIABLE = "EWEA_CONFIGS"

GROUPS = {
    "calibrate": "Fit the coefficients to surveys and registers, and look at the fit.",
    "forecast": "Publish what the model expects, and score it when the registers have come.",
    "configs": "Take your own copy of the configuration.",
    "data": "Check the data the model runs on, or bring the registers up to date.",
    "population": "Look at the simulated households before they decide anything.",
}
"""Groups of commands with two words, and what each is for."""

INTERRUPTED = 130
OUT_OF_MEMORY = (
    "not enough memory. Raise --scale, run fewer seeds at once with --threads 1, or close other programs."
)
STOPPED = "interrupted; no partial output was left."

REMEDIES = {
    errno.ENOSPC: "the disk is full. Free some space or choose another folder with --out",
    errno.EDQUOT: "your disk quota is used up. Free some space or choose another folder with --out",
    errno.EACCES: "no permission. Choose a folder you may use, or ask for the right to use this one",
    errno.EPERM: "no permission. Choose a folder you may use, or ask for the right to use this one",
    errno.EROFS: "the file system is read-only. Choose another folder with --out",
    errno.ENOTDIR: "a part of this path is a file and not a folder. Choose another path",
    errno.EISDIR: "this is a folder, and a file is needed. Choose another path",
    errno.ENAMETOOLONG: "the name is too long. Choose a shorter one",
    errno.EMFILE: "too many open files. Close other programs or raise the limit with 'ulimit -n'",
    errno.ENOMEM: "not enough memory. Raise --scale (100 needs least) or close other programs",
    errno.EIO: "the disk reported an error. Check it, or choose another folder with --out",
}
"""What to do about an error of the operating system, by its number."""


def build() -> typer.Typer:
    """Return the command line with every command of ``experiments/commands``."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Simulate what displaced Ukrainian households in Europe decide month by month.",
    )
    app.callback()(_general)
    groups = {name: typer.Typer(no_args_is_help=True, help=text) for name, text in GROUPS.items()}
    for name, group in groups.items():
        app.add_typer(group, name=name)
    for words, function in sorted(all_commands().items()):
        *names, last = words.split()
        target = groups[names[0]] if names else app
        target.command(last)(function)
    return app


def all_commands() -> dict[str, Callable[..., None]]:
    """Return every command by its words, ``"run"`` or ``"data check"``; its docstring is the help text."""
    modules = [f"experiments.commands.{found.name}" for found in pkgutil.iter_modules(commands.__path__)]
    return {words: made for name in modules for words, made in importlib.import_module(name).COMMANDS.items()}


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
            envvar=CONFIGS_VARIABLE,
            help="Folder with the configuration, when it is not the one of this project.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    context.obj = {"configs": configs}
    if configs is not None:
        # Workers, the app and whatever reads the folder by itself find it where its variable says.
        os.environ[CONFIGS_VARIABLE] = str(configs.absolute())


def _stop(*_: Any) -> NoReturn:
    """Clean up after a polite kill or a closed terminal as after Ctrl-C."""
    raise KeyboardInterrupt


def _report(text: str) -> None:
    try:
        print(f"ewea: {text}", file=sys.stderr)
    except OSError:  # the terminal itself is gone
        os._exit(1)


def of_system(error: OSError) -> str:
    """Return one sentence with the remedy for an error of the operating system.

    >>> of_system(OSError(errno.ENOSPC, "No space left on device", "results/x"))
    'results/x: the disk is full. Free some space or choose another folder with --out.'
    """
    where = f"{error.filename}: " if error.filename else ""
    number = error.errno if error.errno is not None else -1
    return f"{where}{REMEDIES.get(number, error.strerror or str(error))}."


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; users never see a traceback for invalid input."""
    before = os.environ.get(CONFIGS_VARIABLE)
    try:
        return _run(arguments)
    finally:
        os.environ.pop(CONFIGS_VARIABLE, None)
        if before is not None:
            os.environ[CONFIGS_VARIABLE] = before


def _run(arguments: list[str] | None) -> int:
    if logging.lastResort is not None:  # shows what code warns of, where nobody has set up another handler
        logging.lastResort.setFormatter(logging.Formatter("ewea: notice: %(message)s"))
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
            _report(STOPPED)
        return code
    except KeyboardInterrupt:
        _report(STOPPED)
        return INTERRUPTED
    except EweaError as error:
        _report(str(error))
    except MemoryError:
        _report(OUT_OF_MEMORY)
    except BrokenPipeError:
        # The reader of the output left (``ewea ... | head``): no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        _report(of_system(error))
    return 2
