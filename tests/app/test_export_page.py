"""The page Export: who may, what is in the file, and that nothing of it stays behind."""

from __future__ import annotations

import csv
import gc
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from app import export_work
from app.exporting import export_to
from app.filters import Filters
from app.wording import LONDON
from feedback import schema
from feedback.errors import SettingsError
from feedback.export import WITHHELD, ExportFilters, iter_comments
from feedback.schema import Decision
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW, code, put
from tests.app.leak_checks import store
from tests.app.test_pages_show_the_store import open_app, text_of
from tests.feedback.pipeline_parts import rows_of

__all__ = ["open_app", "store"]

LAST = NOW.astimezone(LONDON).date()
ALL = Filters(LAST - timedelta(days=83), LAST)
SECRET = "he will find out where I live"
MAYBE = "I do not feel safe when she is there"
UNREAD = "nobody has coded this one yet"


@pytest.fixture(autouse=True)
def own_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def mixed(store: Store) -> list[str]:
    """Praise on two services; one comment of safeguarding for sure, one for review, one unread."""
    facets = {"extra": {"Also said": SECRET}}
    ids = put(
        store,
        [
            {"text": "thank you", "service": "divorce"},
            {"text": "lovely", "service": "probate", "language": "cy"},
            {"text": SECRET, **facets},
        ],
    )
    code(
        store,
        {ids[0]: ["praise"], ids[1]: ["praise"], ids[2]: ["safeguarding"]},
        facets={ids[2]: {"error": SECRET}},
    )
    (maybe,) = put(store, [{"text": MAYBE}])
    code(store, {maybe: ["safeguarding"]}, decision=Decision.REVIEW)
    return [*ids, maybe, *put(store, [{"text": UNREAD}])]


def make(store: Store, filters: Filters = ALL, file_format: str = "csv", **given):
    usual = {"who": "ann", "seen": store, "with_safeguarding": False, "today": LAST}
    return export_work.make_export(
        Settings(), store, file_format, filters, progress=lambda _: None, **{**usual, **given}
    )


def texts(made) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(made.read())) as packed:
        (name,) = [one for one in packed.namelist() if one.count(".") == 1]
        rows = csv.DictReader(io.StringIO(packed.read(name).decode("utf-8-sig")))
        return {row["comment_id"]: row["text"] for row in rows}


def whole(made) -> str:
    with zipfile.ZipFile(io.BytesIO(made.read())) as packed:
        return "\n".join(packed.read(name).decode("utf-8-sig") for name in packed.namelist())


def test_words_for_trained_people_alone_are_withheld(store):
    ids = mixed(store)
    assert export_work.contents(store, ALL) == export_work.ExportContents(5, 3)
    made = make(store)
    assert [texts(made)[key] for key in ids] == ["thank you", "lovely", *[WITHHELD] * 3]
    for secret in (SECRET, MAYBE, UNREAD):
        assert secret not in whole(made), "nor in facets or other fields"
    assert "are withheld" in whole(made)
    with_words = make(store, with_safeguarding=True)
    assert texts(with_words)[ids[2]] == SECRET
    assert "are in it" in whole(with_words)


def test_the_command_line_withholds_on_request_alone(store, tmp_path):
    ids = mixed(store)
    pages = list(iter_comments(store, ExportFilters()))
    assert {row["comment_id"]: row["text"] for row in pages[0]}[ids[3]] == MAYBE
    export_to(
        Settings(), store, tmp_path / "a.csv", "csv", ExportFilters(), with_safeguarding=False
    )
    assert MAYBE not in (tmp_path / "a.csv").read_text()


def test_what_is_told_before_is_what_is_in_it(store):
    mixed(store)
    put(store, [{"text": "old", "submitted_at": NOW - timedelta(days=90)}])
    for changes, n in (
        ({}, 5),
        ({"service": "probate"}, 1),
        ({"code": "praise"}, 2),
        ({"language": "cy"}, 1),
        ({"code": "praise", "language": "cy"}, 1),
        ({"service": "divorce", "page": "/divorce/payment"}, 4),
        ({"service": "divorce", "page": "/none"}, 0),
    ):
        filters = Filters(ALL.first_day, ALL.last_day, **changes)
        assert export_work.contents(store, filters).n_comments == n, changes
        assert len(texts(make(store, filters))) == n, changes


def test_who_exported_what_is_written_down(store):
    mixed(store)
    made = make(store, Filters(ALL.first_day, ALL.last_day, service="probate"), who="ann")
    line = rows_of(store, schema.audit).to_dict("records")[-1]
    assert (line["who"], line["action"]) == ("ann", "export")
    assert line["detail"]["run_id"] == made.run_id
    assert line["detail"]["n_comments"] == 1
    assert line["detail"]["filters"]["service"] == "probate"
    assert line["detail"]["with_safeguarding"] is False
    run = rows_of(store, schema.runs).set_index("run_id").loc[made.run_id]
    assert (run["kind"], run["n_in"]) == ("export", 1)


@pytest.mark.parametrize(("file_format", "start"), [("xlsx", b"PK"), ("parquet", b"PK")])
def test_every_format_is_one_file(store, file_format, start):
    mixed(store)
    made = make(store, file_format=file_format)
    assert made.read().startswith(start)
    assert made.name.endswith({"xlsx": ".xlsx", "parquet": ".zip"}[file_format])
    assert [path.name for path in made.path.parent.iterdir()] == [made.name]


def test_the_folder_is_private_and_goes_with_the_file(store, own_folder_for_temporary_files):
    folder = own_folder_for_temporary_files
    mixed(store)
    made = make(store)
    (kept,) = folder.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    made.remove()
    assert not list(folder.iterdir())
    assert not made.is_there
    made = make(store)
    del made
    gc.collect()
    assert not list(folder.iterdir()), "a session that ended leaves nothing"


def test_a_broken_export_leaves_nothing(store, own_folder_for_temporary_files, monkeypatch):
    mixed(store)

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("app.exporting.export_to", broken)
    with pytest.raises(OSError, match="disk full"):
        make(store)
    assert not list(own_folder_for_temporary_files.iterdir())


def test_what_a_killed_server_left_behind_is_removed(store, own_folder_for_temporary_files):
    mixed(store)
    old, new = (own_folder_for_temporary_files / f"feedback-export-{n}" for n in ("old", "new"))
    other = own_folder_for_temporary_files / "somebody-elses"
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "x").write_text("x")
    long_ago = time.time() - 3 * export_work.MAX_AGE_SECONDS
    for folder in (old, other):
        os.utime(folder, (long_ago, long_ago))
    make(store)
    assert not old.exists()
    assert new.exists()
    assert other.exists()


def test_more_than_a_page_gives_is_refused_by_the_server(store, monkeypatch):
    mixed(store)
    monkeypatch.setattr(export_work, "MAX_DOWNLOAD", 4)
    with pytest.raises(SettingsError, match="5 comments are too many for a page"):
        make(store)


# The page


def test_the_page_says_first_what_is_in_the_file(open_app: Callable[..., AppTest]) -> None:
    app = open_app(mixed, "Export")
    assert not app.exception
    said = text_of(app)
    assert "5 comments to take away" in said
    assert "3: may be about safeguarding, or are not coded yet" in said
    assert "Personal data left in:  not measured" in said
    assert "(digital_service/1)" in said
    assert "small counts can identify somebody" in said
    assert "--withhold-safeguarding" in app.code[0].value


def press(app: AppTest) -> AppTest:
    app.button(key="make_export").click().run()
    assert not app.exception
    return app


def test_the_file_is_made_offered_and_removed(
    open_app: Callable[..., AppTest], own_folder_for_temporary_files: Path
) -> None:
    app = press(open_app(mixed, "Export", {"service": "probate"}))
    assert "Ready: 1 comment" in text_of(app)
    made = app.session_state["export_file"]
    assert list(texts(made).values()) == ["lovely"]
    app.radio(key="export_format").set_value("xlsx").run()
    assert "Ready" not in text_of(app), "it was made with other choices"
    assert not list(own_folder_for_temporary_files.iterdir())
    press(app)
    app.button(key="remove_export").click().run()
    assert not list(own_folder_for_temporary_files.iterdir())
    assert "Ready" not in text_of(app)


def test_too_many_for_a_page_get_a_command(
    open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("app.export_work", "app.export_view"):
        monkeypatch.setattr(f"{module}.MAX_DOWNLOAD", 4)
    app = open_app(mixed, "Export")
    assert "Too many for a page: 5 comments" in text_of(app)
    assert not [one for one in app.button if one.key == "make_export"]
    assert app.code[0].value.startswith("feedback export --out feedback.csv --from ")


def test_only_researchers_export(
    open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", '["viewer", "triager"]')
    app = open_app(mixed, "Export")
    assert not [one for one in app.button if one.key == "make_export"]
    assert "to take away" not in text_of(app)


def test_a_researcher_without_that_role_is_not_offered_the_words(
    open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", '["researcher"]')
    app = press(open_app(mixed, "Export"))
    assert not app.checkbox
    assert SECRET not in whole(app.session_state["export_file"])


def test_with_that_role_the_words_are_given_when_asked_for(
    open_app: Callable[..., AppTest],
) -> None:
    app = open_app(mixed, "Export")
    assert app.checkbox(key="export_safeguarding").value is False
    app.checkbox(key="export_safeguarding").check().run()
    assert "handle the file as such" in text_of(app)
    assert SECRET in whole(press(app).session_state["export_file"])


def test_only_services_that_one_sees_are_in_it(
    open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", '["probate"]')
    app = press(open_app(mixed, "Export", {"service": "divorce"}))
    assert list(texts(app.session_state["export_file"]).values()) == ["lovely"]
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        n = store.read(sa.select(sa.func.count()).where(schema.audit.c.action == "export")).iloc[
            0, 0
        ]
    assert n == 1
