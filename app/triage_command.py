"""Fault reports at the command line: list them, and say where some of them stand."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.wording import LONDON
from feedback.errors import SettingsError, StoreError
from feedback.schema import FaultStatus

if TYPE_CHECKING:
    from feedback.fault_triage import Outcome
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["MAX_LISTED", "list_reports", "reports_text", "set_reports"]

MAX_LISTED = 200
MAX_AT_ONCE = 1_000
"""Reports that one command changes; the page Triage changes all that pass its filters."""
ID_CHARACTERS = 32


def list_reports(
    settings: Settings,
    store: Store,
    *,
    service: str | None = None,
    page: str | None = None,
    code: str | None = None,
    status: str | None = None,
    owner: str | None = None,
    since: str | None = None,
) -> list[dict[str, Any]]:
    """Return fault reports without their text, those who were blocked first, then the newest.

    Parameters
    ----------
    status
        A status, ``unfinished`` (as without it) or ``all``.
    owner
        Whose; an empty text: nobody's.

    Raises
    ------
    SettingsError
        There is no such service, page, fault or status, or a day cannot be read.
    """
    from app.codebook_at_hand import codebook_at_hand, fault_codes
    from app.exporting import day_start
    from app.filters import Filters
    from app.queries_passing import EVERY_STATUS, NOBODY, UNFINISHED, Work
    from app.queries_report import codes_of
    from app.queries_triage import faults
    from app.tell_triage import in_order
    from app.ticketing import FIRST_DAY, check_page, service_in

    codes = fault_codes(codebook_at_hand(settings).codebook)
    if code is not None and code not in codes:
        raise SettingsError(
            f"--code is none of the faults of the codebook. Choose one of {', '.join(codes)}."
        )
    if page is not None and service is None:
        raise SettingsError("--page needs --service: pages of two services may be called alike.")
    chosen = service_in(store, service) if service is not None else None
    if chosen is not None:
        check_page(store, chosen, page)
    wanted = (status or UNFINISHED).strip().lower().replace("-", "_").replace(" ", "_")
    if wanted not in {UNFINISHED, EVERY_STATUS, *FaultStatus}:
        raise SettingsError(
            f"--status is none of the choices: {UNFINISHED}, {EVERY_STATUS}, "
            f"{', '.join(FaultStatus)}."
        )
    start = day_start(since, "--since")
    first_day = start.astimezone(LONDON).date() if start else FIRST_DAY
    filters = Filters(first_day, datetime.now(LONDON).date(), service=chosen, page=page, code=code)
    work = Work(wanted, NOBODY if owner == "" else owner)
    rows = in_order(faults(store, filters, codes, work).comments).head(MAX_LISTED)
    given = codes_of(store, tuple(rows["comment_id"]), codes)
    return [
        {
            "id": row["comment_id"],
            "sent": row["submitted_at"].isoformat(),
            "service": row["service"],
            "page": row["page"],
            "codes": list(given.get(row["comment_id"], ())),
            "facets": row["facets"],
            "status": row["status"],
            "owner": row["owner"],
        }
        for row in rows.to_dict("records")
    ]


def reports_text(records: Sequence[dict[str, Any]]) -> str:
    """Return fault reports as a person reads them, one line each."""
    from app.names import place_name
    from app.tell_triage import STATUSES
    from app.wording import code_label, moment

    if not records:
        return "No fault report here."
    return "\n".join(
        " · ".join(
            (
                record["id"],
                moment(datetime.fromisoformat(record["sent"])),
                STATUSES[record["status"]],
                record["owner"] or "nobody",
                str(record["facets"].get("impact", "not said")).capitalize(),
                ", ".join(code_label(code) for code in record["codes"]),
                place_name(record["service"], record["page"]),
            )
        )
        for record in records
    )


def set_reports(
    store: Store, ids: Sequence[str], *, status: str | None = None, owner: str | None = None
) -> Outcome:
    """Write where reports stand, under the name of who is signed in at this machine.

    Parameters
    ----------
    ids
        Whole ids. Each is changed as it stands at this moment.
    owner
        An empty text: nobody.

    Raises
    ------
    SettingsError
        Nothing is to be changed, or too many are.
    StoreError
        There is no such status or report.
    """
    from feedback.fault_triage import OPEN, change, states_of

    changes: dict[str, str | None] = {}
    if status is not None:
        changes["status"] = status.strip().lower().replace("-", "_").replace(" ", "_")
    if owner is not None:
        changes["owner"] = owner.strip() or None
    if not changes:
        raise SettingsError("Nothing to change: give --status or --owner.")
    wanted = list(dict.fromkeys(one.strip().lower() for one in ids))
    if len(wanted) > MAX_AT_ONCE:
        raise SettingsError(f"At most {MAX_AT_ONCE:,} reports at once; found {len(wanted):,}.")
    known = store.known_ids(wanted)
    unknown = [one[:ID_CHARACTERS] for one in wanted if one not in known]
    if unknown:
        raise StoreError(
            f"No comment has the id {unknown[0]}. List them with: feedback triage list"
        )
    with store.changing() as connection:
        states = states_of(connection, wanted)
        seen = {one: states.get(one, OPEN).at for one in wanted}
        return change(connection, seen, changes, getpass.getuser(), datetime.now(UTC))
