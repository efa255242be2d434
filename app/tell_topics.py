"""What became of topics, and what people did to them, in words; pure, as `app.tell` is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app.wording import counted, moment
from feedback.schema import TopicAction, TopicChange

if TYPE_CHECKING:
    from app.queries_topics import TopicReport
    from topics.edits import Edit

__all__ = [
    "changes_record",
    "changes_sentence",
    "changes_table",
    "changes_text",
    "deed",
    "edit_record",
    "edits_text",
    "who_named",
]


def changes_sentence(report: TopicReport) -> str:
    """Return in a sentence what the last fit changed.

    Such as "The fit of 22/11/2026 10:00 found 3 new topics, 1 is gone, 1 split; 9 kept".
    """
    told = changes_record(report)
    if report.at is None:
        return "Topics have not been fitted yet."
    when = f"The fit of {moment(report.at)}"
    changed = {kind: len(told[kind]) for kind in ("new", "gone", "merged", "split")}
    n_kept = len(told["kept"])
    if _is_first(report):
        return f"{when} was the first: {counted(changed['new'], 'topic')}."
    if not any(changed.values()):
        return f"{when} changed nothing: {counted(n_kept, 'topic')} kept."
    said = ", ".join(f"{n:,} {kind}" for kind, n in changed.items() if n)
    return f"{when}: {said}; {counted(n_kept, 'topic')} kept."


def changes_record(report: TopicReport) -> dict[str, Any]:
    """Return what the last fit changed, as JSON has it."""
    by_kind: dict[str, list[dict[str, Any]]] = {kind.value: [] for kind in TopicChange}
    for change in report.changes.to_dict("records"):
        key, detail = int(change["topic_id"]), dict(change["detail"])
        told: dict[str, Any] = {"topic_id": key, "name": _name(report, key)}
        if change["kind"] == TopicChange.NEW:
            told["n"] = report.sizes.get(key, 0)
        if "into" in detail:
            detail["into_name"] = _name(report, int(detail["into"]))
        if "parts" in detail:
            parts = [int(part) for part in detail["parts"]]
            detail["parts"] = [{"topic_id": part, "name": _name(report, part)} for part in parts]
        by_kind[change["kind"]].append({**told, **detail})
    return {"model_version": report.model_version, "at": report.at, **by_kind}


def changes_text(report: TopicReport) -> str:
    """Return what the last fit changed, for a person at the command line."""
    rows = changes_table(report)
    lines = [f"{row['Topic']}: {row['What happened']}" for row in rows.to_dict("records")]
    return "\n".join([changes_sentence(report), *lines])


def _is_first(report: TopicReport) -> bool:
    return set(report.changes["kind"]) == {TopicChange.NEW.value}


def changes_table(report: TopicReport) -> pd.DataFrame:
    """Return what the last fit changed, a row for each topic that did not just go on.

    No row for the first fit, which changed nothing.
    """
    told = changes_record(report)
    if _is_first(report):
        return pd.DataFrame(columns=["Topic", "What happened"])
    rows = [
        *((one["name"], _split(one)) for one in told["split"]),
        *((one["name"], f"Became part of {_quoted(one['into_name'])}") for one in told["merged"]),
        *((one["name"], f"New, {counted(one['n'], 'comment')}") for one in told["new"]),
        *((one["name"], "Gone: no topic has most of its comments") for one in told["gone"]),
    ]
    return pd.DataFrame(rows, columns=["Topic", "What happened"])


def _split(one: dict[str, Any]) -> str:
    names = [_quoted(part["name"]) for part in one["parts"]]
    return f"Split into {', '.join(names[:-1])} and {names[-1]}"


def _name(report: TopicReport, topic_id: int) -> str:
    return report.names.get(topic_id, f"Topic {topic_id}")


def _quoted(name: str) -> str:
    return f"'{name}'"


def who_named(named_by: str | None) -> str:
    """Return who gave a topic its name.

    Examples
    --------
    >>> who_named("ann"), who_named(None)
    ('Named by ann.', 'Named by machine, from the words that set it apart.')
    """
    return f"Named by {named_by}." if named_by else _BY_MACHINE


_BY_MACHINE = "Named by machine, from the words that set it apart."


def edit_record(edit: Edit, undone_by: int | None) -> dict[str, Any]:
    """Return an edit as JSON has it, without the centroids it keeps."""
    detail = {name: edit.detail[name] for name in _TOLD if name in edit.detail}
    return {
        "edit": edit.edit_id,
        "at": edit.at,
        "who": edit.who,
        "action": edit.action.value,
        "topic_id": edit.topic_id,
        **({"undone": detail["edit"]} if "edit" in detail else detail),
        "undone_by": undone_by,
    }


_TOLD = ("name", "into", "parts", "edit")


def edits_text(records: list[dict[str, Any]]) -> str:
    """Return edits as lines, the latest last."""
    if not records:
        return "Nobody has changed a topic yet."
    return "\n".join(
        f"{one['edit']:>4}  {moment(one['at'])}  {one['who']}  {deed(one)}"
        + (f" (undone by edit {one['undone_by']})" if one["undone_by"] else "")
        for one in records
    )


def deed(one: dict[str, Any]) -> str:
    """Return what an edit did, such as "pinned topic 4"."""
    topic = f"topic {one['topic_id']}"
    if one["action"] == TopicAction.NAME:
        return f"named {topic} {_quoted(one['name'])}"
    if one["action"] == TopicAction.MERGE:
        return f"merged {topic} into topic {one['into']}"
    if one["action"] == TopicAction.SPLIT:
        return f"split {topic} into {', '.join(f'topic {part}' for part in one['parts'])}"
    if one["action"] == TopicAction.PIN:
        return f"pinned {topic}"
    return f"undid edit {one['undone']}"
