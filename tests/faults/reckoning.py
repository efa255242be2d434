"""What is in the store at the end, beside what the senders were told. Each thing is looked up anew.

Nothing here asks the code that took the messages: the rows are read, counted and compared.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
import sqlalchemy as sa

from feedback import posted_once, schema, standing
from feedback.schema import CommentState, Measure
from feedback.sender_keys import keys_known
from feedback.settings import Settings
from feedback.tallies import counts
from tests.faults.client import NEVER_WHOLE, Sent
from tests.faults.place import Place
from tests.faults.texts import MARK

__all__ = ["Reckoning", "reckon"]

N_CODED_AGAIN = 40
"""Comments whose codes are worked out anew and compared, drawn at random."""


@dataclass
class Reckoning:
    """What was sent, what became of it, and everything that is not as it must be."""

    n_messages: int
    n_comments: int
    n_accepted: int
    n_refused: int
    n_never_whole: int
    n_answers: dict[str, int]
    n_connections_lost: int
    n_lost: int
    n_doubled: int
    n_stored_unasked: int
    n_not_coded: int
    n_attempts: int
    problems: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return it for a file of figures."""
        return asdict(self)


def reckon(place: Place) -> Reckoning:
    """Compare the store with what the senders know; call it when nothing is under way any more."""
    sent = place.load.all()
    comments = place.store.read(sa.select(schema.comments))
    known = _known(comments)
    accepted = [one for one in sent if one.accepted_at is not None]
    lost = [mark for one in accepted for mark in one.message.marks if known[mark] == 0]
    doubled = [mark for mark, n in known.items() if n > 1]
    never = [mark for one in sent if one.refused for mark in one.message.marks]
    unasked = [mark for mark in never if known[mark]]
    enriched = comments["state"] == CommentState.ENRICHED.value
    checks = (
        _messages_refused(sent),
        _ids_are_theirs(accepted, comments),
        _kept_answers(place, accepted),
        _claims_are_free(comments),
        _every_row_belongs(place),
        _counts_are_right(place, comments),
        _standing_is_right(place),
        _codes_are_right(place, comments[enriched]),
        _runs_are_sound(place),
        _logs_say_nothing(place, sent),
        _ended_well(place),
        _is_whole(place),
    )
    answers = sum((one.answers for one in sent), Counter[int]())
    return Reckoning(
        n_messages=len(sent),
        n_comments=len(comments),
        n_accepted=len(accepted),
        n_refused=len(_refused(sent)),
        n_never_whole=sum(one.refused == NEVER_WHOLE for one in sent),
        n_answers={str(status): n for status, n in sorted(answers.items())},
        n_connections_lost=sum(one.cut.total() for one in sent),
        n_lost=len(lost),
        n_doubled=len(doubled),
        n_stored_unasked=len(unasked),
        n_not_coded=int((~enriched).sum()),
        n_attempts=int(comments["n_attempts"].sum()),
        problems=[problem for check in checks for problem in check],
    )


def _known(comments: pd.DataFrame) -> Counter[str]:
    """Count each mark in the texts of the store."""
    return Counter(mark for text in comments["text"] for mark in MARK.findall(text))


def _messages_refused(sent: Sequence[Sent]) -> list[str]:
    """Sound messages that were refused for good."""
    return [f"refused: {one.refused}" for one in _refused(sent)[:5]]


def _refused(sent: Sequence[Sent]) -> list[Sent]:
    return [one for one in sent if one.refused and one.refused != NEVER_WHOLE]


def _ids_are_theirs(accepted: Sequence[Sent], comments: pd.DataFrame) -> list[str]:
    """The ids of each answer are those of the comments with these marks."""
    of_text = {row.comment_id: MARK.findall(row.text) for row in comments.itertuples(index=False)}
    wrong = [
        one
        for one in accepted
        if [mark for name in one.comment_ids for mark in of_text.get(name, [])]
        != list(one.message.marks)
    ]
    return [f"{len(wrong)} answers name other comments"] if wrong else []


def _kept_answers(place: Place, accepted: Sequence[Sent]) -> list[str]:
    """What was answered is kept once for each key, and names what was answered."""
    id_key = place.store.id_key()
    keys = place.store.read(keys_known())
    key_id = keys.set_index("name")["key_id"]["load"]
    kept = place.store.read(sa.select(schema.posted_once))
    receipts = {row.mark: tuple(row.receipt["comment_ids"]) for row in kept.itertuples(index=False)}
    found = []
    for one in accepted:
        mark = posted_once.posting(id_key, key_id, one.message.key, None).mark
        if receipts.get(mark) != one.comment_ids:
            found.append(one)
    told = [f"{len(found)} answers are not kept as they were given"] if found else []
    if len(receipts) != len(kept):
        told.append("a key was kept twice")
    return told


def _claims_are_free(comments: pd.DataFrame) -> list[str]:
    held = comments["claimed_by"].notna() & (comments["claimed_by"] != "")
    aside = comments["state"] == CommentState.FAILED.value
    return [
        *([f"{held.sum()} comments are still claimed"] if held.any() else []),
        *([f"{aside.sum()} comments were set aside"] if aside.any() else []),
    ]


def _every_row_belongs(place: Place) -> list[str]:
    """No row of any table belongs to a comment or a response that is not there."""
    told = []
    for table in schema.metadata.sorted_tables:
        for name, owner in (("comment_id", schema.comments), ("response_id", schema.responses)):
            if name not in table.c or table is owner or table.name == "erased_responses":
                continue
            column = table.c[name]
            is_gone = ~sa.exists().where(owner.c[name] == column)
            query = sa.select(sa.func.count().label("n")).where(column.is_not(None), is_gone)
            if n := int(place.store.read(query.select_from(table))["n"].iloc[0]):
                told.append(f"{n} rows of {table.name} belong to nothing")
    responses = place.store.read(sa.select(schema.responses.c.response_id))
    of_comments = place.store.read(sa.select(schema.comments.c.response_id).distinct())
    if set(responses["response_id"]) != set(of_comments["response_id"]):
        told.append("responses and comments do not belong together")
    return told


def _counts_are_right(place: Place, comments: pd.DataFrame) -> list[str]:
    """The counts by day that the pages show are those of the comments."""
    days = pd.to_datetime(comments["day"]).dt.date
    query = counts(Measure.COMMENTS, by=["service"], first_day=days.min(), last_day=days.max())
    shown = place.store.read(query).set_index("service")["n"].to_dict()
    counted = comments["service"].value_counts().to_dict()
    return [] if shown == counted else [f"pages count {shown}, there are {counted}"]


class _NothingToKeepError(Exception):
    """Takes a transaction back."""


def _standing_is_right(place: Place) -> list[str]:
    """What is kept beside the comments is what is worked out from them anew."""
    tables = (schema.standing_codes,)
    told = []
    try:
        with place.store.quietly_changing() as connection:
            before = [_rows(connection, table) for table in tables]
            standing.renew_all(connection)
            for table, rows in zip(tables, before, strict=True):
                if _rows(connection, table) != rows:
                    told.append(f"{table.name} is not what follows from the codings")
            raise _NothingToKeepError
    except _NothingToKeepError:
        return told


def _rows(connection: sa.Connection, table: sa.Table) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row) for row in connection.execute(sa.select(table)))


@lru_cache(maxsize=1)
def _models() -> tuple[Any, Any]:
    from app import wiring

    wiring.quieten_libraries()
    settings = Settings()
    return wiring.make_embedder(settings), wiring.make_classifier(settings)


def _codes_are_right(place: Place, enriched: pd.DataFrame) -> list[str]:
    """Each comment has one set of codes, of one version, and it is what the models say."""
    codings = place.store.read(sa.select(schema.codings))
    told = []
    versions = codings.groupby("comment_id")["model_version"].nunique()
    if (versions > 1).any():
        told.append(f"{(versions > 1).sum()} comments have codes of several versions")
    if n := len(set(enriched["comment_id"]) - set(codings["comment_id"])):
        told.append(f"{n} comments are enriched and have no code")
    if n := len(set(codings["comment_id"]) - set(enriched["comment_id"])):
        told.append(f"{n} comments have codes and are not enriched")
    names = sorted(enriched["comment_id"])
    drawn = random.Random(len(names)).sample(names, min(N_CODED_AGAIN, len(names)))
    sample = enriched.set_index("comment_id").loc[drawn]
    embedder, classifier = _models()
    texts, languages = list(sample["text"]), list(sample["language"])
    found = classifier.classify(texts, embedder.embed(texts), languages)
    kept = codings.groupby("comment_id")
    for name, classification in zip(drawn, found, strict=True):
        rows = kept.get_group(name)
        stored = Counter(zip(rows["code"], rows["decision"], strict=True))
        anew = Counter((code.code, code.decision.value) for code in classification.codes)
        if stored != anew:
            told.append(f"a comment has the codes {dict(stored)}, the models say {dict(anew)}")
    return told[:5]


def _runs_are_sound(place: Place) -> list[str]:
    """Every run that ended says how many it took, and none ended before it began by the clock."""
    runs = place.store.read(sa.select(schema.runs))
    ended = runs[runs["finished_at"].notna()]
    told = []
    if place.clock is None and (ended["finished_at"] < ended["started_at"]).any():
        told.append("a run ended before it began")
    if (ended["n_in"] < ended["n_rejected"]).any():
        told.append("a run rejected more than it took")
    n_comments = int(
        place.store.read(sa.select(sa.func.count().label("n")).select_from(schema.comments))[
            "n"
        ].iloc[0]
    )
    n_enriched = int(ended[ended["kind"] == "enrich"]["n_in"].sum())
    if n_enriched > n_comments:
        told.append(f"runs say that {n_enriched} comments were coded, of {n_comments}")
    return told


def _logs_say_nothing(place: Place, sent: Sequence[Sent]) -> list[str]:
    """No log holds words of a comment, nor a traceback."""
    told = []
    for program in place.programs:
        log = program.log.read_text(encoding="utf-8", errors="replace")
        if MARK.search(log):
            told.append(f"{program.log.name} quotes a comment")
        if "Traceback" in log:
            told.append(f"{program.log.name} holds a traceback: {log[log.rindex('Traceback') :]}")
    return told


def _ended_well(place: Place) -> list[str]:
    """Who is asked to stop at the end stops, and says that all is well.

    A worker that was killed last may not have been up again: then the signal itself ends it.
    """
    sound = {place.server: {0}, **{worker: {0, -signal.SIGTERM} for worker in place.workers}}
    return [
        f"{program.log.stem} ended with {program.exit_codes[-1]}"
        for program, codes in sound.items()
        if program.exit_codes[-1] not in codes
    ]


def _is_whole(place: Place) -> list[str]:
    """The store's own check, and the database's, find no damage."""
    found = place.store.check()
    if not found and place.postgres is not None:
        found = place.postgres.damage()
    return [found] if found else []
