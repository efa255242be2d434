"""A store on PostgreSQL gives every page what one on SQLite gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.pages import PAGES
from feedback.store import Store
from tests.app.filling import EVIDENCE, NOW, fill
from tests.postgres import TEMPLATE, PostgresServer

SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
SECONDS = 120
N_COMMENTS = 600
AT_PAGE = {"service": "benefit-appeals", "page": EVIDENCE}
ADDRESSES: dict[str, list[dict[str, str]]] = {
    "comments": [{}, {"search": "photo"}, {"search": "ffurflen"}, {"language": "cy"}],
    "page_detail": [AT_PAGE],
    "sources": [{}, {"source": "test"}],
    "triage": [{}, AT_PAGE],
}
"""What a page is opened with beside nothing; a page that is not here is opened with nothing."""
CASES = [
    pytest.param(page.name, address, id="-".join([page.name, *address.values()]))
    for page in PAGES
    if page.name != "settings"  # tells where the store is
    for address in ADDRESSES.get(page.name, [{}])
]
SCOPES = {"all services": "[]", "one service": '["benefit-appeals"]'}
OF_THE_CLOCK = re.compile(
    r"Updated \d\d:\d\d:\d\d|\d+ (?:second|minute|hour|day)s? ago|Made \d\d/\d\d/\d{4} \d\d:\d\d"
    r'|deferred_file_id: "\w+"'
)


@pytest.fixture(scope="module")
def urls(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[dict[str, str]]:
    """The URLs of two stores that were filled alike."""
    folder = tmp_path_factory.mktemp("stores")
    with ExitStack() as stack:
        postgresql = stack.enter_context(postgres_server.database(template=TEMPLATE))
        found = {"sqlite": f"sqlite:///{folder / 'feedback.db'}", "postgresql": postgresql}
        for url in found.values():
            with Store.open(url, clock=lambda: NOW) as store:
                fill(store, n_comments=N_COMMENTS)
        yield found


def shown(
    url: str, page: str, address: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> list[Any]:
    """All that a page shows, in its order."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("FEEDBACK_STORE", url)
    app = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
    app.switch_page(f"app_pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return [(leaf.type, without_clock(leaf.proto)) for leaf in leaves(app.main)]


def leaves(block: Any) -> Iterator[Any]:
    """Everything in a block that is no block itself."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from leaves(child)
        else:
            yield child


def without_clock(proto: Any) -> str:
    """All that the browser is told, charts and tables with their data; not when it was told.

    A file that is made on request has a new name each time.
    """
    return OF_THE_CLOCK.sub("", str(proto))


@pytest.mark.parametrize("services", SCOPES.values(), ids=SCOPES.keys())
@pytest.mark.parametrize(("page", "address"), CASES)
def test_a_page_shows_the_same(
    urls: dict[str, str],
    page: str,
    address: dict[str, str],
    services: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEEDBACK_HOME", str(tmp_path))
    monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", services)
    on_sqlite, on_postgresql = (shown(url, page, address, monkeypatch) for url in urls.values())
    assert len(on_sqlite) > 2
    assert on_postgresql == on_sqlite
