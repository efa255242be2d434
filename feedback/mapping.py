"""Which column of an export is what: presets for known exports, and maps made on the spot."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from feedback.answers import answer_key
from feedback.errors import MissingColumnError, SettingsError
from feedback.headings import heading_key, points_to_person, shown_headings
from feedback.remote import RemoteFile

__all__ = [
    "FIELDS",
    "ColumnMap",
    "Preset",
    "choose_preset",
    "detect_preset",
    "load_preset",
    "map_columns",
    "preset_from_map",
    "preset_names",
]

FieldName = Literal[
    "comment", "response_id", "submitted_at", "service", "page", "question", "satisfaction",
    "effort", "help_needed", "completed", "device", "browser", "region",
]  # fmt: skip
FIELDS: tuple[str, ...] = FieldName.__args__  # type: ignore[attr-defined]
"""What a column can be. Several columns can be comments: each is one answer of the response."""

FALLBACK = "generic"
_PLACE = re.compile(r"column (\d{1,5})")
_MIN_WORDS_WITHIN = 4
"""A known heading of so many words is also recognised inside a longer one."""


class Preset(BaseModel):
    """How to read one kind of export."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    title: str
    source: str = Field(min_length=1, max_length=80)
    day_first: bool = True
    columns: dict[FieldName, tuple[str, ...]]
    answers: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    chosen: frozenset[FieldName] = frozenset()
    """Fields that a person mapped: their columns must be there, exactly as named."""

    @cached_property
    def ratings(self) -> dict[str, dict[str, int]]:
        """Number by answer, for each scale."""
        return {
            scale: {answer_key(word): int(n) for n, words in levels.items() for word in words}
            for scale, levels in self.answers.items()
            if all(level.isdecimal() for level in levels)
        }

    @cached_property
    def truths(self) -> dict[str, dict[str, bool]]:
        """Truth value by answer, for each yes/no question."""
        return {
            name: {answer_key(word): key == "yes" for key, words in sides.items() for word in words}
            for name, sides in self.answers.items()
            if set(sides) <= {"yes", "no"}
        }


@dataclass(frozen=True)
class ColumnMap:
    """Positions of columns: of each field, of all comments, of what is left over."""

    fields: Mapping[str, int]
    comments: tuple[int, ...]
    left_over: tuple[int, ...]
    about_person: tuple[int, ...]


def preset_names() -> list[str]:
    """Return the names of the presets that come with the toolkit."""
    names = (entry.name for entry in files("feedback").joinpath("presets").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def load_preset(name_or_path: str | Path) -> Preset:
    """Return a preset by its name, or from a TOML file of one's own.

    Raises
    ------
    SettingsError
        There is none of this name, or the file is not a preset.
    """
    name = str(name_or_path)
    if name in preset_names():
        text = files("feedback").joinpath("presets", f"{name}.toml").read_text(encoding="utf-8")
    elif name.endswith(".toml"):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"The preset file {name} cannot be read.") from None
    else:
        known = ", ".join(preset_names())
        raise SettingsError(
            f"There is no preset '{name}'. Known: {known}. Or name a .toml file of your own."
        )
    try:
        return Preset.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The preset {name} is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"The preset {name} cannot be used: {where}: {first['msg']}.") from None


def detect_preset(headings: Sequence[str]) -> Preset:
    """Return the preset that recognises most headings; `generic` if none stands out.

    >>> detect_preset(["creation date", "path or service name", "feedback"]).name
    'govuk_page_feedback'
    >>> detect_preset(["id", "text"]).name
    'generic'
    """
    presets = [load_preset(name) for name in preset_names() if name != FALLBACK]
    best, n_best = load_preset(FALLBACK), 0
    n_generic = _n_recognised(best, headings)
    for preset in presets:
        n_recognised = _n_recognised(preset, headings)
        if n_recognised >= n_generic and n_recognised > n_best:
            best, n_best = preset, n_recognised
    return best


def _n_recognised(preset: Preset, headings: Sequence[str]) -> int:
    """Return how many columns a preset uses, 0 if it finds no comment or only one column."""
    fields, comments = _find_columns(preset, headings)
    n_columns = len(set(fields.values())) + len(comments)
    return n_columns if comments and n_columns > 1 else 0


def preset_from_map(
    columns: Mapping[str, str | Sequence[str]], base: Preset | None = None
) -> Preset:
    """Return a preset in which these columns stand for these fields.

    Parameters
    ----------
    columns : mapping of str to str or list of str
        Heading or headings by field; an empty heading takes the field away.
    base : Preset, optional
        Says what is not mapped; by default `generic`.

    Raises
    ------
    SettingsError
        A field is unknown, or one that takes a single column was given several.
    """
    base = base or load_preset(FALLBACK)
    mapped = dict(base.columns)
    for field, given in columns.items():
        if field not in FIELDS:
            raise SettingsError(f"'{field}' cannot be mapped. Fields: {', '.join(FIELDS)}.")
        headings = tuple(h for h in ([given] if isinstance(given, str) else given) if h.strip())
        if field != "comment" and len(headings) > 1:
            raise SettingsError(f"'{field}' takes one column; only 'comment' takes several.")
        mapped[field] = headings  # type: ignore[index]
    chosen = base.chosen | set(columns)
    return base.model_copy(update={"columns": mapped, "chosen": frozenset(chosen)})


def choose_preset(
    path: str | Path | RemoteFile,
    *,
    preset: str | None = None,
    columns: Mapping[str, str | Sequence[str]] | None = None,
) -> Preset:
    """Return the preset for a file: the one named, else the one its headings suggest.

    ``columns``, as for `preset_from_map`, has the last word.

    Raises
    ------
    SettingsError, UnreadableFileError
    """
    if preset is None:
        from feedback.readers import open_table

        with open_table(path) as table:
            chosen = detect_preset(table.headings)
    else:
        chosen = load_preset(preset)
    return preset_from_map(columns, chosen) if columns else chosen


def map_columns(preset: Preset, headings: Sequence[str], file_name: str) -> ColumnMap:
    """Return where each field is.

    Raises
    ------
    MissingColumnError
        No column holds comments, or one that was mapped by hand is not there.
    """
    fields, comments = _find_columns(preset, headings)
    found = {**fields, **({"comment": comments[0]} if comments else {})}
    for name in sorted(preset.chosen):
        if preset.columns[name] and name not in found:
            raise MissingColumnError(_missing(file_name, preset.columns[name][0], headings))
    if missing := _missing_comments(preset, headings):
        raise MissingColumnError(_missing(file_name, missing[0], headings))
    if not comments:
        raise MissingColumnError(_missing(file_name, "comment", headings))
    rest = [i for i in range(len(headings)) if i not in {*fields.values(), *comments}]
    about_person = tuple(i for i in rest if points_to_person(headings[i]))
    left_over = tuple(i for i in rest if i not in about_person)
    return ColumnMap(fields, comments, left_over, about_person)


def _missing(file_name: str, column: str, headings: Sequence[str]) -> str:
    shown = shown_headings(headings)
    example = next((name for name in shown if not name.startswith("column ")), "'column 1'")
    advice = f"Map one with --map comment={example}."
    if example == "'column 1'":
        advice += " If the first row holds no headings, put some before it."
    return f"{file_name} has no '{column}' column. Columns found: {', '.join(shown)}. {advice}"


def _missing_comments(preset: Preset, headings: Sequence[str]) -> list[str]:
    """Return the comment columns mapped by hand that are not there."""
    if "comment" not in preset.chosen:
        return []
    return [c for c in preset.columns["comment"] if not _positions(c, headings, is_exact=True)]


def _find_columns(
    preset: Preset, headings: Sequence[str]
) -> tuple[dict[str, int], tuple[int, ...]]:
    """Return the position of each single field, and of all comments in the file's order."""
    comments: set[int] = set()
    for known in preset.columns.get("comment", ()):
        comments.update(_positions(known, headings, is_exact="comment" in preset.chosen))
    fields: dict[str, int] = {}
    taken = set(comments)
    # What a person mapped comes first, so that a guess cannot take its column.
    for name in sorted(preset.columns, key=lambda name: name not in preset.chosen):
        if name == "comment":
            continue
        position = _first(preset.columns[name], headings, taken, name in preset.chosen)
        if position is not None:
            fields[name] = position
            taken.add(position)
    return fields, tuple(sorted(comments - set(fields.values())))


def _first(
    known: Sequence[str], headings: Sequence[str], taken: set[int], is_exact: bool
) -> int | None:
    for heading in known:
        for position in _positions(heading, headings, is_exact=is_exact):
            if is_exact or position not in taken:
                return position
    return None


def _positions(known: str, headings: Sequence[str], *, is_exact: bool) -> list[int]:
    """Return the columns of a heading: spelt the same, else in the same words, else around them."""
    same = [i for i, heading in enumerate(headings) if heading.strip() == known.strip()]
    if same and is_exact:
        return same
    if (
        is_exact
        and (place := _PLACE.fullmatch(known.strip()))
        and 0 < int(place[1]) <= len(headings)
    ):
        return [int(place[1]) - 1]
    key = heading_key(known)
    keys = [heading_key(heading) for heading in headings]
    like = [i for i, other in enumerate(keys) if other == key]
    if like or is_exact or len(key.split()) < _MIN_WORDS_WITHIN:
        return like
    return [i for i, other in enumerate(keys) if f" {key} " in f" {other} "]
