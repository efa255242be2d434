"""A sign-in file is whole and safe or the start stops; a provider's word counts for what it is."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.dashboard import streamlit_command
from app.sign_in import MAX_SIGN_IN, Door, SignIn, judge, read_sign_in
from feedback.errors import SettingsError

FEEDBACK = Path(sys.executable).with_name("feedback")
NOW = datetime(2026, 4, 1, 11, tzinfo=UTC)
HIDDEN = "s3cret-Value-nobody-may-see-0123456789"
GOOD = {
    "redirect_uri": "https://feedback.example.gov.uk/oauth2callback",
    "cookie_secret": HIDDEN,
    "client_id": "toolkit",
    "client_secret": f"client-{HIDDEN}",
    "server_metadata_url": "https://id.example.gov.uk/.well-known/openid-configuration",
}


def written(folder: Path, *, more: str = "", **values: object) -> Path:
    lines = [
        f"{name} = {value!r}".replace("'", '"')
        for name, value in {**GOOD, **values}.items()
        if value is not None
    ]
    file = folder / "sign_in.toml"
    file.write_text("\n".join(["[auth]", *lines, more]))
    return file


def test_a_whole_file_says_where_the_dashboard_is(tmp_path: Path) -> None:
    told = read_sign_in(written(tmp_path))
    assert told == SignIn(tmp_path / "sign_in.toml", "https://feedback.example.gov.uk", False)
    assert HIDDEN not in repr(told)


@pytest.mark.parametrize(
    "values",
    [
        {
            "redirect_uri": "http://localhost:8501/oauth2callback",
            "server_metadata_url": "http://127.0.0.1:9000/.well-known/openid-configuration",
        },
        {"redirect_uri": "http://[::1]:8501/oauth2callback"},
    ],
)
def test_this_machine_needs_no_tls(tmp_path: Path, values: dict[str, str]) -> None:
    assert read_sign_in(written(tmp_path, **values)).address.startswith("http://")


@pytest.mark.parametrize(
    ("more", "trusted"),
    [
        ("", False),
        ("[feedback]\nemails_are_verified = true", True),
        ("[feedback]\nemails_are_verified = false", False),
        ('[feedback]\nemails_are_verified = "true"', False),
        ("[feedback]\nemails_are_verified = 1", False),
    ],
)
def test_addresses_are_trusted_only_where_it_says_so(
    tmp_path: Path, more: str, trusted: bool
) -> None:
    assert read_sign_in(written(tmp_path, more=more)).trusts_emails is trusted


BROKEN = [
    ({"cookie_secret": None}, "lacks in [auth]: cookie_secret"),
    ({"client_id": "", "client_secret": None}, "lacks in [auth]: client_id, client_secret"),
    ({"client_id": 5}, "lacks in [auth]: client_id"),
    ({"cookie_secret": "short-Value-nobody-may-see"}, "less than 32 characters"),
    ({"redirect_uri": "https://feedback.example.gov.uk"}, "must be the dashboard's address"),
    ({"redirect_uri": "https://a.example/x/oauth2callback"}, "must be the dashboard's address"),
    ({"redirect_uri": "http://feedback.example.gov.uk/oauth2callback"}, "takes https://"),
    ({"redirect_uri": "feedback.example.gov.uk/oauth2callback"}, "is no address"),
    ({"server_metadata_url": "http://id.example.gov.uk/x"}, "takes https://"),
    ({"server_metadata_url": "http://localhost.evil.example/x"}, "takes https://"),
    ({"server_metadata_url": "https://[broken/x"}, "is no address"),
    ({"server_metadata_url": "file:///etc/passwd"}, "is no address"),
]


@pytest.mark.parametrize(("values", "told"), BROKEN)
def test_what_is_not_whole_or_not_safe_is_refused_without_a_value(
    tmp_path: Path, values: dict[str, object], told: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_sign_in(written(tmp_path, **values))
    message = str(refused.value)
    assert told in message
    assert "\n" not in message
    assert "nobody-may-see" not in message
    assert "passwd" not in message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b'[auth]\ncookie_secret = "nobody-may-see', "is not TOML: look at its end"),
        (b"[auth]\nclient_secret = nobody-may-see\n", "is not TOML: look at line 2"),
        (b"nobody = 'may-see'\n", "has no section [auth]"),
        (b"auth = 'nobody-may-see'\n", "has no section [auth]"),
        (b"\xff\xfe nobody-may-see", "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start_with_one_line(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "sign_in.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        read_sign_in(file)
    assert told in str(refused.value)
    assert "may-see" not in str(refused.value)


def test_the_command_says_so_and_exits_with_2(tmp_path: Path) -> None:
    file = written(tmp_path, cookie_secret="short-Value-nobody-may-see")
    told = subprocess.run(
        [FEEDBACK, "dashboard", "--no-open"],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "FEEDBACK_HOME": str(tmp_path),
            "FEEDBACK_SIGN_IN_FILE": str(file),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert told.returncode == 2
    (line,) = told.stderr.splitlines()
    assert line.startswith("feedback: cookie_secret in ")
    assert "nobody-may-see" not in told.stdout + told.stderr


def test_the_server_binds_elsewhere_only_where_people_sign_in(tmp_path: Path) -> None:
    alone = streamlit_command(port=1, address="0.0.0.0")
    assert "--server.address=127.0.0.1" in alone
    assert not [one for one in alone if one.startswith("--secrets")]
    file = written(tmp_path)
    signed_in = streamlit_command(port=1, address="0.0.0.0", sign_in_file=file)
    assert "--server.address=0.0.0.0" in signed_in
    assert f"--secrets.files={file}" in signed_in
    for command in (alone, signed_in):
        assert "--server.enableXsrfProtection=true" in command
        assert "--server.enableCORS=true" in command


STRICT = SignIn(Path("x"), "https://a.example", trusts_emails=False)
TRUSTING = SignIn(Path("x"), "https://a.example", trusts_emails=True)
FRESH = {"iat": NOW.timestamp() - 60, "email_verified": True}
JUDGED = [
    ({}, Door.SIGNED_OUT, ""),
    ({**FRESH, "email": "ann@example.gov.uk"}, Door.OPEN, "ann@example.gov.uk"),
    ({**FRESH, "email": " Ann@Example.GOV.UK"}, Door.OPEN, "ann@example.gov.uk"),
    ({**FRESH, "email": "ann@example.gov.uk", "email_verified": "true"}, Door.OPEN, None),
    ({**FRESH, "email": "ann@example.gov.uk", "email_verified": False}, Door.UNVERIFIED, None),
    ({**FRESH, "email": "ann@example.gov.uk", "email_verified": "false"}, Door.UNVERIFIED, None),
    ({**FRESH, "email": "ann@example.gov.uk", "email_verified": None}, Door.UNVERIFIED, None),
    ({**FRESH, "email": "ann@example.gov.uk", "email_verified": 1}, Door.UNVERIFIED, None),
    (FRESH, Door.NO_EMAIL, ""),
    ({**FRESH, "email": None}, Door.NO_EMAIL, ""),
    ({**FRESH, "email": ["ann@example.gov.uk"]}, Door.NO_EMAIL, ""),
    ({**FRESH, "email": "\u212aate@example.gov.uk"}, Door.UNKNOWN, None),  # the Kelvin sign
    ({**FRESH, "email": "ann"}, Door.UNKNOWN, None),
    ({"email": "ann@example.gov.uk", "email_verified": True}, Door.EXPIRED, None),
    ({**FRESH, "email": "ann@example.gov.uk", "iat": "now"}, Door.EXPIRED, None),
    ({**FRESH, "email": "ann@example.gov.uk", "iat": True}, Door.EXPIRED, None),
]


@pytest.mark.parametrize(("told", "door", "email"), JUDGED)
def test_a_providers_word_counts_for_what_it_is(
    told: dict[str, object], door: Door, email: str | None
) -> None:
    found, address = judge(told, STRICT, NOW)
    assert found is door
    assert email is None or address == email


@pytest.mark.parametrize(
    ("age", "door"),
    [
        (MAX_SIGN_IN - timedelta(seconds=1), Door.OPEN),
        (MAX_SIGN_IN + timedelta(seconds=1), Door.EXPIRED),
        (timedelta(days=29), Door.EXPIRED),
        (timedelta(minutes=-4), Door.OPEN),
        (timedelta(minutes=-6), Door.EXPIRED),
    ],
)
def test_it_counts_for_a_working_day(age: timedelta, door: Door) -> None:
    told = {**FRESH, "email": "ann@example.gov.uk", "iat": (NOW - age).timestamp()}
    assert judge(told, STRICT, NOW)[0] is door


def test_silence_about_the_address_counts_only_where_the_file_says_so() -> None:
    told = {"iat": FRESH["iat"], "email": "ann@example.gov.uk"}
    assert judge(told, STRICT, NOW)[0] is Door.UNVERIFIED
    assert judge(told, TRUSTING, NOW)[0] is Door.OPEN
    assert judge({**told, "email_verified": False}, TRUSTING, NOW)[0] is Door.UNVERIFIED
