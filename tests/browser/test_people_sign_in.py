"""People sign in at a real OpenID provider; who they are decides what they see."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, BrowserContext, Page, expect

from feedback.people import PersonChange, put_person, remove_person
from feedback.schema import Role
from feedback.store import Store
from tests.app.filling import id_of
from tests.app.two_services import OURS, THEIRS, WORDS, comment_ids, fill_services, key, page_of
from tests.browser.conftest import Dashboard, serve, settle
from tests.browser.test_pages_are_accessible import RULES

VIEWER, TRIAGER = "vic@example.gov.uk", "tri@example.gov.uk"
LIMITED, ADMINISTRATOR = "lim@example.gov.uk", "ada@example.gov.uk"
GUARDIAN = "saf@example.gov.uk"
STRANGER, UNVERIFIED = "stranger@example.com", "unverified@example.gov.uk"
PEOPLE = {
    VIEWER: ([Role.VIEWER], None),
    TRIAGER: ([Role.TRIAGER], None),
    LIMITED: ([Role.TRIAGER, Role.RESEARCHER], [OURS]),
    ADMINISTRATOR: ([Role.ADMINISTRATOR], None),
    GUARDIAN: ([Role.SAFEGUARDING], None),
    UNVERIFIED: ([Role.VIEWER], None),
}
COOKIE_SECRET = secrets.token_urlsafe(48)
CLIENT_SECRET = secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Served:
    """A dashboard with sign-in, and its provider's address."""

    dashboard: Dashboard
    provider: str
    log: Path

    @property
    def url(self) -> str:
        return self.dashboard.url


def change(store: Store, email: str, roles: list[Role], services: list[str] | None) -> PersonChange:
    with store.changing() as connection:
        return put_person(connection, email, roles, services, "test", datetime.now(UTC))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("sign_in")
    users = [
        User(sub=email, claims={"email": email.capitalize(), "email_verified": True})
        for email in (*PEOPLE, STRANGER)
        if email != UNVERIFIED
    ]
    users.append(User(sub=UNVERIFIED, claims={"email": UNVERIFIED, "email_verified": False}))
    users.append(User(sub="nameless", claims={}))

    def prepare(store: Store) -> None:
        fill_services(store, (OURS, THEIRS))
        for email, (roles, services) in PEOPLE.items():
            change(store, email, roles, services)

    with run_server_in_thread(require_nonce=True, user_claims=users) as provider:
        address = f"http://localhost:{provider.server_port}"

        def sign_in(dashboard: str) -> Path:
            told = {
                "redirect_uri": f"{dashboard}/oauth2callback",
                "cookie_secret": COOKIE_SECRET,
                "client_id": "feedback-toolkit",
                "client_secret": CLIENT_SECRET,
                "server_metadata_url": f"{address}/.well-known/openid-configuration",
            }
            file = home / "sign_in.toml"
            lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
            file.write_text("\n".join(["[auth]", *lines]))
            return file

        with serve(home, prepare, sign_in=sign_in) as dashboard:
            yield Served(dashboard, address, home / "server.log")


@pytest.fixture
def visit(chromium: Browser, served: Served) -> Iterator[Callable[[], Page]]:
    """A function that gives the page of a browser of its own, without any cookie."""
    contexts: list[BrowserContext] = []

    def visited() -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        context.set_default_timeout(30_000)
        contexts.append(context)
        return context.new_page()

    yield visited
    for context in contexts:
        context.close()


def sign_in_as(page: Page, served: Served, sub: str, path: str = "/") -> Page:
    """Sign in by the button and at the provider, as a person does."""
    page.goto(served.url + path)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(re.escape(served.provider)))
    page.get_by_role("button", name=sub, exact=True).click()
    page.wait_for_url(re.compile(re.escape(served.url)))
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
    settle(page)
    return page


def text_of(page: Page) -> str:
    """All that the page says, tables included: what the server sent, not what is drawn."""
    return page.locator("body").inner_text()


def go(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("h1")).to_be_visible()
    settle(page)


def test_sign_in_leads_where_one_was_going(served: Served, visit: Callable[[], Page]) -> None:
    page = sign_in_as(visit(), served, VIEWER, "/comments?search=the&service=probate")
    expect(page.locator("h1")).to_have_text("Comments")
    expect(page).to_have_url(re.compile(r"/comments\?.*search=the"))
    assert "service=probate" in page.url
    go(page, served.url)
    expect(page.locator("h1")).to_have_text("Overview")


def test_sign_in_keeps_the_filters_of_the_first_page(
    served: Served, visit: Callable[[], Page]
) -> None:
    page = sign_in_as(visit(), served, VIEWER, "/?service=probate")
    expect(page.locator("h1")).to_have_text("Overview")
    expect(page).to_have_url(re.compile(r"service=probate"))


def test_an_address_typed_before_another_is_forgotten(
    served: Served, visit: Callable[[], Page]
) -> None:
    page = visit()
    page.goto(f"{served.url}/comments?search=the")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(re.escape(served.provider)))
    sign_in_as(page, served, VIEWER, "/")
    expect(page.locator("h1")).to_have_text("Overview")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/comments",
        "/settings",
        "/redaction_check",
        f"/page_detail?service={OURS}&page={page_of(OURS)}",
        "/nonsense",
    ],
)
def test_signed_out_there_is_one_button_and_nothing_else(
    served: Served, visit: Callable[[], Page], path: str
) -> None:
    page = visit()
    go(page, served.url + path)
    expect(page.get_by_role("button")).to_have_count(1)
    assert page.get_by_role("button").inner_text() == "Sign in"
    main = page.locator("[data-testid=stMain]").inner_text()
    assert main.split() == ["Feedback", "Toolkit", "Sign", "in"]
    assert text_of(page).split()[:4] == ["Skip", "to", "main", "content"]
    assert text_of(page).split()[4:] == main.split()
    html = page.content()
    for told in ("Overview", "Comments", "Settings", *WORDS.values(), "Divorce", "divorce"):
        assert told not in html.replace(path, "")
    response = Axe().run(page, options=RULES).response
    assert response["violations"] == []


def test_a_viewer_signs_in_looks_and_signs_out(served: Served, visit: Callable[[], Page]) -> None:
    page = sign_in_as(visit(), served, VIEWER)
    expect(page.locator("h1")).to_have_text("Overview")
    expect(page.get_by_text(VIEWER, exact=True)).to_be_visible()
    for path in ("/comments", "/settings", "/triage"):
        go(page, served.url + path)
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(re.escape(served.provider)))
    page.get_by_role("button", name="End session").click()
    page.wait_for_url(re.compile(re.escape(served.url)))
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    go(page, f"{served.url}/comments")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert [one for one in page.context.cookies() if one["name"] == "_streamlit_user"] == []


@pytest.mark.parametrize(
    ("sub", "told"),
    [
        (STRANGER, "not among the people"),
        (UNVERIFIED, "has not verified this address"),
        ("nameless", "without an e-mail address"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/comments?search=upload"])
def test_whoever_is_not_known_for_sure_is_refused(
    served: Served, visit: Callable[[], Page], sub: str, told: str, path: str
) -> None:
    page = sign_in_as(visit(), served, sub)
    go(page, served.url + path)
    expect(page.locator("h1")).to_have_text("You cannot open this dashboard")
    said = text_of(page)
    assert told in said
    assert (sub in said.lower()) == ("@" in sub)
    expect(page.get_by_role("button")).to_have_count(1)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    for word in ("Overview", "Comments", "Service", *WORDS.values()):
        assert word not in said
    response = Axe().run(page, options=RULES).response
    assert response["violations"] == []


REFUSED = {
    VIEWER: ["redaction_check", "coding", "safeguarding", "export"],
    TRIAGER: ["redaction_check", "coding", "safeguarding", "export"],
    ADMINISTRATOR: ["redaction_check", "coding", "safeguarding", "export"],
    GUARDIAN: ["overview", "comments", "triage", "topics", "quality", "redaction_check", "issue"],
}


@pytest.mark.parametrize("who", REFUSED)
def test_a_typed_address_of_a_page_for_another_role_shows_nothing(
    served: Served, visit: Callable[[], Page], who: str
) -> None:
    page = sign_in_as(visit(), served, who)
    menus = page.locator("header, [data-testid=stHeader]").all_inner_texts()
    for name in REFUSED[who]:
        given = f"?comment={comment_ids(OURS)['safeguarding']}&service={OURS}&search=upload"
        go(page, f"{served.url}/{name}{given}")
        expect(page.get_by_text("This page is for people with the role")).to_be_visible()
        assert page.locator("[data-testid=stDataFrame], [data-testid=stVegaLiteChart]").count() == 0
        for word in WORDS.values():
            assert word not in text_of(page)
    assert "Redaction check" not in " ".join(menus)


def test_the_safeguarding_role_alone_opens_its_page(
    served: Served, visit: Callable[[], Page]
) -> None:
    page = sign_in_as(visit(), served, GUARDIAN)
    expect(page.locator("h1")).to_have_text("Safeguarding")
    go(page, f"{served.url}/settings")
    assert "safeguarding" in text_of(page)
    assert "false_alarms_per_week" not in text_of(page)


def test_a_page_opens_for_its_role(served: Served, visit: Callable[[], Page]) -> None:
    page = sign_in_as(visit(), served, LIMITED)
    go(page, f"{served.url}/redaction_check")
    expect(page.get_by_text("This page is for people with the role")).to_have_count(0)
    expect(page.locator("h2").first).to_be_visible()


def sent(page: Page, url: str) -> str:
    """Everything the server sends while a page opens, as text: also what is not drawn."""
    frames: list[str] = []

    def listen(socket: object) -> None:
        socket.on(  # type: ignore[attr-defined]
            "framereceived",
            lambda data: frames.append(
                data if isinstance(data, str) else data.decode("utf-8", errors="ignore")
            ),
        )

    page.on("websocket", listen)
    go(page, url)
    page.wait_for_timeout(500)
    page.remove_listener("websocket", listen)
    assert frames, "the test listens to nothing"
    return "\n".join(frames) + text_of(page)


THEIR_PAGE = f"service={THEIRS}&page={page_of(THEIRS)}"
SCOPED = [
    "/",
    f"/?service={THEIRS}",
    "/emerging",
    f"/emerging?{THEIR_PAGE}",
    "/triage",
    f"/triage?{THEIR_PAGE}&comment={id_of(THEIRS, 0)}",
    f"/page_detail?{THEIR_PAGE}",
    "/topics",
    f"/topics?service={THEIRS}",
    "/comments",
    f"/comments?{THEIR_PAGE}",
    f"/comments?comment={id_of(THEIRS, 1)}",
    f"/comments?search={id_of(THEIRS, 1)}",
    f"/issue?issue={key(THEIRS, 'issue')}",
    f"/issue?{THEIR_PAGE}",
    "/service_excellence",
    "/quality",
    "/sources",
    f"/releases?service={THEIRS}",
    "/coding",
    f"/export?service={THEIRS}",
    "/codebook",
    "/settings",
]


def test_nothing_of_another_service_is_sent_to_whom_it_is_not_for(
    served: Served, visit: Callable[[], Page]
) -> None:
    page = sign_in_as(visit(), served, LIMITED)
    ours = 0
    for path in SCOPED:
        told = sent(page, served.url + path)
        asked = f"{path} "
        for mark in (WORDS[THEIRS], key(THEIRS, "issue"), id_of(THEIRS, 0), id_of(THEIRS, 1)):
            assert mark not in told.replace(page_of(THEIRS), "") or mark in asked, (path, mark)
        assert f"about {WORDS[THEIRS]}" not in told, path
        assert "Probate" not in text_of(page), path
        assert "Apply for probate" not in told, path
        ours += WORDS[OURS] in told
    assert ours >= 8, "the pages show something of what the person does see"


def test_a_role_and_a_service_taken_away_go_from_a_page_that_is_open_even_paused(
    served: Served, visit: Callable[[], Page]
) -> None:
    store, who = served.dashboard.store, "gone@example.gov.uk"
    change(store, who, [Role.VIEWER], [OURS])
    page = visit()
    page.goto(served.url)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(re.escape(served.provider)))
    page.request.put(f"{served.provider}/users/{who}", data={"email": who, "email_verified": True})
    page.locator("input[name=sub]").fill(who)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(re.compile(re.escape(served.url)))
    page.goto(f"{served.url}/comments")
    expect(page.get_by_text(WORDS[OURS]).first).to_be_visible(timeout=120_000)
    page.get_by_text("Pause updates").click()
    expect(page.get_by_text("paused")).to_be_visible()
    with store.changing() as connection:
        remove_person(connection, who, "test", datetime.now(UTC))
    refusal = page.get_by_role("heading", name="You cannot open this dashboard")
    expect(refusal).to_be_visible(timeout=120_000)
    expect(page.get_by_text(WORDS[OURS])).to_have_count(0, timeout=120_000)
    for menu in ("Watch", "Work", "Explore", "Trust", "More"):
        expect(page.get_by_role("button", name=menu)).to_have_count(0)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_an_administrator_adds_changes_and_removes_people(
    served: Served, visit: Callable[[], Page]
) -> None:
    page, new = sign_in_as(visit(), served, ADMINISTRATOR), "new.person@example.gov.uk"
    go(page, f"{served.url}/settings")
    page.get_by_label("E-mail, as the provider gives it").fill(f"  {new.upper()} ")
    form = page.locator("[data-testid=stForm]").last
    form.get_by_text(re.compile("^Triager")).click()
    form.get_by_role("button", name="Add").click()
    settle(page)
    expect(page.get_by_text(re.compile("is added", re.I)).first).to_be_visible()
    store = served.dashboard.store
    from app.queries_settings import people

    added = {one.email: one for one in people(store)}[new]
    assert added.roles == {Role.TRIAGER}
    assert added.services is None
    assert added.added_by == ADMINISTRATOR


def test_secrets_are_nowhere_in_the_log_or_on_the_page(
    served: Served, visit: Callable[[], Page]
) -> None:
    page = sign_in_as(visit(), served, ADMINISTRATOR)
    told = sent(page, f"{served.url}/settings")
    with closing(served.log.open(encoding="utf-8", errors="ignore")) as log:
        told += log.read()
    assert COOKIE_SECRET not in told
    assert CLIENT_SECRET not in told
    assert "sign_in_file" in told


def test_a_cookie_that_somebody_made_up_opens_nothing(
    served: Served, visit: Callable[[], Page]
) -> None:
    page = visit()
    forged = json.dumps({"email": ADMINISTRATOR, "email_verified": True, "is_logged_in": True})
    page.context.add_cookies(
        [{"name": "_streamlit_user", "value": forged.replace('"', "%22"), "url": served.url}]
    )
    go(page, f"{served.url}/settings")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert ADMINISTRATOR not in text_of(page)
