"""Each digest goes out once a period, whoever sends; what fails is told and tried again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from app.access import Viewer
from app.digest_work import (
    DigestRound,
    Sent,
    add_subscription,
    allow,
    list_subscriptions,
    send_digests,
    trouble,
)
from feedback import schema
from feedback.errors import AccessError, StoreError
from feedback.people import put_person, remove_person
from feedback.schema import Frequency, Role
from feedback.settings import Settings
from feedback.store import Store
from feedback.subscriptions import SENDING, Subscription
from tests.app.filling import NOW, code, put
from tests.app.servers import Mailbox, mail_server, webhook

ROOT = Path(__file__).parents[2]
FEEDBACK = Path(sys.executable).with_name("feedback")
ANN = "ann@example.gov.uk"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store with a comment, on SQLite, then on PostgreSQL."""
    with Store.open(store_url, clock=lambda: NOW) as opened:
        code(opened, {key: ["praise"] for key in put(opened, [{"text": "da iawn"}])})
        yield opened


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as served:
        yield served


def settings(box: Mailbox | None = None, **given: Any) -> Settings:
    usual: dict[str, Any] = {"digest_from": "feedback@example.gov.uk", "smtp_starttls": False}
    if box is not None:
        usual |= {"smtp_host": "127.0.0.1", "smtp_port": box.port}
    return Settings(**{**usual, **given})


def subscribed(store: Store, target: str = ANN, **given: Any) -> Subscription:
    """Subscribe, as if it had been done two weeks ago."""
    asked = {"service": None, "who": "ann", "frequency": Frequency.WEEK, **given}
    one = add_subscription(store, target, **asked)
    with store.changing() as connection:
        connection.execute(
            sa.update(schema.subscriptions)
            .where(schema.subscriptions.c.subscription_id == one.subscription_id)
            .values(at=NOW - timedelta(days=14))
        )
    return one


def only(store: Store) -> Subscription:
    (one,) = list_subscriptions(store)
    return one


def test_a_digest_goes_out_once_a_period(store: Store, box: Mailbox) -> None:
    subscribed(store)
    monday = datetime(2026, 3, 29, 23, 0, tzinfo=UTC)
    sent = [
        send_digests(settings(box), store, now=monday + timedelta(days=days)).n_sent
        for days in (0, 0, 1, 6.99, 7, 7, 13)
    ]
    assert sent == [1, 0, 0, 0, 1, 0, 0]
    assert [mail["Message-ID"].split("@")[0][-10:] for _, mail, _ in box.mails] == [
        "2026-03-23",
        "2026-03-30",
    ]
    assert only(store).last_sent_at == monday + timedelta(days=7)
    sends = sa.select(schema.audit.c.who).where(schema.audit.c.action == "send digest")
    assert store.read(sends)["who"].tolist() == ["ann", "ann"]


def test_the_first_digest_is_of_the_period_in_which_it_was_asked_for(
    store: Store, box: Mailbox
) -> None:
    now = datetime.now(UTC)
    add_subscription(store, ANN, Frequency.DAY, service=None, who="ann")
    assert send_digests(settings(box), store, now=now).n_sent == 0
    assert send_digests(settings(box), store, now=now + timedelta(days=1)).n_sent == 1
    assert send_digests(settings(box), store, now=now, whenever=True).n_sent == 1


def command(store_url: str, home: Path, box: Mailbox) -> tuple[list[str], dict[str, str]]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "FEEDBACK_HOME": str(home),
        "FEEDBACK_STORE": store_url,
        "FEEDBACK_SMTP_HOST": "127.0.0.1",
        "FEEDBACK_SMTP_PORT": str(box.port),
        "FEEDBACK_SMTP_STARTTLS": "false",
        "FEEDBACK_DIGEST_FROM": "feedback@example.gov.uk",
    }
    return [str(FEEDBACK), "digest", "send", "--json"], environment


def test_processes_that_send_at_once_send_each_digest_once(
    store: Store, store_url: str, box: Mailbox, tmp_path: Path
) -> None:
    for number in range(6):
        subscribed(store, f"person{number}@example.gov.uk")
    box.seconds = 0.2
    told, environment = command(store_url, tmp_path, box)
    senders = [
        subprocess.Popen(told, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    counts = [json.loads(sender.communicate(timeout=120)[0])["n_sent"] for sender in senders]
    assert sum(counts) == 6
    assert sorted(to for recipients, _, _ in box.mails for to in recipients) == [
        f"person{number}@example.gov.uk" for number in range(6)
    ]


def test_what_a_killed_sender_left_is_sent_after_a_while(
    store: Store, store_url: str, box: Mailbox, tmp_path: Path
) -> None:
    subscribed(store)
    box.seconds = 5
    told, environment = command(store_url, tmp_path, box)
    sender = subprocess.Popen(told, env=environment, cwd=tmp_path, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while only(store).failure != SENDING and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(sender.pid, signal.SIGKILL)
    sender.communicate()
    assert only(store).failure == SENDING
    now = datetime.now(UTC)
    with mail_server() as other:
        assert send_digests(settings(other), store, now=now).n_sent == 0
        assert send_digests(settings(other), store, now=now, whenever=True).n_sent == 0
        later = now + timedelta(minutes=31)
        assert send_digests(settings(other), store, now=later).n_sent == 1
        assert len(other.mails) == 1
    assert (only(store).failure, only(store).last_sent_at) == (None, later)


def test_a_failure_is_told_without_secrets_and_tried_again(store: Store, box: Mailbox) -> None:
    with webhook() as hook:
        hook.answers = [404]
        subscribed(store, hook.url)
        given = settings(webhook_hosts=("localhost",), webhook_secret=SecretStr("k" * 40))
        sent = send_digests(given, store, now=NOW)
        assert (sent.n_sent, len(sent.failures)) == (0, 1)
        one = only(store)
        assert one.failure == "The webhook answered with an error (404)."
        assert one.last_sent_at is None
        told, mend = trouble(given, store)
        assert told == "1 digest subscribed to, 1 failed"
        assert mend.startswith("The webhook answered")
        assert "s3cret" not in told + mend
        hook.answers = [204]
        assert send_digests(given, store, now=NOW + timedelta(minutes=15)).n_sent == 1
        assert trouble(given, store) == ("1 digest subscribed to", "")
        assert len(hook.requests) == 2
        record = json.loads(hook.requests[1][2])
    assert record["id"] == f"digest.{one.subscription_id}.2026-03-23"


def test_one_that_fails_does_not_keep_the_others_from_going_out(store: Store, box: Mailbox) -> None:
    for target in ("nobody@example.gov.uk", ANN):
        subscribed(store, target)
    sent = send_digests(settings(box), store, now=NOW)
    assert (sent.n_sent, len(sent.failures)) == (1, 1)
    assert [recipients for recipients, _, _ in box.mails] == [[ANN]]


def test_an_error_nobody_thought_of_is_told_by_its_kind(
    store: Store, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("words of a comment")

    subscribed(store)
    monkeypatch.setattr("app.sending.send_mail", fail)
    send_digests(settings(box), store, now=NOW)
    assert only(store).failure == "An unexpected ValueError stopped it."


def test_a_worker_leaves_mails_alone_that_nothing_is_set_for(store: Store, box: Mailbox) -> None:
    subscribed(store)
    assert DigestRound(Settings(), store).send_when_due() == ""
    assert only(store).failure is None
    _, mend = trouble(Settings(), store)
    assert "Set smtp_host" in mend
    working = DigestRound(settings(box), store)
    assert working.send_when_due() == "1 digest sent."
    subscribed(store, "bob@example.gov.uk")
    assert working.send_when_due() == "", "it looks again only after a while"
    assert len(box.mails) == 1


def test_who_lost_a_service_gets_no_more_of_it(store: Store, box: Mailbox) -> None:
    def put_in(roles: list[Role], services: list[str] | None) -> None:
        with store.changing() as connection:
            put_person(connection, ANN, roles, services, "admin", NOW)

    put_in([Role.VIEWER], ["divorce"])
    subscribed(store, who=ANN, service="divorce")
    assert send_digests(settings(box), store, now=NOW).n_sent == 1
    put_in([Role.VIEWER], ["probate"])
    later = NOW + timedelta(days=7)
    assert send_digests(settings(box), store, now=later).n_sent == 0
    assert only(store).failure == "Who asked for it does not see this service any more."
    put_in([Role.SAFEGUARDING], ["divorce"])
    assert send_digests(settings(box), store, now=later).n_sent == 0
    with store.changing() as connection:
        remove_person(connection, ANN, "admin", NOW)
    assert send_digests(settings(box), store, now=later).n_sent == 0
    put_in([Role.TRIAGER], None)
    assert send_digests(settings(box), store, now=later).n_sent == 1
    assert len(box.mails) == 2


VIEWER = Viewer(ANN, frozenset([Role.VIEWER]), ("divorce",), is_signed_in=True)
ADMINISTRATOR = Viewer("boss@example.gov.uk", frozenset([Role.ADMINISTRATOR]), None, True)


@pytest.mark.parametrize(
    ("viewer", "target", "service"),
    [
        (VIEWER, ANN, "divorce"),
        (VIEWER, " Ann@Example.gov.uk", "divorce"),
        (ADMINISTRATOR, "anybody@example.gov.uk", None),
        (ADMINISTRATOR, "https://hooks.example.org/x", "probate"),
    ],
)
def test_who_may_subscribe_whom(viewer: Viewer, target: str, service: str | None) -> None:
    allow(viewer, target, service)


@pytest.mark.parametrize(
    ("viewer", "target", "service"),
    [
        (VIEWER, ANN, "probate"),
        (VIEWER, ANN, None),
        (VIEWER, "bob@example.gov.uk", "divorce"),
        (VIEWER, "https://hooks.example.org/x", "divorce"),
        (Viewer(ANN, frozenset([Role.SAFEGUARDING]), None, True), ANN, None),
        (Viewer("ann", frozenset([Role.VIEWER]), None), ANN, None),
        (Viewer("", frozenset(), ()), ANN, None),
    ],
)
def test_who_may_not(viewer: Viewer, target: str, service: str | None) -> None:
    with pytest.raises(AccessError):
        allow(viewer, target, service)


def test_the_same_digest_is_not_subscribed_to_twice(store: Store) -> None:
    first = subscribed(store, service="divorce")
    for target in (ANN, " Ann@Example.GOV.UK "):
        with pytest.raises(StoreError, match="gets this digest already"):
            subscribed(store, target, service="divorce")
    subscribed(store)
    subscribed(store, service="divorce", frequency=Frequency.DAY)
    assert len(list_subscriptions(store)) == 3
    lines = store.read(sa.select(schema.audit).order_by(schema.audit.c.at))
    assert set(lines["action"]) == {"subscribe"}
    assert lines["object"][0] == f"subscription {first.subscription_id}"


def test_commands_subscribe_list_preview_send_and_unsubscribe(tmp_path: Path, box: Mailbox) -> None:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    with Store.open(url) as store:
        row = {"text": "da iawn", "submitted_at": datetime.now(UTC) - timedelta(days=7)}
        put(store, [row], now=datetime.now(UTC))
    _, environment = command(url, tmp_path, box)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [FEEDBACK, "digest", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )

    told = json.loads(run("subscribe", ANN, "--service", "divorce", "--json").stdout)
    assert (told["target"], told["service"], told["frequency"]) == (ANN, "divorce", "week")
    hook = run("subscribe", "https://hooks.example.org/s3cret", "--every", "day").stdout
    assert "https://hooks.example.org/…" in hook
    listed = run("list")
    assert "Apply for a divorce, every Monday" in listed.stdout
    assert "s3cret" not in hook + listed.stdout + run("list", "--json").stdout
    assert "Feedback on Apply for a divorce, " in run("preview", "--service", "divorce").stdout
    assert json.loads(run("preview", "--json").stdout)["kind"] == "feedback.digest"
    assert run("send").stdout == "0 digests sent.\n"
    ids = {
        one["channel"]: one["subscription_id"] for one in json.loads(run("list", "--json").stdout)
    }
    assert run("unsubscribe", ids["webhook"]).returncode == 0
    assert run("send", "--now").stdout == "1 digest sent.\n"
    assert [recipients for recipients, _, _ in box.mails] == [[ANN]]
    for arguments, said in (
        (("unsubscribe", "gone"), "no subscription with that id"),
        (("subscribe", "ann"), "no e-mail address"),
        (("subscribe", ANN, "--every", "year"), "--every is day or week"),
        (("subscribe", ANN, "--service", "nope"), "no comment on that service"),
    ):
        failed = run(*arguments)
        assert failed.returncode == 2
        assert said in failed.stderr
        assert len(failed.stderr.splitlines()) == 1
    environment["FEEDBACK_SMTP_PORT"] = "1"
    failed = run("send", "--now")
    assert (failed.returncode, failed.stdout) == (2, "0 digests sent, 1 failed.\n")
    assert "It is tried again" in failed.stderr


def test_what_a_round_did_is_told() -> None:
    from app.digest_work import sent_text

    assert sent_text(Sent(2, ())) == "2 digests sent."
