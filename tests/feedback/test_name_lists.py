"""The lists of names: large, of every origin, and never a word of feedback by itself."""

import csv
import re
from importlib.resources import files
from pathlib import Path

import pytest

from feedback.redact.lexicon import (
    AMBIGUOUS,
    COMMON,
    GIVEN,
    NAME,
    PLACE,
    SURNAME,
    load_lexicon,
    load_places,
    word_key,
)
from feedback.redact.name_words import Words

LEXICON = load_lexicon()
FIXTURES = Path(__file__).parents[2] / "fixtures"
ORIGINS = {
    "English": "Elizabeth Gaz Shaz Lizzie Ollie | Postlethwaite Higginbottom Ramsbottom",
    "Welsh": "Myfanwy Geraint Tegwen Llinos Cerys | Llewellyn Prydderch Probert",
    "Scottish": "Eilidh Hamish Ruaridh Mhairi Shug | Farquharson Urquhart Colquhoun",
    "Irish": "Siobhan Shivaun Tadhg Aoibhinn Padraig | O'Shaughnessy McGillicuddy Geraghty",
    "Hindu": "Abhishek Rajeshwari Nikhil Sangeeta Hiral | Vaghjiani Deshpande Upadhyay",
    "Sikh": "Harpreet Gurinder Jaswinder Manpreet Sukhdev | Dhaliwal Sandhu Panesar",
    "Tamil": "Thileepan Karthikeyan Sivanesan Tharshini | Balasubramaniam Selvarajah",
    "Sinhala": "Chaminda Dilrukshi Nuwan Sewwandi Lasith | Jayasuriya Wickramasinghe",
    "Nepali": "Pemba Tshering Samjhana Bishnu | Gurung Bajracharya Tamang",
    "Pakistani": "Mohammed Muhammad Rukhsana Zulfiqar Shagufta | Chaudhry Bhatti Qureshi",
    "Bangladeshi": "Mizanur Shahinur Rokeya Shofiqul Habibur | Chowdhury Khatun",
    "Iranian": "Mojgan Soheila Behrouz Keyvan Shahrzad | Tavakoli Hosseini",
    "Kurdish": "Rebwar Shwan Berivan Nechirvan Zhyan | Barzani",
    "Arab": "Abdelkader Noureddine Ghassan Khouloud Yacine | Haddad Khoury",
    "Turkish": "Ayşegül Oğuzhan Tuğba Gülşen Çağatay | Öztürk Yılmaz",
    "Somali": "Abdirahman Abdi Hodan Fadumo Nimco | Warsame Abshir",
    "Eritrean": "Tsegereda Filmon Merhawi Semhar | Ghebremariam Woldemichael",
    "Yoruba": "Oluwaseun Babatunde Folasade Temitope Yinka | Ogundele Adeyemi",
    "Igbo": "Chukwuemeka Nkechi Ifeanyi Obiageli | Okonkwo Nwachukwu",
    "Ghanaian": "Kwabena Akosua Kwame Adwoa | Boateng Acheampong Owusu",
    "Zimbabwean": "Tafadzwa Rumbidzai Tinashe Nyasha | Mapfumo Ncube",
    "Ugandan": "Nalubega Wasswa Namukasa Nakato | Mukasa",
    "Kenyan": "Wanjiru Kiprono Achieng Njoroge | Odhiambo Kariuki",
    "Polish": "Gosia Kasia Wojtek Przemek Zbigniew | Kowalczyk Wiśniewski Szczepański",
    "Romanian": "Ionuț Mihaela Nicușor Luminița | Popescu Dumitrescu",
    "Lithuanian": "Gintaras Žydrūnas Danguolė | Kazlauskas Petrauskas",
    "Greek": "Panayiota Chrystalla Stavros | Papadopoulos Georgiou",
    "Italian": "Giuseppe Giampaolo Mimmo | Esposito Ferraro",
    "Portuguese": "Joaquim Thiago Conceição | Gonçalves Figueiredo",
    "Chinese": "Xiaoming Meiling Zhenhua Jiahui | Zhang Ouyang Cheung",
    "Korean": "Jihoon Minseo Hyunwoo | Jeong",
    "Vietnamese": "Phương Thảo Nguyệt | Nguyễn Huỳnh",
    "Filipino": "Luzviminda Jovelyn Maricel | Macapagal Dimaculangan",
    "Jewish": "Yitzchak Shlomo Rivka Avigail | Rabinowitz Finkelstein",
}
AMONG_WORDS = "grace joy mark will hope bill rose april may chase frank iris ruby precious blessing"


@pytest.mark.parametrize("origin", ORIGINS)
def test_names_of_every_origin_are_listed(origin):
    given, surnames = ORIGINS[origin].split("|")
    assert [name for name in given.split() if not LEXICON.get(word_key(name), 0) & GIVEN] == []
    assert [name for name in surnames.split() if not LEXICON.get(word_key(name), 0) & SURNAME] == []


def test_the_lists_are_as_long_as_they_claim():
    assert sum(bool(kind & GIVEN) for kind in LEXICON.values()) > 15_000
    assert sum(bool(kind & SURNAME) for kind in LEXICON.values()) > 20_000
    assert sum(bool(kind & COMMON) for kind in LEXICON.values()) > 12_000
    assert len(load_places()) > 2_000


@pytest.mark.parametrize("word", AMONG_WORDS.split())
def test_a_name_that_is_a_word_needs_evidence(word):
    assert LEXICON[word] & GIVEN
    assert LEXICON[word] & AMBIGUOUS


def test_a_word_is_common_or_a_name_but_never_both():
    assert [word for word, kind in LEXICON.items() if kind & COMMON and kind & NAME] == []


def test_a_name_that_is_a_place_is_ambiguous():
    unsure = {word for word in load_places() if LEXICON[word] & NAME}
    assert len(unsure) > 300
    assert [word for word in unsure if not LEXICON[word] & AMBIGUOUS] == []


def _small_words() -> set[str]:
    """Return the words that invented comments write in small letters between small letters."""
    found: set[str] = set()
    for name in (
        "comments/everyday.csv",
        "comments/anywhere.csv",
        "training/a.csv",
        "training/b.csv",
    ):
        with (FIXTURES / name).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                words = Words(row["text"], {})
                found.update(
                    key for key, word in zip(words.keys, words.words, strict=True) if word.islower()
                )
    return found


def test_no_word_of_feedback_is_believed_as_a_first_name_in_small_letters():
    people = {"ifeoma", "oluwaseun", "rukhsana", "vanterpool", "wielgosz"}
    believed = {
        word
        for word in _small_words()
        if len(word) > 4
        and LEXICON.get(word, 0) & GIVEN
        and not LEXICON[word] & (AMBIGUOUS | PLACE)
    }
    assert believed - people == set()


@pytest.mark.parametrize("word", ["court", "judge", "tribunal", "form", "hearing", "fee", "claim"])
def test_words_of_the_courts_are_no_names(word):
    assert not LEXICON[word] & NAME


@pytest.mark.parametrize(
    "word", ["dudalen", "gwrandawiad", "ysgariad", "llys", "ffurflen", "bargyfreithiwr"]
)
def test_welsh_words_are_no_names(word):
    assert not LEXICON.get(word, 0) & NAME


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Siobhán", "siobhan"),
        ("Wałęsa", "walesa"),
        ("Yıldız", "yildiz"),
        ("Þórunn", "thorunn"),
        ("Đặng", "dang"),
        ("Strauß", "strauss"),
        ("Əliyev", "aliyev"),
        ("Nguyễn", "nguyen"),
    ],
)
def test_accents_do_not_matter(written, key):
    assert word_key(written) == word_key(written.upper()) == key


@pytest.mark.parametrize("name", ["given_names.txt", "surnames.txt", "common_words.txt"])
def test_lists_are_plain_text_and_say_nothing_twice(name):
    text = files("feedback.redact").joinpath("data", name).read_text(encoding="utf-8")
    words = [w for line in text.splitlines() if not line.startswith("#") for w in line.split()]
    assert [w for w in words if not re.fullmatch(r"[A-Za-z0-9]+(?:['.\-][A-Za-z]+)*'?", w)] == []
    keys = [word_key(word) for word in words]
    assert len(keys) == len(set(keys))
