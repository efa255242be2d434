"""The invented feedback is what it says it is: same seed same bytes, planted truth in the files."""

import csv
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feedback.schema import STANDARD_ENTITIES
from fixtures.make_fixtures import main, make_fixtures
from fixtures.stories import STORIES
from fixtures.texts import read_cases, read_comments, read_services

END = datetime(2026, 11, 20, tzinfo=UTC)
UK = ZoneInfo("Europe/London")
FILES = ("exit_survey.csv", "page_feedback.csv", "bad_rows.csv", "truth.json")
BY_NAME = {story.name: story for story in STORIES}


class Made:
    """One set of generated files, read back with nothing but the csv module."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.truth = make_fixtures(folder, **{"weeks": 12, "end": END, "seed": 7, **options})
        self.reports = self.read("page_feedback.csv", "utf-8")
        self.responses = self.read("exit_survey.csv", "utf-8-sig")
        self.stories = {story["story"]: story for story in self.truth["stories"]}

    def read(self, name, encoding):
        with (self.folder / name).open(encoding=encoding, newline="") as file:
            return list(csv.DictReader(file))

    def planted(self, name):
        wanted = set(self.stories[name]["references"])
        return [r for r in self.reports if r["user feedback reference"] in wanted]

    def times(self, page):
        return [
            datetime.fromisoformat(r["creation date"])
            for r in self.reports
            if r["path or service name"] == page
        ]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("fixtures"))


def uk_time(value):
    return datetime.strptime(value, "%d/%m/%Y %H:%M").replace(tzinfo=UK)


def per_day(times, start, end):
    return sum(start <= t <= end for t in times) / ((end - start) / timedelta(days=1))


# --- the generator -------------------------------------------------------------------------------


def test_same_arguments_give_the_same_bytes_and_another_seed_does_not(made, tmp_path):
    again, other = Made(tmp_path / "again"), Made(tmp_path / "other", seed=8)
    for name in FILES:
        assert (again.folder / name).read_bytes() == (made.folder / name).read_bytes()
    for name in FILES[:2]:
        assert (other.folder / name).read_bytes() != (made.folder / name).read_bytes()


def test_summary_and_truth_file_are_the_same_and_count_the_rows(made):
    assert json.loads((made.folder / "truth.json").read_text(encoding="utf-8")) == made.truth
    assert made.truth["files"]["page_feedback.csv"] == len(made.reports)
    assert made.truth["files"]["exit_survey.csv"] == len(made.responses)


def test_volume_is_about_3500_rows_and_follows_the_scale(made, tmp_path):
    def n_rows(scale):
        return sum(list(Made(tmp_path / str(scale), scale=scale).truth["files"].values())[:2])

    n = len(made.reports) + len(made.responses)
    assert 3_200 < n < 3_800
    assert 3.6 * n < n_rows(4) < 4.4 * n
    assert n_rows(0.1) < 0.2 * n


@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_every_page_and_service_is_present(scale, tmp_path):
    made = Made(tmp_path, scale=scale)
    pages = {page for service in read_services() for page in service.pages}
    assert {r["path or service name"] for r in made.reports} == pages
    assert len(pages) >= 30
    names = {name: s.service for s in read_services() for name in s.names}
    assert len({names[r["Service"]] for r in made.responses}) == len(read_services())


def test_last_report_comes_at_the_end_and_nothing_is_later_or_too_early(made):
    times = [datetime.fromisoformat(r["creation date"]) for r in made.reports]
    assert max(times) == END
    assert min(times) >= END - timedelta(weeks=12)
    for response in made.responses:
        started, ended = uk_time(response["Started"]), uk_time(response["Ended"])
        # The clock goes back once in the period: a local time may then be read an hour early.
        assert END - timedelta(weeks=12) <= started <= ended + timedelta(hours=1)
        assert ended <= END


def test_end_may_fall_within_an_hour_and_in_another_year(tmp_path):
    end = datetime(2027, 2, 3, 13, 37, 21, tzinfo=UTC)
    times = [
        datetime.fromisoformat(r["creation date"])
        for r in Made(tmp_path, end=end, weeks=6, seed=1).reports
    ]
    assert max(times) == end
    assert min(times) >= end - timedelta(weeks=6)


def test_end_with_another_zone_is_the_same_moment(made, tmp_path):
    other = Made(tmp_path, end=END.astimezone(ZoneInfo("Asia/Tokyo")))
    assert other.truth["end"] == made.truth["end"]
    assert other.reports == made.reports


def test_reports_come_in_office_hours_more_than_at_night_and_less_at_weekends(made):
    local = [datetime.fromisoformat(r["creation date"]) for r in made.reports]
    by_hour = Counter(t.hour for t in local)
    assert sum(by_hour[h] for h in (9, 10, 11, 12)) > 5 * sum(by_hour[h] for h in (1, 2, 3, 4))
    by_weekday = Counter(t.weekday() for t in local)
    assert by_weekday[0] > 1.3 * by_weekday[5]


def test_times_carry_the_offset_of_the_day(made):
    offsets = {r["creation date"][-6:] for r in made.reports}
    assert offsets == {"+01:00", "+00:00"}


def test_survey_answers_hold_line_breaks_and_say_satisfaction_in_words(made):
    assert (made.folder / "exit_survey.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    question = "1. Overall, how satisfied were you with the service today?"
    assert len({r[question] for r in made.responses}) == 5
    reason = [r["3. Why did you give that answer?"] for r in made.responses]
    assert any("\n" in text for text in reason)


def test_people_who_write_often_write_differently(made):
    texts = [r["feedback"] for r in made.reports]
    long = [text for text in texts if len(text.split()) > 8]
    assert len(set(long)) > 0.95 * len(long)


@pytest.mark.parametrize("options", [{"weeks": 5}, {"scale": 0}, {"scale": float("nan")}])
def test_impossible_wishes_are_refused_before_anything_is_written(options, tmp_path):
    with pytest.raises(ValueError, match="give"):
        Made(tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_command_line_writes_the_same_files(made, tmp_path, capsys):
    arguments = ["--weeks", "12", "--end", "2026-11-20", "--seed", "7", "--out"]
    assert main([*arguments, str(tmp_path)]) == 0
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (made.folder / name).read_bytes()
    assert f"{len(made.reports):,} rows" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, str(tmp_path), "--weeks", "2"])
    assert stopped.value.code == 2


# --- the planted truth ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_NAME)
def test_planted_reports_are_on_their_page_within_their_window(made, name):
    story, rows = BY_NAME[name], made.planted(name)
    assert len(rows) == made.stories[name]["n_reports"] >= 22
    opens, closes = story.window(END - timedelta(weeks=12), END)
    for row in rows:
        assert row["path or service name"] == story.page
        assert opens <= datetime.fromisoformat(row["creation date"]) <= closes


@pytest.mark.parametrize("name", BY_NAME)
def test_every_hand_written_text_of_a_story_is_in_the_files_as_written(made, name):
    reports = {row["feedback"] for row in made.planted(name)}
    answers = {r["3. Why did you give that answer?"] for r in made.responses}
    for comment in read_comments("stories"):
        if comment.story == name:
            assert comment.text in (reports if comment.kind == "page" else answers)


@pytest.mark.parametrize("name", [s.name for s in STORIES if s.kind == "burst"])
def test_bursts_stand_out_from_their_own_page(made, name):
    truth = made.stories[name]
    times = made.times(truth["page"])
    start, end = (datetime.fromisoformat(truth[k]) for k in ("start", "end"))
    outside = [t for t in times if not start <= t <= end]
    days_outside = 84 - (end - start) / timedelta(days=1)
    assert per_day(times, start, end) > 4 * len(outside) / days_outside


def test_drift_grows_slowly_from_one_a_week_to_two_a_day(made):
    rows = made.planted("new-build-address")
    times = [datetime.fromisoformat(r["creation date"]) for r in rows]
    start = END - timedelta(weeks=12)
    thirds = [
        per_day(times, start + i * timedelta(28), start + (i + 1) * timedelta(28))
        for i in (0, 1, 2)
    ]
    assert thirds[0] < thirds[1] < thirds[2]
    assert thirds[0] < 0.6
    assert 0.8 < thirds[2] < 2.2


def test_quiet_page_reports_steadily_for_ten_weeks_and_then_not_at_all(made):
    truth = made.stories["missing-reference"]
    silence = datetime.fromisoformat(truth["start"])
    assert silence == END - timedelta(days=14)
    times = made.times("/make-a-plea/case-number")
    assert max(times) < silence
    weeks = Counter((silence - t) // timedelta(weeks=1) for t in times)
    assert all(weeks[i] >= 3 for i in range(10))


def test_welsh_fault_is_told_in_welsh_alone():
    languages = {c.language for c in read_comments("stories") if c.story == "parhau-button"}
    assert languages == {"cy"}


def test_upload_fault_is_mostly_seen_on_iphones(made):
    rows = made.planted("upload-release")
    assert sum("iPhone" in r["user agent summary"] for r in rows) > 0.7 * len(rows)
    others = [r for r in made.reports if r not in rows]
    assert sum("iPhone" in r["user agent summary"] for r in others) < 0.4 * len(others)


@pytest.mark.parametrize("name", BY_NAME)
def test_theme_of_a_story_is_a_code_of_most_of_its_comments(name):
    codes = [c.codes for c in read_comments("stories") if c.story == name]
    wanted = {"missing-reference": {"content.missing", "content.unclear"}}
    themes = wanted.get(name, {BY_NAME[name].theme})
    assert sum(bool(themes & set(c)) for c in codes) > 0.6 * len(codes)


# --- personal data and bad rows ------------------------------------------------------------------


def test_every_secret_is_planted_at_full_scale_and_every_entity_at_a_tenth(made, tmp_path):
    small = Made(tmp_path, scale=0.1)
    for one, wanted in ((made, None), (small, 1)):
        written = "\n".join(r["feedback"] for r in one.reports) + "\n".join(
            r["3. Why did you give that answer?"] for r in one.responses
        )
        found = Counter(c.entity for c in read_cases() if c.secret and c.text in written)
        assert set(found) == {str(entity) for entity in STANDARD_ENTITIES}
        if wanted is None:
            assert sum(found.values()) == sum(bool(c.secret) for c in read_cases())
            assert found == one.truth["personal_data"]


def test_bad_rows_are_of_every_kind_and_each_holds_a_secret(made):
    with (made.folder / "bad_rows.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    cases = {case.case_id: case for case in read_cases()}
    truth = made.truth["bad_rows"]
    assert [row["row"] for row in truth] == list(range(1, len(rows) + 1))
    for told, fields in zip(truth, rows, strict=True):
        solid = re.sub(r"[\x00-\x1f]|\[31m", "", " ".join(fields))
        assert cases[told["case"]].secret in solid, told
        assert (len(fields) == len(header)) == ("fields" not in told["kind"]), told
    kinds = Counter(row["kind"] for row in truth)
    assert min(kinds.values()) >= 4
    assert set(kinds) == {
        "unreadable_date", "impossible_date", "future_date", "no_text", "too_few_fields",
        "too_many_fields", "unknown_page", "control_character", "good",
    }  # fmt: skip
    assert {cases[row["case"]].entity for row in truth} == {
        str(entity) for entity in STANDARD_ENTITIES
    }
