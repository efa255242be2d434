"""Languages of comments: English, Welsh, another one, or an honest unknown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.language import ENGLISH, LANGUAGES, PRIOR, WELSH, SeededLanguageIdentifier
from feedback.schema import Language


@pytest.fixture(scope="module")
def identifier():
    return SeededLanguageIdentifier()


def tell(identifier, text):
    return identifier.identify([text])[0].value


@pytest.mark.parametrize(
    "text",
    [
        "Dim yn gweithio",
        "diolch",
        "Da iawn diolch",
        "roedd yn hawdd",
        "mae'r botwm ddim yn gweithio",
        "Methu mewngofnodi",
        "Rwyf wedi bod yn aros am chwe mis heb glywed dim byd gan y llys",
        "DIOLCH YN FAWR",
        "dudalen yn araf iawn",
        "Dwi ddim yn dallt y cwestiwn [PERSON]",
    ],
)
def test_welsh_is_never_taken_for_noise(identifier, text):
    assert tell(identifier, text) == "cy"


@pytest.mark.parametrize(
    "text",
    [
        "slow",
        "Easy",
        "page not found",
        "ok",
        "thanks",
        "wont upload",
        "It kept saying my postcode is invalid",
        "I was sent to Caernarfon and nobody at the court spoke to me",
        "no Welsh version of the form",
        "GREAT SERVICE",
        "my name is [PERSON] and the form crashed",
    ],
)
def test_english_short_and_long(identifier, text):
    assert tell(identifier, text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Strona nie działa, nie mogę przesłać dokumentów",
        "La página no funciona y no puedo pagar la tasa",
        "مجھے فارم سمجھ نہیں آیا",
        "الموقع لا يعمل على هاتفي",
        "Nu pot încărca documentele pentru că pagina dă eroare",
        "我无法上传文件",
    ],
)
def test_other_languages_are_other(identifier, text):
    assert tell(identifier, text) == "other"


@pytest.mark.parametrize(
    "text", ["", " ", ".", "503", "[PERSON]", "[PHONE] [EMAIL]", "x", "12/03/2026", "😡", "??"]
)
def test_what_has_no_words_is_unknown(identifier, text):
    assert tell(identifier, text) == "unknown"


def test_placeholders_and_addresses_say_nothing_of_the_language(identifier):
    assert tell(identifier, "[CASE_REFERENCE] [DATE_OF_BIRTH] dim yn gweithio") == "cy"
    assert tell(identifier, "[PERSON] nie działa strona internetowa sądu") == "other"


def test_the_order_of_texts_and_the_instance_change_nothing(identifier):
    texts = ["no faff", "bara brith", "c'est la vie", "hola", "tidy", "ymlaen", "zut", "lol"] * 5
    forwards = identifier.identify(texts)
    backwards = SeededLanguageIdentifier().identify(texts[::-1])[::-1]
    assert forwards == backwards


def test_disagreement_is_unknown():
    class Unsure(SeededLanguageIdentifier):
        def _first_opinion(self, text):
            return Language.WELSH, 0.5

        def _second_opinion(self, text):
            return Language.OTHER

    assert Unsure().identify(["qwop zxcv"]) == [Language.UNKNOWN]


def test_a_sure_first_opinion_spares_the_second():
    class Sure(SeededLanguageIdentifier):
        def _second_opinion(self, text):
            raise AssertionError("langdetect was asked")

    text = "Nie mogę się zalogować na stronę sądu, ciągle pokazuje błąd i wylogowuje mnie"
    assert Sure().identify([text]) == [Language.OTHER]


def test_the_word_lists_share_nothing():
    assert not WELSH & ENGLISH


def test_the_prior_is_a_distribution():
    shares = SeededLanguageIdentifier()._prior
    assert set(shares) == set(LANGUAGES)
    assert np.isclose(sum(shares.values()), 1.0)
    assert all(shares[code] == share for code, share in PRIOR.items())


@settings(deadline=None)  # the first call builds the profiles
@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    told = SHARED.identify([text])
    assert len(told) == 1
    assert told == SHARED.identify([text])


SHARED = SeededLanguageIdentifier()
