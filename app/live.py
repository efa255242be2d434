"""The store as the pages see it: opened once, asked again only when it changed, watched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from app.access import current_viewer
from app.wording import LONDON, counted

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["load", "mark_shown", "open_once", "settings", "version_now", "watch"]

CACHED_RESULTS = 256
"""Results of queries kept in memory; each is at most a few hundred rows."""

CACHED_SECONDS = 900.0
"""What was deleted from the store is in nobody's memory after this time."""

SCOPES = 64
"""Sets of services whose connections are kept open."""

P = ParamSpec("P")
R = TypeVar("R")


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of this server, read once."""
    from app.wiring import quieten_libraries
    from feedback.settings import load_settings

    quieten_libraries()
    return load_settings()


@st.cache_resource(show_spinner=False)
def open_once(url: str) -> Store:
    """Return the store, one for all sessions of this server; threads may share it."""
    from app.wiring import open_store

    return open_store(settings().model_copy(update={"store": url}))


def load(query: Callable[Concatenate[Store, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what a query finds, asking the store only when it changed since the last time.

    The store has only what belongs to the services that the viewer sees.
    """
    url = settings().store_url
    services = current_viewer().services
    store = open_once(url) if services is None else open_scoped(url, services)
    name = f"{query.__module__}.{query.__qualname__}"
    result: R = _load(store, query, name, url, services, store.data_version(), args, kwargs)
    return result


@st.cache_resource(show_spinner=False, max_entries=SCOPES)
def open_scoped(url: str, services: tuple[str, ...]) -> Store:
    """Return the store as somebody sees it who sees these services alone."""
    return open_once(url).scoped(services)


@st.cache_data(show_spinner=False, max_entries=CACHED_RESULTS, ttl=CACHED_SECONDS)
def _load(
    _store: Store,
    _query: Callable[..., Any],
    name: str,
    url: str,
    services: tuple[str, ...] | None,
    version: int,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    return _query(_store, *args, **kwargs)


def watch() -> None:
    """Show when the page was brought up to date and do so again whenever the store changes.

    Only the line itself is drawn at each look; the page is drawn again only after a change, so
    nothing moves, and focus and selection stay, while nothing happened.
    """
    store = open_once(settings().store_url)
    st.session_state["shown_version"] = store.data_version()
    st.session_state["shown_at"] = datetime.now(LONDON)
    st.session_state["shown_to"] = current_viewer()
    seconds = settings().refresh_seconds
    st.fragment(_status, run_every=seconds)(seconds)


def version_now() -> int:
    """Return the number of the store's last change, to be had before what is shown is loaded."""
    return open_once(settings().store_url).data_version()


def mark_shown(version: int) -> None:
    """Say that what stands on the page is of a version: no drawing of the page is due for it.

    For a part of a page that is drawn alone after somebody's own change, and is all of it that the
    change concerns.
    """
    st.session_state["shown_version"] = version
    st.session_state["shown_at"] = datetime.now(LONDON)


def _status(seconds: float) -> None:
    store = open_once(settings().store_url)
    is_paused = bool(st.session_state.get("paused", False))
    if not is_paused and store.data_version() != st.session_state["shown_version"]:
        st.rerun(scope="app")
    if current_viewer() != st.session_state["shown_to"]:
        st.rerun(scope="app")  # what somebody may no longer see goes, paused or not
    with st.container(horizontal=True, vertical_alignment="center", key="live_status"):
        updated = st.session_state["shown_at"].strftime("%H:%M:%S")
        told = (
            "paused"
            if is_paused
            else f"looks for changes every {counted(round(seconds), 'second')}"
        )
        st.text(f"Updated {updated} · {told}")
        st.toggle("Pause updates", key="paused")
