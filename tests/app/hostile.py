"""Texts that try to be more than text, and a store that has them wherever a text can stand.

A page must show each exactly as typed. Every text has a mark of its own, such as ``zq07``, inside
whatever it would become, so that a test finds it in a page and sees what became of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.schema import SafeguardingOutcome
from feedback.store import Store
from tests.app.filling import NOW, code, id_of, issue, put, signal

_SHAPES = (
    # Elements and scripts
    "<script>window.broken='{m}'</script> script",
    "</script><script>window.broken='{m}'</script> end of a script",
    "<img src={m} onerror='window.broken=1'> image",
    "<svg onload=window.broken=1><a xlink:href='javascript:broken=1'>{m}</a></svg>",
    "<svg><animate onbegin=window.broken=1 attributeName={m} dur=1s></svg>",
    "<iframe srcdoc='<script>parent.broken=1</script>{m}'></iframe> frame",
    "<object data='data:text/html,<script>parent.broken=1</script>'>{m}</object>",
    "<style>body {{ display: none !important }} .{m} {{}}</style> style",
    "<a href='javascript:window.broken=1'>{m} html link</a>",
    "<a href='java&#10;script:window.broken=1'>{m} broken word</a>",
    "</q></li></ul></p></article><h1 id={m}>closing tags {m}</h1>",
    "<details open ontoggle=window.broken=1>{m} toggle</details>",
    "<input autofocus onfocus=window.broken=1 value={m}>",
    "<form action=//evil.example><button formaction=javascript:alert(1)>{m}</form>",
    "<math><mtext><style><img src=x onerror=window.broken=1></style>{m}</math>",
    '" onmouseover=window.broken=1 x=" {m} out of an attribute',
    "' autofocus onfocus=window.broken=1 x=' {m} out of the other",
    "<b>{m} bold</b> & <i>italic</i> as typed",
    "<!-- {m} --> ]]> <![CDATA[ {m} ]]> leftover",
    "<template><p>{m}</p></template><slot name={m}></slot> parts",
    # Entities and encodings
    "&lt;b&gt;{m} entities &amp; &#x3c;i&#x3e; &nbsp;&copy;",
    "\\u003cscript\\u003e {m} %3Cscript%3E \\x3cscript\\x3e",
    # Markdown
    "[{m} link](javascript:window.broken=1) and [web](https://evil.example/a)",
    "![{m} pixel](https://evil.example/pixel.png) tracking image",
    "![](data:image/svg+xml;base64,PHN2Zy8+) {m} data image",
    "bare https://evil.example/{m} and www.evil.example and mail {m}@evil.example",
    "<https://evil.example/{m}> angle address",
    "[{m} reference][1]\n\n[1]: https://evil.example",
    "# {m} heading **bold** _italic_ ~~gone~~ `code` text",
    "> {m} quote\n- point\n1. number\n---\ntext",
    "| {m} | b |\n|---|---|\n| table | cell |",
    "```html\n<b>{m} fence</b>\n```",
    "{m} [footnote]^[note] and [^1]\n\n[^1]: note",
    "\\*{m} escaped\\* back\\\\slashes and trailing \\",
    "{m} ==highlight== ++inserted++ H~2~O x^2^ [ ] task [x] done",
    # What Streamlit makes of text
    ":smile: :material/home: :streamlit: {m} short codes :shortcake:",
    ":red[{m} colour] :blue-background[fill] :small[tiny] :badge[badge] directive",
    "{m} <- -> <-> -- >= <= ~= arrows",
    # Formulas, templates, expressions
    "$\\frac{{1}}{{2}}$ {m} and $$\\href{{javascript:window.broken=1}}{{x}}$$ formula",
    "{{{{ {m} }}}} ${{expression}} %(format)s {{0}} #{{ruby}} <%= erb %>",
    "datum.{m} || (window.broken = 1) // format(now(), 'x')",
    '=HYPERLINK("https://evil.example","{m}")',
    "@SUM(1+1)*cmd|' /C calc'!A0 {m}",
    "'; DROP TABLE comments; -- {m}",
    # Letters
    "{m} quotes \" ' ` and \u202eright to left\u202c text",
    "\u2067{m} isolate never closed \u05d0\u05d1",
    "null\ufffdbyte {m} and \u200bzero\u200dwidth\ufeff",
    "{m}Z\u0351\u036b\u0343a\u0321\u034al\u0321\u0339g\u0335o stacked",
    "{m}" + "unbreakable" * 6,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 {m} \U0001f1ec\U0001f1e7 ~tilde~ <3",
)
MARKS = tuple(f"zq{number:02d}" for number in range(len(_SHAPES)))
HOSTILE = tuple(shape.format(m=mark) for shape, mark in zip(_SHAPES, MARKS, strict=True))
SERVICE = "<b>zqsv</b> **bold** :smile: [x](javascript:window.broken=1) https://evil.example"
PAGE = "/<img src=zqpg onerror=window.broken=1>/**bold**/$x$/:smile:/www.evil.example"
CODE = "fault.<i>zqcd</i>:smile:"
TITLED = 12
"""Topics, issues and signals, each with a hostile text as its name."""


def fill_with_hostile(store: Store, *, now: datetime = NOW) -> None:
    """Put hostile text wherever text out of the data, or typed by people, can stand."""
    ids = _comments(store, now)
    _topics(store, ids)
    _issues(store, ids, now)
    signals = [
        signal(
            str(n),
            now=now,
            service=SERVICE,
            page=PAGE,
            theme="fault.error",
            sentence=text,
            release=HOSTILE[n + TITLED],
        )
        for n, text in enumerate(HOSTILE[:TITLED])
    ]
    store.replace_signals(now, pd.DataFrame(signals))
    _people(store, ids, now)


def _comments(store: Store, now: datetime) -> list[str]:
    n = len(HOSTILE)
    rows = [
        {
            "text": text,
            "service": SERVICE,
            "page": PAGE,
            "question": HOSTILE[(number + 1) % n],
            "source": HOSTILE[number][:80],
            "device": text[:80],
            "browser": HOSTILE[(number + 2) % n][:80],
            "region": HOSTILE[(number + 3) % n][:80],
            "satisfaction": 1 + number % 5,
            "effort": 1 + number % 5,
            "completed": bool(number % 2),
            "help_needed": bool(number % 3),
            "language": "cy" if number % 5 == 0 else "en",
            "submitted_at": now - timedelta(hours=number + 1),
        }
        for number, text in enumerate(HOSTILE)
    ]
    ids = put(store, rows, now=now)
    found = [
        {
            "browser": [text],
            "error_text": text,
            "step": text,
            "since": text,
            "page": [text],
            "device": [text],
            "impact": "blocked",
        }
        for text in HOSTILE
    ]
    code(
        store,
        {key: ["fault.error", CODE, "praise"] for key in ids},
        facets=dict(zip(ids, found, strict=True)),
    )
    for key, text in zip(ids[:6], HOSTILE[6:], strict=False):
        store.correct(key, ["fault.error", CODE], text[:120])
    return ids


def _topics(store: Store, ids: list[str]) -> None:
    rng = np.random.default_rng(0)
    found = pd.DataFrame(
        {
            "topic_id": range(TITLED),
            "name": [text[:150] for text in HOSTILE[:TITLED]],
            "named_by": [text[:120] for text in HOSTILE[TITLED : 2 * TITLED]],
            "terms": [[text, *HOSTILE[:3]] for text in HOSTILE[:TITLED]],
            "quotes": [ids[3 * number : 3 * number + 3] for number in range(TITLED)],
            "parent_id": [number % 2 for number in range(TITLED)],
            "n": 3,
            "centroid": [rng.normal(size=384).astype("<f4").tobytes() for _ in range(TITLED)],
        }
    )
    members = [min(number // 4, TITLED - 1) for number in range(len(ids))]
    members = pd.DataFrame({"comment_id": ids, "topic_id": members, "similarity": 0.9})
    store.write_topics("topics-1", found, members)


def _issues(store: Store, ids: list[str], now: datetime) -> None:
    issues = [
        issue(
            id_of(n),
            text[:150],
            ids[n : n + 3],
            now=now,
            service=SERVICE,
            page=PAGE,
            theme=CODE,
        )
        for n, text in enumerate(HOSTILE[:TITLED])
    ]
    clusters = [id_of(number % TITLED) for number in range(len(ids))]
    members = pd.DataFrame({"comment_id": ids, "cluster_id": clusters, "similarity": 0.9})
    store.write_clusters(pd.DataFrame(issues), members)
    for n, text in enumerate(HOSTILE[TITLED : 2 * TITLED]):
        owner, ticket = text[:120], f"https://tickets.example/{text}"[:500]
        store.triage(id_of(n), text[:120], owner=owner, ticket_url=ticket, status="acknowledged")


def _people(store: Store, ids: list[str], now: datetime) -> None:
    """Put hostile text into what people type and are called."""
    rows = list(_rows(ids, now))
    with store.changing() as connection:
        for table, row in rows:
            connection.execute(sa.insert(table), row)
    store.audit(HOSTILE[2][:120], "note", f"issue {id_of(0)}", {"note": HOSTILE[3]})
    place = {"service": SERVICE, "page": PAGE}
    rows = [{"text": text, **place} for text in HOSTILE[4:8]]
    risky, *waiting = put(store, rows, now=now)
    code(store, {key: ["safeguarding"] for key in (risky, *waiting)})
    with store.changing() as connection:
        told = {"outcome": SafeguardingOutcome.OTHER.value, "note": HOSTILE[5], "at": now}
        row = {"comment_id": risky, "who": HOSTILE[6][:120], **told}
        connection.execute(sa.insert(schema.safeguarding_outcomes), row)


def _rows(ids: list[str], now: datetime) -> Any:
    for n, text in enumerate(HOSTILE):
        who = text[:120]
        yield (
            schema.releases,
            {
                "release_id": id_of("release", n),
                "at": now - timedelta(days=n % 5, hours=2),
                "service": SERVICE,
                "page": PAGE if n % 2 else None,
                "name": text,
                "who": who,
                "noted_at": now,
            },
        )
        state = {"status": "acknowledged", "owner": who, "who": who, "at": now}
        yield schema.fault_triage, {"comment_id": ids[n], **state}
    for n, text in enumerate(HOSTILE[:6]):
        who = text[:120]
        proposed = {"label": text[:120], "definition": text, "status": "proposed"}
        yield (
            schema.proposed_codes,
            {"code": f"{n}.{text}"[:80], **proposed, "who": who, "at": now},
        )
        about = {"service": SERVICE, "frequency": "week", "who": who, "at": now, "failure": text}
        yield (
            schema.subscriptions,
            {
                "subscription_id": id_of("digest", n),
                "channel": "webhook",
                "target": f"https://hooks.example/{text}",
                **about,
            },
        )
        yield (
            schema.source_statements,
            {
                "source": text[:80],
                "statement": {"collected": text, "misses": text, "text": text},
                "who": who,
                "at": now,
            },
        )
        round_id = id_of("round", n)
        yield (
            schema.coding_rounds,
            {
                "round_id": round_id,
                "name": text[:120],
                "service": SERVICE,
                "coders": [who, "ann"],
                "codebook": "digital_service/1",
                "opened_by": who,
                "opened_at": now,
            },
        )
        yield (
            schema.coding_round_comments,
            {"round_id": round_id, "comment_id": ids[n], "position": 0},
        )
