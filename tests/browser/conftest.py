"""A real server and a real Chromium. Skipped by name where Debian's chromium is absent."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.auditing import draw
from app.dashboard import streamlit_command
from app.queries_audit import next_comment
from feedback.schema import AuditVerdict, Entity
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import fill

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
SHOWN_MILLISECONDS = 30_000
expect.set_options(timeout=SHOWN_MILLISECONDS)
REFRESH_SECONDS = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"needs Debian's chromium ({CHROMIUM})"))


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard and the store it shows."""

    url: str
    store: Store


@contextmanager
def serve(
    home: Path,
    prepare: Callable[[Store], None],
    *,
    sign_in: Callable[[str], Path] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Dashboard]:
    """Serve a store of its own until the end of the block.

    Parameters
    ----------
    sign_in
        Given the dashboard's address, writes a sign-in file and returns where.
    settings
        More variables of the environment.
    """
    url = f"sqlite:///{home / 'feedback.db'}"
    with Store.open(url) as store, socket.socket() as probe:
        prepare(store)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {
            **os.environ,
            "FEEDBACK_HOME": str(home),
            "FEEDBACK_STORE": url,
            "FEEDBACK_REFRESH_SECONDS": str(REFRESH_SECONDS),
            **(settings or {}),
        }
        address = f"http://127.0.0.1:{port}"
        file = None if sign_in is None else sign_in(address)
        if file is not None:
            environment["FEEDBACK_SIGN_IN_FILE"] = str(file)
        log = (home / "server.log").open("wb")
        server = subprocess.Popen(
            streamlit_command(port=port, sign_in_file=file),
            env=environment,
            cwd=home,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_healthy(server, f"{address}/_stcore/health")
            yield Dashboard(address, store)
        finally:
            server.terminate()
            server.wait(START_SECONDS)
            log.close()


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the dashboard ended with {server.returncode} before it was up")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the dashboard was not up within {START_SECONDS} seconds")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser; Playwright gives it a profile of its own, new each time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard over twelve weeks of invented feedback; tests must not change its store."""
    with serve(tmp_path_factory.mktemp("dashboard"), _prepare) as served:
        yield served


def _prepare(store: Store) -> None:
    """Fill a store, and let people have checked some of a sample for leaks."""
    fill(store, now=datetime.now(UTC), n_comments=1_500)
    draw(Settings(), store, 40)
    leak = AuditVerdict.LEAK, Entity.PHONE
    for verdict, entity in [leak, (AuditVerdict.OVER, None), *[(AuditVerdict.CLEAN, None)] * 20]:
        comment = next_comment(store, [])
        assert comment is not None
        store.judge_redaction(comment.comment_id, verdict, "ann", entity=entity)


@pytest.fixture(scope="session")
def laptop(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that keeps the scripts of Streamlit, as that of somebody who comes every day."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(SHOWN_MILLISECONDS)
    yield context
    context.close()


@pytest.fixture
def wide(laptop: BrowserContext) -> Iterator[Page]:
    """A page as on a laptop."""
    page = laptop.new_page()
    yield page
    page.close()


CALM_MILLISECONDS = 150
IS_CALM = """wanted => {
    const state = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState;
    if (state !== 'notRunning' || document.querySelector('[data-testid=stSkeleton]')) {
        delete window.calmSince;
        return false;
    }
    window.calmSince ??= performance.now();
    return performance.now() - window.calmSince >= wanted;
}"""


def open_page(page: Page, url: str) -> None:
    """Go to an address and wait until the page is drawn and the server is done with it."""
    page.goto(url)
    expect(page.locator("h1")).to_be_visible(timeout=SHOWN_MILLISECONDS)
    expect(page.locator("h2").first).to_be_visible(timeout=SHOWN_MILLISECONDS)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the server is done: the app's state says so, and not between two runs alone."""
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_function(IS_CALM, arg=CALM_MILLISECONDS)
    page.evaluate("delete window.calmSince")
