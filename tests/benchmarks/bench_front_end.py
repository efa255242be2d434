"""How long every page takes with a million comments; writes results/front_end.json.

A seeded store is filled (`front_end_store`) in SQLite or PostgreSQL, the dashboard serves it, and
a real Chromium opens each page again and again, each time after the store changed, so that nothing
is answered from a cache. Told are seconds until the first heading of a page is there (painted) and
until the server is done with it (settled), seconds a change of the service takes, seconds of a
search, and the most memory that the server had.

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
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect, sync_playwright

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


def open_times(browser: Browser, store: Store, url: str, n: int) -> dict[str, Any]:
    """Open a page ``n`` times, each after a change of the store."""
    painted, settled = [], []
    for _ in range(n):
        change(store)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        context.set_default_timeout(SHOWN_MILLISECONDS)
        page = context.new_page()
        started = time.perf_counter()
        page.goto(url)
        expect(page.locator("h2").first).to_be_visible()
        painted.append(time.perf_counter() - started)
        settle(page)
        settled.append(time.perf_counter() - started)
        context.close()
    return {"painted": spread(painted), "settled": spread(settled)}


def spread(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(float(np.median(seconds)), 2),
        "p95": round(float(np.quantile(seconds, 0.95)), 2),
        "most": round(max(seconds), 2),
    }


def filter_times(browser: Browser, store: Store, url: str, n: int) -> dict[str, float] | None:
    """Choose another service ``n`` times, each after a change of the store."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(SHOWN_MILLISECONDS)
    page = context.new_page()
    page.goto(url)
    expect(page.locator("h2").first).to_be_visible()
    settle(page)
    box = page.get_by_role("combobox", name="Service", exact=True)
    if box.count() != 1:
        context.close()
        return None
    seconds = []
    for number in range(n):
        change(store)
        box.click()
        option = page.get_by_role("option").nth(1 + number % 5)
        expect(option).to_be_visible()
        was = page.url
        started = time.perf_counter()
        option.click()
        page.wait_for_function("was => location.href !== was", arg=was)
        settle(page)
        seconds.append(time.perf_counter() - started)
    context.close()
    return spread(seconds)


def search_times(browser: Browser, store: Store, address: str) -> dict[str, float]:
    found = {}
    for words in SEARCHES:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        context.set_default_timeout(SHOWN_MILLISECONDS)
        page = context.new_page()
        page.goto(f"{address}/comments")
        expect(page.locator("h2").first).to_be_visible()
        settle(page)
        change(store)
        box = page.get_by_label("Words in the comment")
        box.fill(words)
        was = page.url
        started = time.perf_counter()
        box.press("Enter")
        page.wait_for_function("was => location.href !== was", arg=was)
        settle(page)
        found[words] = round(time.perf_counter() - started, 2)
        context.close()
    return found


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
        open_times(browser, store, address, 2)  # imports are paid once a server, not once a page
        for entry in PAGES:
            if names and entry.name not in names:
                continue
            where = f"{address}/{entry.name if entry.name != PAGES[0].name else ''}"
            pages[entry.name] = open_times(browser, store, where, n_times)
            pages[entry.name]["filter_change"] = filter_times(browser, store, where, n_times)
            print(entry.name, json.dumps(pages[entry.name]), flush=True)
        found = search_times(browser, store, address)
        print("search", json.dumps(found), flush=True)
        n = store.read(sa.select(sa.func.count().label("n")).select_from(schema.comments))
        browser.close()
    return {
        "n_comments": int(n["n"].iloc[0]),
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
