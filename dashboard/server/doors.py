"""Close a door of ipyvue: a message of a browser may raise events of a template and do nothing else.

By itself ipyvue also lets a message name any Python module and class to import and make
(``create_widget``), call methods of a widget and set its attributes (``update_ref``). No template of ours
uses that, and whoever holds a connection could.
"""

from typing import Any

from ipyvue.VueTemplateWidget import Events

EVENT = {"event", "data"}
"""What a message of a template holds."""


def close_doors() -> None:
    """Let templates take events only. Must run before the first widget is made."""
    handle = Events._handle_event

    def events_only(self: Any, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and set(content) <= EVENT and f"{content.get('event')}" in self.events:
            handle(self, widget, content, buffers)

    Events._handle_event = events_only
