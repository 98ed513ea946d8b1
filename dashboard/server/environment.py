"""What Solara reads from the environment, set before it is imported.

Solara's own defaults fetch front-end files from a content network, report usage and trust headers of
any client. Everything of that kind is switched off here, in one place.
"""

import os
import secrets

from dashboard.server.settings import ServerSettings

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
