"""Values by which a person is reached: e-mail, phone, address, postcode, handle, link, network."""

from __future__ import annotations

from random import Random

from feedback.schema import Entity
from tests.redaction.exam import Slot, Style
from tests.redaction.writing import digits, forms, letters, plain, shape, ways

__all__ = ["CONTACT"]

_LOCALS = (
    "sian.vaughn j.okeke marta_lis tobias.hale rhian99 p.quill d-ferro n.o.moss hana.w bee.k.1984 "
    "kofi-adu zed.marsh lowri_p ivo.brandt".split()
)
_SPOKEN = "sian okeke marta tobias rhian quill ferro hana kofi lowri ivo zedmarsh".split()
_HOSTS = (
    "example.com example.org example.net mail.example.com post.example.org surgery.example "
    "families.example home.test".split()
)
_FREE = "gmail hotmail outlook btinternet yahoo".split()


def _local(rng: Random) -> str:
    return rng.choice(_LOCALS) + rng.choice(("", "", digits(rng, 2)))


def _mailbox(rng: Random, at: str, dot: str) -> str:
    return _local(rng) + at + rng.choice(_HOSTS).replace(".", dot)


def _spoken_mailbox(rng: Random, form: str) -> str:
    words = {"a": rng.choice(_SPOKEN), "b": rng.choice(_SPOKEN), "n": digits(rng, 2)}
    return form.format(**words, free=rng.choice(_FREE))


def _email_styles() -> tuple[Style, ...]:
    marks = {
        "plain": ("@", "."),
        "spaced": (" @ ", "."),
        "(at)": ("(at)", "."),
        "[at]": ("[at]", "."),
        " (at) ": (" (at) ", "."),
        " [at] ": (" [at] ", "[dot]"),
        "at": (" at ", "."),
        "at, dot": (" at ", " dot "),
        "AT": (" AT ", "."),
        "AT, DOT": (" AT ", " DOT "),
        "space before": (" @", "."),
        "space after": ("@ ", "."),
        "{at}": ("{at}", "."),
        "<at>": ("<at>", "(dot)"),
        "_at_": ("_at_", "_dot_"),
        "(at), (dot)": (" (at) ", " (dot) "),
        "fullwidth at": ("＠", "."),
        "spaced dot": ("@", " . "),
    }
    spoken = (
        "{a} dot {b} at {free} dot com",
        "{a}{n} at {free} dot co dot uk",
        "{a} underscore {b} at {free} dot com",
        "{a} hyphen {b} at {free} dot com",
        "{a}.{b} at {free} dot com",
        "{a}_{n}@{free}.com",
        "{a} dot {b} {n} at {free} dot com",
        "{a} dash {b} at example dot org",
    )
    styles = [
        plain(name, lambda rng, at=at, dot=dot: _mailbox(rng, at, dot), Entity.EMAIL)
        for name, (at, dot) in marks.items()
    ]
    styles += [
        plain(form, lambda rng, form=form: _spoken_mailbox(rng, form), Entity.EMAIL)
        for form in spoken
    ]
    styles += [
        plain("capitals", lambda rng: _mailbox(rng, "@", ".").upper(), Entity.EMAIL),
        plain("tagged", lambda rng: f"{_local(rng)}+court@{rng.choice(_HOSTS)}", Entity.EMAIL),
        plain("angle brackets", lambda rng: f"<{_mailbox(rng, '@', '.')}>", Entity.EMAIL),
    ]
    return tuple(styles)


_PHONE_FORMS = (
    "07700 900###", "07700900###", "+44 7700 900###", "+447700900###", "+44 (0)7700 900###",
    "+44 (0) 7700 900 ###", "0044 7700 900###", "00447700900###", "07700-900-###", "07700.900.###",
    "077 0090 0###", "0770 090 0###", "07700 90 0# ##", "(07700) 900###", "7700 900###",
    "7700900###", "07700  900  ###", "07700\u00a0900\u00a0###", "07700–900–###", "07700‑900‑###",
    "07700\n900###", "07700 900\n###", "0 7 7 0 0 9 0 0 # # #", "07 700 900 ###",
    "020 7946 0###", "02079460###", "(020) 7946 0###", "0207 946 0###", "+44 20 7946 0###",
    "+44 (0)20 7946 0###", "01632 960###", "01632 960 ###", "01632-960###", "(01632) 960###",
    "0161 496 0###", "0121 4960###", "0191 498 0###", "0113 496 0 ###", "028 9018 0###",
    "028-9018-0###", "029 2018 0###", "029.2018.0###", "03069 990###", "03069990###",
    "0909 879 0###", "09098 790###", "+1 202 555 01##", "+1 (202) 555-01##",
    "+33 6 39 98 ## ##", "+3363998####",
)  # fmt: skip
_WORDS = "zero one two three four five six seven eight nine".split()


def _in_words(rng: Random, nought: str, gap: str = " ", *, pairs: bool = False) -> str:
    number = "07700900" + digits(rng, 3)
    said, place = [], 0
    while place < len(number):
        digit = number[place]
        word = nought if digit == "0" else _WORDS[int(digit)]
        if pairs and number[place + 1 : place + 2] == digit:
            said.append(f"double {word}")
            place += 2
            continue
        said.append(word)
        place += 1
    return gap.join(said)


def _tail_in_words(rng: Random) -> str:
    return " ".join(_WORDS[int(d)] for d in digits(rng, 3))


_PHONES = (
    *forms(*_PHONE_FORMS, labels=[Entity.PHONE], literal="+"),
    plain("fullwidth", lambda rng: shape(rng, "07700 900###").translate(_FULLWIDTH), Entity.PHONE),
    plain("fullwidth solid", lambda rng: shape(rng, "02079460###").translate(_FULLWIDTH)),
    plain("words, oh", lambda rng: _in_words(rng, "oh"), Entity.PHONE),
    plain("words, zero", lambda rng: _in_words(rng, "zero"), Entity.PHONE),
    plain("words, double", lambda rng: _in_words(rng, "oh", pairs=True), Entity.PHONE),
    plain("words, double zero", lambda rng: _in_words(rng, "zero", pairs=True), Entity.PHONE),
    plain("words, o", lambda rng: _in_words(rng, "o", ", "), Entity.PHONE),
    plain("words, nought", lambda rng: _in_words(rng, "nought", ", "), Entity.PHONE),
    plain("words, capitals", lambda rng: _in_words(rng, "oh").upper(), Entity.PHONE),
    plain("words, hyphens", lambda rng: _in_words(rng, "zero", "-"), Entity.PHONE),
    plain(
        "nine hundred",
        lambda rng: f"oh seven seven double oh, nine hundred {_tail_in_words(rng)}",
        Entity.PHONE,
    ),
    plain(
        "nine hundred and words",
        lambda rng: f"zero seven seven zero zero nine hundred {_tail_in_words(rng)}",
        Entity.PHONE,
    ),
    plain("half in words", lambda rng: f"07700 nine hundred {_tail_in_words(rng)}", Entity.PHONE),
    plain("half figures", lambda rng: f"07700 900 {_tail_in_words(rng)}", Entity.PHONE),
)
_FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

_OUTWARD = "ZZ99 A+ SW1A EC2V W1T CF+# LS+ BT+# G+# NE+# PE+# B+# LL+# M+ N+".split()
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"


def _postcode(rng: Random) -> list[str]:
    outward = shape(rng, rng.choice(_OUTWARD))
    return [outward, digits(rng, 1) + letters(rng, 2, _INWARD)]


def _postcode_of_no_one(rng: Random) -> list[str]:
    return ["ZZ99", digits(rng, 1) + letters(rng, 2, _INWARD)]


def _half_lower(rng: Random) -> str:
    outward, inward = _postcode(rng)
    return f"{outward} {inward.lower()}"


def _nought_for_o(rng: Random) -> str:
    outward = f"{rng.choice(('0X', 'S0', 'P0', 'C0', '0L'))}{rng.randrange(1, 17)}"
    return f"{outward} {digits(rng, 1)}{letters(rng, 2, _INWARD)}"


_NOT_IN_POSTCODES = ("dots", "spaced-dashes")
_POSTCODES = (
    *ways(_postcode, Entity.POSTCODE, without=_NOT_IN_POSTCODES),
    *ways(_postcode_of_no_one, Entity.POSTCODE, name="zz99", without=_NOT_IN_POSTCODES),
    plain("BFPO", lambda rng: shape(rng, "BFPO +##"), Entity.POSTCODE),
    plain("bfpo", lambda rng: shape(rng, "bfpo +#"), Entity.POSTCODE),
    plain("BFPO-", lambda rng: shape(rng, "BFPO-+##"), Entity.POSTCODE),
    plain("BFPO solid", lambda rng: shape(rng, "BFPO+###"), Entity.POSTCODE),
    plain("O for nought", lambda rng: shape(rng, "CM2O #") + letters(rng, 2, _INWARD)),
    plain("nought for O", _nought_for_o),
    plain("girobank", lambda rng: rng.choice(("GIR 0AA", "gir 0aa")), Entity.POSTCODE),
    plain("mixed case", _half_lower, Entity.POSTCODE),
)

_ADDRESSES = (
    "{n} Thistle Road", "{n} Larkspur Avenue, Bradford", "Flat {m}, {n} Wharf Street, Leeds",
    "{n} mill lane", "{n} mill lane bradford", "flat {m} {n} harbour street hull",
    "{n}A Cobbler's Row", "{n}b St Aldhelm's Close", "{n} Old Quarry Drive, Swansea",
    "{n} OLD QUARRY DRIVE, SWANSEA", "Apartment {m}, Osprey House, {n} Canal Walk, Manchester",
    "Apt {m}, {n} Tannery Court", "Rose Cottage, Mill Lane, Whitby", "The Old Forge, Kiln Lane",
    "Flat {m}/{k}, {n} Ardmuir Street, Glasgow", "{m}/{k} Corrie Wynd, Edinburgh",
    "{n} Heol y Bryn, Caerphilly", "{n} Ffordd Penmaen, Bangor", "{n} Stryd Fawr",
    "{n} Maes y Coed",
    "{n} Ballykeel Road, Lisburn", "{n} Drumhoy Park, Belfast", "{n} Saxon Crescent",
    "{n} Saxon Cres, Derby", "{n} Priory Rd", "{n} Priory Rd., Luton", "{n}, Elm Gardens, Oldham",
    "{n} - {m} Juniper Terrace", "{n} Bishop's Mews", "{n} Bishops Place, York",
    "Flat {m}B {n} Collingwood Sq", "Flat {m}, {n} Foundry Hill, Sheffield",
    "{n} Kingfisher Way\nPeterborough", "{n} Teasel Grove,\nIpswich", "{n} upper park st, cardiff",
    "{n} nightingale ave luton", "{n} Great Western Parade", "{n} Lower Green, Exeter",
    "Flat {m}, {n} Brewery Yard, Burton", "The Lodge, {n} Abbey Hill", "{n} Sandpiper Cl, Poole",
    "{n} Sycamore Rise", "{n} Hawthorn View, Durham",
)  # fmt: skip
_NO_KIND = ("{n} Eastgate", "{n} The Shambles, York", "{n} Broadway", "{n} Whitefriargate, Hull")
"""Streets with no word for street: only the sentence around them says what they are."""


def _address(template: str) -> Style:
    def write(rng: Random) -> str:
        numbers = {"n": rng.randrange(2, 240), "m": rng.randrange(1, 40), "k": rng.randrange(1, 4)}
        return template.format(**numbers)

    return plain(template.replace("\n", "/"), write, Entity.ADDRESS)


_HANDLE_WORDS = "moss lark quill brisk ember tansy otter kestrel juno pixel fern comet".split()


def _handle(rng: Random, form: str) -> str:
    return shape(rng, form.format(a=rng.choice(_HANDLE_WORDS), b=rng.choice(_HANDLE_WORDS)))


def _handles(*templates: str) -> tuple[Style, ...]:
    return tuple(
        plain(form, lambda rng, form=form: _handle(rng, form), Entity.USERNAME)
        for form in templates
    )


_AT_HANDLES = _handles("@{a}_{b}##", "@{a}{b}", "@{a}_{b}", "@{a}##", "@{a}.{b}", "@{a}.{b}##",
                       "@The{a}{b}", "@{a}{b}####", "@_{a}_", "@{a}__{b}")  # fmt: skip
_LOGINS = _handles("{a}_{b}##", "{a}{b}##", "{a}.{b}", "{a}-{b}#", "{a}_{b}", "{a}####", "{a}{b}",
                   "{a}.{b}#", "The{a}{b}", "{a}-{b}-{a}", "@{a}{b}#", "@{a}_{b}#")  # fmt: skip

_LINKS = forms(
    "https://www.example.com/account/######", "http://example.org/case?id=####&step=2",
    "www.example.com/track/####", "example.com/orders/AB###", "https://example.com/?token=*****",
    "https://forms.example.org/reply?email=someone%40example.com",
    "HTTPS://WWW.EXAMPLE.COM/CASES/####", "https://example.com/a/b/c.html%23part-#",
    "https://manage-case.example.net/cases/case-details/16##############",
    "https://example.org:8443/sign-in?session=********",
    "https://www.example.co.uk/my-claim/upload;jsessionid=******", "http://192.0.2.1#/claims/##",
    "https://example.com/files/my%20letter%20##.pdf", "example.org/profile/moss##",
    "www.example.org/apply?ref=***###", "https://example.com/r/****-****",
    "https://drive.example.com/file/d/************/view?usp=sharing", "bit.example/**#**#",
    "https://example.com/~moss##/", "https://l.example.com/l.php?u=https%3A%2F%2Fexample.org%2F##",
    labels=[Entity.URL], literal="?",
)  # fmt: skip


def _hextets(rng: Random, n: int) -> list[str]:
    return [f"{rng.randrange(1, 65536):x}" for _ in range(n)]


_ADDRESS_STYLES = tuple(_address(template) for template in _ADDRESSES)
_IPS = (
    plain("192.0.2.x", lambda rng: f"192.0.2.{rng.randrange(256)}", Entity.IP_ADDRESS),
    plain("198.51.100.x", lambda rng: f"198.51.100.{rng.randrange(256)}", Entity.IP_ADDRESS),
    plain("203.0.113.x", lambda rng: f"203.0.113.{rng.randrange(256)}", Entity.IP_ADDRESS),
    plain("192.168.x", lambda rng: f"192.168.{rng.randrange(9)}.{rng.randrange(1, 255)}",
          Entity.IP_ADDRESS),
    plain("10.x", lambda rng: f"10.{rng.randrange(99)}.{rng.randrange(99)}.{rng.randrange(99)}",
          Entity.IP_ADDRESS),
    plain("172.16.x", lambda rng: f"172.16.{rng.randrange(99)}.{rng.randrange(1, 255)}",
          Entity.IP_ADDRESS),
    plain("v6 short", lambda rng: f"2001:db8::{_hextets(rng, 1)[0]}", Entity.IP_ADDRESS),
    plain("v6 whole", lambda rng: ":".join(["2001", "db8", *_hextets(rng, 6)]), Entity.IP_ADDRESS),
    plain("v6 middle", lambda rng: f"2001:db8:{':'.join(_hextets(rng, 2))}::1", Entity.IP_ADDRESS),
    plain("v6 capitals", lambda rng: f"2001:DB8::{':'.join(_hextets(rng, 3)).upper()}",
          Entity.IP_ADDRESS),
    plain("v6 link", lambda rng: f"fe80::{':'.join(_hextets(rng, 4))}", Entity.IP_ADDRESS),
    plain("v6 brackets", lambda rng: f"[2001:db8::{_hextets(rng, 1)[0]}]", Entity.IP_ADDRESS),
)  # fmt: skip

CONTACT = {
    "email": Slot(Entity.EMAIL, _email_styles()),
    "phone": Slot(Entity.PHONE, _PHONES),
    "postcode": Slot(Entity.POSTCODE, _POSTCODES),
    "address": Slot(Entity.ADDRESS, _ADDRESS_STYLES),
    "address_said": Slot(
        Entity.ADDRESS, _ADDRESS_STYLES[:22] + tuple(_address(form) for form in _NO_KIND)
    ),
    "handle": Slot(Entity.USERNAME, _AT_HANDLES),
    "login_said": Slot(Entity.USERNAME, _LOGINS),
    "link": Slot(Entity.URL, _LINKS),
    "ip": Slot(Entity.IP_ADDRESS, _IPS),
}
