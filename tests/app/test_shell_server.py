"""What the server refuses, of strangers and of tabs, and what every answer carries; over real sockets."""

import http.client
import json
from contextlib import ExitStack, closing

import pytest
from tab_client import Tab
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from abm.errors import EweaError
from dashboard.messages.words import Words
from dashboard.server.settings import read_settings

LEVER = "/levers?lang=nl&lever=benefit_level"


def ask(app, path, method="GET", body=None, **headers):
    """Return status, headers and body of an answer; ``own=True`` says that the app's page asks."""
    if headers.pop("own", False):
        headers["Origin"] = app.url
    with closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=90)) as connection:
        connection.request(method, path, body, {name.replace("_", "-"): headers[name] for name in headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_page_carries_safe_headers_and_a_safe_cookie(app):
    status, headers, body = ask(app, "/about-data?lang=en")
    assert status == 200
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0], "no inline script may run"
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert {"httponly", "samesite=lax"} <= set(headers["set-cookie"].lower().split("; "))
    assert "server" not in headers
    assert b"http://" not in body.replace(b"http://www.w3.org", b"")
    assert b"https://" not in body


def test_a_chart_may_stand_in_a_frame_and_nothing_else(app):
    chart, page, picture = (
        ask(app, path)[1]
        for path in ("/api/v1/chart.html?lang=en", "/overview?lang=en", "/api/v1/chart.svg?lang=en")
    )
    assert "frame-ancestors *" in chart["content-security-policy"]
    assert "script-src" not in chart["content-security-policy"]
    assert (chart["x-frame-options"], chart["set-cookie"]) == (None, None)
    assert [one["x-frame-options"] for one in (page, picture)] == ["DENY", "DENY"]
    assert [one["x-content-type-options"] for one in (chart, page, picture)] == ["nosniff"] * 3


@pytest.mark.parametrize(
    "path",
    ["/resourcez", "/_solara/cdn/vue", "/_solara/api/evict/x", "/nowhere", "/about-data/more",
     "/assets/../server/settings.py", "/assets/%2e%2e/server/settings.py", "/static/../settings.py",
     "/plotly/%2e%2e/__init__.py", "/jupyter/nbextensions/%2e%2e/%2e%2e/%2e%2e/pyvenv.cfg"],
)  # fmt: skip
def test_nothing_else_is_served(app, path):
    status, _, body = ask(app, path)
    assert status in (404, 405)
    assert b"import " not in body
    assert b"home =" not in body


def test_unknown_address_is_a_designed_page(app):
    page = ask(app, "/nowhere?lang=nl")[2].decode()
    assert Words("nl").t("shell.not_found_title") in page
    assert "<script src" not in page


def test_ready_and_healthy(app):
    assert ask(app, "/healthz")[0] == 200
    status, _, body = ask(app, "/readyz")
    assert (status, json.loads(body)["status"]) == (200, "ok")


CLOSE = "/_solara/api/close/x"


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/about-data", "GET", {"Host": "evil.example"}, 400),
        (f"{CLOSE}?session_id=1", "POST", {"Origin": "https://evil.example"}, 403),
        (f"{CLOSE}?session_id=1", "POST", {}, 403),
        (f"{CLOSE}?session_id=1", "POST", {"own": True}, 204),
        (CLOSE, "POST", {"own": True, "Content_Length": "99999999"}, 413),
        (CLOSE, "POST", {"own": True, "Content_Length": "-1"}, 400),
        ("/", "DELETE", {}, 405),
    ],
    ids=["other host", "other origin", "no origin", "own", "large", "negative length", "other method"],
)
def test_requests_from_elsewhere_and_of_other_kinds_are_refused(app, path, method, headers, status):
    assert ask(app, path, method, **headers)[0] == status


def socket_of(app, kernel: int, user: int | None, origin: str | None = None):
    """Return how to connect to the tab of a number, as a user with a cookie."""
    headers = {"Origin": app.url if origin is None else origin}
    if user is not None:
        headers["Cookie"] = f"solara-session-id={user:08d}-2222-4222-8222-222222222222"
    return connect(
        f"ws://127.0.0.1:{app.port}/jupyter/api/kernels/{kernel:08d}-1111-4111-8111-111111111111/channels"
        f"?session_id=p{kernel}",
        additional_headers={name: text for name, text in headers.items() if text},
        open_timeout=90,  # a busy machine may keep a connection waiting
        ping_interval=None,
    )


@pytest.mark.parametrize(
    ("user", "origin"), [(1, "https://evil.example"), (1, ""), (1, "null"), (None, None)],
    ids=["other origin", "no origin", "null", "no cookie"],
)  # fmt: skip
def test_a_tab_wants_same_origin_and_a_cookie(app, user, origin):
    with pytest.raises(InvalidStatus, match="403"):
        socket_of(app, 1, user, origin)


def test_one_browser_cannot_open_tabs_without_end_nor_take_over_those_of_another(app):
    with ExitStack() as open_tabs:
        most = read_settings({}).tabs
        for number in range(most):
            open_tabs.enter_context(socket_of(app, number, user=3))
        with pytest.raises(InvalidStatus):
            socket_of(app, most, user=3)
        with pytest.raises(InvalidStatus, match="403"):
            socket_of(app, 0, user=4)
        open_tabs.enter_context(socket_of(app, most, user=4))


def test_two_tabs_of_one_user_keep_their_own_choices(app):
    with Tab(app, LEVER) as one, Tab(app, LEVER, one.cookie) as two:
        for tab, value in ((one, 0.5), (two, 0.8), (one, 0.4), (two, 0.7)):
            tab.move(value)
        assert one.cookie == two.cookie
        assert [f":{value:g}" in tab.url for tab in (one, two) for value in (0.4, 0.7)] == [1, 0, 0, 1]


def test_a_tab_can_raise_events_only(app):
    with Tab(app, LEVER) as tab:
        made = {
            "create_widget": ["ipywidgets", "Text"],
            "props": {"value": "made by a stranger"},
            "id": "f" * 32,
        }
        for content in (
            made,
            {"update_ref": {"function_ref": "close"}, "id": tab.slider, "prop": "hint"},
            {"event": "../close", "data": 0},
            {"event": ["event_chosen"], "data": 0},
            "text",
        ):
            tab.send_raw(tab.slider, content)
        tab.move(0.5)  # events still arrive
        assert "f" * 32 not in tab.widgets
        assert not any(state.get("value") == "made by a stranger" for state in tab.widgets.values())
    assert ask(app, "/healthz")[0] == 200


@pytest.mark.parametrize(
    ("name", "text"),
    [("PORT", "70000"), ("PROT", "1"), ("HOSTS", "*"), ("SECURE", "true"), ("ROOT_PATH", "ewea/")],
)
def test_settings_are_strict(name, text):
    with pytest.raises(EweaError, match=f"EWEA_APP_{name}"):
        read_settings({f"EWEA_APP_{name}": text})


def test_settings_are_read():
    settings = read_settings({"EWEA_APP_HOSTS": "ewea.example.org", "EWEA_APP_SECURE": "yes", "OTHER": "x"})
    assert settings.hosts == ("127.0.0.1", "localhost", "ewea.example.org")
    assert settings.secure
