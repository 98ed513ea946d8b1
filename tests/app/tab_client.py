"""A tab without a browser: speaks what the browser speaks with the server, and nothing else.

Light enough to have twenty of them on one machine beside the server they load.
"""

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app_server import AppServer
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

OVER = ("progress-first", "progress-done")
"""Classes of the progress line once there is an answer to what was asked."""

SECONDS = 240
"""After these something counts as lost, however busy the machine is."""


@dataclass
class Tab:
    """One open page, of a new user unless it is given the cookie of another.

    ``widgets`` holds the state of everything the server shows in it, by id. ``news`` is told after every
    message; ``answers`` counts how often a calculation got its first answer after it was seen at work.
    """

    server: AppServer
    path: str
    cookie: str = ""
    widgets: dict[str, dict[str, Any]] = field(default_factory=dict)
    news: threading.Condition = field(default_factory=threading.Condition)
    answers: int = 0

    def __enter__(self) -> "Tab":
        """Load the page as a browser does: the document with its cookie, then the connection."""
        asked = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        asked.request("GET", self.path, headers={"Cookie": self.cookie})
        answer = asked.getresponse()
        answer.read()
        self.cookie = self.cookie or answer.getheader("set-cookie", "").split(";")[0]
        asked.close()
        self._session = uuid.uuid4().hex
        kernel = f"/jupyter/api/kernels/{uuid.uuid4()}/channels?session_id={uuid.uuid4()}"
        # Like a browser: it answers pings of the server but sends none.
        self._connection = connect(
            f"ws://127.0.0.1:{self.server.port}{kernel}",
            additional_headers={"Origin": self.server.url, "Cookie": self.cookie},
            open_timeout=60,
            max_size=None,
            ping_interval=None,
        )
        self._socket = self._connection.__enter__()
        threading.Thread(target=self._listen, daemon=True).start()
        control = uuid.uuid4().hex
        self._send("comm_open", {"comm_id": control, "target_name": "solara.control", "data": {}})
        themes: dict[str, Any] = {"light": {}, "dark": {}}
        run = {"path": self.path, "appName": None, "themes": themes, "dark": False}
        self._send("comm_msg", {"comm_id": control, "data": {"method": "run", "args": run}})
        self.wait(lambda: self.progress in OVER, "the page")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.__exit__(None, None, None)

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        header = {
            "msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": self._session,
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "version": "5.3",
        }  # fmt: skip
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))

    def _listen(self) -> None:
        try:
            for text in self._socket:
                message = json.loads(text) if isinstance(text, str) else {}
                self._take(message.get("header", {}).get("msg_type"), message.get("content", {}))
        except ConnectionClosed:
            pass

    def _take(self, kind: str | None, content: dict[str, Any]) -> None:
        data = content.get("data", {})
        with self.news:
            before = self.progress
            if kind == "comm_open" and "state" in data:
                self.widgets[content["comm_id"]] = dict(data["state"])
            elif kind == "comm_msg" and data.get("method") == "update":
                self.widgets.setdefault(content["comm_id"], {}).update(data["state"])
            elif kind == "comm_close":
                self.widgets.pop(content["comm_id"], None)
            if before not in ("", *OVER) and self.progress in OVER:
                self.answers += 1
            self.news.notify_all()

    def wait(self, true: Callable[[], bool], what: str) -> None:
        """Wait until something is to be seen."""
        with self.news:
            assert self.news.wait_for(true, SECONDS), f"waited {SECONDS} s: {what}"

    def send_raw(self, widget: str, content: Any) -> None:
        self._send("comm_msg", {"comm_id": widget, "data": {"method": "custom", "content": content}})

    def with_traits(self, *names: str) -> list[str]:
        """Return the ids of what is shown that has all these traits."""
        return [key for key, state in self.widgets.items() if all(name in state for name in names)]

    @property
    def slider(self) -> str:
        return self.with_traits("least", "most", "step")[-1]

    def move(self, value: float) -> None:
        self.send_raw(self.slider, {"event": "event_chosen", "data": value})
        self.wait(lambda: f":{value:g}&" in f"{self.url}&", f"address of {value}")

    @property
    def url(self) -> str:
        return next((self.widgets[key]["url"] for key in self.with_traits("url", "title", "said")), "")

    @property
    def progress(self) -> str:
        """The state of the calculation, as a class name; empty before the page is there."""
        for state in self.widgets.values():
            classes = str(state.get("class_") or "").split()
            if classes[:1] == ["progress"]:
                return classes[1]
        return ""

    def table(self, caption: str) -> list[Any]:
        tables = [self.widgets[key] for key in self.with_traits("rows", "caption")]
        return next(table["rows"] for table in tables if table["caption"] == caption)
