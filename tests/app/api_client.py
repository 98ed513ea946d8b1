"""What the API answers, asked in the test's own process, without a port."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.applications import Starlette

from dashboard.api.endpoint import api_routes
from dashboard.engine.engine import Engine


def ask_api(engine: Engine, *links: str, user: str = "198.51.100.1") -> list[tuple[int, Any]]:
    """Return status and JSON (or text) of every address, all asked at once."""
    app = Starlette(routes=api_routes(engine, "https://example.org/ewea"))

    async def one(link: str) -> tuple[int, Any]:
        path, _, query = link.partition("?")
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": [],
            "query_string": query.encode(), "client": (user, 1), "server": ("example.org", 443),
            "scheme": "https", "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, receive, send)
        body = b"".join(message.get("body", b"") for message in sent[1:]).decode()
        is_json = (b"content-type", b"application/json") in sent[0]["headers"]
        return sent[0]["status"], json.loads(body) if is_json else body

    async def all_() -> list[tuple[int, Any]]:
        return await asyncio.gather(*(one(link) for link in links))

    with ThreadPoolExecutor(1) as another:  # the browser's tests keep a loop running in this thread
        return another.submit(lambda: asyncio.run(all_())).result()
