"""Sends a server what its own OpenAPI document allows and forbids, and looks at each answer.

Schemathesis makes the cases; besides its own checks, what this server promises is looked at: no
answer repeats what was sent, each field that is wrong is named, what was taken is stored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import hypothesis
import schemathesis
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from app.api_pages import ASKED
from app.api_schema import openapi

MIN_ECHO = 9
"""Shorter texts stand in answers by chance: "comment", "row"."""
PATIENCE_SECONDS = 60
"""The first comment waits until the server has loaded what redacts it."""
POST = "/v1/feedback"
FORM = "/v1/report"

SETTLED = (
    "positive_data_acceptance",  # what the document allows may still be refused: a date to come
    "negative_data_rejection",  # a body of another kind may hold sound JSON all the same
)
"""Checks of Schemathesis that do not hold for this server, and why."""
MADE = [name for name in CHECKS.get_all_names() if name not in SETTLED]

Send = Callable[[str, str, Mapping[str, str], bytes], Any]
"""Method, path, headers and body in, an answer with status, headers, content out."""


@dataclass
class Answers:
    """What was answered so far."""

    n_cases: int = 0
    by_status: Counter[int] = field(default_factory=Counter)
    by_operation: Counter[str] = field(default_factory=Counter)
    n_without_key: int = 0
    comment_ids: set[str] = field(default_factory=set)
    n_of_forms: int = 0
    """Comments that came with forms; their answers tell no ids."""
    faults: list[str] = field(default_factory=list)

    def count(self, operation: str, status: int) -> None:
        self.n_cases += 1
        self.by_status[status] += 1
        self.by_operation[operation] += 1
        if status >= 500:
            self.faults.append(f"{operation}: {status}")


def settings_of(n: int, seed: int) -> Callable[[Any], Any]:
    """Return how Hypothesis is to run: so many cases, the same each time."""

    def decorate(test: Any) -> Any:
        quiet = hypothesis.settings(
            max_examples=n,
            deadline=None,
            database=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        return hypothesis.seed(seed)(quiet(test))

    return decorate


def try_document(
    schema: Any, key: str, n_cases: int, seed: int, *, base_url: str | None = None
) -> Answers:
    """Send cases made of the OpenAPI document, sound and unsound ones, over all its operations.

    Parameters
    ----------
    schema
        Of Schemathesis, from an application or from the address of a server.
    key
        Let in; each tenth request to post is sent without it as well.
    """
    answers = Answers()
    operations = [found.ok() for found in schema.get_all_operations()]
    posts = [one for one in operations if one.method.upper() == "POST"]
    for operation in operations:
        if operation not in posts:
            _try_one(operation, answers, key, 2, seed, base_url)
    # Hypothesis ends where it has seen all that it thinks is different.
    while answers.n_cases < n_cases:
        seed += 1
        n = (n_cases - answers.n_cases) // (2 * len(posts)) + 1
        for operation in posts:
            _try_one(operation, answers, key, n, seed, base_url)
    return answers


def _try_one(
    operation: Any, answers: Answers, key: str, n: int, seed: int, base_url: str | None
) -> None:
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategy = operation.as_strategy(generation_mode=mode)
        try:
            _try(strategy, answers, key, n, seed, base_url)
        except hypothesis.errors.Unsatisfiable:
            if operation.method.upper() == "POST":  # what has no fields can be sent in one way
                raise


def _try(
    strategy: Any, answers: Answers, key: str, n: int, seed: int, base_url: str | None
) -> None:
    @settings_of(n, seed)
    @hypothesis.given(case=strategy)
    def send(case: Any) -> None:
        named = {"Authorization": f"Bearer {key}"}
        if case.path == FORM and isinstance(case.body, dict) and answers.n_cases % 2:
            case.body["key"] = key
        answer = case.call(
            base_url=base_url, headers=named, allow_redirects=False, timeout=PATIENCE_SECONDS
        )
        where = f"{case.method} {case.path}"
        answers.count(where, answer.status_code)
        try:
            case.validate_response(answer, checks=CHECKS.get_by_names(MADE), headers=named)
        except schemathesis.core.failures.FailureGroup as group:
            answers.faults += [
                f"{where}: {one.title} {one.message[:300]}" for one in group.exceptions
            ]
        sent = _sent_form(answer) if case.path == FORM else _sent_json(answer)
        look(answers, where, answer.status_code, answer.content, sent)
        if case.path == POST and answers.n_cases % 10 == 0:
            without = case.call(
                base_url=base_url, headers={"Authorization": ""}, timeout=PATIENCE_SECONDS
            )
            answers.n_without_key += 1
            if without.status_code not in (401, 405, 413):
                answers.faults.append(f"{where} without a key: {without.status_code}")

    send()


def _sent_form(answer: Any) -> Any:
    """Return the fields of a form that a request's body says."""
    body = answer.request.body or b""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True))


def _sent_json(answer: Any) -> Any:
    """Return what a request's body says, as a server decodes it; None for what is no JSON."""
    body = answer.request.body
    try:
        return json.loads(body) if body else None
    except (ValueError, TypeError, RecursionError):
        return None


def look(answers: Answers, where: str, status: int, content: bytes, sent: Any) -> None:
    """Check what this server promises of an answer to something that was posted."""
    told = content.decode("utf-8", "replace")
    for text in _texts(sent):
        if len(text) >= MIN_ECHO and text in told and text not in _names():
            answers.faults.append(f"{where}: the answer repeats what was sent, {text[:40]!r}")
    if where.endswith(FORM) and status == 303:
        answers.n_of_forms += sum(bool(sent.get(name, "").strip()) for name in ASKED)
    if not where.endswith(POST):
        return
    if status == 202:
        answers.comment_ids |= set(json.loads(content)["comment_ids"])
    if status == 422 and json.loads(content)["problems"]:
        named = {(one["row"], one["field"]) for one in json.loads(content)["problems"]}
        if missing := wrong_fields(sent) - named:
            answers.faults.append(f"{where}: not told of {sorted(missing, key=str)}")


def _texts(sent: Any) -> Iterator[str]:
    """Yield all texts in decoded JSON, names of fields that are not ours as well."""
    if isinstance(sent, str):
        yield sent
    elif isinstance(sent, dict):
        yield from (name for name in sent if name not in _fields())
        for value in sent.values():
            yield from _texts(value)
    elif isinstance(sent, list):
        for value in sent:
            yield from _texts(value)


def _names() -> frozenset[str]:
    """Return the names of fields in all answers, which may be sent as well."""
    shapes = openapi()["components"]["schemas"].values()
    return frozenset(name for shape in shapes for name in shape["properties"])


def _fields() -> dict[str, Any]:
    fields: dict[str, Any] = openapi()["components"]["schemas"]["Response"]["properties"]
    return fields


def wrong_fields(sent: Any) -> set[tuple[int | None, str | None]]:
    """Return the fields that the document forbids, by position and name, found without the server.

    A response that is no object has no fields: it is wrong as a whole.
    """
    rows = sent if isinstance(sent, list) else [sent]
    if not 1 <= len(rows) <= 100:
        return {(None, None)}
    wrong: set[tuple[int | None, str | None]] = set()
    for at, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            wrong.add((at, None))
            continue
        wrong |= {(at, None)} if row.keys() - _fields().keys() else set()
        wrong |= {(at, "comment")} if row.get("comment") is None else set()
        wrong |= {
            (at, name)
            for name, shape in _fields().items()
            if name in row and not Draft202012Validator(shape).is_valid(row[name])
        }
    return wrong


# What no document speaks of

KINDS = (
    "application/json", "application/json; charset=utf-16", "text/plain", "text/html", "",
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/xml", "application/octet-stream", "image/png", "application/json;charset=\xff",
    "APPLICATION/JSON", "application/vnd.api+json", "a" * 3_000,
)  # fmt: skip

_BODIES = st.one_of(
    st.just(b'{"comment": "", "a name nobody knows": 7, "effort": "words of no scale"}'),
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*_fields(), "x"]), inner, max_size=6)
        ),
        max_leaves=12,
    ).map(lambda found: json.dumps(found).encode()),
    st.sampled_from(["[" * 50_000, '{"comment":' * 5_000, "9" * 6_000, "NaN", '"\\ud800"', ""]).map(
        str.encode
    ),
    st.integers(250_000, 300_000).map(lambda n: b'{"comment":"' + b"a" * n + b'"}'),
    st.dictionaries(st.sampled_from(["doing", "wrong", "key", "language", "page"]), st.text()).map(
        lambda form: "&".join(f"{name}={value}" for name, value in form.items()).encode(
            "utf-8", "surrogatepass"
        )
    ),
)
_LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
_USUAL = st.just({"content-type": "application/json"})
_HEADERS = _USUAL | st.fixed_dictionaries(
    {"content-type": st.sampled_from(KINDS)},
    optional={
        "idempotency-key": st.one_of(_LATIN, st.just("k" * 256), st.just("same"), st.just("")),
        "origin": st.sampled_from(["null", "https://elsewhere.example", "", "https://[", "x"]),
        "referer": st.sampled_from(["https://[", "//", "javascript:alert(1)", "https://a\xff/"]),
        "accept": _LATIN,
        "accept-encoding": _LATIN,
        "cookie": _LATIN,
        "content-encoding": st.sampled_from(["gzip", "br", "identity", "x"]),
        "expect": st.just("100-continue"),
        "x-forwarded-for": _LATIN,
        "x-http-method-override": st.sampled_from(["GET", "DELETE"]),
    },
)
_METHODS = st.sampled_from(
    ["POST"] * 14 + ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"]
)
_PATHS = st.sampled_from(
    [POST] * 8
    + [FORM] * 6
    + ["/widget/demo", "/widget/thanks", "/widget/report.js", "/widget/%2e%2e%2fapi.py", "/metrics"]
    + [
        "/v1/feedback/",
        "/v1//feedback",
        "/v1/feedback?x=%ff",
        "/readyz",
        "/",
        "/%00",
        "/openapi.json",
    ]
)


def try_everything_else(send: Send, key: str, n_cases: int, seed: int) -> Answers:
    """Send bytes of any kind with any headers to any address."""
    answers = Answers()

    @settings_of(n_cases, seed)
    @hypothesis.given(_METHODS, _PATHS, _HEADERS, _BODIES, st.sampled_from([1] * 9 + [0]))
    def one(method: str, path: str, headers: dict[str, str], body: bytes, who: int) -> None:
        told = {**headers, **({"authorization": f"Bearer {key}"} if who else {})}
        told = {name: value.strip() for name, value in told.items()}
        answer = send(method, path, told, body)
        where = f"{method} {path}"
        answers.count(where, answer.status_code)
        try:
            sent = json.loads(body)
        except (ValueError, RecursionError):
            sent = body.decode("utf-8", "replace").strip()
        if path == FORM and answer.status_code == 303:
            sent = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if path in (POST, FORM) and method == "POST":
            look(answers, where, answer.status_code, answer.content, sent)
            if not who and path == POST and answer.status_code not in (401, 413):
                answers.faults.append(f"{where} without a key: {answer.status_code}")

    one()
    return answers
