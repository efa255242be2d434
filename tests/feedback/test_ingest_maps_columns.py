"""What a column is: presets, detection, maps made by hand, and columns that point to a person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedback.errors import MissingColumnError, SettingsError
from feedback.headings import heading_key, points_to_person, shown_headings
from feedback.mapping import (
    FIELDS,
    choose_preset,
    detect_preset,
    load_preset,
    preset_from_map,
    preset_names,
)
from tests.feedback.ingest_files import SECRET, read_all, write_csv

EXIT = [
    "UserID", "Started", "Ended", "Device", "Browser", "Region", "Service",
    "1. Overall, how satisfied were you with the service today?",
    "2. How easy or difficult was it to use?",
    "3. Why did you give that answer?",
    "4. Did you need help?",
    "5. What help did you need?",
    "6. How could we improve this service?",
    "7. Did you complete what you came to do?",
]  # fmt: skip
PAGE = ["creation date", "path or service name", "user agent summary", "feedback",
        "user feedback reference"]  # fmt: skip


def exit_row(**changed):
    row = {
        "UserID": "u1", "Started": "03/04/2026 09:00", "Ended": "03/04/2026 09:15",
        "Device": "Mobile", "Browser": "Safari 18.6 (iPhone)", "Region": "Wales",
        "Service": "Divorce", EXIT[7]: "Very satisfied", EXIT[8]: "Neither easy nor difficult",
        EXIT[9]: "clear words", EXIT[10]: "Yes", EXIT[11]: "my son did it", EXIT[12]: "n/a",
        EXIT[13]: "No",
    }  # fmt: skip
    return [{**row, **changed}[heading] for heading in EXIT]


def test_an_exit_survey_row_is_one_response_with_a_comment_for_each_answer(tmp_path):
    chunk = read_all(write_csv(tmp_path / "x.csv", [EXIT, exit_row()]))
    (response,) = chunk.responses.to_dict("records")
    assert response == {
        "response_id": chunk.comments["response_id"][0],
        "service": "divorce",
        "submitted_at": datetime(2026, 4, 3, 8, 15, tzinfo=UTC),
        "satisfaction": 5,
        "effort": 3,
        "help_needed": True,
        "completed": False,
        "device": "Mobile",
        "browser": "Safari 18.6 (iPhone)",
        "region": "Wales",
    }
    assert chunk.comments[["question", "text"]].to_numpy().tolist() == [
        ["Why did you give that answer?", "clear words"],
        ["What help did you need?", "my son did it"],
        ["How could we improve this service?", "n/a"],
    ]
    assert chunk.comments["response_id"].nunique() == 1
    assert chunk.comments["comment_id"].nunique() == 3
    assert chunk.comments["extra"][0] == {"Started": "03/04/2026 09:00"}


def test_a_response_of_ratings_alone_is_kept_without_a_comment(tmp_path):
    row = exit_row(**{EXIT[9]: "", EXIT[11]: " ", EXIT[12]: ""})
    chunk = read_all(write_csv(tmp_path / "x.csv", [EXIT, row]))
    assert (len(chunk.responses), len(chunk.comments), chunk.rejects) == (1, 0, [])
    assert "Responses without a comment: 1." in chunk.notes


def test_headings_are_known_by_their_words(tmp_path):
    rough = ["USERID", "started", "ENDED ", "device", "browser", "region", "service",
             "Q1. Overall - how satisfied were you with the service today",
             "2) how easy or difficult was it to use",
             "Why did you give that answer? (optional)",
             "Q4 Did you need help?*", "  5.  What help did you need?",
             "How could we improve this service",
             "7. Did you complete what you came to do?"]  # fmt: skip
    chunk = read_all(write_csv(tmp_path / "x.csv", [rough, exit_row()]))
    plain = read_all(write_csv(tmp_path / "y.csv", [EXIT, exit_row()]))
    assert chunk.comments["comment_id"].tolist() == plain.comments["comment_id"].tolist()
    assert chunk.responses.equals(plain.responses)


def test_page_feedback_is_read_with_zones_and_services_from_the_page(tmp_path):
    rows = [
        PAGE,
        ["2026-04-03T09:15:00+01:00", "/divorce/payment?x=1", "Chrome 141.0", "stuck", "r1"],
        ["2026-04-03T09:15:00Z", "Apply for probate", "Edge 140.0", "stuck too", "r2"],
        ["2026-04-03T09:15:00Z", "/somewhere/else/", "", "lost", "r3"],
    ]
    comments = read_all(write_csv(tmp_path / "x.csv", rows)).comments
    assert comments[["service", "page"]].to_numpy().tolist() == [
        ["divorce", "/divorce/payment"],
        ["probate", None],
        ["unknown", "/somewhere/else"],
    ]
    assert comments["submitted_at"][0] == datetime(2026, 4, 3, 8, 15, tzinfo=UTC)
    assert comments["question"].tolist() == [None] * 3


@pytest.mark.parametrize(
    ("headings", "name"),
    [
        (EXIT, "exit_survey"),
        ([heading.upper() for heading in EXIT], "exit_survey"),
        (EXIT[6:10], "exit_survey"),
        (PAGE, "govuk_page_feedback"),
        (["feedback", "creation date", "path"], "govuk_page_feedback"),
        (["id", "comment"], "generic"),
        (["feedback"], "generic"),
        (["Date", "Service", "Feedback"], "generic"),
        (["Service", "Region", "Device"], "generic"),
        ([], "generic"),
    ],
)
def test_the_preset_is_the_one_that_recognises_most(headings, name):
    assert detect_preset(headings).name == name


def test_a_map_by_hand_has_the_last_word(tmp_path):
    rows = [["ref", "when", "text", "verbatim", "stars"], ["1", "03/04/2026", "no", "yes", "5"]]
    path = write_csv(tmp_path / "x.csv", rows)
    preset = choose_preset(path, columns={"comment": ["verbatim"], "submitted_at": ["when"]})
    chunk = read_all(path, preset)
    assert chunk.comments["text"].tolist() == ["yes"]
    assert chunk.comments["submitted_at"][0] == datetime(2026, 4, 2, 23, tzinfo=UTC)
    assert chunk.comments["extra"][0] == {"text": "no"}
    assert chunk.responses["satisfaction"].tolist() == [5]


def test_a_field_can_be_taken_away_by_hand(tmp_path):
    path = write_csv(tmp_path / "x.csv", [["id", "date", "comment"], ["1", "gibberish", "one"]])
    chunk = read_all(path, choose_preset(path, columns={"submitted_at": ""}))
    assert chunk.comments["extra"].tolist() == [{"date": "gibberish"}]


def test_a_column_can_be_mapped_by_its_position(tmp_path):
    path = write_csv(tmp_path / "x.csv", [["a", "b"], ["no", "yes"]])
    chunk = read_all(path, preset_from_map({"comment": "column 2"}))
    assert chunk.comments["text"].tolist() == ["yes"]
    with pytest.raises(MissingColumnError, match="no 'column 3' column"):
        read_all(path, preset_from_map({"comment": "column 3"}))


def test_several_comment_columns_can_be_mapped(tmp_path):
    path = write_csv(tmp_path / "x.csv", [["good", "bad"], ["quick", "dear"], ["", "slow"]])
    chunk = read_all(path, preset_from_map({"comment": ["good", "bad"]}))
    assert chunk.comments[["question", "text"]].to_numpy().tolist() == [
        ["good", "quick"],
        ["bad", "dear"],
        ["bad", "slow"],
    ]


def test_repeated_headings_are_columns_of_their_own(tmp_path):
    path = write_csv(
        tmp_path / "x.csv", [["id", "comment", "x", "x", ""], ["1", "one", "a", "b", "c"]]
    )
    (extra,) = read_all(path).comments["extra"]
    assert extra == {"x": "a", "x (column 4)": "b", "column 5": "c"}


@pytest.mark.parametrize(
    ("columns", "error", "says"),
    [
        ({"comment": "Comentt"}, MissingColumnError, "no 'Comentt' column"),
        ({"comment": ["text", "other"]}, MissingColumnError, "no 'other' column"),
        ({"page": "web page"}, MissingColumnError, "no 'web page' column"),
        ({"sentiment": "text"}, SettingsError, "'sentiment' cannot be mapped"),
        ({"page": ["a", "b"]}, SettingsError, "takes one column"),
        ({"comment": ""}, MissingColumnError, "no 'comment' column"),
    ],
)
def test_a_map_that_does_not_fit_says_what_to_do(tmp_path, columns, error, says):
    path = write_csv(tmp_path / "x.csv", [["id", "text"], ["1", "one"]])
    with pytest.raises(error, match=says):
        read_all(path, preset_from_map(columns))


def test_a_file_without_comments_names_its_columns(tmp_path):
    path = write_csv(tmp_path / "exit_2026.csv", [["id", "page", "words"], ["1", "/", "x"]])
    with pytest.raises(MissingColumnError) as caught:
        read_all(path)
    assert str(caught.value) == (
        "exit_2026.csv has no 'comment' column. Columns found: id, page, words. "
        "Map one with --map comment=id."
    )


@pytest.mark.parametrize(
    "first_row",
    [
        ["1", SECRET, "2026-04-03"],
        [f"my e-mail is {SECRET}@mail.example", SECRET],
        [f"{SECRET} rang me four times and then nobody ever called me back at all, shameful"],
        [f"{SECRET}\nand more"],
        [f"I told {SECRET} so.", "slow"],
    ],
)
def test_a_file_without_headings_shows_none_of_its_first_row(tmp_path, first_row):
    path = write_csv(tmp_path / "x.csv", [first_row, ["a"] * len(first_row)])
    with pytest.raises(MissingColumnError) as caught:
        read_all(path)
    assert SECRET not in str(caught.value)
    assert "Columns found: column 1" in str(caught.value)


PERSON = """
Name
Your name
Full name
First name
last_name
Surname
customerName
Email
E-mail address
EmailAddress
email_address
Phone
Telephone number
Mobile
Mobile number
Contact number
Address
Home address
Address line 1
Postcode
Post code
DOB
Date of birth
What is your date of birth?
What is your email address, so that we can reply?
If you would like us to call you, leave your phone number
IP Address
ip
NI number
National Insurance number
NHS number
Passport number
Signature
Username
Case number
Claim reference
user.email
Enw
Cyfeiriad e-bost
Sort code
""".strip().splitlines()

NO_PERSON = """
Service name
Path or service name
Page name
Page title
Court name
Form name
Browser name
Device name
Web address
Page address
URL
Mobile or desktop
Mobile device
Region
Area
Country
Channel
Did you try to contact us by phone before this?
How would you rate the telephone helpline?
Was the address finder on this page easy to use?
Started
Ended
User agent
Session length
Language
Age group
Organisation name
Score
Contact reason
Time taken
Reference
Campaign name
Theme name
Comment sentiment
Staff manner & personal attributes
How did you find this service?
Mobile app version
Collector
Status
""".strip().splitlines()


@pytest.mark.parametrize("heading", PERSON)
def test_a_heading_that_points_to_a_person_is_seen(heading):
    assert points_to_person(heading)


@pytest.mark.parametrize("heading", NO_PERSON)
def test_a_heading_that_points_to_no_person_is_let_through(heading):
    assert not points_to_person(heading)


def test_columns_about_a_person_are_left_out_and_named(tmp_path):
    rows = [
        ["id", "comment", "Email address", "Full name", "Colour"],
        ["1", "one", f"{SECRET}@mail.example", SECRET, "red"],
    ]
    chunk = read_all(write_csv(tmp_path / "x.csv", rows))
    assert chunk.comments["extra"].tolist() == [{"Colour": "red"}]
    assert "Left out, as they would point to a person: Email address, Full name." in chunk.notes
    assert SECRET not in str(chunk.notes)


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("3. Why?", "why"),
        ("Q3: Why", "why"),
        ("Q3a) Why", "why"),
        ("Question 3 - Why?", "why"),
        ("Why? *", "why"),
        ("Why (required)", "why"),
        ("don't know", "dont know"),
        ("24/7 help", "24 7 help"),
        ("2nd choice", "2nd choice"),
        ("5 star rating", "5 star rating"),
        ("3.", "3"),
        ("Q1", "q1"),
    ],
)
def test_numbers_of_questions_do_not_matter_and_others_do(heading, key):
    assert heading_key(heading) == key


def test_headings_are_shown_only_if_they_cannot_be_answers():
    assert shown_headings(["id", "What went wrong?", "x" * 50]) == [
        "id",
        "What went wrong?",
        "column 3",
    ]
    assert shown_headings(["slow", "3"]) == ["column 1", "column 2"]


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_sound(name):
    preset = load_preset(name)
    assert preset.name == name
    assert preset.columns["comment"]
    assert set(preset.columns) <= set(FIELDS)
    for scale in preset.ratings.values():
        assert set(scale.values()) == {1, 2, 3, 4, 5}


def test_a_preset_of_ones_own_is_loaded_and_a_broken_one_is_one_line(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('name="o"\ntitle="O"\nsource="o"\n[columns]\ncomment=["Said"]\n')
    assert load_preset(own).columns["comment"] == ("Said",)
    for text, says in (("name = ", "not valid TOML"), ('name="o"', "cannot be used")):
        own.write_text(text)
        with pytest.raises(SettingsError, match=says):
            load_preset(own)
    with pytest.raises(SettingsError, match="no preset 'nope'"):
        load_preset("nope")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_preset(tmp_path / "absent.toml")


ANSWERS = [
    ("Yes", "No", True, False),
    ("yes, from a friend", "no thanks", True, False),
    ("Ydw", "Naddo", True, False),
    ("TRUE", "0", True, False),
    ("1", "FALSE", True, False),
    ("Prefer not to say", "", None, None),
    ("maybe", "Partly", None, False),
]


@pytest.mark.parametrize(("needed", "completed", "is_needed", "is_completed"), ANSWERS)
def test_yes_and_no_are_read(tmp_path, needed, completed, is_needed, is_completed):
    row = exit_row(**{EXIT[10]: needed, EXIT[13]: completed})
    (response,) = read_all(write_csv(tmp_path / "x.csv", [EXIT, row])).responses.to_dict("records")
    assert (response["help_needed"], response["completed"]) == (is_needed, is_completed)


@pytest.mark.parametrize(
    ("answer", "rating"),
    [
        ("Very dissatisfied", 1), ("dissatisfied", 2), ("Neither satisfied nor dissatisfied", 3),
        ("Fairly satisfied", 4), ("VERY SATISFIED", 5), ("Bodlon iawn", 5), ("4", 4), ("4.0", 4),
        ("4/5", 4), ("4 out of 5", 4), ("2 - Dissatisfied", 2), ("5 (Very satisfied)", 5),
        ("5 - Very dissatisfied", None), ("0", None), ("6", None), ("45", None), ("4.5", None),
        ("4/10", None), ("quite", None), ("Did not answer", None), ("-1", None), ("", None),
    ],
)  # fmt: skip
def test_ratings_are_read_in_words_and_numbers(tmp_path, answer, rating):
    path = write_csv(tmp_path / "x.csv", [EXIT, exit_row(**{EXIT[7]: answer})])
    assert read_all(path).responses["satisfaction"].tolist() == [rating]
