"""Start the app and walk through its pages where there is no network; run by test_offline.py.

Usage: ``walk_without_network.py FOLDER``. Prints ``no-network`` and the pages that were shown.
"""

import contextlib
import fcntl
import socket
import struct
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from app_server import start_server  # noqa: E402
from page_state import PAGES, go_to, wait_until_drawn  # noqa: E402

from conftest import CHROMIUM, FLAGS  # noqa: E402

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1


def loop_back_up() -> None:
    """Switch on the loop-back device, which a new network has but leaves off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def main(folder: Path) -> None:
    """Walk through all pages."""
    from playwright.sync_api import sync_playwright

    loop_back_up()
    with contextlib.suppress(OSError), socket.create_connection(("1.1.1.1", 443), timeout=3):
        sys.exit("there is a network")
    print("no-network")
    server = start_server(folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{server.url}/{PAGES[0].id}?lang=nl")
        page.wait_for_selector("#app main h1")
        for entry in PAGES:
            go_to(page, entry)
            wait_until_drawn(page)
            print(entry.id)
        browser.close()
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
