"""Every picture that leaves the app: title, legend, marks and notes are whole, and none covers another."""

import pytest
from page_state import wait_until_drawn

from dashboard.pages.overview.figures import VIEWS

PAGES = {
    **{f"overview, {view}": (f"/overview?chart={view}", 1280) for view in VIEWS},
    "overview of a phone": ("/overview?theme=light", 390),
    "compare": ("/compare?a=p=rtb_end&b=p=rtb_extended_2029&c=p=men_excluded_new", 1280),
    **{name: (f"/{name}?place=DE", 1280) for name in ("map", "intentions", "how-sure")},
}

PICTURES = """async () => {
  const kept = window.ewea.savePicture, found = [], shown = [];
  window.ewea.savePicture = async (svg, format, name) => { shown.push([name, svg]); };
  for (const button of document.querySelectorAll("main button")) {
    if (!/SVG/.test(button.textContent)) continue;
    const before = shown.length;
    button.click();
    while (shown.length === before) await new Promise((then) => setTimeout(then, 20));
  }
  window.ewea.savePicture = kept;
  for (const [name, svg] of shown) {
    const sheet = document.body.appendChild(document.createElement("div"));
    sheet.style = "position:absolute;left:0;top:0";
    sheet.appendChild(svg);
    const whole = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].filter((one) => one.textContent.trim()).map((one) => {
      const [box, mark] = [one.getBoundingClientRect(), one.closest(".annotation, .legend, svg > text")];
      const [left, top] = [box.left - whole.left, box.top - whole.top];
      return [one.textContent, left, top, left + box.width, top + box.height, mark !== null];
    });
    const own = [...svg.children].filter((one) => one.tagName === "text").map((one) => one.textContent);
    found.push({ name, width: whole.width, height: whole.height, texts, own });
    sheet.remove();
  }
  const text = (figure, part) => (figure.querySelector(part) || { textContent: "" }).textContent.trim();
  const figures = [...document.querySelectorAll("main figure.chart, main figure.map")];
  return { found, said: figures.map((one) => [text(one, ".chart-name"), text(one, ".chart-note")]) };
}"""
"""Saves every picture of a page into the page itself, and measures the texts of each."""


def overlap(one, other) -> tuple[float, float]:
    """Return by how many pixels two texts cover each other, across and down."""
    return min(one[3], other[3]) - max(one[1], other[1]), min(one[4], other[4]) - max(one[2], other[2])


@pytest.mark.parametrize(("link", "width"), PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("language", ["nl", "uk"])
def test_titles_legends_marks_and_notes_of_saved_pictures_are_whole(open_page, link, width, language):
    page = open_page(f"{link}&lang={language}", width=width)
    page.wait_for_selector("main figure", timeout=300_000)  # a scenario is calculated first
    wait_until_drawn(page)
    made = page.evaluate(PICTURES)
    assert len(made["said"]) == len(made["found"]) > 0
    for picture, (title, note) in zip(made["found"], made["said"], strict=True):
        written = " ".join(picture["own"])
        assert title in written, picture["name"]
        assert note in written, picture["name"]
        for text, left, top, right, bottom, _ in picture["texts"]:
            assert min(left, top) >= -1, (picture["name"], text)
            assert right <= picture["width"] + 1, (picture["name"], text)
            assert bottom <= picture["height"] + 1, (picture["name"], text)
        marks = [text for text in picture["texts"] if text[5]]
        for n, one in enumerate(marks):
            for other in marks[:n]:
                across, down = overlap(one, other)
                assert across <= 2 or down <= 4, (picture["name"], one[0], other[0])
