"""The parts of the page Export: what would be in the file, making it, fetching it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.access import acting, current_viewer
from app.evidence import facts_list, heading, secondary
from app.export_work import (
    MAX_DOWNLOAD,
    ExportContents,
    ExportFile,
    command_line,
    make_export,
)
from app.leak_rate import leak_line
from app.live import load, open_once, open_scoped, settings
from app.notices import tell_notice
from app.print_view import show_table
from app.wording import LONDON, counted
from feedback.errors import FeedbackError
from feedback.export import EXPORT_COLUMNS
from feedback.schema import Role

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["choose_format", "offer_file", "show_columns", "show_contents"]

_FILE = "export_file"
_NAMES = {
    "csv": "CSV: three files, packed",
    "xlsx": "Excel workbook",
    "parquet": "Parquet, packed",
}


def choose_format() -> tuple[str, bool]:
    """Show the choice of a format and, to those trained for it, of words withheld."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="export_format_row"):
        chosen: str = st.radio(
            "Format",
            list(_NAMES),
            format_func=_NAMES.__getitem__,
            horizontal=True,
            key="export_format",
            persist_state="session",
        )
    with_safeguarding = False
    if current_viewer().may(Role.SAFEGUARDING):
        with_safeguarding = st.checkbox(
            "With the words of comments that may be about safeguarding", key="export_safeguarding"
        )
    return chosen, with_safeguarding


def show_contents(found: ExportContents, filters: Filters, *, with_safeguarding: bool) -> None:
    """Say what would be in the file before anybody makes it."""
    from classifiers.codebook import load_codebook

    codebook = load_codebook()
    withheld = (
        f"none: {counted(found.n_withheld, 'comment')} may be about safeguarding; handle the file "
        "as such"
        if with_safeguarding
        else f"{found.n_withheld:,}: may be about safeguarding, or are not coded yet"
    )
    facts_list(
        [
            ("Comments", f"{found.n_comments:,}"),
            ("Words withheld of", withheld),
            ("Personal data", "replaced by placeholders before storage"),
            ("Personal data left in", load(leak_line, filters.service)),
            ("Codebook", f"{codebook.label}, version {codebook.version} ({codebook.name})"),
            ("With it", "codebook, run id, date, filters and what each column means"),
            ("Formulas", "cells that a spreadsheet could run begin with an apostrophe"),
        ],
        alt="What is in this export",
    )
    secondary(
        "Words can still point to a person by what happened to them, and small counts can identify "
        "somebody: do not publish counts under 10 from this file. Who exported, when, how many "
        "and with which filters is written down."
    )


def show_columns() -> None:
    """Show what each column means, on request."""
    with st.expander("Columns", key="export_columns", on_change="rerun", type="compact") as box:
        if box.open:
            table = pd.DataFrame(EXPORT_COLUMNS.items(), columns=["Column", "Meaning"])
            show_table(table, alt="Columns of an export and what each means")


def offer_file(
    found: ExportContents, file_format: str, filters: Filters, *, with_safeguarding: bool
) -> None:
    """Offer to make the file, or to fetch the one that was made with these choices."""
    command = command_line(file_format, filters, with_safeguarding=with_safeguarding)
    if found.n_comments > MAX_DOWNLOAD:
        heading(
            f"Too many for a page: {found.n_comments:,} comments",
            f"A page gives up to {MAX_DOWNLOAD:,}. Narrow the filters, or run this where the "
            "toolkit is installed; it takes any number:",
        )
        st.code(command, language=None, wrap_lines=True)
        return
    if not found.n_comments:
        st.text("No comment passes these filters. Take one away, or choose other dates.")
        return
    made = _held((file_format, filters, with_safeguarding))
    if made is not None:
        _offer_made(made)
        return
    if st.button("Make the file", key="make_export", type="primary"):
        _make(found, file_format, filters, with_safeguarding=with_safeguarding)
    secondary("The same at the command line:")
    st.code(command, language=None, wrap_lines=True)


def _held(request: tuple[object, ...]) -> ExportFile | None:
    """Return the file made with these choices; one made with others, or an old one, is removed."""
    made: ExportFile | None = st.session_state.get(_FILE)
    if made is None:
        return None
    if made.request == request and made.is_there:
        return made
    _remove()
    return None


def _offer_made(made: ExportFile) -> None:
    heading(
        f"Ready: {counted(made.n_comments, 'comment')}",
        f"Run {made.run_id}. The file is removed from the server when you remove it, choose "
        "anything else or leave, and after an hour.",
    )
    megabytes = made.path.stat().st_size / 1_000_000
    with st.container(horizontal=True, key="export_ready"):
        # Not as a function: what Streamlit makes on the click it drops after two runs of any page,
        # such as the line that looks for changes, and a browser may be slower than that.
        st.download_button(
            f"Download {made.name} ({megabytes:.1f} MB)",
            made.read(),
            made.name,
            made.mime,
            key="download_export",
            on_click="ignore",
            type="primary",
        )
        st.button("Remove the file", key="remove_export", on_click=_remove)


def _remove() -> None:
    made: ExportFile | None = st.session_state.pop(_FILE, None)
    if made is not None:
        made.remove()


def _make(
    found: ExportContents, file_format: str, filters: Filters, *, with_safeguarding: bool
) -> None:
    """Make the file with its progress, and draw the page again."""
    shown = st.progress(0.0, text="Beginning")
    done = 0

    def advance(n: int) -> None:
        nonlocal done
        done += n
        share = min(1.0, done / max(found.n_comments, 1))
        shown.progress(share, text=f"{done:,} of {counted(found.n_comments, 'comment')}")

    try:
        store, seen, who = _acting_for(filters.service)
        if with_safeguarding:
            acting(Role.SAFEGUARDING, filters.service)
        st.session_state[_FILE] = make_export(
            settings(),
            store,
            file_format,
            filters,
            who=who,
            seen=seen,
            with_safeguarding=with_safeguarding,
            today=datetime.now(LONDON).date(),
            progress=advance,
        )
    except FeedbackError as error:
        shown.empty()
        st.error(str(error))
        return
    tell_notice(f"Made: {counted(st.session_state[_FILE].n_comments, 'comment')}.")
    st.rerun()


def _acting_for(service: str | None) -> tuple[Store, Store, str]:
    """Return the store to write to, what this person sees of it, and their name.

    All services are those that the person sees; each of them is asked for.
    """
    limited = current_viewer().services
    if limited is None:
        store, who = acting(Role.RESEARCHER, service)
        return store, store, who
    for one in limited if service is None else (service,):
        _, who = acting(Role.RESEARCHER, one)
    url = settings().store_url
    return open_once(url), open_scoped(url, limited), who
