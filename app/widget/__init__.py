"""The question at the end of a page of a service, and the pages that show and thank for it.

Plain HTML and JavaScript, to be put into any page: ``feedback widget`` prints it. Without
JavaScript it is a form, and `app.api_pages` answers it with a page.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

__all__ = ["FILES", "LANGUAGES", "MOST_CHARACTERS", "file_text", "page", "snippet", "words"]

LANGUAGES = ("en", "cy")
FILES = {"report.js": "text/javascript", "report.css": "text/css"}
"""What pages load, with its kind."""

MOST_CHARACTERS = 4_000
"""Of an answer; the words name it, too."""


def words(language: str) -> dict[str, str]:
    """Return what the widget says in a language."""
    return _all_words()[language]


def snippet(
    *, url: str, key: str, service: str | None = None, page: str = "", language: str = "en"
) -> Markup:
    """Return the HTML that a service puts at the end of a page.

    Parameters
    ----------
    url
        Address of the server that takes feedback, such as ``https://feedback.example.gov.uk``.
    key
        A key for the service's own pages; everybody can read it there.
    page
        Path of the page, for people without JavaScript; with it, the page's own is sent.
    language
        ``en`` or ``cy``.
    """
    return _drawn(
        "snippet.html",
        url=url.rstrip("/"),
        key=key,
        service=service,
        page=page,
        language=language,
        most=MOST_CHARACTERS,
        words=words(language),
    )


def page(title: str, texts: list[str], language: str, **more: Any) -> Markup:
    """Return a page of the server's own; ``link`` and ``snippet`` stand in it if given.

    ``error`` is a word that the title of a page begins with which tells of a mistake.
    """
    given = {"link": None, "snippet": "", "error": "", **more}
    return _drawn("page.html", title=title, texts=texts, language=language, **given)


def _drawn(name: str, **values: Any) -> Markup:
    template = _environment().from_string(file_text(name))
    return Markup(template.render(**values))  # noqa: S704 - the template escapes what it is given


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)


@lru_cache(maxsize=1)
def _all_words() -> dict[str, dict[str, str]]:
    return tomllib.loads(file_text("words.toml"))


def file_text(name: str) -> str:
    """Return a file of the widget."""
    return files("app.widget").joinpath(name).read_text(encoding="utf-8")
