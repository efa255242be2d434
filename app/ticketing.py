"""The ticket of a fault, as ``feedback ticket`` writes it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from app.wording import LONDON
from feedback.errors import SettingsError

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["FIRST_DAY", "check_page", "service_in", "ticket_from_store"]

FIRST_DAY = date(2000, 1, 1)
"""Before any comment."""


def ticket_from_store(
    settings: Settings,
    store: Store,
    *,
    service: str,
    page: str | None = None,
    code: str | None = None,
    since: str | None = None,
) -> str:
    """Return the ticket's text, as Markdown.

    Raises
    ------
    SettingsError
        The store has no such service or page, there is no such fault, or a day cannot be read.
    """
    from app.codebook_at_hand import codebook_at_hand, fault_codes
    from app.exporting import day_start
    from app.filters import Filters
    from app.queries_triage import faults
    from app.tell_triage import ticket_of

    start = day_start(since, "--since")
    codes = fault_codes(codebook_at_hand(settings).codebook)
    if code is not None and code not in codes:
        raise SettingsError(
            f"--code is none of the faults of the codebook. Choose one of {', '.join(codes)}."
        )
    service = service_in(store, service)
    check_page(store, service, page)
    filters = Filters(
        start.astimezone(LONDON).date() if start else FIRST_DAY,
        datetime.now(LONDON).date(),
        service=service,
        page=page,
        code=code,
    )
    return ticket_of(faults(store, filters, codes).comments, filters)


def service_in(store: Store, name: str) -> str:
    """Return the id of a service in the store, given by id, name or another name.

    Raises
    ------
    SettingsError
        There is no comment on it; the message lists those there are.
    """
    from app.queries import store_facts
    from app.wiring import make_reference

    known = sorted(store_facts(store).places["service"].unique())
    found = make_reference().service_id(name) or name
    if found not in known:
        raise SettingsError(
            f"The store has no comment on that service. Choose one of {', '.join(known) or 'none'}."
        )
    return found


def check_page(store: Store, service: str, page: str | None) -> None:
    """Refuse a page of which the store has no comment.

    Raises
    ------
    SettingsError
        The message lists the pages there are.
    """
    from app.queries import store_facts

    places = store_facts(store).places
    known = places.loc[places["service"] == service, "page"].dropna().tolist()
    if page is not None and page not in known:
        raise SettingsError(
            f"The store has no comment on that page of {service}. Choose one of "
            f"{', '.join(known) or 'none: leave --page out'}."
        )
