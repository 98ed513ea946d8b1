"""Take pictures of every page for ``docs/gallery.md``: desk, phone, dark, Ukrainian and English.

Run it from the project's folder: ``.venv/bin/python tests/app/gallery.py [PAGE ...]`` (all pages if none is
named). It starts the app itself. Pictures are brought to 128 colours: charts and text lose nothing visible.
"""

import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from app_server import ROOT, running_server  # noqa: E402
from page_state import wait_until_drawn  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from conftest import launch  # noqa: E402

FOLDER = ROOT / "docs" / "gallery"
COLOURS = 128
MOST_BYTES = 3_000_000
TALLEST = {1280: 2400, 390: 1900}
"""Most pixels of height by width; pages go on below."""

LONGER = "b=p=rtb_extended_2029"
SCENARIO = "a=w=frozen_front;l=transition_permit_nl:NL:2026-12:1,benefit_level:NL:2026-12:0.5"


@dataclass(frozen=True)
class Picture:
    """One picture: its file name, the address, what is to be seen (one line), and how."""

    name: str
    address: str
    says: str
    width: int = 1280
    scheme: str = "light"


def both(page: str, says: str, query: str = "") -> list[Picture]:
    address = f"{page}?lang=nl{'&' + query if query else ''}"
    return [
        Picture(f"{page}-desk", address, says),
        Picture(f"{page}-phone", address, f"{says} On a phone.", width=390),
    ]


PICTURES = [
    *both("overview", "Overview: the answer in a sentence, in figures and over time."),
    *both("levers", "Levers: one is open and set; the result stands beside it.",
          f"lever=benefit_level&group=benefits&{SCENARIO}"),
    *both("compare", "Compare: two scenarios and how they differ.", f"{SCENARIO}&{LONGER}"),
    *both("map", "Map: where people are, moves between countries, regions of origin."),
    *both("people", "People: who they are, and a household's story.", SCENARIO),
    *both("intentions", "Intentions: what the model says against what surveys found."),
    *both("scorecard", "Scorecard: scores by indicator and what they do."),
    *both("how-sure", "How sure are we: tests against registers, assumptions, what cannot be said."),
    *both("about-data", "About the data: every file, survey and source."),
    *both("help", "Help: a tour, the words, what is kept of a visit."),
    Picture("overview-dark", f"overview?lang=nl&{SCENARIO}", "Overview of a scenario, dark.", scheme="dark"),
    Picture("overview-ukrainian", "overview?lang=uk&place=EU", "Overview of the EU in Ukrainian."),
    Picture("compare-english", f"compare?lang=en&{SCENARIO}&{LONGER}", "Compare in English."),
]  # fmt: skip


def take(browser, url: str, picture: Picture) -> bytes:
    context = browser.new_context(
        viewport={"width": picture.width, "height": 900 if picture.width > 500 else 844},
        color_scheme=picture.scheme,
    )
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{url}/{picture.address}")
    page.wait_for_selector("#app main h1")
    page.wait_for_function("!document.querySelector('.progress-bar')")
    wait_until_drawn(page)
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST[picture.width])
    page.set_viewport_size({"width": picture.width, "height": height})
    wait_until_drawn(page)
    taken = page.screenshot()
    context.close()
    return taken


def small(png: bytes) -> bytes:
    found = BytesIO()
    image = Image.open(BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(found, "PNG", optimize=True)
    return found.getvalue()


HEAD = """# What the app looks like

Made by `.venv/bin/python tests/app/gallery.py`; pages go on below what is shown here.
"""


def main(pages: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_server(Path(tempfile.mkdtemp())) as server, sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for picture in PICTURES:
            if not pages or picture.address.split("?")[0] in pages:
                content = small(take(browser, server.url, picture))
                (FOLDER / f"{picture.name}.png").write_bytes(content)
                print(f"{picture.name}: {len(content) // 1000} kB", flush=True)
        browser.close()
    for stray in set(FOLDER.iterdir()) - {FOLDER / f"{picture.name}.png" for picture in PICTURES}:
        stray.unlink()
    shown = [f"\n{picture.says}\n\n![{picture.says}](gallery/{picture.name}.png)\n" for picture in PICTURES]
    FOLDER.with_suffix(".md").write_text(HEAD + "".join(shown), encoding="utf-8")
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{total / 1e6:.2f} MB in all")
    if total > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES / 1e6:.0f} MB: take fewer colours or less height")


if __name__ == "__main__":
    main(sys.argv[1:])
