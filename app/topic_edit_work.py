"""What people do to topics at the command line."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from app.redaction import redacted_words
from feedback.errors import SettingsError
from feedback.schema import TopicAction

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store
    from topics.regroup import EditDone

__all__ = [
    "edit_text",
    "list_edits",
    "merge",
    "pin",
    "rename",
    "split",
    "undo",
]

MAX_WHO = 120
MAX_NAME = 150


def rename(
    settings: Settings, store: Store, topic_id: int, name: str, *, who: str | None
) -> dict[str, Any]:
    """Give a topic a name; personal data in it is replaced.

    Raises
    ------
    SettingsError
        The name is empty or too long.
    StoreError
        There is no such topic, or another has that name.
    """
    from topics.edit_topics import rename_topic

    given = " ".join(redacted_words(settings, name).split())
    if not 0 < len(given) <= MAX_NAME:
        raise SettingsError(
            f"A topic's name has 1 to {MAX_NAME} letters; this one has {len(given)}."
        )
    return _told(store, rename_topic(store, topic_id, given, who=_who(who)))


def merge(
    settings: Settings, store: Store, topic_id: int, into: int, *, who: str | None
) -> dict[str, Any]:
    """Put the comments of a topic into another."""
    from app.wiring import make_embedder
    from topics.edit_topics import merge_topics

    embedder = make_embedder(settings, store)
    return _told(store, merge_topics(store, embedder, topic_id, into, who=_who(who)))


def split(
    settings: Settings, store: Store, topic_id: int, n_parts: int, *, who: str | None
) -> dict[str, Any]:
    """Divide a topic; the largest part keeps its number."""
    from app.wiring import make_embedder
    from topics.edit_topics import split_topic

    embedder, by = make_embedder(settings, store), _who(who)
    done = split_topic(store, embedder, topic_id, n_parts=n_parts, seed=settings.seed, who=by)
    return _told(store, done)


def pin(store: Store, topic_id: int, *, who: str | None) -> dict[str, Any]:
    """Keep a topic through every fit."""
    from topics.edit_topics import pin_topic

    return _told(store, pin_topic(store, topic_id, who=_who(who)))


def undo(settings: Settings, store: Store, edit_id: int, *, who: str | None) -> dict[str, Any]:
    """Take an edit back."""
    from app.wiring import make_embedder
    from topics.edit_topics import undo_edit

    return _told(store, undo_edit(store, make_embedder(settings, store), edit_id, who=_who(who)))


def list_edits(store: Store) -> list[dict[str, Any]]:
    """Return what people did to topics, in order, with what was undone by what."""
    from app.tell_topics import edit_record
    from topics.reading import read_edits

    edits = read_edits(store)
    undone_by = {
        int(edit.detail["edit"]): edit.edit_id for edit in edits if edit.action is TopicAction.UNDO
    }
    return [edit_record(edit, undone_by.get(edit.edit_id)) for edit in edits]


def _who(given: str | None) -> str:
    """Return who does it: whoever is logged in, unless another name is given."""
    who = " ".join((getpass.getuser() if given is None else given).split())
    if not 0 < len(who) <= MAX_WHO:
        raise SettingsError(
            f"--who is who does it, a name of at most {MAX_WHO} letters, such as --who ann."
        )
    return who


def _told(store: Store, done: EditDone) -> dict[str, Any]:
    """Return an edit's number with the topics it left."""
    from app.topic_work import list_topics

    left = [topic for topic in list_topics(store) if topic["topic_id"] in done.topic_ids]
    return {"edit": done.edit_id, "topics": left}


def edit_text(outcome: dict[str, Any]) -> str:
    """Return what an edit did, for a person."""
    from app.topic_work import topics_text

    lines = [topics_text(outcome["topics"])] if outcome["topics"] else []
    take_back = f"feedback topics undo {outcome['edit']}"
    return "\n".join([f"Done, as edit {outcome['edit']}. Take it back with: {take_back}", *lines])
