"""Take a picture of every page, on a laptop and on a phone: ``make screens``.

The pages show invented feedback that went through the whole pipeline. The pictures lie in
``docs/screens``, with an index, for whoever reviews the interface without running it.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from app.auditing import draw
from app.demo import prepare_demo
from app.pages import PAGES
from app.queries import ENDED
from app.queries_audit import next_comment
from feedback.releases import add_release
from feedback.schema import AuditVerdict, Entity, Frequency, issues
from feedback.settings import Settings
from feedback.store import Store
from feedback.subscriptions import subscribe
from tests.browser.conftest import CHROMIUM, CHROMIUM_OPTIONS, open_page, serve, settle

OUT = Path(__file__).parents[2] / "docs" / "screens"
WIDTHS = (1280, 390)
MAX_HEIGHT = 3_600
"""Pixels; what is below on a long page looks like what is above."""

MAX_BYTES = 150_000
COLOURS = (128, 64, 32)
"""Sizes of palette tried, until the picture is small enough."""

DRAWN_MILLISECONDS = 2_000
PATIENCE_MILLISECONDS = 120_000
SCALE = 0.6
CALM = {"FEEDBACK_REFRESH_SECONDS": "30"}
"""Nothing changes while the pictures are taken."""

AT_PAGE = "service=benefit-appeals&page=/benefit-appeals/evidence"
STATES = {
    "overview-one-service": "/?service=benefit-appeals",
    "overview-print": "/?print=1",
    "service_excellence-one-kind": "/service_excellence?kind=faults",
    "page_detail-one-page": f"/page_detail?{AT_PAGE}",
    "triage-one-page": f"/triage?{AT_PAGE}",
    "comments-search": "/comments?search=photo",
    "comments-none": "/comments?search=zebra+crossing",
    "comments-welsh": "/comments?language=cy",
    "quality-one-service": "/quality?service=probate",
    "sources-one-source": "/sources?source=exit_survey",
    "digests-one-service": "/digests?service=benefit-appeals&every=day",
    "help-one-figure": "/help?about=rate-ratio",
}
"""Pages in a state that their address gives, beside each page as it opens."""


def main() -> None:
    """Take the pictures and write the index."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, help="folder of a demo that was made before")
    parser.add_argument("--only", default="", help="pages whose name begins like this")
    given = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = given.demo or prepare_demo(Settings(home=Path(folder)), scale=SCALE, say=_say).home
        with serve(home, prepare, settings=CALM) as dashboard:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
            page = browser.new_context(locale="en-GB", reduced_motion="reduce").new_page()
            for name, path in addresses(dashboard.store):
                if name.startswith(given.only):
                    _say(name)
                    take(page, dashboard.url + path, name)
            browser.close()
            write_index([name for name, _ in addresses(dashboard.store)])


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def prepare(store: Store) -> None:
    """Do what people would have done by now: checks, a release, a digest."""
    now = datetime.now(UTC)
    with store.changing() as connection:
        known = connection.execute(sa.text("SELECT count(*) FROM releases")).scalar_one()
    if known:  # a demo that had its pictures taken before
        return
    draw(Settings(), store, 40)
    leak = AuditVerdict.LEAK, Entity.PHONE
    for verdict, entity in [leak, (AuditVerdict.OVER, None), *[(AuditVerdict.CLEAN, None)] * 20]:
        comment = next_comment(store, [])
        if comment is not None:
            store.judge_redaction(comment.comment_id, verdict, "ann", entity=entity)
    with store.changing() as connection:
        at = now - timedelta(days=6)
        add_release(connection, "2.14", at, "ann", now, service="benefit-appeals")
        subscribe(connection, "ann@example.gov.uk", Frequency.WEEK, "ann", now, service="divorce")


def addresses(store: Store) -> Iterator[tuple[str, str]]:
    """Give a name and an address within the dashboard for each picture."""
    for number, page in enumerate(PAGES):
        yield page.name, f"/{page.name}" if number else "/"
        yield from (item for item in STATES.items() if item[0].startswith(f"{page.name}-"))
        if page.name == "issue":
            live = sa.select(issues.c.cluster_id).where(
                issues.c.status.not_in((*ENDED, "provisional"))
            )
            found = store.read(live.order_by(issues.c.n.desc(), issues.c.cluster_id).limit(1))
            for cluster_id in found["cluster_id"]:
                yield "issue-one", f"/issue?issue={cluster_id}"


def take(page: Page, url: str, name: str) -> None:
    """Write the pictures of a page from top to bottom, the narrow one without loading it again."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    open_page(page, url)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(DRAWN_MILLISECONDS)
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(int(height) + 80, MAX_HEIGHT)})
        settle(page)
        page.wait_for_timeout(DRAWN_MILLISECONDS)
        (OUT / f"{name}-{width}.png").write_bytes(small(page.screenshot()))


def small(picture: bytes) -> bytes:
    """Return a PNG with a palette, of as many colours as fit the size."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for n_colours in COLOURS:
        told = io.BytesIO()
        # Of few colours the ones that cover much are not all: links and lines keep theirs.
        few = image.quantize(n_colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(told, "PNG", optimize=True)
        if told.tell() <= MAX_BYTES:
            break
    return told.getvalue()


def write_index(names: list[str]) -> None:
    """Write which pictures there are."""
    titles = {page.name: page.title for page in PAGES}
    rows = []
    for name in names:
        page, _, state = name.partition("-")
        title = titles[page] + (f", {state.replace('-', ' ')}" if state else "")
        if all((OUT / f"{name}-{width}.png").exists() for width in WIDTHS):
            links = " | ".join(f"[{width} px]({name}-{width}.png)" for width in WIDTHS)
            rows.append(f"| {title} | {links} |")
    text = (
        "# The pages, in pictures\n\n"
        "Taken by `make screens` of invented feedback, on a laptop and on a phone.\n\n"
        "| Page | Laptop | Phone |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )
    (OUT / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
