"""Starts the Streamlit server, on this machine only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from app.theme import streamlit_options
from feedback.errors import SettingsError

if TYPE_CHECKING:
    from feedback.settings import Settings

__all__ = ["serve_dashboard", "streamlit_command"]

START_SECONDS = 60.0
"""How long the server may take to answer before the browser is left to the person."""
ADDRESS = "127.0.0.1"
"""Nobody else can reach it: without sign-in, comments are for the person at this machine only."""


def streamlit_command(*, port: int) -> list[str]:
    """Return the command that serves the dashboard; also used by the browser tests."""
    script = Path(__file__).with_name("streamlit_app.py")
    options = {
        "server.address": ADDRESS,
        "server.port": str(port),
        "server.headless": "true",  # else it asks for an e-mail address and advertises in the page
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": "localhost",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        **streamlit_options(),
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags]


def serve_dashboard(
    settings: Settings, *, port: int, open_browser: bool, has_worker: bool = False
) -> None:
    """Serve the dashboard until stopped; with a worker that codes comments as they arrive.

    Raises
    ------
    SettingsError
        The port is taken, or the server stopped by itself.
    """
    _check_port(port)
    environment = {
        **os.environ,
        "FEEDBACK_HOME": str(settings.home),
        "FEEDBACK_STORE": settings.store_url,
    }
    sys.stderr.write(
        f"Dashboard: http://localhost:{port} (this machine only: no sign-in is configured). "
        "Stop it with Ctrl+C.\n"
    )
    sys.stderr.flush()
    commands = [streamlit_command(port=port)]
    if has_worker:
        commands.append([sys.executable, "-m", "app.cli", "run", "--follow"])
    signal.signal(signal.SIGTERM, _stop)
    processes = [subprocess.Popen(command, env=environment) for command in commands]
    try:
        if open_browser and _has_screen() and _is_answering(port):
            webbrowser.open(f"http://localhost:{port}")
        code = processes[0].wait()
    except KeyboardInterrupt:
        return
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
    if code not in (0, -signal.SIGTERM):
        raise SettingsError(f"The dashboard stopped with exit code {code}. Run: feedback doctor")


def _check_port(port: int) -> None:
    """Refuse a port that is taken, in words, before a server does in a traceback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            raise SettingsError(
                f"Port {port} is taken. Close what uses it, or choose another with --port."
            ) from None


def _has_screen() -> bool:
    """Say whether a browser can open; without a screen a text browser would take the terminal."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))


def _is_answering(port: int) -> bool:
    """Wait until the server answers; say whether it did."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with socket.create_connection((ADDRESS, port), timeout=1.0):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def _stop(*_: object) -> None:
    """Stop as Ctrl+C does, so that no server is left behind."""
    raise KeyboardInterrupt
