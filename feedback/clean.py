"""Make one clean text of what a form, a mail program or a spreadsheet made of a comment.

Unicode is repaired, entities and markup are resolved, invisible characters go, white space is put
in order and boilerplate is taken out; the words stay as the person wrote them. Each step runs until
nothing changes any more, so cleaning twice is cleaning once.
"""

from __future__ import annotations

import re
import unicodedata

import ftfy
from ftfy.badness import is_bad
from ftfy.chardata import LIGATURES, WIDTH_MAP
from ftfy.fixes import fix_surrogates, uncurl_quotes, unescape_html

from feedback.boilerplate import drop_boilerplate, drop_question

__all__ = ["MAX_CHARACTERS", "clean_text", "is_empty_answer"]

MAX_CHARACTERS = 20_000
"""A longer comment is cut: about 3,500 words, several times the longest survey box."""

_MAX_RAW_CHARACTERS = 8 * MAX_CHARACTERS
"""Raw text is cut here before any work: markup may make up most of it, but not more."""

_MAX_ROUNDS = 30
"""Rounds until nothing changes. People's text takes two; only a text built to nest takes more."""

_CUT_BACK = 200
"""A cut goes back to white space within so many characters: half a telephone number at the end of
the text would no longer be recognised as one."""


def clean_text(text: str, *, question: str | None = None) -> str:
    r"""Return the clean text; empty for a text with nothing in it.

    Parameters
    ----------
    text : str
        As it came.
    question : str, optional
        The question it answers: taken out where a tool repeated it before the answer.

    Notes
    -----
    Lines are kept, empty lines are not: a paragraph break is one ``\n``. The result has at most
    `MAX_CHARACTERS` characters. Curly quotes, ligatures and full-width characters become plain
    ones, so that recognisers of personal data see one form of each.

    Examples
    --------
    >>> clean_text("It&amp;rsquo;s <b>slow</b>\u200b…\r\n\r\nSent from my iPhone")
    "It's slow…"
    >>> clean_text("a < b and <- back")
    'a < b and <- back'
    """
    text = text[:_MAX_RAW_CHARACTERS]
    for _ in range(_MAX_ROUNDS):
        cleaned = _clean_once(text, question)
        if cleaned == text:
            return text
        text = cleaned
    # Nested beyond reason: without the characters that open entities and tags it must settle.
    return clean_text(text.translate(dict.fromkeys(map(ord, "&<>"), " ")), question=question)


def _clean_once(text: str, question: str | None) -> str:
    if not text.isascii():
        text = _repair_unicode(text)
    if "&" in text:
        text = unescape_html(_REPEATED_AMPERSAND.sub("&", text))
    if "<" in text:
        text = _drop_markup(text)
    text = _drop_invisible(text)
    text = drop_boilerplate(text)
    if question:
        text = drop_question(text, question)
    return _cut(_order_white_space(text))


# Unicode


def _repair_unicode(text: str) -> str:
    """Undo wrong decoding line by line, join surrogates, and settle on one form of characters."""
    text = fix_surrogates(text)
    if is_bad(text) or _C1.search(text):
        text = "".join(
            ftfy.fix_encoding(line) if is_bad(line) or _C1.search(line) else line
            for line in text.splitlines(keepends=True)
        )
        text = _C1.sub("", text)
    text = uncurl_quotes(text).translate(LIGATURES).translate(WIDTH_MAP)
    return unicodedata.normalize("NFC", text)


_C1 = re.compile("[\x80-\x84\x86-\x9f]")
"""Controls that no person types: Windows-1252 read as Latin-1. (\x85 is a line break.)"""

# "&amp;amp;lt;" is "&lt;" escaped twice more; every way to write an ampersand counts.
_REPEATED_AMPERSAND = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);)+")

# Characters without a shape: controls, zero width, bidi, soft hyphen, tags, interlinear notes,
# non-characters. The flags of Wales, Scotland and England are spelt with tags and stay.
_FLAG = "\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f"
_INVISIBLE = re.compile(
    f"({_FLAG})|"
    "[\x00-\x08\x0e-\x1b\x7f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffc\ufffe\uffff\U000e0000-\U000e0fff]+"
)
_ODD_SPACE = re.compile(
    "[\xa0\u1680\u115f\u1160\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0\t]"
)
_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")


def _drop_invisible(text: str) -> str:
    if text.isprintable():
        return text if text.isascii() else _ODD_SPACE.sub(" ", _INVISIBLE.sub(r"\1", text))
    text = _LINE_BREAK.sub("\n", text)
    return _ODD_SPACE.sub(" ", _INVISIBLE.sub(lambda found: found[1] or "", text))


def _order_white_space(text: str) -> str:
    """Return the lines that hold something, each with single spaces between its words."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _cut(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    spaces = [text.rfind(" ", 0, MAX_CHARACTERS), text.rfind("\n", 0, MAX_CHARACTERS)]
    end = max(spaces) if max(spaces) >= MAX_CHARACTERS - _CUT_BACK else MAX_CHARACTERS
    return text[:end].rstrip()


# Markup: only tags that HTML and Word know, so that "<3", "a <b and c> d" and "<your name>" stay.

_BLOCKS = (
    "address article aside blockquote body br center dd div dl dt fieldset figure footer "
    "form h1 h2 h3 h4 h5 h6 head header hr html li main nav ol p pre section table tbody "
    "tfoot thead title tr ul"
)
_INLINE = (
    "a abbr acronym b big button canvas caption cite code col colgroup del dfn em embed "
    "figcaption font i iframe img input ins kbd label legend link map mark meta noscript "
    "object optgroup option picture q s samp script select small source span strike strong "
    "style sub summary sup svg td textarea th time tt u var video wbr"
)
_TAG = re.compile(
    r"</?(?P<name>(?:[ovwx]|st1):[a-z]+|"
    + "|".join(sorted(f"{_BLOCKS} {_INLINE}".split(), key=len, reverse=True))
    + r")"
    r"(?:\s++(?:[a-z_:@][\w:.-]*+\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'|[^\s\"'<>=`]++)"
    r"|(?:checked|disabled|hidden|multiple|nowrap|noshade|readonly|required|selected)(?![\w=])))*+"
    r"\s*+/?>",
    re.IGNORECASE,
)
_BLOCK_NAMES = frozenset(_BLOCKS.split())
_CELL_NAMES = frozenset({"td", "th", "option"})
_DECLARATION = re.compile(r"<(?:!doctype\b|!\[|\?xml\b|!--\[)[^<>]{0,500}>", re.IGNORECASE)
_HIDDEN = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"<script\b[^<>]*>", re.IGNORECASE), re.compile(r"</script\s*>", re.IGNORECASE)),
    (re.compile(r"<style\b[^<>]*>", re.IGNORECASE), re.compile(r"</style\s*>", re.IGNORECASE)),
)


def _drop_markup(text: str) -> str:
    for opening, closing in _HIDDEN:
        text = _drop_between(text, opening, closing)
    return _TAG.sub(_space_of_tag, _DECLARATION.sub("", text))


def _space_of_tag(tag: re.Match[str]) -> str:
    """Return what a browser shows in place of a tag: a new line, a gap, or nothing."""
    name = tag["name"].casefold()
    if name in _BLOCK_NAMES:
        return "\n"
    return " " if name in _CELL_NAMES else ""


def _drop_between(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Drop what a reader of the page never sees; stops at the first part that never ends."""
    kept, position = [], 0
    while start := opening.search(text, position):
        end = closing.search(text, start.end())
        if end is None:
            break
        kept.append(text[position : start.start()])
        position = end.end()
    return "".join(kept) + text[position:] if kept else text


# Empty answers

_EMPTY_ANSWERS = frozenset(
    """
    n a|na|n a n a|not applicable|not applicable to me|does not apply|nil|null|nan|none|nothing|no
    nope|nah|did not answer|no answer|not answered|no response|no reply
    no comment|no comments|no further comment|no further comments|no other comments|no feedback
    no additional comments|no additional feedback|no more comments|no remarks|blank|left blank
    nothing to add|nothing more to add|nothing else to add|nothing further to add|nothing to say
    nothing further|nothing more|nothing else|nothing at all|nothing really|nothing else really
    nothing to report|nothing to comment|nothing comes to mind|nothing springs to mind
    nothing i can think of|nothing that i can think of|cant think of anything
    can t think of anything
    none that i can think of|none i can think of|none at all|none really|none thanks|none thank you
    no thanks|no thank you|no thankyou|nope thanks|nothing thanks|nothing thank you|no not really
    no nothing|no nothing really|not really|no suggestions|no suggestion|i have nothing to add
    i have no comment|i have no comments|no i do not|no i don t|no i didn t|no i did not
    dim|ddim|dim byd|dim sylw|dim sylwadau|dim sylwadau pellach|dim ateb|heb ateb|dim diolch|dim un
    dim byd i w ychwanegu|dim byd i ychwanegu|dim byd arall|dim byd o gwbl|amherthnasol
    dim i w ychwanegu|dim i ychwanegu|dim sylw pellach|dim sylwadau eraill|dim adborth|d b|n b
    ddim yn berthnasol|dim yn berthnasol|nid yw n berthnasol|ddim yn gymwys
    nac oes|naddo|nage|nac ydw|na dim|dim awgrymiadau
    """.replace("\n", "|")
    .replace("    ", "")
    .strip("|")
    .split("|")
)
_NO_WORDS = frozenset({"no", "none", "nothing", "nil", "na", "nope", "nah", "dim", "ddim"})
_MAX_EMPTY_CHARACTERS = 60
_NOT_A_WORD = re.compile(r"[\W_]+")


def is_empty_answer(text: str) -> bool:
    """Return whether a clean text says that there is nothing to say.

    Emoji, numbers and "yes" are answers; so is anything with a word beyond the phrases people use
    for "nothing".

    >>> is_empty_answer("N/A."), is_empty_answer("..."), is_empty_answer("Dim byd!")
    (True, True, True)
    >>> is_empty_answer("no way to go back"), is_empty_answer("👍")
    (False, False)
    """
    if len(text) > _MAX_EMPTY_CHARACTERS:
        return not any(_says_something(character) for character in text)
    words = _NOT_A_WORD.sub(" ", text.casefold()).split()
    if not words:
        return not any(_says_something(character) for character in text)
    return (
        " ".join(words) in _EMPTY_ANSWERS
        or all(word in _NO_WORDS for word in words)
        or set("".join(words)) == {"x"}
    )


def _says_something(character: str) -> bool:
    """Return whether a character can carry meaning alone: a letter, a digit, a symbol like 👍."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "So"
