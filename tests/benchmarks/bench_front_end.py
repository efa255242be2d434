"""How long every page takes with a million comments; writes results/front_end.json.

A seeded store is filled (`front_end_store`) in SQLite or PostgreSQL, the dashboard serves it, and
a real Chromium opens each page again and again, each time after the store changed, so that nothing
is answered from a cache of ours. The browser has Streamlit's own scripts from an earlier visit;
``cold`` is the first page for one that has not. Told are seconds until the page's answer, its first
heading, is there (painted) and until the server is done with it (settled), seconds from a choice of
another service to its answer (answered) and to the end (settled), seconds of a search, and the most
memory that the server had.

Run it alone on a quiet machine. A store that was filled before is used again with --store URL.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.dashboard import streamlit_command
from app.pages import PAGES
from feedback import schema
from feedback.store import Store
from tests.benchmarks.front_end_store import fill_large
from tests.browser.conftest import CHROMIUM, CHROMIUM_OPTIONS
from tests.postgres import find_programs, running_server

OUT = Path(__file__).parent / "results" / "front_end.json"
SEED = 20261122
SHOWN_MILLISECONDS = 120_000
COUNT_ENDS = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const look = () => { if (app.dataset.testScriptState === 'notRunning') { window.ends += 1; } };
    const watched = {attributes: true, attributeFilter: ['data-test-script-state']};
    new MutationObserver(look).observe(app, watched);
}"""
"""Counts how often the server has been done with the page."""

SEARCHES = (
    "upload photo",
    "the",
    "login",
    "prob",
    "payment -card",
    '"could not"',
    "zebra xylophone",
)
BARS = {"first_paint_p95": 2.0, "filter_change": 1.0, "search": 1.0, "memory_gb": 1.5}


class Memory:
    """The most memory that a process had while it was watched, in bytes."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._is_over = threading.Event()
        self.most = 0

    def __enter__(self) -> Memory:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.1):
            self.most = max(self.most, self._process.memory_info().rss)


@contextmanager
def served(url: str, home: Path) -> Iterator[tuple[str, int]]:
    """Serve a store and give the dashboard's address and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "FEEDBACK_HOME": str(home),
        "FEEDBACK_STORE": url,
        "FEEDBACK_REFRESH_SECONDS": "3600",  # pages are asked for here, and by nobody else
    }
    server = subprocess.Popen(
        streamlit_command(port=port),
        env=environment,
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(20)


def change(store: Store) -> None:
    """Raise the store's version, as a comment that comes in does: every cached result is old."""
    with store.changing():
        return


def settle(page: Page) -> None:
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)


def timed(do: Callable[[], None]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def visitor(browser: Browser) -> BrowserContext:
    """Return a browser as on a laptop, without anything kept."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(SHOWN_MILLISECONDS)
    return context


def cold_times(browser: Browser, store: Store, url: str, n: int) -> dict[str, float]:
    """Open a page ``n`` times, each with a browser that was never there."""
    seconds = []
    for _ in range(n):
        context = visitor(browser)
        seconds += open_times(context, store, url, 1)[0]
        context.close()
    return spread(seconds)


def open_times(
    context: BrowserContext, store: Store, url: str, n: int
) -> tuple[list[float], list[float]]:
    """Open a page ``n`` times, each after a change of the store: seconds to painted and settled."""
    painted, settled = [], []
    for _ in range(n):
        change(store)
        page = context.new_page()
        started = time.perf_counter()
        page.goto(url)
        expect(page.locator("h2").first).to_be_visible()
        painted.append(time.perf_counter() - started)
        settle(page)
        settled.append(time.perf_counter() - started)
        page.close()
    return painted, settled


def spread(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(float(np.median(seconds)), 2),
        "p95": round(float(np.quantile(seconds, 0.95)), 2),
        "most": round(max(seconds), 2),
    }


def filter_times(
    context: BrowserContext, store: Store, url: str, n: int
) -> dict[str, float] | None:
    """Choose another service ``n`` times, each after a change of the store."""
    page = context.new_page()
    page.goto(url)
    expect(page.locator("h2").first).to_be_visible()
    settle(page)
    box = page.get_by_role("combobox", name="Service", exact=True)
    if box.count() != 1:
        page.close()
        return None
    page.evaluate(COUNT_ENDS)
    seconds = []
    for number in range(n):
        change(store)
        box.click()
        option = page.get_by_role("option").nth(1 + number % 5)
        expect(option).to_be_visible()
        seconds.append(drawn_again(page, option.click))
    page.close()
    return spread(seconds)


def search_times(context: BrowserContext, store: Store, address: str) -> dict[str, float]:
    """Search for words of each kind, each after a change of the store."""
    found = {}
    for words in SEARCHES:
        page = context.new_page()
        page.goto(f"{address}/comments")
        expect(page.locator("h2").first).to_be_visible()
        settle(page)
        page.evaluate(COUNT_ENDS)
        change(store)
        box = page.get_by_label("Words in the comment")
        box.fill(words)
        found[words] = round(drawn_again(page, partial(box.press, "Enter")), 2)
        page.close()
    return found


def drawn_again(page: Page, do: Callable[[], None]) -> float:
    """Return the seconds from what a person does until the page is drawn again."""
    page.evaluate("() => { window.ends = 0; }")
    started = time.perf_counter()
    do()
    page.wait_for_function("() => window.ends > 0")
    settle(page)
    return time.perf_counter() - started


def measure(url: str, n_times: int, names: list[str]) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory() as home,
        Store.open(url) as store,
        served(url, Path(home)) as (address, pid),
        sync_playwright() as playwright,
        Memory(pid) as memory,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        pages: dict[str, Any] = {}
        context = visitor(browser)
        open_times(context, store, address, 2)  # imports are paid once a server, not once a page
        cold = cold_times(browser, store, address, n_times)
        print("cold", json.dumps(cold), flush=True)
        for entry in PAGES:
            if names and entry.name not in names:
                continue
            where = f"{address}/{entry.name if entry.name != PAGES[0].name else ''}"
            painted, settled = open_times(context, store, where, n_times)
            pages[entry.name] = {
                "painted": spread(painted),
                "settled": spread(settled),
                "filter_change": filter_times(context, store, where, n_times),
            }
            print(entry.name, json.dumps(pages[entry.name]), flush=True)
        found = search_times(context, store, address)
        print("search", json.dumps(found), flush=True)
        n = store.read(sa.select(sa.func.count().label("n")).select_from(schema.comments))
        browser.close()
    return {
        "n_comments": int(n["n"].iloc[0]),
        "cold": cold,
        "pages": pages,
        "search": found,
        "memory_gb": round(memory.most / 1e9, 2),
    }


@contextmanager
def prepared(database: str, n_comments: int, url: str | None) -> Iterator[str]:
    """Give the URL of a filled store."""
    if url is not None:
        yield url
        return
    programs = find_programs()
    if database == "postgresql" and programs is None:
        raise SystemExit("PostgreSQL is not installed: as root, apt-get install postgresql")
    server = running_server(programs) if database == "postgresql" else nullcontext()
    with tempfile.TemporaryDirectory() as folder, server as running:
        where = f"sqlite:///{folder}/feedback.db" if running is None else running.url("postgres")
        with Store.open(where) as store:
            seconds = timed(lambda: fill_large(store, n_comments, seed=SEED))
        print(f"{database}: filled in {seconds:.0f} seconds", flush=True)
        yield where


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--store", help="URL of a store that was filled before")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--pages", nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    with prepared(given.database, given.comments, given.store) as url:
        figures = measure(url, given.times, given.pages)
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    told = json.loads(given.out.read_text()) if given.out.exists() else {}
    told[given.database] = {
        "commit": commit,
        "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores",
        "seed": SEED,
        "bars": BARS,
        **figures,
    }
    given.out.write_text(json.dumps(told, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
