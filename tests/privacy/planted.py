"""Secrets of every entity, built by code, each in a sentence as people write it.

Each is marked: what must never be found again is too odd, or too long, to stand anywhere by chance.
Check digits are right where a type has them, so that the types are the ones meant; nothing here
belongs to anybody.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from feedback.schema import STANDARD_ENTITIES, Entity

__all__ = ["N_EACH", "Secret", "plant"]

N_EACH = 30
MIN_DIGITS, MIN_CHARACTERS = 7, 6
"""Shorter runs stand anywhere by chance."""


@dataclass(frozen=True)
class Secret:
    """A sentence and what of it must not be found again."""

    entity: Entity
    sentence: str
    marks: tuple[str, ...] = field(default=())

    def forms(self) -> Iterator[str]:
        """Yield the marks as they stand, without punctuation, and their digits alone."""
        for mark in self.marks:
            yield mark.casefold()
            yield " ".join(mark.casefold().split())
            joined = re.sub(r"[\W_]+", "", mark.casefold())
            if len(joined) >= MIN_CHARACTERS and not joined.isdigit():
                yield joined
            digits = re.sub(r"\D+", "", mark)
            if len(digits) >= MIN_DIGITS:
                yield digits


def plant(seed: int, n_each: int = N_EACH) -> list[Secret]:
    """Return ``n_each`` secrets of every entity."""
    chance = random.Random(seed)
    secrets = []
    for entity in STANDARD_ENTITIES:
        make = _MAKERS[entity]
        serial = count()
        secrets += [make(chance, next(serial)) for _ in range(n_each)]
    return secrets


def _digits(chance: random.Random, n: int, first: str = "123456789") -> str:
    return chance.choice(first) + "".join(chance.choices("0123456789", k=n - 1))


def _grouped(text: str, sizes: tuple[int, ...], separator: str) -> str:
    groups, start = [], 0
    for size in sizes:
        groups.append(text[start : start + size])
        start += size
    return separator.join(groups)


def _luhn(chance: random.Random, start: str, length: int) -> str:
    body = start + "".join(chance.choices("0123456789", k=length - len(start) - 1))
    doubled = (int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(reversed(body)))
    return body + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


_ODD_STARTS = ("Quor", "Zell", "Vrax", "Thwi", "Brun", "Oxle", "Mard", "Fenw", "Skel", "Yarl")
_ODD_ENDS = ("ndon", "thorpe", "wick", "sworth", "mere", "gate", "combe", "stead", "burgh")


def _odd_name(serial: int) -> str:
    """Return a name that reads like one and that nobody has."""
    return _ODD_STARTS[serial % 10] + _ODD_ENDS[(serial // 10 + serial) % 9]


_GIVEN = (
    "Siobhan",
    "Tariq",
    "Bronwen",
    "Oluwaseun",
    "Agnieszka",
    "Priya",
    "Dmitri",
    "Mei",
    "Yusuf",
)


def _person(chance: random.Random, serial: int) -> Secret:
    name = f"{_GIVEN[serial % 9]} {_odd_name(serial)}"
    sentence = (
        f"My name is {name} and the page was slow.",
        f"I am called by my name, my name is {name}, and nothing works.",
        f"Mr {name} told me to wait, very slow.",
        f"my name is {name.lower()} and it keeps timing out",
        f"The form was refused for my husband {name} again.",
    )[serial % 5]
    return Secret(Entity.PERSON, sentence, (name, _odd_name(serial)))


def _email(chance: random.Random, serial: int) -> Secret:
    user = f"zu.leika{serial}quorn"
    address = (
        f"{user}@example.org",
        f"{user}+courts@mail.example.co.uk",
        f"{user}@EXAMPLE.COM".upper(),
        f"{user} at example dot org",
        f"{user} [at] example.org",
        f"{user} @ example.org",
    )[serial % 6]
    return Secret(Entity.EMAIL, f"Please answer to {address} as it is broken.", (user, address))


def _phone(chance: random.Random, serial: int) -> Secret:
    mobile = "07" + chance.choice("4578") + _digits(chance, 8, "0123456789")
    city = chance.choice(("0161496", "0113496", "0121496")) + _digits(chance, 4)
    london = "0207946" + _digits(chance, 4)
    number = (
        mobile,
        _grouped(mobile, (5, 6), " "),
        _grouped(mobile, (5, 3, 3), "-"),
        "+44 " + _grouped(mobile[1:], (4, 6), " "),
        "+44(0)" + mobile[1:],
        _grouped(mobile, (5, 3, 3), "."),
        _grouped(city, (4, 3, 4), " "),
        _grouped(london, (3, 4, 4), " "),
    )[serial % 8]
    national = re.sub(r"\D", "", number)[-10:]
    return Secret(Entity.PHONE, f"You can ring me on {number} about it.", (number, national))


def _postcode(chance: random.Random, serial: int) -> Secret:
    area = chance.choice(("M", "LS", "CF", "BS", "NE", "SA", "PL", "SW", "B"))
    inward = chance.choice("23456789") + "".join(chance.choices("ABDEFGHJLNPQRSTUWXYZ", k=2))
    code = f"{area}{chance.randint(10, 28)} {inward}"
    written = (code, code.lower(), code.replace(" ", ""), code.replace(" ", "  "))[serial % 4]
    return Secret(Entity.POSTCODE, f"It would not take my postcode {written} at all.", (written,))


def _address(chance: random.Random, serial: int) -> Secret:
    street = _odd_name(serial)
    kind = ("Road", "Street", "Lane", "Close", "Avenue")[serial % 5]
    number = chance.randint(2, 180)
    written = (
        f"{number} {street} {kind}",
        f"Flat {serial + 1}, {number} {street} {kind}, Leeds",
        f"{number}a {street.lower()} {kind.lower()}",
    )[serial % 3]
    return Secret(
        Entity.ADDRESS, f"The letter went to {written} by mistake.", (f"{street} {kind}",)
    )


_MONTHS = ("January", "March", "April", "June", "September", "November")


def _date_of_birth(chance: random.Random, serial: int) -> Secret:
    day, month, year = chance.randint(2, 28), chance.randint(1, 12), chance.randint(1931, 1999)
    word = chance.choice(_MONTHS)
    said = (
        ("My date of birth is {}, which it refused.", f"{day:02}/{month:02}/{year}"),
        ("I was born on {} and it says I am too young.", f"{day} {word} {year}"),
        ("DOB {} not accepted by the form.", f"{day:02}-{month:02}-{year}"),
        ("It refused my dob: {} twice.", f"{day:02}.{month:02}.{year}"),
        ("my date of birth, {}, is right", f"{day}th {word} {year}"),
    )[serial % 5]
    return Secret(Entity.DATE_OF_BIRTH, said[0].format(said[1]), (said[1],))


def _nino(chance: random.Random, serial: int) -> Secret:
    prefix = chance.choice("ABCEGHJKLMPRSTWXYZ") + chance.choice("ACEHJLMPRSWXY")
    number = f"{prefix}{_digits(chance, 6)}{chance.choice('ABCD')}"
    parts = (2, 2, 2, 2, 1)
    written = (
        number,
        _grouped(number, parts, " "),
        number.lower(),
        _grouped(number, parts, "-"),
        _grouped(number, parts, "."),
        _grouped(number, parts, "–"),
    )[serial % 6]
    sentence = f"It does not know my National Insurance number {written} at all."
    return Secret(Entity.NINO, sentence, (written,))


def _nhs_number(chance: random.Random, serial: int) -> Secret:
    while True:
        body = _digits(chance, 9, "467")
        check = -sum(int(d) * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check < 10:
            break
    written = _grouped(f"{body}{check}", (3, 3, 4), (" ", "-", "")[serial % 3])
    return Secret(Entity.NHS_NUMBER, f"It asked for my NHS number {written} twice.", (written,))


def _passport(chance: random.Random, serial: int) -> Secret:
    number = _digits(chance, 9)
    word = ("passport number", "passport no.", "Passport")[serial % 3]
    return Secret(Entity.PASSPORT, f"My {word} {number} was not accepted.", (number,))


def _driving_licence(chance: random.Random, serial: int) -> Secret:
    surname = _odd_name(serial).upper()[:5]
    born = f"{chance.randint(3, 9)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    number = f"{surname}{born}{chance.randint(0, 9)}{chance.choice('AJKMRS')}{chance.choice('ABL')}"
    number += f"9{chance.choice('ABCDEFGH')}{chance.choice('JKLMNPRS')}"
    sentence = f"My driving licence {number} cannot be read by the scanner."
    return Secret(Entity.DRIVING_LICENCE, sentence, (number,))


def _vehicle(chance: random.Random, serial: int) -> Secret:
    letters = "ABCDEFGHJKLMNOPRSTUVWXY"
    plate = f"{chance.choice('BDEFGHKLMNPRSWY')}{chance.choice('ABCDEFGHJK')}"
    plate += f"{chance.choice(('12', '17', '19', '63', '68', '71'))} "
    plate += "".join(chance.choices(letters, k=3))
    written = (plate, plate.replace(" ", ""), plate.lower())[serial % 3]
    sentence = f"The fine is for my car {written} but I sold it."
    return Secret(Entity.VEHICLE_REGISTRATION, sentence, (written,))


def _card(chance: random.Random, serial: int) -> Secret:
    start, length = (("4", 16), ("53", 16), ("2345", 16), ("37", 15))[serial % 4]
    number = _luhn(chance, start, length)
    sizes = (4, 4, 4, 4) if length == 16 else (4, 6, 5)
    written = _grouped(number, sizes, (" ", "", "-")[serial % 3])
    return Secret(
        Entity.PAYMENT_CARD, f"Paid twice with card {written} and no receipt.", (written,)
    )


def _bank_account(chance: random.Random, serial: int) -> Secret:
    sort_code = _grouped(_digits(chance, 6), (2, 2, 2), "-")
    account = _digits(chance, 8)
    said = (
        (f"sort code {sort_code} account number {account}", (sort_code, account)),
        (f"account number {account}", (account,)),
        (f"sort code {sort_code}, acc no {account}", (sort_code, account)),
        (f"sort code {sort_code.replace('-', ' ')}", (sort_code.replace("-", " "),)),
    )[serial % 4]
    return Secret(Entity.BANK_ACCOUNT, f"Please refund to {said[0]} soon.", said[1])


def _iban(chance: random.Random, serial: int) -> Secret:
    body = "".join(chance.choices("ABDKLNRW", k=4)) + _digits(chance, 14)
    as_number = "".join(str(int(c, 36)) for c in body + "GB00")
    iban = f"GB{98 - int(as_number) % 97:02}{body}"
    written = (iban, _grouped(iban, (4, 4, 4, 4, 4, 2), " "), iban.lower())[serial % 3]
    return Secret(Entity.IBAN, f"My refund should go to {written} please.", (written,))


def _ip_address(chance: random.Random, serial: int) -> Secret:
    if serial % 3 == 2:
        groups = [f"{chance.randint(4096, 65535):x}" for _ in range(8)]
        written = ":".join(groups)
    else:
        written = ".".join(str(chance.randint(101, 250)) for _ in range(4))
    return Secret(Entity.IP_ADDRESS, f"It says my address {written} is blocked.", (written,))


def _url(chance: random.Random, serial: int) -> Secret:
    path = f"zq{serial}v{_digits(chance, 6)}x"
    written = (
        f"https://www.example.org/my/{path}",
        f"http://example.com/form?token={path}&step=2",
        f"www.example.co.uk/{path}/edit",
    )[serial % 3]
    return Secret(Entity.URL, f"This link {written} does not open.", (path,))


def _username(chance: random.Random, serial: int) -> Secret:
    handle = f"zorb{serial}_{_odd_name(serial).lower()}"
    sentence = (f"Tell me on twitter @{handle} please.", f"I wrote to you as @{handle} last week.")
    return Secret(Entity.USERNAME, sentence[serial % 2], (handle,))


def _case_reference(chance: random.Random, serial: int) -> Secret:
    online = _luhn(chance, chance.choice(("16", "17")), 16)
    code = "".join(chance.choices("ABCDEFGHJKMNPRTUVWXY346789", k=5))
    said = (
        ("case number", _grouped(online, (4, 4, 4, 4), "-")),
        ("case", _grouped(online, (4, 4, 4, 4), " ")),
        ("reference", online),
        ("claim", f"K{_digits(chance, 2)}YX{_digits(chance, 3)}"),
        ("case", f"ZW24C0{_digits(chance, 4)}"),
        ("appeal", f"SC{_digits(chance, 3)}/24/0{_digits(chance, 4)}"),
        ("fee help reference", f"HWF-A{code[:2]}-{code[2:]}"),
        ("appeal", f"PA/5{_digits(chance, 4)}/2024"),
        ("payment", "RC-" + _grouped(_luhn(chance, "17", 16), (4, 4, 4, 4), "-")),
        ("certificate", f"R{_digits(chance, 6)}/24/01"),
    )[serial % 10]
    return Secret(Entity.CASE_REFERENCE, f"My {said[0]} {said[1]} is not found.", (said[1],))


def _number(chance: random.Random, serial: int) -> Secret:
    number = _digits(chance, 12, "89")
    written = (
        number,
        _grouped(number, (3, 3, 3, 3), "-"),
        _grouped(number, (4, 4, 4), " "),
        _grouped(number, (2, 5, 5), "/"),
    )[serial % 4]
    return Secret(Entity.NUMBER, f"The letter quotes {written} at the top.", (written,))


_MAKERS: dict[Entity, Callable[[random.Random, int], Any]] = {
    Entity.PERSON: _person,
    Entity.EMAIL: _email,
    Entity.PHONE: _phone,
    Entity.POSTCODE: _postcode,
    Entity.ADDRESS: _address,
    Entity.DATE_OF_BIRTH: _date_of_birth,
    Entity.NINO: _nino,
    Entity.NHS_NUMBER: _nhs_number,
    Entity.PASSPORT: _passport,
    Entity.DRIVING_LICENCE: _driving_licence,
    Entity.VEHICLE_REGISTRATION: _vehicle,
    Entity.PAYMENT_CARD: _card,
    Entity.BANK_ACCOUNT: _bank_account,
    Entity.IBAN: _iban,
    Entity.IP_ADDRESS: _ip_address,
    Entity.URL: _url,
    Entity.USERNAME: _username,
    Entity.CASE_REFERENCE: _case_reference,
    Entity.NUMBER: _number,
}
