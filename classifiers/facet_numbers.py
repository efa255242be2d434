"""Numbers that are facets of a fault: a table of patterns and how each is read.

Patterns are tried on the folded text (see `classifiers.lexicon.fold`). A number counts only with
its words: "£503", "404 days" and "500 words" are no status codes.
"""

from __future__ import annotations

import re

from classifiers.facet_rows import PatternRow

__all__ = ["NUMBERS"]

_UNITS = {"k": 1e-3, "m": 1.0, "g": 1e3}
_WORDS = {
    "one": 1, "once": 1, "first": 1, "two": 2, "twice": 2, "second": 2, "three": 3, "third": 3,
    "four": 4, "fourth": 4, "five": 5, "fifth": 5, "six": 6, "sixth": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "tenth": 10, "a dozen": 12, "dwywaith": 2, "ddwywaith": 2, "tair": 3,
    "dair": 3, "teirgwaith": 3, "pedair": 4, "bedair": 4, "pum": 5, "bum": 5, "chwe": 6, "saith": 7,
    "deg": 10, "ddeg": 10,
}  # fmt: skip
_NUMBER_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_COUNT = rf"\d{{1,2}}|{_NUMBER_WORD}"
_STATUS = (
    "400|401|403|404|405|408|409|410|413|414|415|422|429|500|501|502|503|504|520|521|522|523|524"
)


def _megabytes_of(number: str, unit: str) -> float:
    return round(float(number) * _UNITS[unit[0]], 3)


def _megabytes(match: re.Match[str]) -> float:
    return _megabytes_of(match["size"], match["size_unit"])


def _count(match: re.Match[str]) -> int:
    told = next(value for value in match.groups() if value)
    return int(told) if told.isdigit() else _WORDS[told]


def _count_of_several(match: re.Match[str]) -> int | None:
    n = _count(match)
    return n if n > 1 else None


def _step(match: re.Match[str]) -> str:
    number, last = match["step"] or match["page"], match["last"] or match["last_page"]
    return f"{number} of {last}" if last else str(number)


def _size_as(name: str) -> str:
    """Return the pattern of a size, its groups named."""
    return (
        rf"(?P<{name}>\d{{1,4}}(?:\.\d{{1,2}})?) ?"
        rf"(?P<{name}_unit>kb|kilobytes?|mb|mbs|meg|megs|megabytes?|gb|gigs?|gigabytes?)\b"
    )


_LIMIT_BEFORE = (
    r"\b(?:limit|max|maximum|up to|under|no more than|smaller than|less than|below|at most|takes"
    r"|accepts|allows|terfyn"
    r"|(?:takes|take|accepts|allows|rejects|refuses)(?: only)? (?:anything|files?|things|something)"
    r"(?: of| over| above| bigger than| larger than| up to| under)|(?:anything|files?) (?:over"
    r"|above))"
)

NUMBERS: tuple[PatternRow, ...] = (
    PatternRow(
        "status_code",
        re.compile(
            rf"(?:\b(?:error|http|status|gwall|server|code|gateway|gives?|gave|gets?|getting|got"
            rf"|then"
            rf"|shows?|showed|says?|said|saw|a|an)(?: error| code| status| message| http| page"
            rf"| now| me)*"
            rf"(?: a| an|:| of| is"
            rf"| was)*[ :#(]*(?<![£$€\d])(?P<after>{_STATUS})\b(?! ?(?:pounds?|quid|words?|days?"
            rf"|times|pages?|people|minutes?|hours?|characters|years?|miles|\.\d|%|mb|kb))"
            rf"|(?<![£$€\d.,])\b(?P<before>{_STATUS}):? (?:errors?|bad gateway|gateway|not found"
            rf"|forbidden"
            rf"|service|internal|server|unauthori[sz]ed|time ?out|too many|page\b(?! of)|again"
            rf"|on (?:the|every|my|track)"
            rf"|x ?\d)|^\W*(?P<alone>{_STATUS})\W*$)"
        ),
        lambda match: int(match["after"] or match["before"] or match["alone"]),
        needs_digit=True,
        veto=re.compile(r"\b(?:room|court|form|paragraph|bundle|waited|paid|cost|fee)\b"),
    ),
    PatternRow(
        "file_limit_mb",
        re.compile(
            rf"{_LIMIT_BEFORE}(?: file)?(?: size)?(?: is| of| was|:)?(?: only| just)? "
            rf"(?:{_size_as('before')})|{_size_as('after')} "
            r"(?:file )?(?:limit|max\b|maximum|per file|cap\b|each max)"
        ),
        lambda match: (
            _megabytes_of(match["before"], match["before_unit"])
            if match["before"]
            else _megabytes_of(match["after"], match["after_unit"])
        ),
        needs_digit=True,
    ),
    PatternRow("file_size_mb", re.compile(_size_as("size")), _megabytes, needs_digit=True),
    PatternRow(
        "step",
        re.compile(
            r"\b(?:step|stage|section|question|cam|cwestiwn) (?P<step>\d{1,2})\b"
            r"(?: ?(?:of|out of|/|o) ?(?P<last>\d{1,2})\b)?"
            r"|\b(?:page|screen|tudalen) (?P<page>\d{1,2}) ?(?:of|out of|/"
            r"|o) ?(?P<last_page>\d{1,2})\b"
        ),
        _step,
        needs_digit=True,
    ),
    PatternRow(
        "attempts",
        re.compile(
            rf"\b(?P<a>{_COUNT}) (?:separate |different |failed )?(?:times|attempts?|tries|try|goes"
            rf"|gwaith|waith|ymgais)\b(?! (?:a|per|as|the|larger|bigger|out of)\b)"
            rf"|\b(?P<b>twice|teirgwaith|dwywaith|ddwywaith)\b(?! (?:as|a|the)\b)|(?:^"
            rf"|\W)x ?(?P<c>\d{{1,2}})\b(?! ?\d)"
        ),
        _count_of_several,
        unless_after=re.compile(
            r"\b(?:charged|debited|taken|took|paid|billed|followed|hit|pay)\b[^.;\"]*$"
        ),
        veto=re.compile(
            r"\b(?:call|called|calling|rang|rung|ring|phoned|phone the|e?mailed|wrote|written|asked"
            r"|chased|adjourned|(?:second|third|first) time this|times tables|moved house"
            r"|ffoniais)\b"
        ),
    ),
)
