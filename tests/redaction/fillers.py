"""What is no personal data but looks a little like it: dates, money, forms, versions, laws."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from tests.redaction.exam import Slot, Style
from tests.redaction.writing import digits, plain, shape

__all__ = ["FILLERS"]


def _any_of(text: str) -> Slot:
    """Return a slot of ready-made choices, parted by ``|``; marks are filled by ``shape``."""
    choices = [choice.strip() for choice in text.split("|")]
    return Slot(
        None,
        tuple(
            plain(choice, lambda rng, choice=choice: shape(rng, choice, "?*+"))
            for choice in choices
        ),
    )


def _recent(rng: Random) -> date:
    return date(2019, 1, 7) + timedelta(days=rng.randrange(2500))


def _dates() -> tuple[Style, ...]:
    written = {
        "long": "%-d %B %Y",
        "slashes": "%d/%m/%Y",
        "short slashes": "%-d/%-m/%y",
        "hyphens": "%d-%m-%y",
        "long hyphens": "%d-%m-%Y",
        "dots": "%d.%m.%Y",
        "iso": "%Y-%m-%d",
        "weekday": "%A %-d %B",
        "short month": "%-d %b %Y",
        "month first": "%B %-d, %Y",
        "weekday and year": "%a %-d %b %Y",
        "short dots": "%-d.%-m.%y",
    }
    return tuple(
        plain(name, lambda rng, form=form: _recent(rng).strftime(form))
        for name, form in written.items()
    )


def _moments() -> tuple[Style, ...]:
    return (
        plain("time", lambda rng: f"{rng.randrange(8, 18):02d}:{rng.randrange(60):02d}"),
        plain("am", lambda rng: f"{rng.randrange(1, 12)}.{rng.randrange(10, 60)}am"),
        plain("pm", lambda rng: f"{rng.randrange(1, 12)}pm"),
        plain("seconds", lambda rng: f"{rng.randrange(8, 18)}:{rng.randrange(10, 60)}:00"),
        plain("dot", lambda rng: f"{rng.randrange(9, 17)}.{rng.choice(('00', '15', '30'))}"),
        plain("hours", lambda rng: f"{rng.randrange(9, 17):02d}{rng.choice(('00', '30'))} hrs"),
    )


FILLERS = {
    "date": Slot(None, _dates()),
    "time": Slot(None, _moments()),
    "run_date": Slot(None, (plain("run on", lambda rng: f"{_recent(rng):%Y%m%d}"),)),
    "n": Slot(None, (plain("small", lambda rng: str(rng.randrange(2, 60))),)),
    "year": Slot(None, (plain("year", lambda rng: str(rng.randrange(2009, 2026))),)),
    "age": Slot(None, (plain("age", lambda rng: str(rng.randrange(2, 95))),)),
    "four": Slot(None, (plain("four digits", lambda rng: digits(rng, 4)),)),
    "money": _any_of(
        "£##9 | £1,2##.50 | £##.## | £2##,000 | ##5 pounds | £1,250,000.00 | £5## | 2## quid | "
        "£12,4##.75 | £1##k | £ 3##.00 | GBP 4##.00 | £1.#m | 1,1## pounds | £273 | £45.00 pw"
    ),
    "form": _any_of(
        "C100 | N244 | D8 | EX160 | EX160A | N1 | N9A | SSCS1 | SSCS1A | PA1P | IHT205 | IHT421 "
        "| C1A | D11 | D81 | COP1 | COP3 | ET1 | ET3 | N180 | N5B | LPA002 | LP1F | CRM14 | "
        "CRM7 | A58 | N225 | D36 | FL401 | C79 | T495 | SSCS5 | Form E | Form A | PIP2 | EX50 | "
        "N54 | N11"
    ),
    "court": _any_of(
        "Bradford County Court | Leeds Magistrates' Court | Central Family Court | Royal Courts "
        "of Justice | Cardiff Civil Justice Centre | Manchester Crown Court | the Employment "
        "Tribunal | the Upper Tribunal | Snaresbrook Crown Court | Birmingham Magistrates Court "
        "| the First-tier Tribunal | Llys Ynadon Caerdydd | the county court | the family court "
        "in Leeds"
    ),
    "office": _any_of(
        "HMCTS | the DWP | DVLA | HMRC | the Home Office | the Ministry of Justice | CAFCASS | "
        "Citizens Advice | the Legal Aid Agency | the Office of the Public Guardian | the CPS | "
        "the council | the passport office | Companies House"
    ),
    "town": _any_of(
        "Leeds | Cardiff | Hull | Swansea | Bradford | Manchester | Luton | Bristol | Belfast | "
        "Glasgow | Plymouth | Wrexham"
    ),
    "error": _any_of(
        "500 | 404 | 502 Bad Gateway | HTTP 503 | ERR_CONNECTION_RESET | 0x80070005 | "
        "ERR_SSL_PROTOCOL_ERROR | AADSTS50011 | E1### | code 4## | error 1006# | 504 gateway "
        "timeout | 0x8004010F | SQLSTATE 42000 | CFE-1##1 | DNS_PROBE_FINISHED_NXDOMAIN | error "
        "code 800700## | 403 forbidden"
    ),
    "version": _any_of(
        "17.1.2 | 16.6.1 | 120.0.6099.130 | 10.0.19045.3803 | v2.14.0 | version 4.12.0.7 | "
        "3.1.2 | 8.0.1 | version 12#.0.0.0 | 1.0.3-beta | 115.0esr | 24.002.20687"
    ),
    "browser": _any_of(
        "Chrome 12#.0.6099.71 | Safari 17.2 | Firefox 12# | Edge 119.0.2151.97 | iOS 17.1.2 | "
        "Android 14 | Windows 11 | macOS 14.2.1 | Samsung Internet 23 | Windows 10 22H2 | "
        "iPhone 12 | Chrome/12#.0.0.0"
    ),
    "law": _any_of(
        "section 21 | section 8 of the Housing Act 1988 | Part 36 | CPR 3.4(2) | rule 3.1.2 | "
        "s.20 Children Act 1989 | regulation 26 | article 8 | section 2 of the Mental Health "
        "Act 1983 | schedule 4 paragraph 12(1)(b) | CPR 52.21(3) | Practice Direction 7E | s "
        "106A | the Equality Act 2010 | paragraph 3.1.2.4 | FPR 2010 rule 9.14"
    ),
    "citation": _any_of(
        "[2024] EWHC 123 (Admin) | [2022] UKUT 316 (AAC) | [2023] EAT 12 | [2021] UKSC 4# | "
        "[2020] UKFTT 381 (TC) | [2019] EWCA Civ 1### | [2024] EWFC 9# (B) | [2018] UKUT 201 "
        "(LC) | [2023] EWCA Crim 5## | [2022] EWCOP 1#"
    ),
    "offence": _any_of(
        "TH68001 | RT88191A | CJ88116 | PU86004 | RT88026 | TH68010A | CD71039"
    ),
    "helpline": _any_of(
        "0300 123 #### | 0300 303 06## | 0800 1111 | 0808 2000 ### | 0345 4## 8### | 101 | 111 "
        "| 999 | 116 123 | 0300 456 10## | 0800 144 8### | 0345 601 00## | 119 | 0808 80# 00##"
    ),
    "size": _any_of(
        "12.4MB | 10 MB | 350KB | 1,024 KB | 25mb | 1.2 GB | 5 megabytes | 300 dpi"
    ),
    "pages": _any_of(
        "34 pages | page 7 of 12 | pp. 12-15 | 120 sides | page 3 | pages 4–9 | 6/14"
    ),
    "percent": _any_of(
        "50% | 99.9% | 7 per cent | 2/3 | 1 in 10 | 33.3%"
    ),
    "road": _any_of(
        "the M25 | the A40 | junction 14 of the M1 | the A1(M) | the M4 | the B4265"
    ),
    "tax_code": _any_of(
        "1257L | BR | K475 | 0T | D0 | S1257L"
    ),
    "room": _any_of(
        "court 4 | Room 2.14 | courtroom 12 | floor 3 | Court 3B | annex B | room G12"
    ),
    "firm": _any_of(
        "Thornbury Lettings Ltd | Acme Removals | a bank | Tesco | a solicitors firm in Hull"
    ),
    "outward": _any_of(
        "LS1 | M14 | SW1 | CF10 | BT1 | NE3 | SE15 | B1"
    ),
    "day": _any_of(
        "Monday | Tuesday | Wednesday | Friday | Saturday | last Thursday"
    ),
    "site": _any_of(
        "gov.uk | www.gov.uk | GOV.UK | justice.gov.uk | www.justice.gov.uk | bbc.co.uk | "
        "https://www.gov.uk | judiciary.uk | citizensadvice.org.uk | www.nhs.uk"
    ),
}  # fmt: skip
