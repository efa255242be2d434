"""A store of its own for a test of pages, which show it and remember nothing of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import streamlit as st

from feedback.store import Store, utc_now


@contextmanager
def page_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, clock: Callable[[], datetime] = utc_now
) -> Iterator[Store]:
    """Open a new store in a folder, as the one that pages opened within the block show."""
    url = f"sqlite:///{folder / 'feedback.db'}"
    monkeypatch.setenv("FEEDBACK_HOME", str(folder))
    monkeypatch.setenv("FEEDBACK_STORE", url)
    _forget()
    with Store.open(url, clock=clock) as opened:
        yield opened
    _forget()


def _forget() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()
