"""The dashboard opens without asking anything, on this machine only, and leaves nothing behind."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from app.dashboard import streamlit_command

FEEDBACK = Path(sys.executable).with_name("feedback")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.3)
    return False


@pytest.fixture
def dashboard(tmp_path):
    """A first start: a home without anything of Streamlit's, and nobody at the keyboard."""
    port = free_port()
    process = subprocess.Popen(
        [FEEDBACK, "dashboard", "--port", str(port)],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "FEEDBACK_HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process, port
    process.kill()
    process.wait()


def test_a_first_start_asks_nothing_and_a_stop_leaves_no_server_behind(dashboard):
    process, port = dashboard
    assert answers(port)
    servers = psutil.Process(process.pid).children(recursive=True)
    assert servers
    process.send_signal(signal.SIGTERM)
    printed, told = process.communicate(timeout=30)
    assert f"http://localhost:{port} (this machine only" in told
    assert "email" not in (printed + told).lower()
    _, alive = psutil.wait_procs(servers, timeout=10)
    assert alive == []


def test_a_port_that_is_taken_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = subprocess.run(
            [FEEDBACK, "dashboard", "--port", str(port)],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "FEEDBACK_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        f"feedback: Port {port} is taken. Close what uses it, or choose another with --port."
    ]


def test_it_is_for_this_machine_only():
    command = streamlit_command(port=1)
    assert "--server.address=127.0.0.1" in command
    assert "--browser.gatherUsageStats=false" in command
