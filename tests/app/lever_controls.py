"""How a user sets a lever on the page on levers, whatever its control looks like (in English)."""

import re

from dashboard.messages.words import Words


def open_lever(page, lever) -> None:
    """Show the subject of a lever and open it."""
    row = page.locator(f"#lever-{lever['id']}")
    head = row.locator(".levers-toggle")
    if head.get_attribute("aria-expanded") != "true":
        head.click()
    row.locator(".levers-body").wait_for()


def set_lever(page, lever, value=None) -> str:
    """Set an open lever through its own control, to its example unless told; return what the link must hold.

    Switches are put to the other side; the month of a lever that is a month becomes April 2028.
    """
    row = page.locator(f"#lever-{lever['id']}")
    if lever["is_switch"]:
        state = "0" if lever["neutral"] in (1, None) else "1"
        row.locator(f'.levers-editor input[type=radio][id$="{state}"]').first.check()
        return f":{state}"
    if lever["is_month"]:
        row.locator(".levers-editor .month select >> nth=1").select_option("2028")
        return ":2028-04"
    if lever["neutral"] is None:
        row.get_by_text(re.compile("^" + Words("en").t("levers.set_to", value=""))).first.click()
        if value is None:
            return f":{lever['example']:g}"
    value = lever["example"] if value is None else value
    box = row.locator("input[type=number]").first
    box.fill(f"{value:g}")
    box.press("Tab")
    return f":{value:g}"
