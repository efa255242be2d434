"""A store with two services, or with one of them, row for row the same: what either has is told by
its ids, texts and pages, and every table that can hold something of a service does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.audit_log import append_lines
from feedback.safeguarding import DONE
from feedback.safeguarding_record import READ
from feedback.schema import Decision
from feedback.store import Store
from feedback.tallies import refresh_tallies
from tests.app.arrivals import arrivals
from tests.app.filling import NOW, id_of, issue, put, signal

OURS, THEIRS = "divorce", "probate"
N_PLAIN = 40
TEXTS = (
    "the upload button does nothing on my phone, tried it {n} times",
    "paid {n} pounds twice for {word} and nobody answers",
    "clear and quick, thank you {word} {n}",
    "could not sign in for {word}, error {n}",
)
CODES = (["fault.upload"], ["fault.payment"], ["praise"], ["fault.access"])
DRAW = id_of("draw")
WORDS = {OURS: "wombat", THEIRS: "quokka"}
"""A word that stands in every text and name of a service."""


def comment_ids(service: str) -> dict[str, str]:
    """Ids of a service's comments that tests speak of, by what they are."""
    kinds = ("safeguarding", "review", "welsh", "waiting", "survey", "redacted")
    return {kind: id_of(service, kind) for kind in kinds} | {"fault": id_of(service, 0)}


def key(service: str, what: str) -> str:
    """The id of an issue, a round, a signal and so on of a service."""
    return id_of(service, "key", what)


def page_of(service: str) -> str:
    return f"/{service}/{WORDS[service]}"


def email_of(service: str) -> str:
    return f"{WORDS[service]}@example.gov.uk"


def source_of(service: str) -> str:
    """Where a service's feedback comes from."""
    return f"survey-{WORDS[service]}"


def version_of(service: str) -> str:
    """The model that coded a service's comments."""
    return f"model-{WORDS[service]}"


def marks_of(service: str) -> set[str]:
    """What tells that something is of this service."""
    whats = ("issue", "gone", "round", "subscription", "release")
    return {
        WORDS[service],
        service,
        *(id_of(service, n) for n in range(N_PLAIN)),
        *comment_ids(service).values(),
        *(key(service, what) for what in whats),
        id_of(f"{service}-signal"),
    }


def fill_services(store: Store, services: Iterable[str]) -> None:
    """Fill a store with the rows of these services; the machine's own work is that of all."""
    chosen = tuple(services)
    for service in chosen:
        _comments(store, service)
    _topics(store, chosen)
    _issues(store, chosen)
    store.replace_signals(
        NOW,
        pd.DataFrame(
            [
                signal(
                    f"{one}-signal",
                    service=one,
                    page=page_of(one),
                    sentence=f"26 reports of upload failures on {page_of(one)}.",
                )
                for one in chosen
            ]
        ),
    )
    with store.changing() as connection:
        connection.execute(sa.insert(schema.runs), _draw())
        connection.execute(sa.insert(schema.proposed_codes), _proposal())
        for service in chosen:
            _decisions(connection, service)
    hashes = store.read(sa.select(schema.comments.c.text_hash).distinct())["text_hash"]
    store.put_vectors("m", "1", {one: np.ones(4, dtype="float32") for one in hashes})
    refresh_tallies(store)
    for service in chosen:  # days whose counts are behind: they are taken from the comments
        _late_comment(store, service)


def _draw() -> dict[str, Any]:
    """The run that drew all samples."""
    told = {"settings": {}, "versions": {}, "models": {}, "codebook": None, "seed": 7}
    return {"run_id": DRAW, "kind": "draw", "started_at": NOW, "n_in": 0, "n_rejected": 0, **told}


def _proposal() -> dict[str, Any]:
    """A code that somebody proposed, which comments of every service carry."""
    told = {"label": "Praise", "definition": "Says that it was good.", "status": "proposed"}
    return {"code": "praise", **told, "who": "ann", "at": NOW}


def _comments(store: Store, service: str) -> None:
    ids, word, page = comment_ids(service), WORDS[service], page_of(service)
    offset = 0 if service == OURS else 1
    rows: list[dict[str, Any]] = []
    codes: dict[str, list[str]] = {}
    for n in range(N_PLAIN + 7 * offset):
        one = id_of(service, n) if n < N_PLAIN else id_of(service, "more", n)
        rows.append(
            {
                "comment_id": one,
                "text": f"{TEXTS[n % 4].format(n=n, word=word)} {word}",
                "page": page if n % 5 != 2 else f"{page}/step",
                "submitted_at": NOW - timedelta(days=2 * n % 80, hours=1 + offset, minutes=n),
                "satisfaction": 1 + n % 5,
                "effort": 1 + n % 4,
                "completed": n % 3 == 0,
                "help_needed": n % 4 == 0,
                "device": "phone",
                "browser": "Chrome",
                "region": f"Region {word}",
            }
        )
        codes[one] = CODES[n % 4]
    special = {
        "safeguarding": ("he will find me and hurt me", ["safeguarding"]),
        "review": ("I do not want to be here any more", ["safeguarding"]),
        "welsh": ("nid yw'r dudalen yn gweithio o gwbl", ["fault.error"]),
        "survey": ("a survey about the whole service", ["praise"]),
        "redacted": ("ring [PHONE] and ask for [PERSON]", ["fault.error"]),
    }
    for kind, (text, given) in special.items():
        rows.append(
            {
                "comment_id": ids[kind],
                "text": f"{text} {word}",
                "page": None if kind == "survey" else page,
                "language": "cy" if kind == "welsh" else "en",
                "submitted_at": NOW - timedelta(hours=3 + offset),
            }
        )
        codes[ids[kind]] = given
    put(store, [{**row, "service": service, "source": source_of(service)} for row in rows])
    unsure = {ids["review"], ids["welsh"]}
    facets = {
        one: {"browser": ["Chrome"], "impact": "blocked", "quote": [word]}
        for one, given in codes.items()
        if given[0].startswith("fault.") and one not in unsure
    }
    _code_some(store, codes, unsure, facets, version=version_of(service))
    put(
        store,
        [
            {
                "comment_id": ids["waiting"],
                "text": f"not coded yet {word}",
                "service": service,
                "page": page,
                "submitted_at": NOW - timedelta(hours=1 + offset),
            }
        ],
    )


def _code_some(
    store: Store,
    codes: dict[str, list[str]],
    unsure: set[str],
    facets: dict[str, Any],
    *,
    version: str,
) -> None:
    """Code what waits; what is unsure is for review. An earlier service's waiting one stays so."""
    from feedback.schema import Classification, CodeDecision, Origin, Sentiment
    from feedback.store import Enriched
    from tests.app.filling import WORKER

    claimed = set(store.claim(WORKER, 1_000)["comment_id"])
    done = []
    for one in sorted(claimed & set(codes)):
        decision = Decision.REVIEW if one in unsure else Decision.ASSIGNED
        given = tuple(CodeDecision(name, 0.9, decision, Origin.MODEL) for name in codes[one])
        told = Classification(given, Sentiment.NEGATIVE, facets.get(one, {}))
        done.append(Enriched(one, told, version))
    store.complete(WORKER, done)
    store.release(WORKER)


def _late_comment(store: Store, service: str) -> None:
    row = {
        "comment_id": id_of(service, "late"),
        "text": f"came late and failed again {WORDS[service]}",
        "service": service,
        "page": page_of(service),
        "submitted_at": NOW - timedelta(days=5, hours=1 if service == OURS else 2),
    }
    put(store, [row])
    given = {row["comment_id"]: ["fault.error"]}
    _code_some(store, given, set(), {}, version=version_of(service))


def _topics(store: Store, services: tuple[str, ...]) -> None:
    """Topic 0 is shared; each service has one of its own."""
    own = {OURS: 1, THEIRS: 2}
    members = [
        (id_of(one, n), 0 if n % 3 else own[one], 0.8) for one in services for n in range(N_PLAIN)
    ]
    frame = pd.DataFrame(members, columns=["comment_id", "topic_id", "similarity"])
    sizes = frame["topic_id"].value_counts()
    named = {0: "uploads", **{own[one]: f"about {WORDS[one]}" for one in services}}
    quotes = {0: [id_of(one, n) for one in services for n in (1, 2)]}
    quotes |= {own[one]: [id_of(one, n) for n in (0, 3, 6)] for one in services}
    topics = pd.DataFrame(
        [
            {
                "topic_id": topic,
                "name": name,
                "terms": [name, "upload"],
                "quotes": quotes[topic],
                "n": int(sizes[topic]),
                "centroid": np.zeros(384, dtype="<f4").tobytes(),
            }
            for topic, name in named.items()
        ]
    )
    store.write_topics("topics-1", topics, frame)
    with store.changing() as connection:
        for topic, name in named.items():
            connection.execute(
                sa.insert(schema.topic_changes),
                {
                    "model_version": "topics-1",
                    "topic_id": topic,
                    "kind": "new",
                    "at": NOW,
                    "detail": {"n": int(sizes[topic]) if topic else 0},
                },
            )
            if topic:
                connection.execute(
                    sa.insert(schema.topic_edits),
                    {
                        "edit_id": topic,
                        "at": NOW,
                        "who": "ann",
                        "action": "name",
                        "topic_id": topic,
                        "detail": {"name": name},
                    },
                )


def _issues(store: Store, services: tuple[str, ...]) -> None:
    rows = []
    for one in services:
        ids = [id_of(one, n) for n in range(0, 12, 4)]
        title, place = f"Upload fails for {WORDS[one]}", {"service": one, "page": page_of(one)}
        rows.append(issue(key(one, "issue"), title, ids, theme="fault.upload", **place))
        rows.append(issue(key(one, "gone"), f"{title} again", ids[:1], **place))
        rows.append(issue(key(one, "near"), f"Photo of {WORDS[one]} is refused", [], **place))
    members = [(id_of(one, n), key(one, "issue"), 0.8) for one in services for n in range(0, 20, 4)]
    store.write_clusters(
        pd.DataFrame(rows),
        pd.DataFrame(members, columns=["comment_id", "cluster_id", "similarity"]),
        merged={key(one, "gone"): key(one, "issue") for one in services},
    )
    for one in services:
        store.triage(key(one, "issue"), "ann", status="acknowledged", owner=email_of(one))


def _decisions(connection: sa.Connection, service: str) -> None:
    """What people did: rows of the tables that no machine writes."""
    ids, word, page = comment_ids(service), WORDS[service], page_of(service)
    coder = email_of(service)
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        schema.people: [
            {
                "email": coder,
                "roles": ["triager", "researcher"],
                "services": [service],
                "added_by": "ann",
                "added_at": NOW,
            }
        ],
        schema.fault_triage: [
            {
                "comment_id": ids["fault"],
                "status": "acknowledged",
                "owner": coder,
                "who": coder,
                "at": NOW,
            }
        ],
        schema.codings: [
            {
                "comment_id": id_of(service, n),
                "code": CODES[n % 4][0],
                "origin": "person",
                "coder": coder,
                "model_version": "",
                "probability": None,
                "decision": "assigned",
                "at": NOW,
            }
            for n in range(1, 9)
        ],
        schema.coding_rounds: [
            {
                "round_id": key(service, "round"),
                "name": f"Round {word}",
                "service": service,
                "coders": [coder, "ann"],
                "codebook": "hmcts-1",
                "opened_by": coder,
                "opened_at": NOW,
                "closed_at": None,
            }
        ],
        schema.coding_round_comments: [
            {
                "round_id": key(service, "round"),
                "comment_id": id_of(service, n),
                "position": n,
                "reconciled_by": None,
                "reconciled_at": None,
            }
            for n in range(2)
        ],
        schema.round_codings: [
            {
                "round_id": key(service, "round"),
                "comment_id": id_of(service, n),
                "coder": who,
                "codes": ["praise"],
                "at": NOW,
            }
            for n in range(2)
            for who in (coder, "ann")
        ],
        schema.subscriptions: [
            {
                "subscription_id": key(service, "subscription"),
                "channel": "email",
                "target": coder,
                "service": service,
                "frequency": "day",
                "who": coder,
                "at": NOW,
                "last_sent_at": None,
                "failure": None,
            }
        ],
        schema.releases: [
            {
                "release_id": key(service, "release"),
                "at": NOW - timedelta(days=10),
                "service": service,
                "page": page,
                "name": f"Release {word}",
                "who": coder,
                "noted_at": NOW,
            }
        ],
        schema.safeguarding_outcomes: [
            {
                "comment_id": id_of(service, 5),
                "outcome": "told",
                "note": f"told the lead {word}",
                "who": coder,
                "at": NOW,
            }
        ],
        schema.coding_samples: [
            {
                "comment_id": id_of(service, n),
                "sample_id": DRAW,
                "kind": "random",
                "service": None,
                "with_safeguarding": False,
                "is_flagged": False,
                "position": n,
                "drawn_at": NOW,
                "inclusion_probability": 0.5,
                "weight": 2.0,
                "coded_at": NOW if n < 9 else None,
            }
            for n in range(1, 14)
        ],
        schema.audit_samples: [
            {
                "comment_id": id_of(service, n),
                "sample_id": DRAW,
                "service": None,
                "position": n,
                "drawn_at": NOW,
                "redactor": "r1",
                "verdict": "clean" if n < 16 else None,
                "entity": None,
                "who": coder if n < 16 else None,
                "at": NOW if n < 16 else None,
            }
            for n in range(14, 20)
        ],
        schema.spans: [
            {
                "comment_id": ids["redacted"],
                "start": 5,
                "end": 12,
                "entity": "PHONE",
                "recogniser": "phone",
                "score": 1.0,
                "number": None,
                "marks": None,
            }
        ],
        schema.alarms: [
            {
                "kind": "burst",
                "service": service,
                "page": page,
                "theme": "fault.upload",
                "level": "alert",
                "raised_at": NOW - timedelta(days=1),
                "last_at": NOW,
            }
        ],
        schema.audit: [
            {
                "at": NOW,
                "who": coder,
                "action": action,
                "object": about,
                "detail": {"outcome": "told", "said": word},
            }
            for action, about in (
                (READ, f"comment {ids['safeguarding']}"),
                (DONE, f"comment {id_of(service, 5)}"),
                ("triage", f"issue {key(service, 'issue')}"),
                ("add release", f"release {key(service, 'release')}"),
                ("open coding round", f"round {key(service, 'round')}"),
            )
        ],
    }
    append_lines(connection, rows.pop(schema.audit))
    rows |= arrivals(service, word, coder)
    for table, values in rows.items():
        connection.execute(sa.insert(table), values)
