"""Three ways to start the app: the same address, one plain sentence where it cannot be had, a clean end."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from app_server import ROOT
from drawn_tab import wait_until

EWEA = [str(Path(sys.executable).with_name("ewea")), "app"]
DOOR = [sys.executable, "app.py"]
PATIENCE_SECONDS = 90


@pytest.fixture
def taken():
    """A port somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def _environment(**settings):
    clean = {name: text for name, text in os.environ.items() if not name.startswith("EWEA_APP_")}
    return {**clean, **{f"EWEA_APP_{name}": str(text) for name, text in settings.items()}}


def refused(command: list[str], **settings: object) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(**settings), capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    [sentence] = done.stderr.strip().splitlines()
    return sentence


@pytest.mark.parametrize("command", [EWEA, DOOR], ids=["ewea app", "python app.py"])
def test_a_port_in_use_is_said_in_one_sentence(command, taken):
    assert f"Port {taken} of 127.0.0.1 is in use" in refused(command, PORT=taken)


def test_what_cannot_be_used_is_refused_in_one_sentence():
    assert refused(DOOR, HOST="192.0.2.1", PORT=0).startswith("192.0.2.1 is no address of this machine.")
    said = refused([*DOOR, "--port", "8799"])
    assert said.startswith("app.py: found --port 8799; it takes no options. Use 'ewea app'")
    assert "EWEA_APP_PORT" in refused(DOOR, PORT="x")


def test_the_option_wins_and_ctrl_c_ends_server_and_workers(taken):
    # With the port of the environment the start would fail, so a start shows that the option won.
    process = subprocess.Popen(
        [*EWEA, "--port", "0"], cwd=ROOT, env=_environment(PORT=taken, ROOT_PATH="/ewea"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        # A notice on kept or shipped answers may come first.
        said = next(line for line in process.stdout if "http://" in line)
        assert "to be shown by a proxy under /ewea/" in said
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", said)[1])
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE_SECONDS) as answer:
            assert answer.status == 200
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert "Traceback" not in process.stdout.read()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
    wait_until(lambda: is_gone(process.pid))  # no worker outlives the server


def is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
