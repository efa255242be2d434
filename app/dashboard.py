"""Starts the Streamlit server: on this machine only, or where people sign in."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from app.sign_in import read_sign_in
from app.theme import streamlit_options
from feedback.errors import SettingsError

if TYPE_CHECKING:
    from app.sign_in import SignIn
    from feedback.settings import Settings

__all__ = ["serve_dashboard", "streamlit_command"]

START_SECONDS = 60.0
"""How long the server may take to answer before the browser is left to the person."""
ADDRESS = "127.0.0.1"
"""Nobody else can reach it: without sign-in, comments are for the person at this machine only."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
"""Addresses that stand for all of this machine's."""


def streamlit_command(
    *, port: int, address: str = ADDRESS, sign_in_file: Path | None = None
) -> list[str]:
    """Return the command that serves the dashboard; also used by the browser tests.

    Parameters
    ----------
    address
        To bind to; only ever another than this machine where people sign in.
    """
    script = Path(__file__).with_name("streamlit_app.py")
    options = {
        "server.address": address if sign_in_file is not None else ADDRESS,
        "server.port": str(port),
        "server.headless": "true",  # else it asks for an e-mail address and advertises in the page
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": "localhost",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "server.enableCORS": "true",  # whatever a configuration file of Streamlit's says
        "server.enableXsrfProtection": "true",
        **streamlit_options(),
    }
    if sign_in_file is not None:
        options["secrets.files"] = str(sign_in_file)
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags]


def serve_dashboard(
    settings: Settings, *, port: int, open_browser: bool, has_worker: bool = False
) -> None:
    """Serve the dashboard until stopped; with a worker that codes comments as they arrive.

    Raises
    ------
    SettingsError
        The port is taken, the sign-in file cannot be used, or the server stopped by itself.
    """
    sign_in = None if settings.sign_in_file is None else read_sign_in(settings.sign_in_file)
    address = ADDRESS if sign_in is None else settings.dashboard_address
    _check_port(port, address)
    environment = {
        **os.environ,
        "FEEDBACK_HOME": str(settings.home),
        "FEEDBACK_STORE": settings.store_url,
    }
    file = None
    if sign_in is not None:
        file = sign_in.path.resolve()
        environment["FEEDBACK_SIGN_IN_FILE"] = str(file)
    sys.stderr.write(_told(settings, sign_in, port=port))
    sys.stderr.flush()
    commands = [streamlit_command(port=port, address=address, sign_in_file=file)]
    if has_worker:
        commands.append([sys.executable, "-m", "app.cli", "run", "--follow"])
    signal.signal(signal.SIGTERM, _stop)
    processes = [subprocess.Popen(command, env=environment) for command in commands]
    try:
        if open_browser and _has_screen() and _is_answering(port, address):
            webbrowser.open(f"http://localhost:{port}" if sign_in is None else sign_in.address)
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


def _told(settings: Settings, sign_in: SignIn | None, *, port: int) -> str:
    """Return where the dashboard is and who can reach it, as lines for the terminal."""
    stop = "Stop it with Ctrl+C.\n"
    if sign_in is None:
        return (
            f"Dashboard: http://localhost:{port} (this machine only: no sign-in is configured). "
            f"{stop}"
        )
    return (
        f"Dashboard: {sign_in.address} (people sign in; bound to {settings.dashboard_address}, "
        f"port {port}). {stop}"
    )


def _check_port(port: int, address: str) -> None:
    """Refuse what cannot be bound to, in words, before a server does in a traceback."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise SettingsError(
            "The setting 'dashboard_address' is no address of this machine. Set it to one, to "
            "0.0.0.0 for all of them, or leave it out for 127.0.0.1."
        ) from None
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(
                    f"Port {port} is taken. Close what uses it, or choose another with --port."
                ) from None
            raise SettingsError(
                f"The dashboard cannot be bound to {address}, port {port} ({error.strerror}). "
                "See the setting 'dashboard_address' and --port."
            ) from None


def _has_screen() -> bool:
    """Say whether a browser can open; without a screen a text browser would take the terminal."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))


def _is_answering(port: int, address: str) -> bool:
    """Wait until the server answers; say whether it did."""
    host = ADDRESS if address in EVERYWHERE else address
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with socket.create_connection((host, port), timeout=1.0):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def _stop(*_: object) -> None:
    """Stop as Ctrl+C does, so that no server is left behind."""
    raise KeyboardInterrupt
