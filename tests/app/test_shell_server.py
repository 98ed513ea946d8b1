"""What the server refuses, of strangers and of tabs, and what every answer carries; over real sockets."""

import http.client
import json
from contextlib import ExitStack

import pytest
from tab_client import OVER, Tab
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from abm.errors import EweaError
from dashboard.messages.words import Words
from dashboard.server.settings import read_settings


def ask(app, path, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=90)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None and "Content_Length" not in headers:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


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
    cookie = headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "server" not in headers
    assert b"http://" not in body.replace(b"http://www.w3.org", b"")
    assert b"https://" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/resourcez",
        "/_solara/cdn/vue",
        "/_solara/api/evict/x",
        "/nowhere",
        "/about-data/more",
        "/assets/../server/settings.py",
        "/assets/%2e%2e/server/settings.py",
        "/static/../settings.py",
        "/plotly/%2e%2e/__init__.py",
        "/jupyter/nbextensions/%2e%2e/%2e%2e/%2e%2e/pyvenv.cfg",
    ],
)
def test_nothing_else_is_served(app, path):
    status, _, body = ask(app, path)
    assert status in (404, 405)
    assert b"import " not in body
    assert b"home =" not in body


def test_unknown_address_is_a_designed_page(app):
    status, _, body = ask(app, "/nowhere?lang=nl")
    assert status == 404
    assert Words("nl").t("shell.not_found_title") in body.decode()
    assert "<script src" not in body.decode()


def test_ready_and_healthy(app):
    assert ask(app, "/healthz")[0] == 200
    status, _, body = ask(app, "/readyz")
    assert status == 200
    assert json.loads(body)["status"] == "ok"


def test_foreign_host_is_refused(app):
    assert ask(app, "/about-data", Host="evil.example")[0] == 400


def test_posts_from_elsewhere_large_bodies_and_other_methods_are_refused(app):
    own = {"Origin": app.url}
    assert ask(app, "/_solara/api/close/x?session_id=1", "POST", b"", Origin="https://evil.example")[0] == 403
    assert ask(app, "/_solara/api/close/x?session_id=1", "POST", b"")[0] == 403
    assert ask(app, "/_solara/api/close/x?session_id=1", "POST", b"", **own)[0] == 204
    assert ask(app, "/_solara/api/close/x", "POST", None, Content_Length="99999999", **own)[0] == 413
    assert ask(app, "/_solara/api/close/x", "POST", None, Content_Length="-1", **own)[0] in (400, 413)
    assert ask(app, "/", "DELETE")[0] == 405


PATIENT = {"open_timeout": 90, "ping_interval": None}
"""A busy machine may keep a connection waiting."""


def websocket_status(app, kernel="11111111-1111-4111-8111-111111111111", **headers):
    url = f"ws://127.0.0.1:{app.port}/jupyter/api/kernels/{kernel}/channels?session_id=p"
    try:
        with connect(url, additional_headers=headers, **PATIENT):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


COOKIE = "solara-session-id=22222222-2222-4222-8222-222222222222"


def test_websocket_wants_same_origin_and_a_cookie(app):
    assert websocket_status(app, Origin="https://evil.example", Cookie=COOKIE) == 403
    assert websocket_status(app, Cookie=COOKIE) == 403
    assert websocket_status(app, Origin="null", Cookie=COOKIE) == 403
    assert websocket_status(app, Origin=app.url) == 403
    assert websocket_status(app, Origin=app.url, Cookie=COOKIE) == 101


def test_one_browser_cannot_open_tabs_without_end(app):
    url = f"ws://127.0.0.1:{app.port}/jupyter/api/kernels"
    cookie = "solara-session-id=33333333-3333-4333-8333-333333333333"
    headers = {"Origin": app.url, "Cookie": cookie}
    n_open = 0
    with ExitStack() as open_tabs:
        for number in range(20):
            kernel = f"{number:08d}-1111-4111-8111-111111111111"
            address = f"{url}/{kernel}/channels?session_id=p{number}"
            try:
                open_tabs.enter_context(connect(address, additional_headers=headers, **PATIENT))
            except InvalidStatus:
                break
            n_open += 1
    assert n_open == read_settings({}).tabs


def test_a_stranger_cannot_take_over_a_tab(app):
    kernel = "44444444-1111-4111-8111-111111111111"
    url = f"ws://127.0.0.1:{app.port}/jupyter/api/kernels/{kernel}/channels?session_id=p"
    owner = {"Origin": app.url, "Cookie": "solara-session-id=44444444-2222-4222-8222-222222222222"}
    with connect(url, additional_headers=owner, **PATIENT):
        assert websocket_status(app, kernel, Origin=app.url, Cookie=COOKIE) == 403


def test_a_tab_can_raise_events_only(app):
    with Tab(app, "/levers?lang=nl&lever=benefit_level") as tab:
        tab.wait(lambda: tab.progress in OVER, 60, "the page")
        slider = tab.with_traits("least", "most", "step")[-1]
        made = {
            "create_widget": ["ipywidgets", "Text"],
            "props": {"value": "made by a stranger"},
            "id": "f" * 32,
        }
        for content in (
            made,
            {"update_ref": {"function_ref": "close"}, "id": slider, "prop": "hint"},
            {"event": "../close", "data": 0},
            {"event": ["event_chosen"], "data": 0},
            "text",
        ):
            tab.send_raw(slider, content)
        tab.emit(slider, "event_chosen", 0.5)
        tab.wait(lambda: "benefit_level:NL:2026-12:0.5" in tab.url, 60, "events still arrive")
        assert "f" * 32 not in tab.widgets
        assert not any(state.get("value") == "made by a stranger" for state in tab.widgets.values())
    assert ask(app, "/healthz")[0] == 200


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("PORT", "70000", "EWEA_APP_PORT: must be a port"),
        ("PROT", "1", "no such setting"),
        ("HOSTS", "*", r"'\*' is not allowed"),
        ("SECURE", "true", "must be yes or no"),
        ("ROOT_PATH", "ewea/", "must look like /ewea"),
    ],
)
def test_settings_are_strict(name, text, said):
    with pytest.raises(EweaError, match=said):
        read_settings({f"EWEA_APP_{name}": text})


def test_settings_are_read():
    settings = read_settings({"EWEA_APP_HOSTS": "ewea.example.org", "EWEA_APP_SECURE": "yes", "OTHER": "x"})
    assert settings.hosts == ("127.0.0.1", "localhost", "ewea.example.org")
    assert settings.secure
