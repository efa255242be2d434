"""A file goes in redacted, once, with a reason for each row that does not."""

import json
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.errors import ModelError, NoUsableRowError
from feedback.schema import Language, Reject
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.pipeline_parts import NOW, ingest, row, rows_of, write_csv

LONG = "the payment page said something went wrong when I pressed continue"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def test_a_file_becomes_redacted_comments(tmp_path: Path, store: Store) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        [
            row(1, "<p>Slow &amp; broken, write to ann@example.org</p>", browser="Firefox 128"),
            row(2, "Mae'r dudalen yn araf iawn"),
        ],
    )
    ingest(path, store)
    stored = rows_of(store, schema.comments).set_index("language")
    assert stored.loc["en", "text"] == "Slow & broken, write to [EMAIL]"
    assert stored.loc["cy", "text"] == "Mae'r dudalen yn araf iawn"
    assert stored["n_characters"].tolist() == stored["text"].str.len().tolist()
    assert set(stored["received_at"]) == {NOW}
    assert set(stored["service"]) == {"divorce"}
    span = rows_of(store, schema.spans).iloc[0]
    text = stored.loc["en", "text"]
    assert text[span["start"] : span["end"]] == "[EMAIL]"
    answers = rows_of(store, schema.responses)
    assert set(answers["response_id"]) == set(stored["response_id"])
    assert set(answers["browser"].dropna()) == {"Firefox 128"}


def test_every_text_field_is_redacted(tmp_path: Path, store: Store) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        [
            row(
                1,
                "slow page here",
                page="/divorce/find?by=p1@example.org",
                service="Divorce for s1@example.org",
                browser="b1@example.org",
                device="d1@example.org",
                region="r1@example.org",
                wave="call e1@example.org",
                **{"k1@example.org": "2", "k2@example.org": "3"},
            )
        ],
    )
    ingest(path, store)
    comment = rows_of(store, schema.comments).iloc[0]
    assert comment["service"] == "Divorce for [EMAIL]"
    assert "call [EMAIL]" in comment["extra"].values()
    # Two names that become one are both kept.
    assert {comment["extra"]["[EMAIL]"], comment["extra"]["[EMAIL] (2)"]} == {"2", "3"}
    tables = (schema.comments, schema.responses)
    everything = "".join(rows_of(store, table).to_csv() for table in tables)
    assert "example.org" not in everything


def test_the_summary_counts_what_happened(tmp_path: Path, store: Store) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        [
            row(1, LONG),
            row(2, LONG.upper() + "!"),
            row(3, "n/a"),
            row(4, "Mae ann@example.org a bob@example.org yn araf"),
            row(5, "easy", date="never"),
            row(6, "easy", date="31/12/2031"),
        ],
    )
    told: list[int] = []
    summary = ingest(path, store, progress=told.append)
    assert (summary.n_rows, summary.n_comments, summary.n_new, summary.n_known) == (6, 4, 4, 0)
    assert (summary.n_empty, summary.n_duplicates, summary.n_rejected) == (1, 1, 2)
    assert summary.entities == {"EMAIL": 2}
    assert summary.languages == {"en": 2, "cy": 1, "unknown": 1}
    assert [reject.row for reject in summary.rejects] == [6, 7]
    assert sum(summary.reasons.values()) == 2
    assert summary.seconds.keys() == {"read", "clean", "redact", "language", "duplicates", "store"}
    assert sum(told) == 6
    json.dumps(asdict(summary))  # as the command line writes it


def test_a_file_twice_adds_nothing(tmp_path: Path, store: Store) -> None:
    path = write_csv(tmp_path / "a.csv", [row(i, f"comment number {i}") for i in range(7)])
    ingest(path, store)
    before = rows_of(store, schema.comments)
    again = ingest(path, store, settings=Settings(chunk_rows=3))
    assert (again.n_new, again.n_known, again.n_comments) == (0, 7, 7)
    assert rows_of(store, schema.comments).equals(before)


def test_a_longer_export_of_the_same_adds_what_is_new(tmp_path: Path, store: Store) -> None:
    ingest(write_csv(tmp_path / "april.csv", [row(i, f"comment {i}") for i in range(5)]), store)
    longer = write_csv(tmp_path / "may.csv", [row(i, f"comment {i}") for i in range(9)])
    summary = ingest(longer, store)
    assert (summary.n_new, summary.n_known) == (4, 5)
    assert len(rows_of(store, schema.comments)) == 9


@pytest.mark.parametrize("chunk_rows", [1, 2, 5, 5_000])
def test_chunks_of_any_size_give_the_same_store(
    tmp_path: Path, store: Store, chunk_rows: int
) -> None:
    rows = [row(1, LONG), row(2, "slow"), row(3, LONG + "."), row(4, "Slow!"), row(5, "new words")]
    path = write_csv(tmp_path / "a.csv", rows)
    ingest(path, store, settings=Settings(chunk_rows=chunk_rows))
    stored = rows_of(store, schema.comments).set_index("text")
    assert stored["duplicate_of"].dropna().to_dict() == {
        LONG + ".": stored.loc[LONG, "comment_id"],
        "Slow!": stored.loc["slow", "comment_id"],
    }


class Refusing(fakes.WelshWordIdentifier):
    """Raises for some texts, quoting them as careless libraries do."""

    def identify(self, texts):
        for text in texts:
            if "bad" in text:
                raise LookupError(f"cannot tell {text!r}")
        return super().identify(texts)


def refuse(text: str) -> None:
    if "poison" in text:
        raise ZeroDivisionError(f"could not redact {text!r}")


def test_a_row_that_raises_is_rejected_and_the_rest_go_on(tmp_path: Path, store: Store) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        [
            row(1, "slow page today"),
            row(2, "this is poison"),
            row(3, "this is bad"),
            row(4, "easy enough", browser="poison"),
            row(5, "easy enough", wave="poison"),
            row(6, "error on this page"),
            row(7, "", satisfaction="4", browser="poison"),
            row(8, "", satisfaction="4", browser="Firefox"),
        ],
    )
    summary = ingest(path, store, redactor=fakes.EmailRedactor(before=refuse), language=Refusing())
    assert summary.rejects == [
        Reject(3, "redact", "ZeroDivisionError"),
        Reject(6, "redact", "ZeroDivisionError"),
        Reject(5, "redact", "ZeroDivisionError"),
        Reject(0, "redact", "ZeroDivisionError"),  # without a comment its row is not known
        Reject(4, "language", "LookupError"),
    ]
    assert summary.reasons == {"ZeroDivisionError": 4, "LookupError": 1}
    assert (summary.n_rejected, summary.n_new) == (5, 2)
    assert set(rows_of(store, schema.comments)["text"]) == {"slow page today", "error on this page"}
    assert len(rows_of(store, schema.responses)) == 3
    assert len(rows_of(store, schema.rejects)) == 5


def test_a_rejected_row_goes_in_whole_once_the_fault_is_mended(
    tmp_path: Path, store: Store
) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1, "slow"), row(2, "this is poison for you")])
    ingest(path, store, redactor=fakes.EmailRedactor(before=refuse))
    summary = ingest(path, store)
    assert (summary.n_new, summary.n_known) == (1, 1)
    assert len(rows_of(store, schema.responses)) == 2


def test_one_answer_that_raises_keeps_its_row_out(tmp_path: Path, store: Store) -> None:
    from feedback.mapping import preset_from_map

    path = tmp_path / "a.csv"
    path.write_text("id,why,how\n1,slow page,poison\n2,easy page,no poison here\n3,fine,good\n")
    preset = preset_from_map({"comment": ["why", "how"], "response_id": "id"})
    from feedback.pipeline import ingest_file
    from feedback.reference import load_reference

    summary = ingest_file(
        path,
        preset,
        store=store,
        redactor=fakes.EmailRedactor(before=refuse),
        language=fakes.WelshWordIdentifier(),
        reference=load_reference(),
        settings=Settings(),
        now=NOW,
    )
    assert [reject.row for reject in summary.rejects] == [2, 3]
    assert sorted(rows_of(store, schema.comments)["text"]) == ["fine", "good"]
    assert len(rows_of(store, schema.responses)) == 1


def test_an_answer_without_a_comment_is_kept(tmp_path: Path, store: Store) -> None:
    rows = [row(1, "slow", satisfaction="2"), row(2, "", satisfaction="4", browser="b@example.org")]
    path = write_csv(tmp_path / "a.csv", rows)
    summary = ingest(path, store)
    assert (summary.n_rows, summary.n_new, summary.n_rejected) == (2, 1, 0)
    answers = rows_of(store, schema.responses)
    assert sorted(answers["satisfaction"]) == [2, 4]
    assert answers["browser"].dropna().tolist() == ["[EMAIL]"]
    ingest(path, store)
    assert len(rows_of(store, schema.responses)) == 2


def test_answers_alone_are_worth_a_run(tmp_path: Path, store: Store) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1, "", satisfaction="4")])
    assert ingest(path, store).n_comments == 0
    assert rows_of(store, schema.responses)["satisfaction"].tolist() == [4]
    assert len(rows_of(store, schema.runs)) == 1


def test_a_part_that_cannot_work_at_all_ends_the_ingest(tmp_path: Path, store: Store) -> None:
    def broken(_: str) -> None:
        raise ModelError("The names model is missing.")

    path = write_csv(tmp_path / "a.csv", [row(1, "slow"), row(2, "easy")])
    with pytest.raises(ModelError):
        ingest(path, store, redactor=fakes.EmailRedactor(before=broken))
    assert rows_of(store, schema.comments).empty
    assert rows_of(store, schema.rejects).empty


def test_an_error_does_not_bring_the_text_along(tmp_path: Path, store: Store) -> None:
    class Failing(fakes.WelshWordIdentifier):
        """Fails for all together, quoting them; then cannot work at all."""

        def identify(self, texts):
            if len(texts) > 1:
                raise LookupError(f"cannot tell {texts!r}")
            try:
                raise LookupError(f"cannot tell {texts!r}")
            except LookupError:
                raise ModelError("The language model is missing.")  # noqa: B904 - careless

    path = write_csv(tmp_path / "a.csv", [row(1, "slow"), row(2, "easy")])
    with pytest.raises(ModelError) as caught:
        ingest(path, store, language=Failing())
    assert "slow" not in "".join(traceback.format_exception(caught.value))


def everything_in(store: Store) -> dict[str, int]:
    return {
        name: int(store.read(sa.select(sa.func.count()).select_from(table)).iloc[0, 0])
        for name, table in schema.metadata.tables.items()
        if name != "meta"
    }


def _all_bad(path: Path) -> Path:
    return write_csv(path, [row(i, "slow", date="never") for i in range(30)])


def _headings_only(path: Path) -> Path:
    return write_csv(path, [])


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_all_bad, r"has no usable row: 30 read, 30 rejected \(30 .*\); the first is row 2"),
        (_headings_only, "has no rows"),
    ],
)
def test_a_file_without_a_usable_row_changes_nothing(
    tmp_path: Path, store: Store, make, message: str, dry_run: bool
) -> None:
    path = make(tmp_path / "a.csv")
    with pytest.raises(NoUsableRowError, match=message):
        ingest(path, store, settings=Settings(chunk_rows=4), dry_run=dry_run)
    assert set(everything_in(store).values()) == {0}
    assert store.data_version() == 0


def test_rejects_before_the_first_usable_row_are_recorded_too(tmp_path: Path, store: Store) -> None:
    rows = [row(i, "slow", date="never") for i in range(10)] + [row(11, "easy")]
    summary = ingest(write_csv(tmp_path / "a.csv", rows), store, settings=Settings(chunk_rows=3))
    assert rows_of(store, schema.rejects)["row"].tolist() == list(range(2, 12))
    run = rows_of(store, schema.runs).iloc[0]
    assert (run["run_id"], run["n_in"], run["n_rejected"]) == (summary.run_id, 11, 10)
    assert run["finished_at"] is not None
    assert run["models"] == {"redactor": "EmailRedactor", "language": "WelshWordIdentifier"}


def test_a_summary_names_the_first_rejects_and_counts_all(tmp_path: Path, store: Store) -> None:
    rows = [row(i, "slow", date="never") for i in range(50)] + [row(51, "easy")]
    summary = ingest(write_csv(tmp_path / "a.csv", rows), store)
    assert [reject.row for reject in summary.rejects] == list(range(2, 22))
    assert summary.n_rejected == 50
    assert list(summary.reasons.values()) == [50]
    assert len(rows_of(store, schema.rejects)) == 50


def test_reasons_that_name_a_row_are_counted_together(tmp_path: Path, store: Store) -> None:
    rows = [row(i // 2, f"comment {i}") for i in range(20)]
    summary = ingest(write_csv(tmp_path / "a.csv", rows), store)
    assert summary.reasons == {"repeats the response reference of an earlier row": 10}
    assert summary.rejects[1].reason == "repeats the response reference of row 4"


def test_a_dry_run_tells_the_same_and_writes_nothing(tmp_path: Path, store: Store) -> None:
    before = write_csv(tmp_path / "a.csv", [row(1, "slow"), row(9, LONG)])
    ingest(before, store)
    rows = [row(1, "slow"), row(2, LONG), row(3, "Easy?"), row(4, "easy"), row(5, "x", date="")]
    path = write_csv(tmp_path / "b.csv", rows)
    counts, version = everything_in(store), store.data_version()
    files = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    settings = Settings(chunk_rows=2)
    rehearsed = asdict(ingest(path, store, settings=settings, dry_run=True))
    assert everything_in(store) == counts
    assert store.data_version() == version
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == files
    done = asdict(ingest(path, store, settings=settings))
    assert rehearsed["n_duplicates"] == 2
    for name in ("run_id", "dry_run", "seconds"):
        assert rehearsed.pop(name) != done.pop(name)
    assert rehearsed == done


def test_empty_answers_are_marked_and_have_no_language(tmp_path: Path, store: Store) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1, "dim byd"), row(2, "no way to go back")])
    ingest(path, store)
    stored = rows_of(store, schema.comments).set_index("text")
    assert stored["is_empty"].to_dict() == {"dim byd": True, "no way to go back": False}
    assert stored.loc["dim byd", "language"] == Language.UNKNOWN


def test_values_are_cut_to_their_columns(tmp_path: Path, store: Store) -> None:
    class Wordy(fakes.EmailRedactor):
        def redact(self, text):
            done = super().redact(text)
            longer = done.text.replace("Firefox", "Fire" * 100)
            return type(done)(longer, done.spans, done.found)

    path = write_csv(tmp_path / "a.csv", [row(1, "slow", browser="Firefox")])
    ingest(path, store, redactor=Wordy())
    assert rows_of(store, schema.responses)["browser"].str.len().tolist() == [80]


def test_a_broken_off_ingest_is_finished_by_another(tmp_path: Path, store: Store) -> None:
    path = write_csv(tmp_path / "a.csv", [row(i, f"comment {i}") for i in range(10)])

    def stop(n_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(path, store, settings=Settings(chunk_rows=4), progress=stop)
    assert len(rows_of(store, schema.comments)) == 4
    assert rows_of(store, schema.runs)["finished_at"].isna().tolist() == [True]
    summary = ingest(path, store, settings=Settings(chunk_rows=4))
    assert (summary.n_new, summary.n_known) == (6, 4)
    assert len(rows_of(store, schema.comments)) == 10
