"""What a hostile tab may send: events of what is shown, and nothing that reaches Python behind it."""

import urllib.request

from tab_client import OVER, Tab


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
    with urllib.request.urlopen(f"{app.url}/healthz", timeout=90) as answer:
        assert answer.status == 200
