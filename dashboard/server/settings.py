"""Settings of the server, read from the environment once at the start (``EWEA_APP_...``)."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from abm.errors import EweaError

PREFIX = "EWEA_APP_"
"""Prefix of every environment variable read here."""

LOCAL_HOSTS = ("127.0.0.1", "localhost")
"""Names a browser on the same machine may use."""


@dataclass(frozen=True)
class ServerSettings:
    """How the server listens and what it allows."""

    host: str = "127.0.0.1"  # Address to listen on
    port: int = 8765  # Port to listen on; 0 takes a free one
    # Names (without port) a browser may ask for in ``Host``; others get 400
    hosts: tuple[str, ...] = LOCAL_HOSTS
    # Path under which a reverse proxy shows the app, such as ``/ewea``; empty at the root
    root_path: str = ""
    public_url: str = ""  # Address under which users reach the app, such as ``https://ewea.example.org``
    feedback: str = ""  # Where remarks go: ``mailto:`` an address, or an https page
    secure: bool = False  # Whether users come over https (behind a proxy): cookies then carry ``Secure``
    proxies: str = "127.0.0.1"  # Addresses whose ``X-Forwarded-*`` headers are believed, separated by commas
    users: int = 60  # Most tabs open at once; a further one is asked to wait
    tabs: int = 8  # Most tabs open at once in one browser
    idle_minutes: int = 30  # Minutes after which a closed or sleeping tab is forgotten
    body_bytes: int = 65_536  # Largest body of a request, bytes
    message_bytes: int = 4_194_304  # Largest message of an open tab, bytes (uploads travel in it, as text)


def read_settings(environment: Mapping[str, str] = os.environ) -> ServerSettings:
    """Return the settings the environment asks for."""
    defaults = ServerSettings()
    found = {
        key.removeprefix(PREFIX).lower(): text for key, text in environment.items() if key.startswith(PREFIX)
    }
    values: dict[str, object] = {}
    faults = []
    for name, text in found.items():
        try:
            values[name] = _read(name, text.strip(), defaults)
        except ValueError as error:
            faults.append(f"{PREFIX}{name.upper()}: {error}")
    if faults:
        raise EweaError("\n".join(sorted(faults)))
    return ServerSettings(**{**defaults.__dict__, **values})


def _read(name: str, text: str, defaults: ServerSettings) -> object:
    if name not in defaults.__dict__:
        raise ValueError(f"no such setting. Known: {', '.join(sorted(defaults.__dict__))}.")
    default = defaults.__dict__[name]
    if isinstance(default, bool):
        if text.lower() not in ("yes", "no"):
            raise ValueError(f"must be yes or no; found {text!r}.")
        return text.lower() == "yes"
    if isinstance(default, int):
        if not re.fullmatch(r"\d{1,9}", text) or (int(text) == 0 and name != "port"):
            raise ValueError(f"must be a whole number above 0; found {text!r}.")
        if name == "port" and int(text) > 65_535:
            raise ValueError(f"must be a port, 0 to 65535; found {text!r}.")
        return int(text)
    if isinstance(default, tuple):
        names = tuple(part.strip() for part in text.split(",") if part.strip())
        if not names or "*" in names:
            raise ValueError("name the hosts users type, separated by commas; '*' is not allowed.")
        return (*LOCAL_HOSTS, *names)
    if name == "public_url" and text and not re.fullmatch(r"https?://[A-Za-z0-9.:-]+", text):
        raise ValueError(f"must look like https://ewea.example.org, without a path; found {text!r}.")
    if (
        name == "feedback"
        and text
        and not re.fullmatch(r"(mailto:[^\s<>\"]+@[^\s<>\"]+|https://[^\s<>\"]+)", text)
    ):
        raise ValueError(f"must be mailto: and an address, or an https page; found {text!r}.")
    if name == "root_path" and text and not re.fullmatch(r"(/[A-Za-z0-9_-]+)+", text):
        raise ValueError(f"must look like /ewea, without a slash at the end; found {text!r}.")
    return text


APPLICATION = "dashboard.shell.frame"
"""Module with the routes of the app."""

UNREACHABLE = "http://127.0.0.1:9/"
"""Where Solara would fetch a front-end file we do not serve: nowhere, so that it shows."""


def prepare_environment(settings: ServerSettings) -> None:
    """Set the variables Solara reads. Must run before the first import of ``solara``."""
    os.environ.update(
        SOLARA_APP=APPLICATION,
        SOLARA_MODE="production",
        SOLARA_ASSETS_CDN=UNREACHABLE,
        SOLARA_ASSETS_PROXY="false",
        SOLARA_ASSETS_FONTAWESOME_ENABLED="false",
        SOLARA_TELEMETRY_MIXPANEL_ENABLE="false",
        SOLARA_THEME_SHOW_BANNER="false",
        SOLARA_THEME_VARIANT="light",
        SOLARA_SESSION_HTTP_ONLY="true",
        # Empty, not unset: unset, the first visitor's x-script-name header would choose it for all.
        SOLARA_ROOT_PATH=settings.root_path,
        SOLARA_KERNEL_CULL_TIMEOUT=f"{settings.idle_minutes}m",
        SOLARA_KERNEL_MAX_PER_SESSION=str(settings.tabs),
        # The whole state lives in the URL, so after a restart a tab may simply run the app again.
        SOLARA_STATE_AUTO_REMOUNT="true",
    )
    os.environ.setdefault("SOLARA_SESSION_SECRET_KEY", secrets.token_urlsafe(32))
