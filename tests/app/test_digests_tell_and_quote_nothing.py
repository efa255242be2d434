"""A digest tells what changed, in figures that are right, and holds no word that anybody wrote."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pandas as pd
import pytest
import sqlalchemy as sa

from app.digest import Digest, compose
from app.digest_text import as_html, as_json, as_text
from app.wording import LONDON
from feedback import schema
from feedback.intervals import mean_interval
from feedback.schema import CLUSTER_PREFIX, TEXT_PREFIX, Frequency
from feedback.store import Store
from feedback.subscriptions import Period, last_period
from tests.app.filling import EVIDENCE, NOW, code, fill, id_of, issue, put, signal
from tests.app.hostile import PAGE, SERVICE, fill_with_hostile

URL = "https://feedback.example.gov.uk"
SECRETS = ("zebra xylophone", "fy nghyfrinach sebra", "Mrs Quagga", "07700 900123", "qwyjibo")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store on SQLite, then on PostgreSQL."""
    with Store.open(store_url, clock=lambda: NOW) as opened:
        yield opened


def week(store: Store, service: str | None = None, now: datetime = NOW) -> Digest:
    period = last_period(Frequency.WEEK, now)
    return compose(store, service=service, frequency=Frequency.WEEK, period=period, now=now)


def all_of(digest: Digest) -> str:
    """Everything that is sent, in every form."""
    record = as_json(digest, URL, digest_id="1")
    return "\n".join([digest.subject, as_text(digest, URL), as_html(digest, URL), str(record)])


def lines(digest: Digest, heading: str) -> list[str]:
    return [one.text for part in digest.sections if part.heading == heading for one in part.lines]


def put_everywhere(store: Store) -> None:
    """Plant the secrets wherever words of comments come to stand in a store."""
    rows = [
        {
            "text": f"{secret} wrote number {number}",
            "page": EVIDENCE,
            "service": "benefit-appeals",
            "question": secret,
            "extra": {"note": secret},
            "submitted_at": NOW - timedelta(days=3, hours=number),
        }
        for number, secret in enumerate(SECRETS * 3)
    ]
    ids = put(store, rows)
    code(store, {key: ["fault.upload"] for key in ids})
    place = {"service": "benefit-appeals", "page": EVIDENCE}
    issues = [
        issue(id_of("i", n), f"{secret} again", ids[:3], **place, theme="fault.upload", n=7)
        for n, secret in enumerate(SECRETS)
    ]
    members = pd.DataFrame({"comment_id": ids, "cluster_id": id_of("i", 0), "similarity": 0.9})
    store.write_clusters(pd.DataFrame(issues), members)
    facts = {"skews": [{"kind": "browser", "value": SECRETS[0], "share": 0.9}]}
    decided = [
        {},
        {"theme": None},
        {"reopened_at": NOW - timedelta(days=4)},
        {"fixed_at": NOW - timedelta(days=4), "status": "fixed"},
        {"facts": facts},
    ]
    with store.changing() as connection:
        for one, values in zip(issues, decided, strict=True):
            is_it = schema.issues.c.cluster_id == one["cluster_id"]
            began = NOW - timedelta(days=4)
            changed = sa.update(schema.issues).where(is_it).values(first_seen=began, **values)
            connection.execute(changed)
    themes = ["fault.upload", f"{CLUSTER_PREFIX}{id_of('i', 0)}", f"{TEXT_PREFIX}{ids[0]}", "all"]
    told = [
        signal(f"s{n}", **place, theme=theme, sentence=f"9 reports of “{secret}” on {EVIDENCE}.")
        for n, (theme, secret) in enumerate(zip(themes, SECRETS, strict=False))
    ]
    told.append(signal("s9", **place, theme=themes[1], kind="drift", sentence=SECRETS[4]))
    told.append(signal("s8", **place, theme=themes[0], kind="quiet", sentence=SECRETS[4], n=0))
    store.replace_signals(NOW, pd.DataFrame(told))


def test_no_word_of_a_comment_is_in_a_digest(store: Store) -> None:
    put_everywhere(store)
    for service in (None, "benefit-appeals"):
        digest = week(store, service)
        told = html.unescape(all_of(digest)).lower()
        assert len(lines(digest, "New signals")) == 6, "what was planted is told of"
        assert lines(digest, "New issues")
        assert lines(digest, "Reopened issues")
        assert lines(digest, "Fixed issues")
        for secret in SECRETS:
            for word in secret.split():
                assert word.lower() not in told, word


class Reader(HTMLParser):
    """Which tags and attributes a document has, and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


TAGS = "html head meta title body main h1 h2 p table caption thead tbody tr th td ul li a".split()
ATTRIBUTES = {"lang", "charset", "name", "content", "style", "scope", "href"}


def test_hostile_places_are_shown_as_typed_and_break_nothing(store: Store) -> None:
    fill_with_hostile(store)
    digest = week(store, now=NOW + timedelta(days=6))
    read = Reader(as_html(digest, URL))
    assert read.tags <= set(TAGS)
    assert read.attributes <= ATTRIBUTES
    assert read.links
    assert all(link.startswith(f"{URL}/") for link in read.links)
    assert SERVICE in read.text
    assert PAGE in read.text
    for text in (as_text(digest, URL), digest.subject):
        assert not [c for c in text if not c.isprintable() and c != "\n"]


@pytest.mark.parametrize("service", [None, "probate"])
def test_figures_are_those_of_the_comments(store: Store, service: str | None) -> None:
    fill(store, n_comments=900)
    digest = week(store, service)
    assert (digest.period.first_day, digest.period.last_day) == (
        date(2026, 3, 23),
        date(2026, 3, 29),
    )
    rows = store.read(sa.select(schema.comments))
    answers = store.read(sa.select(schema.responses))
    for frame in (rows, answers):
        frame["on"] = frame["submitted_at"].dt.tz_convert(LONDON).dt.date
    inside = rows[rows["on"].between(date(2026, 3, 23), date(2026, 3, 29))]
    before = rows[rows["on"].between(date(2026, 3, 16), date(2026, 3, 22))]
    table = digest.figures.set_index("Service")
    one = "probate"
    told = table.loc["Apply for probate"]
    assert told["Comments"] == str((inside["service"] == one).sum())
    assert told["The week before"] == str((before["service"] == one).sum())
    given = answers[
        (answers["service"] == one) & answers["on"].between(date(2026, 3, 23), date(2026, 3, 29))
    ]["satisfaction"].dropna()
    mean, low, high = mean_interval(
        len(given), float(given.sum()), float((given**2).sum()), low=1, high=5
    )
    assert told["Satisfaction"] == f"{mean:.1f} ({low:.1f} to {high:.1f})"
    n = len(inside) if service is None else (inside["service"] == one).sum()
    assert f" {n:,} comments, " in digest.answer
    assert digest.subject.endswith(f"{n:,} comments")


def test_what_is_new_is_told_with_a_link_and_what_is_old_is_not(store: Store) -> None:
    fill(store, n_comments=300)
    later = NOW + timedelta(days=6)  # the Tuesday after: the week of the burst is over
    told = week(store, "benefit-appeals", later)
    n = store.read(sa.select(schema.signals.c.n).where(schema.signals.c.kind == "burst"))["n"][0]
    assert lines(told, "New signals") == [
        f"Alert: {n} reports of upload failures on Appeal a benefit decision: Upload evidence "
        f"({EVIDENCE}) since 29/03/2026; usually 1.4 in that time: 18.6 times the usual "
        "(9.1 to 41.0)."
    ]
    assert f"{URL}/emerging?service=benefit-appeals&page=%2Fbenefit" in as_text(told, URL)
    with store.changing() as connection:
        connection.execute(
            sa.insert(schema.alarms),
            {
                "kind": "burst",
                "service": "benefit-appeals",
                "page": EVIDENCE,
                "theme": "fault.upload",
                "level": "alert",
                "raised_at": NOW - timedelta(days=20),
                "last_at": NOW,
            },
        )
    assert lines(week(store, "benefit-appeals", later), "New signals") == []
    assert "Nothing new stands out." in week(store, "divorce", later).answer


def test_a_watch_that_nobody_ran_is_told(store: Store) -> None:
    put(store, [{"text": "slow"}])
    assert lines(week(store), "New signals")[0].startswith("Nobody has looked")
    fresh = lines(week(store, now=NOW + timedelta(days=7)), "How fresh this is")[0]
    assert "Last comment on 01/04/2026. 1 comment not coded yet" in fresh


def test_a_digest_of_an_empty_store_says_so(store: Store) -> None:
    digest = week(store)
    assert digest.answer == "Nothing new stands out. 0 comments, as many as the week before."
    assert "No comment yet." in as_text(digest, "")
    assert "http" not in as_text(digest, "")


@pytest.mark.parametrize(
    ("frequency", "now", "first", "last"),
    [
        (Frequency.DAY, "2026-04-02T08:00Z", "2026-04-01", "2026-04-01"),
        (Frequency.DAY, "2026-04-01T23:30Z", "2026-04-01", "2026-04-01"),  # 00:30 in London
        (Frequency.DAY, "2026-01-01T23:30Z", "2025-12-31", "2025-12-31"),
        (Frequency.DAY, "2026-03-29T23:30Z", "2026-03-29", "2026-03-29"),  # the clocks went on
        (Frequency.WEEK, "2026-04-05T22:59Z", "2026-03-23", "2026-03-29"),
        (Frequency.WEEK, "2026-04-05T23:00Z", "2026-03-30", "2026-04-05"),  # Monday in London
        (Frequency.WEEK, "2026-10-26T00:00Z", "2026-10-19", "2026-10-25"),  # the clocks went back
    ],
)
def test_periods_are_days_and_weeks_of_london(
    frequency: Frequency, now: str, first: str, last: str
) -> None:
    at = datetime.fromisoformat(now).astimezone(UTC)
    assert last_period(frequency, at) == Period(date.fromisoformat(first), date.fromisoformat(last))
    assert last_period(frequency, at).end <= at
