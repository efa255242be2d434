"""What services, pages and languages are called."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from feedback.schema import Language

if TYPE_CHECKING:
    from feedback.reference import Reference

__all__ = ["language_name", "page_name", "page_step", "place_name", "service_name"]

_LANGUAGES = {
    Language.ENGLISH.value: "English",
    Language.WELSH.value: "Welsh",
    Language.OTHER.value: "Another language",
    Language.UNKNOWN.value: "Not clear",
}


@lru_cache(maxsize=1)
def _reference() -> Reference:
    from app.wiring import make_reference

    return make_reference()


def language_name(language: str) -> str:
    """Return a language's name."""
    return _LANGUAGES.get(language, language)


def service_name(service: str) -> str:
    """Return a service's name; the id itself for one that the reference data lack."""
    return _reference().service_name(service)


def page_name(page: str) -> str:
    """Return a page's name with its path, since pages of two services may share a name."""
    name = _reference().page_name(page)
    return page if name == page else f"{name} ({page})"


def page_step(page: str) -> int | None:
    """Return which step of its service's journey a page is; None where nobody has said."""
    return _reference().page_step(page)


def place_name(service: str, page: str | None) -> str:
    """Return service and page; a survey about a whole service has no page."""
    return f"{service_name(service)}: {page_name(page)}" if page else service_name(service)
