"""A codebook as a TOML file that people edit, and the file that a team begins with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from classifiers.codebook import Code, Codebook

__all__ = ["STARTER", "to_toml"]

_TEXTS = ("definition", "include", "exclude", "tone")


def to_toml(codebook: Codebook, *, notes: Sequence[str] = ()) -> str:
    """Return the codebook as TOML; `load_codebook` gives the same codebook back.

    Parameters
    ----------
    notes
        Sentences for whoever edits the file; they stand on top as comments.
    """
    lines = [f"# {line}" for note in notes for line in note.splitlines()]
    lines += [""] if lines else []
    lines += [
        f"id = {_text(codebook.id)}",
        f"label = {_text(codebook.label)}",
        f"version = {codebook.version}",
    ]
    if codebook.description:
        lines.append(f"description = {_text(codebook.description)}")
    for code in codebook.codes:
        lines += ["", "[[codes]]", *_code_lines(code)]
    return "\n".join([*lines, ""])


def _code_lines(code: Code) -> Iterator[str]:
    yield f"id = {_text(code.id)}"
    yield f"label = {_text(code.label)}"
    if code.parent:
        yield f"parent = {_text(code.parent)}"
    for field in _TEXTS:
        if value := getattr(code, field):
            yield f"{field} = {_text(value)}"
    if not code.codable:
        yield "codable = false"
    if code.urgent:
        yield "urgent = true"
    if code.examples:
        yield "examples = ["
        for example in code.examples:
            yield f"    {_text(example)},"
        yield "]"


def _text(value: str) -> str:
    """Return a TOML basic string: JSON's escapes are all TOML's; DEL alone must be escaped, too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


STARTER = """\
# A codebook says what each code means. People and the machine code by these words alone, so write
# them as you would explain them to a new colleague. Check the file whenever you saved it:
#     feedback codebook check FILE

# The id names the codebook in every export. Raise the version when a meaning changes: figures of
# two versions cannot be compared.
id = "my_service"
label = "My service"
version = 1
description = "What people say about my service, by what somebody has to act on."

# A group holds codes together and is never given to a comment: codable = false.
[[codes]]
id = "fault"
label = "Technical faults"
definition = "Something that should work does not."
codable = false

# An id has letters, digits, '.', '_' and '-'. It stays as it is once comments are coded; the label
# can change. Only id, label and definition are required; three to six examples teach most.
[[codes]]
id = "fault.upload"
label = "Upload or download"
parent = "fault"
definition = "A document cannot be uploaded, downloaded or opened."
include = "Photos refused, limits on size or type, forms that do not open."
exclude = "An error page with no document involved (fault.error)."
examples = [
    "The photo of my certificate would not upload",
    "it says my file is too big, what am I meant to do",
    "Could not open the form I downloaded",
]

[[codes]]
id = "fault.error"
label = "Error message or crash"
parent = "fault"
definition = "The service shows an error message or a blank page, or it crashes."
exclude = "Trouble with a document (fault.upload)."
examples = [
    "Sorry, there is a problem with the service",
    "Blank page after I pressed submit",
    "It crashed on the last question",
]

# tone: the sentiment that the code alone implies (positive, neutral or negative), if any.
[[codes]]
id = "praise"
label = "Praise"
definition = "Approval or thanks, with or without a reason."
exclude = "Politeness before or after a complaint."
tone = "positive"
examples = [
    "Quick and clear, thank you",
    "Really easy to use",
    "the lady on the phone was lovely",
]

# urgent: a person looks at every comment that might carry this code. Keep the id 'safeguarding':
# comments with that code are never quoted.
[[codes]]
id = "safeguarding"
label = "Risk of harm"
definition = "Somebody is at risk of harm, abuse or threats, told as real."
exclude = "Figures of speech about the service."
urgent = true
tone = "negative"

[[codes]]
id = "none"
label = "Nothing to code"
definition = "No content: an empty answer, a test, gibberish or spam."
tone = "neutral"
examples = [
    "n/a",
    "nothing to add",
    "test",
]
"""
"""A codebook small enough to read in a minute, with every field there is; it passes the check."""
