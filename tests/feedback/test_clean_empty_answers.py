"""Answers that say there is nothing to say, and those that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.clean import clean_text, is_empty_answer

EMPTY = """
n/a
N/A
N.A
n.a.
na
NA
none
None.
NONE!!!
none at all
nothing
Nothing.
Nothing to add
nothing else to add
Nothing at all
nothing really
nothing comes to mind
no
NO!
No.
nope
nope!
nil
null
x
X
xxx
xxxxxxx
-
--
.
...
…
?
!!!
/
***
Did not answer
did not answer.
not answered
No answer
no comment
No comments
No comment.
no further comments
no thanks
No thank you
None that I can think of
can't think of anything
not applicable
Not applicable.
no / none
none, nothing
no no no
dim
Dim.
ddim
dim byd
Dim byd!
dim byd i'w ychwanegu
dim sylwadau
amherthnasol
Amherthnasol.
nac oes
naddo
""".strip().splitlines()

ANSWERS = """
no way to go back
none of the buttons work
nothing happens when I press continue
nothing works
nothing was saved
no one answers the phone
no help
no reply for six weeks
no response from the court in months
no response to my emails
no sound
No, it kept crashing
no it didnt
nothing to complain about, all good
nothing but trouble
none of it made sense
not applicable box missing
N/A was not an option
na zdrowie to the staff
no idea what a respondent is
no problems
no issues, easy
no comment box on the last page
None of this is in Welsh
nil points
nothing could be better
nothing to improve
no improvements needed
x marks the wrong box
x1
yes
Yes.
ok
good
slow
help
test
crap
10
0
5/5
£50
👍
😡
❤
👍👍👍
dim yn gweithio
dim ond Saesneg
dim byd yn gweithio
dim digon o amser
ddim yn glir
dim help o gwbl
null pointer exception
nan helped me
nah it was rubbish
error 404
N244
did not answer my question
did not answer the phone
blank page
left blank screen
no thank you letter came
don't know where to click
no button
none for me to press
nothing there
nope, page is blank
""".strip().splitlines()


@pytest.mark.parametrize("text", ["", " ", "\n", *EMPTY])
def test_an_answer_that_says_nothing_is_empty(text):
    assert is_empty_answer(clean_text(text))


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_that_says_something_is_not(text):
    assert not is_empty_answer(clean_text(text))


def test_there_are_at_least_as_many_answers_as_empty_ones():
    assert len(ANSWERS) >= len(EMPTY)


@given(st.text("-–—._/\\*!? \t\n…,;:'\"()", max_size=200))
def test_punctuation_alone_is_empty(text):
    assert is_empty_answer(text)


@given(st.sampled_from(EMPTY), st.sampled_from(["payment", "it froze", "gwael iawn"]))
def test_one_more_thing_said_makes_an_answer(empty, more):
    assert not is_empty_answer(f"{empty} {more}")
