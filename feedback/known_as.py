"""Find a response by what it is known as outside the store.

A sender knows the number that it gave a response (``response_id`` in a file or a message), or the
id of a comment that it was answered; a person at the pages sees the store's own ids. The store
keeps none of the senders' numbers, only keyed hashes of number and source: so the number is hashed
with each source that there is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.ids import ID_CHARACTERS, RowIds
from feedback.writes import in_blocks

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["find_response"]

_OWN = re.compile(f"[0-9a-f]{{{ID_CHARACTERS}}}")
_comments, _responses = schema.comments, schema.responses


def find_response(store: Store, told: str, *, service: str | None = None) -> str:
    """Return the store's id of a response.

    Parameters
    ----------
    told
        The number that its sender gave it, the store's id of it, or that of one of its comments.
    service
        The service it is about, where one number stands for responses of several sources.

    Raises
    ------
    StoreError
        No response is known as that, or several are.
    """
    told = told.strip()
    ids = {told} if _OWN.fullmatch(told) else set()
    ids |= _of_number(store, told)
    found = _there(store, ids, service) if ids else []
    if not found and _OWN.fullmatch(told):
        of_comment = sa.select(_comments.c.response_id).where(_comments.c.comment_id == told)
        found = _there(store, set(store.read(of_comment)["response_id"]), service)
    if len(found) > 1:
        raise StoreError(
            f"{len(found)} responses of different sources have this number. Name the service with "
            f"--service, or give one of the store's ids: {', '.join(found)}."
        )
    if not found:
        raise StoreError(
            "No response in the store is known as that. Give the number that its sender gave it, "
            "the store's id of the response, or that of one of its comments."
        )
    return found[0]


def _of_number(store: Store, number: str) -> set[str]:
    """Return the ids that a number gives under each source that the store has had."""
    sources = set(store.read(sa.select(_comments.c.source).distinct())["source"])
    runs = store.read(sa.select(schema.runs.c.settings))["settings"]
    sources |= {told["source"] for told in runs if told and told.get("source")}
    found = set()
    for source in sources:
        ids = RowIds(store.id_key(), source)
        found.add(ids.of_reference(number))
        ids.close()
    return found


def _there(store: Store, ids: set[str], service: str | None) -> list[str]:
    """Return which responses the store has, or has erased."""
    found: set[str] = set()
    for block in in_blocks(sorted(ids)):
        for table in (_comments, _responses):
            query = sa.select(table.c.response_id).where(table.c.response_id.in_(block))
            of_service = [] if service is None else [table.c.service == service]
            found.update(store.read(query.where(*of_service))["response_id"])
        if service is None or not found:
            erased = schema.erased_responses.c.response_id
            query = sa.select(erased).where(erased.in_(block))
            found.update(store.read(query)["response_id"])
    return sorted(found)
