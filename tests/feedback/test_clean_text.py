"""Cleaning: what is repaired or removed, and above all what must stay."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedback.clean import MAX_CHARACTERS, clean_text

CHANGED = [
    # Unicode
    ("cafÃ©", "café"),
    ("Itâ€™s broken", "It's broken"),
    ("broken\x92s page", "broken's page"),
    ("cost Â£20", "cost £20"),
    ("e\u0301tat", "état"),
    ("０７７００ ９００１２３", "07700 900123"),
    ("O’Brien said “no”", 'O\'Brien said "no"'),
    ("oﬃce", "office"),
    ("\ud83d\ude21 slow", "😡 slow"),
    ("lone \ud83d here", "lone � here"),
    # entities, once and twice over
    ("fish &amp; chips", "fish & chips"),
    ("fish &amp;amp; chips", "fish & chips"),
    ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
    ("&#163;20 &pound;20 &#xA3;20", "£20 £20 £20"),
    ("a&nbsp;b", "a b"),
    ("&amp;#39;quoted&amp;#39;", "'quoted'"),
    # markup
    ("<p>First.</p><p>Second.</p>", "First.\nSecond."),
    ("one<br/>two<BR>three", "one\ntwo\nthree"),
    ("<b>bo</b>ld", "bold"),
    ("<a href='https://x.example/?a=1' target=_blank>link</a>", "link"),
    ("<td>a</td><td>b</td>", "a b"),
    ("<script>alert('x')</script>hello<style>p{color:red}</style>", "hello"),
    ("hello <!-- hidden <b>note</b> --> there", "hello there"),
    ("<input type=checkbox disabled> ticked", "ticked"),
    ("<o:p></o:p>from Word", "from Word"),
    ("<?xml version='1.0'?><!DOCTYPE html>text", "text"),
    ("<<b>b>nested", "nested"),
    # invisible characters
    ("in\u200bvis\u00adi\u2060ble", "invisible"),
    ("\u202eright to left\u202c", "right to left"),
    ("nul\x00 bell\x07 escape\x1b", "nul bell escape"),
    ("\ufeffmarked", "marked"),
    ("smuggled\U000e0041\U000e0042", "smuggled"),
    # white space
    ("a\xa0b\u2003c\td", "a b c d"),
    ("one\r\n\r\n\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
    ("  padded   out  ", "padded out"),
    (" \n \n ", ""),
    # boilerplate
    ("What were you doing?: paying\nWhat went wrong?: it froze", "paying\nit froze"),
    ("What went wrong? It froze", "It froze"),
    ("Beth aeth o'i le?: dim yn gweithio", "dim yn gweithio"),
    ("Too slow\n\nSent from my iPhone", "Too slow"),
    ("Too slow. Sent from my Samsung Galaxy S21", "Too slow."),
    ("Rhy araf\nAnfonwyd o'm iPhone", "Rhy araf"),
    ("Broken\nGet Outlook for iOS", "Broken"),
    ("Broken\nSent from Yahoo Mail on Android", "Broken"),
    (
        "Help\nThis email and any attachments are confidential and intended for the addressee.",
        "Help",
    ),
    ("Help\nIf you are not the intended recipient please delete it.", "Help"),
    ("Help\nPlease consider the environment before printing this email", "Help"),
    ("Help\n-----Original Message-----\nFrom: the court\nDear Sir", "Help"),
    ("Help\n-- \nA Person\nThe Old Mill", "Help"),
]

KEPT = [
    "a < b and c > d",
    "<- back does nothing",
    "go back <-- here --> there",
    "I <3 this",
    "if x <b and c> d then",
    "it says <enter your name> and stops",
    "mail me at <someone@mail.example>",
    "5 > 4 & 3 < 4",
    "AT&T and R&D",
    "this&not that",
    "page?a=1&copy=2&lt=3",
    "café naïve Siân tŷ Llŷr",
    "£1,234,567.89 – paid on 3/4/26",
    "AB 12 34 56 C",
    "20-00-00 12345678",
    "first line\nsecond line",
    "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f diolch",
    "😡😡 rubbish 👍🏽",
    "مرحبا بالعالم",
    "the photos were sent from my iPhone and refused",
    "I tried it from my iPhone",
    "Sent from my solicitor last week but nothing came",
    "what went wrong was the payment page",
    "The page asks what were you doing on 3 May",
    "Message: this is confidential, my ex must not see it",
    "I got an email and any link in it is dead",
    "please consider the environment, stop asking for paper",
    "if you are not in when they post it you wait a week",
    "This email was sent to the wrong recipient and it was confidential",
    "If you have received this letter in error like me there is nobody to ring",
    "slow\n--\nand the payment failed too",
    "-----Original Message-----",
    "[PERSON] rang [PHONE]",
    "\\n is not a line break here",
    "100% ~ *** !!! ???",
]


@pytest.mark.parametrize(("raw", "clean"), CHANGED)
def test_a_text_is_repaired(raw, clean):
    assert clean_text(raw) == clean


@pytest.mark.parametrize("text", KEPT)
def test_a_text_with_nothing_wrong_stays_as_it_is(text):
    assert clean_text(text) == text


def test_the_question_is_taken_out_where_it_was_put_before_the_answer():
    question = "Why did you give that answer?"
    assert clean_text(f"{question} too slow", question=question) == "too slow"
    assert clean_text(f"<b>{question.upper()}</b>: too slow", question=question) == "too slow"


@pytest.mark.parametrize(
    "text",
    ["why did you give that answer to my sister", "Why", "I said why did you give that answer?"],
)
def test_words_of_the_question_inside_an_answer_stay(text):
    assert clean_text(text, question="Why did you give that answer?") == text


def test_a_long_text_is_cut_between_words():
    cleaned = clean_text("0770 900 123 " * 5_000)
    assert MAX_CHARACTERS - 20 < len(cleaned) <= MAX_CHARACTERS
    assert cleaned.split(" ")[-1] in {"0770", "900", "123"}


PIECES = st.sampled_from(
    [
        *("&", "amp;", "lt;", "gt;", "#", "38;", "&amp;", "&lt;", "<", ">", "</", "b>", "<b>"),
        *("<!--", "-->", "<script>", "</script>", "p", "/", "=", "'", '"', "\n", "\r", " ", "-- "),
        *("Sent from my iPhone", "What went wrong?", ":", "Original Message", "-----", "\n-- \n"),
        *("â", "€", "™", "Ã", "©", "\x85", "\x92", "\u200b", "\u0301", "\xa0", "\ufb01", "\u0958"),
        *("\ud83d", "\udca9", "\U0001f3f4", "\U000e0067", "\U000e007f", "x", "7", "?"),
    ]
)
ANY_TEXT = st.one_of(st.text(), st.lists(PIECES, max_size=25).map("".join))


@given(ANY_TEXT)
@example("&amp;" * 40 + "lt;b&gt;")
@example("&am&am&#112;;p;#112;;lt;")
@example("<" * 200 + "b>" * 200)
def test_cleaning_twice_is_cleaning_once(text):
    once = clean_text(text)
    assert clean_text(once) == once


@given(ANY_TEXT, st.sampled_from(["Why?", "What went wrong?", "<b>&amp;?"]))
def test_cleaning_twice_is_cleaning_once_with_a_question(text, question):
    once = clean_text(text, question=question)
    assert clean_text(once, question=question) == once


@given(ANY_TEXT)
def test_a_clean_text_can_be_stored_and_shown(text):
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert cleaned == unicodedata.normalize("NFC", cleaned)
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in cleaned if c != "\n")
    assert "\n\n" not in cleaned
    assert "  " not in cleaned


HOSTILE = {
    "angle brackets": "<" * 200_000,
    "entities": "&amp;" * 40_000,
    "scripts": "<script>" * 25_000 + "</style>",
    "comments": "-->" + "<!--" * 50_000,
    "attributes": "<a " + "b=c " * 50_000,
    "signatures": "\n-- \n" * 40_000,
    "disclaimers": ("this email and any " * 500 + "\n") * 20,
    "mojibake": "â€™" * 60_000,
    "device lines": "Sent from my iPhone " * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_text_made_to_take_long_does_not(text):
    start = time.process_time()
    clean_text(text)
    assert time.process_time() - start < 3
