"""Serve the app: one process, one port, nothing fetched from outside; ``start`` is the only door."""

import errno
import logging
import socket
import sys
from contextlib import suppress
from dataclasses import replace

from abm.errors import EweaError
from dashboard.server.settings import ServerSettings, prepare_environment, read_settings

GRACE_SECONDS = 3
"""Seconds open connections get to end when the server is stopped."""


def start(host: str | None = None, port: int | None = None, announce: bool = True) -> None:
    """Serve the app until Ctrl-C or SIGTERM; ``host`` and ``port`` win over the environment."""
    settings = read_settings()
    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = replace(settings, **given)  # type: ignore[arg-type]
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    prepare_environment(settings)

    from dashboard.messages.catalogue import all_messages

    # A faulty catalogue or page stops the start with its file and line, not the first visitor.
    all_messages()
    # Before anything that takes long: a port in use is said at once.
    # uvicorn ends in order at Ctrl-C and then raises it again; for a user that is no fault.
    with listen(settings) as door, suppress(KeyboardInterrupt):
        _serve(settings, door, announce)


def _serve(settings: ServerSettings, door: socket.socket, announce: bool) -> None:
    import uvicorn

    from dashboard.engine.engine import the_engine
    from dashboard.pages import all_pages

    the_engine()  # its workers load the model while the pages are read
    from dashboard.server.application import build_application

    all_pages()
    application = build_application(settings)
    config = uvicorn.Config(
        application,
        loop="asyncio",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=True,
        forwarded_allow_ips=settings.proxies,
        ws_max_size=settings.message_bytes,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=262_144,
    )
    if announce:
        host, port = door.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        through = f", to be shown by a proxy under {settings.root_path}/" if settings.root_path else ""
        sys.stdout.write(f"EWEA displacement: http://{shown}:{port}/{through}  (stop with Ctrl-C)\n")
        sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[door])


def listen(settings: ServerSettings) -> socket.socket:
    """Return a socket bound to the address of the settings."""
    host, port = settings.host, settings.port
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        door = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise EweaError(_cannot_listen(settings, error)) from error
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        # Listening too, for two sockets may be bound to one port as long as neither listens.
        door.listen()
    except OSError as error:
        door.close()
        raise EweaError(_cannot_listen(settings, error)) from error
    return door


def _cannot_listen(settings: ServerSettings, error: OSError) -> str:
    host, port = settings.host, settings.port
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use; the app may be running already. Stop that one, or choose "
            "another port with EWEA_APP_PORT or 'ewea app --port', such as 8766 (0 takes a free one)."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs rights this user does not have. Choose a port above 1023, such as 8765."
    return (
        f"{host} is no address of this machine. Use 127.0.0.1 for this machine only, or 0.0.0.0 for all of "
        "its addresses (EWEA_APP_HOST or 'ewea app --host')."
    )
