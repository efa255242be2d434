"""Texts that try to be more than text. A page must show each exactly as typed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from feedback.store import Store
from tests.app.filling import NOW, code, id_of, issue, put, signal

HOSTILE = (
    "<script>window.broken = 1</script> script",
    "<img src=x onerror='window.broken = 1'> image",
    "<svg onload=window.broken=1><a xlink:href='javascript:window.broken=1'>svg</a></svg>",
    "<iframe srcdoc='<script>parent.broken=1</script>'></iframe> frame",
    "<style>body { display: none !important }</style> style",
    "<a href='javascript:window.broken=1'>html link</a>",
    "</q></li></ul><h1 id=broken>closing tags</h1>",
    "<details open ontoggle=window.broken=1>toggle</details>",
    "&lt;b&gt;entities &amp; &#x3c;i&#x3e;",
    "[markdown link](javascript:window.broken=1) and [web](https://evil.example/a)",
    "![pixel](https://evil.example/pixel.png) tracking image",
    "bare https://evil.example/path and www.evil.example and mail me@evil.example",
    "<https://evil.example> angle address",
    "[reference][1]\n\n[1]: https://evil.example",
    "# heading **bold** _italic_ ~~gone~~ `code` text",
    "> quote\n- point\n1. number\n---\ntext",
    "| a | b |\n|---|---|\n| table | cell |",
    "$\\frac{1}{2}$ and $$\\href{javascript:window.broken=1}{x}$$ formula",
    ":smile: :material/home: :streamlit: short codes",
    ":red[colour] :blue-background[fill] :small[tiny] :badge[badge] directive",
    "![](data:image/svg+xml;base64,PHN2Zy8+) data image",
    "\\*escaped\\* back\\\\slashes and trailing \\",
    "```html\n<b>fence</b>\n```",
    "{{ template }} ${expression} %(format)s {0}",
    '=HYPERLINK("https://evil.example","formula")',
    "quotes \" ' ` and \u202eright to left\u202c text",
    "null\ufffdmark and \u200bzero width",
    "[footnote]^[note] and [^1]\n\n[^1]: note",
    "<b>bold</b> & <i>italic</i> as typed",
    "<!-- comment --> ]]> <![CDATA[ data ]]> leftover",
)
SERVICE = "<b>Service</b> **bold** :smile: [x](javascript:window.broken=1) https://evil.example"
PAGE = "/<img src=x onerror=window.broken=1>/**bold**/$x$/:smile:/www.evil.example"


def fill_with_hostile(store: Store) -> None:
    """Put hostile text wherever text out of the data can stand."""
    rows = [
        {
            "text": text,
            "service": SERVICE,
            "page": PAGE,
            "question": text,
            "source": "**source**",
            "device": text[:60],
            "browser": "<b>browser</b>",
            "submitted_at": NOW - timedelta(hours=number + 1),
        }
        for number, text in enumerate(HOSTILE)
    ]
    ids = put(store, rows)
    code(store, {key: ["fault.error"] for key in ids})
    vector = np.zeros(384, dtype="<f4").tobytes()
    topics = pd.DataFrame(
        {
            "topic_id": range(10),
            "name": [text[:150] for text in HOSTILE[:10]],
            "terms": [[text] for text in HOSTILE[:10]],
            "quotes": [ids[3 * number : 3 * number + 3] for number in range(10)],
            "n": 3,
            "centroid": vector,
        }
    )
    members = pd.DataFrame({"comment_id": ids, "topic_id": [n // 3 for n in range(len(ids))]})
    store.write_topics("topics-1", topics, members.assign(similarity=0.9))
    issues = [
        issue(id_of(n), text[:150], ids[n : n + 3], service=SERVICE, page=PAGE, theme="**theme**")
        for n, text in enumerate(HOSTILE[:12])
    ]
    store.write_clusters(
        pd.DataFrame(issues),
        pd.DataFrame({"comment_id": ids, "cluster_id": id_of(0), "similarity": 0.9}),
    )
    signals = [
        signal(str(n), service=SERVICE, page=PAGE, theme="fault.error", sentence=text)
        for n, text in enumerate(HOSTILE[:12])
    ]
    store.replace_signals(NOW, pd.DataFrame(signals))
