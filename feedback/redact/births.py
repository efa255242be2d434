"""Dates of birth: a date, in digits or words, beside words such as "born" or "DOB".

Any other date stays: hearing dates and the day something went wrong are what feedback is about.
"""

from __future__ import annotations

from feedback.redact.rows import Row
from feedback.schema import Entity

__all__ = ["BIRTH_ROWS"]

_SOURCE = "https://design-system.service.gov.uk/patterns/dates/"
_RANK = 28
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|ionawr|chwefror|mawrth|ebrill|mai|mehefin|gorffennaf|awst|medi|hydref|"
    r"tachwedd|rhagfyr|fawrth|fai|fehefin|orffennaf|fedi|dachwedd|ragfyr)(?![a-z])\.?"
)
_ORDINAL_WORD = (
    r"(?:(?:twenty|thirty)[\s\-])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|"
    r"twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_NUMBER_WORD = (
    r"(?:hundred|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    r"sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
_YEAR_WORDS = rf"(?:nineteen|twenty|two[\s\-]thousand)(?:[\s\-](?:and[\s\-])?{_NUMBER_WORD}){{0,3}}"
_CARDINAL = (
    r"(?:(?:oh|zero)[\s\-])?(?:(?:twenty|thirty)(?:[\s\-](?:one|two|three|four|five|six|seven|eight|nine))?|one|two|"
    r"three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    r"nineteen)"
)
_SHORT_YEAR_WORDS = (
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"(?:[\s\-](?:one|two|three|four|five|six|seven|eight|nine))?"
)
_YEAR = rf"(?:(?:19|20)\d\d|{_SHORT_YEAR_WORDS}|'?\d\d(?!\d)|{_YEAR_WORDS})"
_DAY = r"\d{1,2}\s?(?:st|nd|rd|th|ain|fed|af|ydd|eg)?"
_DATE = "|".join(
    (
        r"\d{4}\s?[./\-]\s?\d{1,2}\s?[./\-]\s?\d{1,2}",
        rf"\d{{4}}[\s\-]{_MONTH}[\s\-]\d{{1,2}}",
        r"\d{1,2}\s?[./\\,_\-\s]\s?\d{1,2}\s?[./\\,_\-\s]\s?(?:\d{4}|\d{2})",
        r"\d{1,2}\sof\s\d{1,2}[\s,]{1,2}(?:of\s)?(?:19|20)\d\d",
        rf"{_CARDINAL}[\s,]{{1,2}}(?:of\s)?{_CARDINAL}[\s,]{{1,2}}(?:of\s)?{_YEAR_WORDS}",
        rf"(?:the\s)?{_DAY}[\s\-/.]{{0,3}}(?:day\s)?(?:of\s|o\s)?{_MONTH}(?:[\s,\-/.]{{0,2}}(?:in\s)?{_YEAR})?",
        rf"(?:the\s)?(?:{_DAY}|{_ORDINAL_WORD})\sof\sthe\s(?:{_DAY}|{_ORDINAL_WORD})[\s,]{{1,2}}{_YEAR}",
        rf"day:?\s?\d{{1,2}},?\smonth:?\s?(?:\d{{1,2}}|{_MONTH}),?\syear:?\s?\d{{4}}",
        rf"{_MONTH}[\s\-](?:the\s)?{_DAY}(?:[\s,]{{1,2}}{_YEAR})?",
        rf"(?:the\s)?{_ORDINAL_WORD}\s(?:day\s)?(?:of\s)?{_MONTH}(?:[\s,]{{1,2}}(?:in\s)?{_YEAR})?",
        rf"{_MONTH}\s(?:the\s)?{_ORDINAL_WORD}(?:[\s,]{{1,2}}{_YEAR})?",
        rf"{_MONTH}[\s,]{{1,2}}(?:19|20)\d\d",
        r"\d{8}|\d{6}",
    )
)
_CUE = (
    r"(?:d[\s./]?o[\s./]?bs?\b\.?|(?:date|day)[\s\-]of[\s\-]birth|birth\s?date|birthdays?|born|[dn]yddiad\s(?:fy\s)?geni|"
    r"n?geni\s?[:=]|ngeni|birth\s?[:=]|b'?day|ganwyd|ganed|m?h?pen-?blwydd|mhen-?blwydd)"
)
_FILLER = (
    r"(?:[^\d.!?\ue000]{0,60}?|[?!]{1,3}\s?|"
    r"[^\d.!?\ue000]{0,60}?[?!.]{1,3}\s(?:it'?s|it\sis|this\sis|mine\sis)\s)"
)
_BESIDE = r"[\s,()\-]{0,3}(?:d\.?o\.?b\b|date\sof\sbirth|birth\s?date)"
"""A date that the word belongs to: "12/3/68 dob" in a list, where the next date has its own.
A date that was found there before stands under a mask of fifteen signs."""
_OTHER_EVENT = (
    r"\b(?:hearing|court|letter|sent|posted|received|submitted|applied|deadline|due|appointment|"
    r"error|code|page|reference|ref|tried|crash(?:ed)?|failed|uploaded|since|until|called|rang|"
    r"phoned|emailed|version|step)\b"
)

BIRTH_ROWS: tuple[Row, ...] = (
    Row(
        "birth-after-word",
        Entity.DATE_OF_BIRTH,
        rf"{_CUE}(?!{_FILLER}{_OTHER_EVENT}){_FILLER}(?<![A-Za-z0-9£])(?P<value>{_DATE})(?![\d/])",
        _SOURCE,
        _RANK,
        needs=(
            "dob",
            "d.o.b",
            "d o b",
            "bday",
            "b'day",
            "d/o/b",
            "birth",
            "born",
            "geni",
            "ganwyd",
            "ganed",
            "blwydd",
        ),
    ),
    Row(
        "birth-before-word",
        Entity.DATE_OF_BIRTH,
        rf"(?P<value>{_DATE})[\s,()\[\]=:\-.!\"']{{0,4}}(?:that'?s\s|that\sis\s|which\sis\s|is\s|was\s|as\s|for\s|in\s|yw\s)?(?:my\s|his\s|her\s|their\s|the\s)?"
        rf"(?:\w{{1,12}}(?:'s)?\s)?(?:d\.?o\.?b\b\.?|date\sof\sbirth|birth\s?date|birthday|when\s(?:i|he|she|they)\s(?:was|were)\sborn)"
        rf"(?!\s?[:=\-]?\s?(?:is\s|was\s)?(?:\ue000{{15}}|(?:{_DATE})(?!{_BESIDE})))",
        _SOURCE,
        _RANK + 1,
        needs=("dob", "d.o.b", "birth", "born"),
    ),
)
"""Rows of the pattern table."""
