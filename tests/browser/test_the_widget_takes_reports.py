"""The question at the end of a service's page: in a real browser, with and without JavaScript."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.api import make_api
from app.api_gate import LOOK_SECONDS, Gate
from app.api_metrics import Metrics
from app.serving import listen
from app.widget import MOST_CHARACTERS, snippet, words
from app.widget_work import printed
from feedback import schema
from feedback.errors import SettingsError
from feedback.receive import Receiver
from feedback.reference import load_reference
from feedback.sender_keys import make_key
from feedback.settings import Settings
from feedback.store import Store, utc_now
from tests import fakes
from tests.browser.test_pages_are_accessible import violations
from tests.feedback.pipeline_parts import rows_of

DOING, WRONG = "Uploading my <b>proof</b>", "It says 'file too big' & stops, ann@example.org"
LANGUAGES = ("en", "cy")


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and writes no log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Service:
    """A service's own pages, and the server that takes feedback on them."""

    pages: str
    feedback: str
    store: Store
    folder: Path
    key: str

    def told(self) -> list[tuple[str, str, str, str]]:
        rows = rows_of(self.store, schema.comments).sort_values("question")
        columns = ["service", "page", "question", "text"]
        return [tuple(row) for row in rows[columns].itertuples(index=False)]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    folder = tmp_path / "pages"
    (folder / "evidence").mkdir(parents=True)
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    origin = f"http://localhost:{site.server_port}"
    store = Store.open(f"sqlite:///{tmp_path / 'a.db'}")
    with store.quietly_changing() as connection:
        key = make_key(
            connection, "pages", "ann", services=["probate"], origins=[origin], now=utc_now()
        )
    receiver = Receiver(
        store,
        redactor=fakes.EmailRedactor(),
        language=fakes.WelshWordIdentifier(),
        reference=load_reference(),
        settings=Settings(home=tmp_path),
    )
    gate = Gate(store, per_minute=600, is_local=True)
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    api = make_api(store, receiver, gate, Metrics(store))
    server = uvicorn.Server(uvicorn.Config(api, log_level="error", lifespan="on", ws="none"))
    running = threading.Thread(target=partial(server.run, sockets=[listener]), daemon=True)
    running.start()
    for language in LANGUAGES:
        drawn = snippet(url=address, key=key, page="/evidence/", language=language)
        head = f'<!doctype html><html lang="{language}"><title>Evidence</title>'
        head += '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        head += "<main><h1>Evidence</h1>"
        page = folder / "evidence" / f"{language}.html"
        page.write_text(f"{head}{drawn}</main></html>", encoding="utf-8")
    while not server.started:
        time.sleep(0.05)
    yield Service(f"{origin}/evidence", address, store, folder / "evidence", key)
    server.should_exit = True
    running.join(20)
    site.shutdown()
    store.close()


@pytest.fixture
def plain(chromium: Browser) -> Iterator[Page]:
    """A browser without JavaScript."""
    context: BrowserContext = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def fill(page: Page, language: str) -> None:
    said = words(language)
    page.get_by_text(said["ask"]).click()
    page.get_by_label(said["doing"]).fill(DOING)
    page.get_by_label(said["wrong"]).fill(WRONG)


def expected(language: str, path: str) -> list[tuple[str, str, str, str]]:
    said = words(language)
    told = [(said["doing"], "Uploading my proof")]
    told.append((said["wrong"], "It says 'file too big' & stops, [EMAIL]"))
    return sorted(("probate", path, question, text) for question, text in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_sent_from_the_page_itself(service: Service, wide: Page, language: str) -> None:
    wide.goto(f"{service.pages}/{language}.html?case=SECRETxyz#part")
    fill(wide, language)
    wide.get_by_role("button", name=words(language)["send"]).click()
    thanks = wide.get_by_role("heading", name=words(language)["thanks"])
    expect(thanks).to_be_focused()
    assert wide.url.startswith(service.pages), "the person stays where they were"
    assert service.told() == expected(language, f"/evidence/{language}.html")
    assert len(rows_of(service.store, schema.responses)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_sent_without_javascript(service: Service, plain: Page, language: str) -> None:
    plain.goto(f"{service.pages}/{language}.html")
    fill(plain, language)
    plain.get_by_role("button", name=words(language)["send"]).click()
    expect(plain.get_by_role("heading", name=words(language)["thanks"])).to_be_visible()
    assert service.told() == expected(language, "/evidence")
    plain.reload()
    assert len(service.told()) == 2, "to read the thanks again sends nothing again"
    plain.get_by_role("link", name=words(language)["back"]).click()
    assert plain.url == f"{service.pages}/", (
        "browsers tell no more than the site; the form its path"
    )


def test_nothing_written_is_told_and_keeps_focus_there(service: Service, wide: Page) -> None:
    said = words("en")
    wide.goto(f"{service.pages}/en.html")
    wide.get_by_text(said["ask"]).click()
    wide.get_by_role("button", name=said["send"]).click()
    alert = wide.get_by_role("alert")
    expect(alert).to_contain_text(said["empty"])
    expect(alert).to_be_focused()
    wrong = wide.get_by_label(said["wrong"])
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(
        f"{said['warning']} {said['error']} {said['empty']}"
    )
    wide.keyboard.press("Tab")
    wide.keyboard.press("Enter")
    expect(wrong).to_be_focused()
    assert service.told() == []


def test_an_answer_that_is_too_long_is_told_and_not_cut(service: Service, wide: Page) -> None:
    said = words("en")
    wide.goto(f"{service.pages}/en.html")
    wide.get_by_text(said["ask"]).click()
    doing = wide.get_by_label(said["doing"])
    doing.fill("w" * (MOST_CHARACTERS + 1))
    wide.get_by_role("button", name=said["send"]).click()
    expect(wide.get_by_role("alert")).to_contain_text(said["long"])
    expect(doing).to_have_attribute("aria-invalid", "true")
    assert len(doing.input_value()) == MOST_CHARACTERS + 1
    assert service.told() == []
    assert violations(wide) == []
    doing.fill("w" * MOST_CHARACTERS)
    wide.get_by_role("button", name=said["send"]).click()
    expect(wide.get_by_role("heading", name=said["thanks"])).to_be_visible()
    assert [len(row[3]) for row in service.told()] == [MOST_CHARACTERS]


def test_too_long_is_told_without_javascript(service: Service, plain: Page) -> None:
    said = words("en")
    plain.goto(f"{service.pages}/en.html")
    plain.get_by_text(said["ask"]).click()
    plain.get_by_label(said["doing"]).fill("ŵ" * (MOST_CHARACTERS + 1))
    plain.get_by_role("button", name=said["send"]).click()
    expect(plain.get_by_text(said["long"])).to_be_visible()
    assert plain.title() == f"{said['error']} {said['problem']}"
    assert service.told() == []
    plain.go_back()
    left = plain.locator("#feedback-report-doing").input_value()
    assert len(left) == MOST_CHARACTERS + 1, "nothing is lost on the way back"


def test_nothing_written_is_told_without_javascript(service: Service, plain: Page) -> None:
    said = words("cy")
    plain.goto(f"{service.pages}/cy.html")
    plain.get_by_text(said["ask"]).click()
    plain.get_by_role("button", name=said["send"]).click()
    expect(plain.get_by_text(said["empty"])).to_be_visible()
    assert service.told() == []


def test_what_was_written_stays_when_the_server_is_away(service: Service, wide: Page) -> None:
    said = words("en")
    wide.goto(f"{service.pages}/en.html")
    fill(wide, "en")
    wide.route("**/v1/feedback", lambda route: route.abort())
    wide.get_by_role("button", name=said["send"]).click()
    expect(wide.get_by_role("alert")).to_contain_text(said["failed"])
    expect(wide.get_by_label(said["wrong"])).to_have_value(WRONG)
    wide.unroute("**/v1/feedback")
    wide.get_by_role("button", name=said["send"]).click()
    expect(wide.get_by_role("heading", name=said["thanks"])).to_be_visible()
    assert len(service.told()) == 2


def test_an_answer_that_was_lost_is_not_a_second_report(service: Service, wide: Page) -> None:
    """The server stored it, the browser never heard, the person presses again."""
    said = words("en")
    wide.goto(f"{service.pages}/en.html")
    fill(wide, "en")

    def lose(route) -> None:
        route.fetch()
        route.abort()

    wide.route("**/v1/feedback", lose)
    wide.get_by_role("button", name=said["send"]).click()
    expect(wide.get_by_role("alert")).to_be_visible()
    wide.unroute("**/v1/feedback")
    wide.get_by_role("button", name=said["send"]).click()
    expect(wide.get_by_role("heading", name=said["thanks"])).to_be_visible()
    assert len(service.told()) == 2


def test_it_is_worked_by_keys_alone(service: Service, wide: Page) -> None:
    wide.goto(f"{service.pages}/en.html")
    for key in ("Tab", "Enter", "Tab"):
        wide.keyboard.press(key)
    wide.keyboard.type("Paying the fee")
    wide.keyboard.press("Tab")
    wide.keyboard.type("the card was refused twice")
    wide.keyboard.press("Tab")
    wide.keyboard.press("Enter")
    expect(wide.get_by_role("heading", name=words("en")["thanks"])).to_be_focused()
    texts = {row[3] for row in service.told()}
    assert texts == {"Paying the fee", "the card was refused twice"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_no_violation_in_any_state(service: Service, wide: Page, language: str) -> None:
    said = words(language)
    wide.goto(f"{service.pages}/{language}.html")
    assert violations(wide) == []
    wide.get_by_text(said["ask"]).click()
    assert violations(wide) == []
    wide.get_by_role("button", name=said["send"]).click()
    expect(wide.get_by_role("alert")).to_be_visible()
    assert violations(wide) == []
    wide.set_viewport_size({"width": 320, "height": 800})
    assert violations(wide) == []
    assert wide.evaluate("document.documentElement.scrollWidth <= innerWidth")
    fill_again = wide.get_by_label(said["wrong"])
    fill_again.fill(WRONG)
    wide.get_by_role("button", name=said["send"]).click()
    expect(wide.get_by_role("heading", name=said["thanks"])).to_be_visible()
    assert violations(wide) == []


def test_the_way_back_leads_to_no_other_site(service: Service) -> None:
    """The form's field, the referer and the origin are what anybody likes to send."""
    ours, there = service.pages.removesuffix("/evidence"), "https://evil.example"
    for page, told, back in (
        ("/evidence/upload?step=2", {"referer": f"{ours}/"}, f"{ours}/evidence/upload?step=2"),
        ("/evidence", {"referer": f"{ours}/fee/pay"}, f"{ours}/fee/pay"),
        ("/evidence", {"origin": ours}, f"{ours}/evidence"),
        ("//evil.example/", {"referer": f"{ours}/"}, f"{ours}/"),
        ("/\\evil.example", {"referer": f"{ours}/"}, f"{ours}/"),
        ("/\t/evil.example", {"referer": f"{ours}/"}, f"{ours}/"),
        ("https://evil.example", {"referer": f"{ours}/"}, f"{ours}/"),
        ("@evil.example", {"referer": f"{ours}/"}, f"{ours}/"),
        ("javascript:alert(1)", {"origin": ours}, f"{ours}/"),
        ("/evidence", {"referer": there}, None),
        ("/evidence", {"referer": f"{ours}@evil.example/"}, None),
        ("/evidence", {"referer": f"{ours}.evil.example/"}, None),
        ("/evidence", {"origin": "null"}, None),
        ("/evidence", {}, None),
    ):
        answer = httpx.post(
            f"{service.feedback}/v1/report",
            data={"key": service.key, "page": page, "wrong": "it stops"},
            headers=told,
        )
        assert answer.status_code == 303, (page, told)
        place = urlsplit(answer.headers["location"])
        assert (place.scheme, place.netloc, place.path) == ("", "", "/widget/thanks")
        assert dict(parse_qsl(place.query)).get("back") == back, (page, told)


def test_what_the_command_prints_works_in_a_page(service: Service, wide: Page) -> None:
    html, key_id = printed(
        service.store,
        service="probate",
        server=service.feedback,
        origins=(service.pages.removesuffix("/evidence"),),
    )
    (service.folder / "printed.html").write_text(
        f'<!doctype html><html lang="en"><title>Fee</title><main><h1>Fee</h1>{html}</main></html>'
    )
    time.sleep(LOOK_SECONDS + 0.5)  # the server reads its keys anew
    wide.goto(f"{service.pages}/printed.html")
    fill(wide, "en")
    wide.get_by_role("button", name=words("en")["send"]).click()
    expect(wide.get_by_role("heading", name=words("en")["thanks"])).to_be_visible()
    assert service.told() == expected("en", "/evidence/printed.html")
    again, same = printed(
        service.store,
        service="Probate",
        server=f"{service.feedback}/",
        key=re.search('fb_[^"]+', html)[0],
        language="cy",
    )
    assert same == key_id
    assert words("cy")["ask"] in unescape(again)
    assert f"{service.feedback}/widget/report.js" in again


def test_the_command_refuses_keys_that_pages_could_not_use(service: Service) -> None:
    ask = partial(printed, service.store, service="probate", server="https://fb.example.gov.uk")
    with service.store.quietly_changing() as connection:
        make = partial(make_key, connection, who="ann", now=utc_now())
        program = make("a program", services=None)
        other = make("others", services=["divorce"], origins=["https://www.example.gov.uk"])
    for given, told in (
        ({}, "Say which web pages will show it"),
        ({"key": program}, "no web page may use it"),
        ({"key": other}, "is for divorce, not for probate"),
        ({"key": "fb_00000000_x"}, "not known to the store"),
        ({"key": service.key, "language": "fr"}, "en and cy"),
        ({"key": service.key, "server": "feedback.example"}, "such as https://"),
        ({"key": service.key, "server": "javascript://x/%0aalert(1)"}, "such as https://"),
    ):
        with pytest.raises(SettingsError, match=told):
            ask(**given)


def test_the_demo_page_shows_it(service: Service, wide: Page) -> None:
    for language in LANGUAGES:
        wide.goto(f"{service.feedback}/widget/demo?language={language}")
        expect(wide.get_by_text(words(language)["ask"])).to_be_visible()
        assert violations(wide) == []


def test_thanks_lead_back_to_the_services_pages_alone(service: Service, wide: Page) -> None:
    link = wide.get_by_role("link", name=words("en")["back"])
    wide.goto(f"{service.feedback}/widget/thanks?back={service.pages}/en.html")
    expect(link).to_have_attribute("href", f"{service.pages}/en.html")
    for address in ("https://evil.example/", "javascript:alert(1)", "//evil.example", ""):
        wide.goto(f"{service.feedback}/widget/thanks?back={address}")
        expect(wide.get_by_role("heading", name=words("en")["thanks"])).to_be_visible()
        assert link.count() == 0
