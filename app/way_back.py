"""After sign-in, the page whose address was typed: the provider sends everybody to the first one.

The address is kept in memory for as long as a sign-in takes, under the token that Streamlit gives
each browser against forged requests. It opens nothing: the page asks again who may see it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import streamlit as st

from app.pages import PAGES

__all__ = ["keep_address", "take_address"]

KEPT_SECONDS = 900
MAX_KEPT = 1_000
_TOKEN = re.compile(r"2\|([0-9a-f]{8})\|((?:[0-9a-f]{2})+)\|\d+")

Address = tuple[str | None, dict[str, list[str]]]
"""A page's script, None for the first one, and the query of its address."""


@st.cache_resource(ttl=KEPT_SECONDS, max_entries=MAX_KEPT, show_spinner=False)
def _kept_for(browser: str) -> list[Address]:
    return []


def keep_address() -> None:
    """Keep what stands in the address; one kept before is no longer where somebody is going."""
    browser = _browser()
    if not browser:
        return
    path = urlsplit(st.context.url or "").path.rstrip("/").rpartition("/")[2]
    script = next((one.script for one in PAGES if one.name == path), None)
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    _kept_for(browser)[:] = [(script, query)] if script or query else []


def take_address() -> Address | None:
    """Return what this browser was going to, once; None where that is not known."""
    browser = _browser()
    kept = _kept_for(browser) if browser else []
    return kept.pop() if kept else None


def _browser() -> str:
    """Return the browser's token: in its cookie it is masked, each time in another way."""
    found = _TOKEN.fullmatch(st.context.cookies.get("_streamlit_xsrf", ""))
    if found is None:
        return ""
    mask, token = (bytes.fromhex(part) for part in found.groups())
    return bytes(one ^ mask[place % len(mask)] for place, one in enumerate(token)).hex()
