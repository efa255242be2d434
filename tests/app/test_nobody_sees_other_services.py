"""Whoever is limited to a service gets the answers of a store that has that service alone.

Every function of ``app/queries*.py`` that takes a store is found here by itself, and run with each
kind of argument: filters, ids and pages of the other service among them. A function that takes
something unknown fails and says what to add.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

import app
from app.filters import Filters
from app.queries_issue_list import Listing
from app.queries_triage import Work
from feedback import schema, subscriptions
from feedback.errors import FeedbackError, StoreError
from feedback.schema import Frequency
from feedback.scope import COMMON_TABLES, HIDDEN_TABLES, SCOPED_TABLES
from feedback.store import Store
from tests.app.filling import NOW, id_of
from tests.app.two_services import (
    OURS,
    THEIRS,
    comment_ids,
    email_of,
    fill_services,
    key,
    marks_of,
    page_of,
    source_of,
    version_of,
)
from topics.compare import Period

FIRST, LAST = NOW.date() - timedelta(days=83), NOW.date()
OURS_IDS, THEIRS_IDS = comment_ids(OURS), comment_ids(THEIRS)
IDS = (id_of(OURS, 1), id_of(OURS, 8), id_of(THEIRS, 1), *OURS_IDS.values(), *THEIRS_IDS.values())
CODES = ("fault.upload", "fault.payment", "fault.access", "fault.error")

ARGUMENTS: dict[str, Sequence[Any]] = {
    "filters": [
        Filters(FIRST, LAST),
        Filters(FIRST, LAST, service=OURS, page=page_of(OURS)),
        Filters(FIRST, LAST, service=THEIRS),
        Filters(FIRST, LAST, service=THEIRS, page=page_of(THEIRS), code="fault.upload"),
        Filters(FIRST, LAST, page=page_of(THEIRS)),
        Filters(FIRST, LAST, search="quokka"),
        Filters(FIRST, LAST, search="upload"),
        Filters(FIRST, LAST, language="cy", needs_welsh_speaker=True),
        Filters(FIRST, LAST, code="fault.upload", sentiment="negative"),
    ],
    "service": [None, OURS, THEIRS],
    "page": [None, page_of(OURS), page_of(THEIRS)],
    "comment_id": (*IDS, id_of(OURS, 17), id_of(THEIRS, 17)),
    "comment_ids": [IDS, (id_of(THEIRS, 1),)],
    "ids": [IDS],
    "chosen": [{}],
    "before": [None, id_of(OURS, 1), id_of(THEIRS, 1)],
    "codes": [CODES],
    "group_of": [{code: code.partition(".")[0] for code in (*CODES, "praise", "safeguarding")}],
    "skipped": [(), (id_of(OURS, 16),)],
    "with_safeguarding": [False, True],
    "by_person": [False, True],
    "name": ["Release wombat", "Release quokka"],
    "prefix": [key(one, what)[:10] for one in (OURS, THEIRS) for what in ("issue", "gone")],
    "prefixes": [(id_of(one, 0)[:10],) for one in (OURS, THEIRS)],
    "cluster_id": [key(OURS, "issue"), key(OURS, "near"), key(THEIRS, "issue")],
    "status": [None, "acknowledged"],
    "row": [{"quotes": [id_of(OURS, 0), id_of(THEIRS, 0)]}],
    "first_known": [FIRST],
    "first_day": [FIRST],
    "last_day": [LAST],
    "needed": [(version_of(OURS), version_of(THEIRS))],
    "seed": [7],
    "round_id": [key(OURS, "round"), key(THEIRS, "round")],
    "viewer": [email_of(OURS), email_of(THEIRS), "ann"],
    "coder": [email_of(OURS), email_of(THEIRS)],
    "n": [50],
    "days": [30],
    "since": [None, NOW - timedelta(days=30)],
    "source": [source_of(OURS), source_of(THEIRS)],
    "topic_id": [0, 1, 2],
    "work": [Work()],
    "issue_id": [key(one, what) for one in (OURS, THEIRS) for what in ("issue", "gone")],
    "theme": ["fault.upload"],
    "listing": [Listing(), Listing(service=THEIRS), Listing(owner=email_of(THEIRS))],
    "number": [1, 2],
    "services": [None, (OURS,), (THEIRS,)],
    "frequency": list(Frequency),
    "today": [LAST],
    "_day": [LAST],
    "found": [lambda both: both.read(sa.select(schema.signals))],
}
"""What is passed for a parameter, by its name; everything is passed that speaks of either service.

Parameters with a default that are not named here keep it.
"""

OWN_ARGUMENTS: dict[str, dict[str, Sequence[Any]]] = {
    "queries_digest.digest_facts": {
        "period": [subscriptions.Period(LAST - timedelta(days=6), LAST)],
    },
    "queries_compare.compared": {
        "before": [Period(NOW - timedelta(days=60), NOW - timedelta(days=30))],
        "after": [Period(NOW - timedelta(days=30), NOW)],
    },
}
"""What else a name stands for in one function."""

OF_NO_SERVICE = {
    "queries_runs.newest_run": "how the toolkit ran",
    "queries_audit.redactor_now": "how the toolkit ran",
    "queries_audit.n_draws": "draws of the whole store are numbered",
    "queries_coding.n_draws": "draws of the whole store are numbered",
    "queries_processing.rejected": "rows that were no comments, of files of several services",
    "queries_sources.statement": "how a source comes about is told to everybody",
    "people_work.services_known": "the reference data name every service; for administrators",
    "queries_topics.topic_version": "the fit of all topics",
}
"""Functions that tell nothing of a service, and why: they are as they are for everybody."""

UNORDERED = frozenset(
    {
        "queries_audit.audit_counts",
        "queries_coding.read_codings",
        "queries_coding.sampled_texts",
        "queries_quality.machine_codings",
        "queries_triage.scored_sentiments",
    }
)
"""Functions whose rows come in any order."""

NO_FUNCTION = frozenset({("query", "coding_view.py"), ("chosen", "wiring.py")})
"""What else is passed to something called ``load``: a choice among functions, or no query."""

OF_THE_MOMENT = frozenset({"made_at", "revision"})
"""When an answer was made, and how long the audit log was then: no two are the same."""

MAX_COMBINATIONS = 64


def query_modules() -> list[ModuleType]:
    names = [one.name for one in pkgutil.iter_modules(app.__path__)]
    return [importlib.import_module(f"app.{name}") for name in names if name.startswith("queries")]


def loads() -> Iterator[tuple[Path, str, Callable[..., Any] | None]]:
    """Every call of `load` in the sources: the file, what is passed, and the function it names."""
    folder = Path(app.__path__[0])
    for file in sorted(folder.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {
            alias.asname or alias.name: (node.module, alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        own = f"app.{file.stem}" if file.parent == folder else None
        for node in ast.walk(tree):
            is_load = isinstance(node, ast.Call) and getattr(node.func, "id", None) == "load"
            if is_load and node.args and file.name != "live.py":
                yield file, ast.unparse(node.args[0]), _named(node.args[0], names, own)


def _named(
    node: ast.expr, names: Mapping[str, tuple[str, str]], own: str | None
) -> Callable[..., Any] | None:
    """The function that an expression names, by the imports of its file."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        package, module = names.get(node.value.id, ("", ""))
        found = importlib.import_module(f"{package}.{module}")
        return getattr(found, node.attr, None)
    if not isinstance(node, ast.Name):
        return None
    if node.id in names:
        module, name = names[node.id]
        return getattr(importlib.import_module(module), name, None)
    return getattr(importlib.import_module(own), node.id, None) if own else None


def loaded_functions() -> list[Callable[..., Any]]:
    """Every function that a page reads by, wherever it stands."""
    return [one for _, _, one in loads() if one is not None]


def query_functions() -> dict[str, Callable[..., Any]]:
    """Every function of those modules that is given a store, by module and name."""
    found = [
        one
        for module in query_modules()
        for name, one in inspect.getmembers(module, inspect.isfunction)
        if one.__module__ == module.__name__
        and not name.startswith("_")
        and next(iter(inspect.signature(one).parameters), None) == "store"
    ]
    return {
        f"{one.__module__.removeprefix('app.')}.{one.__name__}": one
        for one in (*found, *loaded_functions())
    }


FUNCTIONS = query_functions()


def combinations(name: str) -> list[dict[str, Any]]:
    """Every combination of arguments for a function."""
    own = OWN_ARGUMENTS.get(name, {})
    values: dict[str, Sequence[Any]] = {}
    for parameter in list(inspect.signature(FUNCTIONS[name]).parameters.values())[1:]:
        known = own.get(parameter.name, ARGUMENTS.get(parameter.name))
        if known is None:
            assert parameter.default is not parameter.empty, (
                f"app.{name} takes '{parameter.name}': add to ARGUMENTS of this test what speaks "
                "of either service there"
            )
            continue
        values[parameter.name] = known
    every = [dict(zip(values, one, strict=True)) for one in itertools.product(*values.values())]
    assert len(every) <= MAX_COMBINATIONS, f"app.{name}: too many combinations of arguments"
    return every


def plain(value: Any) -> Any:
    """What an answer says, in values that can be compared and looked through."""
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, pd.Series | np.ndarray | list | tuple | pd.Index):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=repr)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        told = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        return {name: one for name, one in told.items() if name not in OF_THE_MOMENT}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float | np.floating):
        return float(f"{value:.9g}")
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return int(value) if isinstance(value, int | np.integer) else str(value)


def answer(name: str, store: Store, given: Mapping[str, Any]) -> Any:
    """What a function says; a refusal is an answer as well."""
    try:
        told = plain(FUNCTIONS[name](store, **given))
    except (FeedbackError, IndexError) as error:
        return {"refused": str(error)}
    return sorted(told, key=repr) if name in UNORDERED else told


class Stores:
    """Both services seen whole, both seen by somebody of ours alone, and ours alone."""

    def __init__(self, both: Store, ours: Store) -> None:
        fill_services(both, (OURS, THEIRS))
        fill_services(ours, (OURS,))
        self.both, self.ours, self.limited = both, ours, both.scoped((OURS,))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stores(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stores]:
    folder = tmp_path_factory.mktemp("services")
    with ExitStack() as stack:
        urls = [f"sqlite:///{folder / name}.db" for name in ("both", "ours")]
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres_server")
            urls = [stack.enter_context(server.database(template="with_tables")) for _ in urls]
        opened = [stack.enter_context(Store.open(url, clock=lambda: NOW)) for url in urls]
        found = Stores(*opened)
        stack.callback(found.limited.close)
        yield found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_answer_is_that_of_a_store_without_the_other_service(stores: Stores, name: str) -> None:
    is_common, tells = name in OF_NO_SERVICE, False
    for chosen in combinations(name):
        given = {
            one: value(stores.both) if callable(value) else value for one, value in chosen.items()
        }
        limited = answer(name, stores.limited, given)
        told = repr(limited)
        asked = " ".join(_strings(plain(given)))
        for mark in marks_of(THEIRS) - ({THEIRS} if is_common else set()):
            assert mark not in told or mark in asked, f"app.{name} tells '{mark}'"
        if is_common:
            continue
        assert limited == answer(name, stores.ours, given), f"app.{name} of {sorted(given)}"
        tells = tells or answer(name, stores.both, given) != limited
    assert is_common or tells, (
        f"app.{name} says the same of both services as of one: put something into "
        "tests/app/two_services.py that it would tell, or name it in OF_NO_SERVICE with the reason"
    )


def _strings(value: Any) -> Iterator[str]:
    """The texts of the arguments, which an answer may repeat."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)


def test_what_pages_read_by_is_looked_at_here() -> None:
    """What pages pass to `load` is found by this file, or named in it."""
    told = {(name, file.name) for file, name, one in loads() if one is None}
    assert told <= NO_FUNCTION
    assert len(loaded_functions()) >= 15, "the look at the sources finds nothing any more"


def test_every_table_is_limited_or_common() -> None:
    tables = set(schema.metadata.tables)
    assert tables == SCOPED_TABLES | COMMON_TABLES
    assert not SCOPED_TABLES & COMMON_TABLES
    assert {name for name in tables if "service" in schema.metadata.tables[name].c} <= SCOPED_TABLES
    assert {
        name for name in tables if "comment_id" in schema.metadata.tables[name].c
    } <= SCOPED_TABLES


@pytest.mark.parametrize("table", sorted(SCOPED_TABLES))
def test_a_limited_table_has_the_rows_of_a_store_without_the_others(
    stores: Stores, table: str
) -> None:
    found = schema.metadata.tables[table]
    others_too = ("sample_id", "entry_id", "row", *(["digest"] if table == "audit" else []))
    columns = [column for column in found.c if column.name not in others_too]
    shown = {
        name: sorted(map(repr, plain(getattr(stores, name).read(sa.select(*columns)))))
        for name in ("limited", "ours", "both")
    }
    if table in HIDDEN_TABLES:
        assert shown["limited"] == []
        assert len(shown["both"]) > len(shown["ours"]) > 0
        return
    quotes = {"topics"}  # ids of comments that stand for a topic; texts are read by them, limited
    if table in quotes:
        assert len(shown["limited"]) == len(shown["ours"])
    else:
        assert shown["limited"] == shown["ours"]
    assert len(shown["both"]) > len(shown["limited"]) > 0


def test_nobody_in_particular_sees_nothing(stores: Stores) -> None:
    nobody = stores.both.scoped(())
    for table in SCOPED_TABLES - {"people"}:
        found = schema.metadata.tables[table]
        n = nobody.read(sa.select(sa.func.count().label("n")).select_from(found))["n"].iloc[0]
        assert n == 0, table
    nobody.close()


def test_a_limited_store_cannot_be_written_to(stores: Stores) -> None:
    with pytest.raises(StoreError), stores.limited.changing() as connection:
        connection.execute(sa.update(schema.comments).values(text="gone"))
    with pytest.raises(StoreError), stores.limited.changing() as connection:
        connection.execute(sa.delete(schema.people))
    assert stores.both.count_states()
