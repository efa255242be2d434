"""Services and pages: the many names they have in exports, and the one name they get here."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, ValidationError

from feedback.errors import SettingsError

__all__ = ["ID_SEGMENT", "Reference", "canonical_path", "load_reference"]

SHIPPED = Path(__file__).resolve().parent.parent / "fixtures" / "reference"
"""Reference data that comes with the toolkit."""

ID_SEGMENT = "{id}"
"""Stands in a page's path for a segment that names one case, person or step."""

MAX_PATH_CHARACTERS = 300
_MAX_DECODINGS = 5

_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//(?P<host>[^/?#\s]*)"
    r"|(?P<bare>(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?)(?=[/?#]|$)",
    re.IGNORECASE,
)
_BARE_HOST_ENDINGS = (".uk", ".com", ".org", ".net", ".example", ".wales", ".cymru", ".local")
_NOT_A_WORD = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W\d_]{3,}")
_MAX_SLUG_DIGITS = 4
"""A segment of words may hold so many digits ("covid-19", "form-e2024"); a reference holds more."""
_LONG_TOKEN = 20
"""A segment of so many letters and digits without a hyphen is a token, no word."""


class _Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    path: str
    name: str = ""
    aliases: tuple[str, ...] = ()


class _Service(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    id: str
    name: str
    aliases: tuple[str, ...] = ()
    pages: tuple[_Page, ...] = ()


@dataclass
class Reference:
    """Names of services and pages, looked up without regard to case and punctuation.

    Examples
    --------
    >>> reference = load_reference()
    >>> reference.service_id("Apply for Divorce")
    'divorce'
    >>> reference.page("https://www.apply-divorce.example/divorce/payment/?sid=1#top")
    '/divorce/payment'
    >>> reference.service_of("/divorce/payment")
    'divorce'
    """

    _services: dict[str, str] = field(default_factory=dict)
    _hosts: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _page_names: dict[str, str] = field(default_factory=dict)
    _page_services: dict[str, str] = field(default_factory=dict)
    _page_steps: dict[str, int] = field(default_factory=dict)
    _pages_by_name: dict[tuple[str, str], str] = field(default_factory=dict)
    _services_by_segment: dict[str, str] = field(default_factory=dict)

    def add(self, service: _Service) -> None:
        """Take in a service; the first to claim a name keeps it."""
        self._names[service.id] = service.name
        for name in (service.id, service.name, *service.aliases):
            self._services.setdefault(_key(name), service.id)
            if host := _host_of(name):
                self._hosts.setdefault(host, service.id)
        for step, page in enumerate(service.pages, start=1):
            path = canonical_path(page.path) or page.path
            self._page_steps.setdefault(path, step)
            self._page_names[path] = page.name
            self._page_services.setdefault(path, service.id)
            for name in (page.name, *page.aliases):
                self._pages_by_name.setdefault((service.id, _key(name)), path)
        owners: dict[str, set[str]] = {}
        for path, owner in self._page_services.items():
            owners.setdefault(path.split("/")[1], set()).add(owner)
        self._services_by_segment = {s: o.pop() for s, o in owners.items() if len(o) == 1}

    def service_ids(self) -> tuple[str, ...]:
        """Return the ids of all services, in the order in which they came."""
        return tuple(self._names)

    def service_id(self, name: str) -> str | None:
        """Return the id of a service by its id, name or an alias; None if it has none."""
        return self._services.get(_key(name)) or self._hosts.get(_host_of(name) or "")

    def service_name(self, service_id: str) -> str:
        """Return the name people know; the id itself for an unknown service."""
        return self._names.get(service_id, service_id)

    def page(self, path_or_url: str, service: str | None = None) -> str | None:
        """Return the canonical path of a page, or None for an empty value.

        Parameters
        ----------
        path_or_url : str
            A path, an address, or the name of a page of ``service``.
        service : str, optional
            Id of the service the page belongs to.
        """
        named = self._pages_by_name.get((service or "", _key(path_or_url)))
        return named or canonical_path(path_or_url)

    def page_name(self, path: str) -> str:
        """Return the name of a page by its canonical path; the path for an unknown page."""
        return self._page_names.get(path) or path

    def page_step(self, path: str) -> int | None:
        """Return which step of its service's journey a page is, from 1; None for an unknown one.

        Pages are listed in the order in which people meet them.
        """
        return self._page_steps.get(path)

    def service_of(self, path_or_url: str) -> str | None:
        """Return the id of the service that a page or an address belongs to, if it is known.

        A page that is not listed belongs to the service that has all pages under its first segment.
        """
        host = _host_of(path_or_url)
        if host in self._hosts:
            return self._hosts[host or ""]
        path = canonical_path(path_or_url) or ""
        if path in self._page_services:
            return self._page_services[path]
        first = path.split("/")[1] if path.startswith("/") else ""
        return self._services_by_segment.get(first)


def load_reference(path: str | Path | None = None) -> Reference:
    """Return the services of a TOML file, or of all TOML files in a folder.

    Parameters
    ----------
    path : str or Path, optional
        By default, the reference data that comes with the toolkit.

    Raises
    ------
    SettingsError
        A file is not there or is not reference data.
    """
    place = Path(path) if path is not None else SHIPPED
    files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    reference = Reference()
    for file in files:
        for service in _services_in(file):
            reference.add(service)
    return reference


def _services_in(file: Path) -> list[_Service]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")).get("service", [])
        return [_Service.model_validate(entry) for entry in found]
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"The reference file {file} cannot be read.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The reference file {file} is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"The reference file {file} cannot be used: service.{where}: {first['msg']}."
        ) from None


def canonical_path(path_or_url: str) -> str | None:
    """Return one spelling for all addresses of a page: a lower-case path without trailing slash.

    Host, query and fragment go, since they may name a person; segments that look like references
    become `ID_SEGMENT`. Text that is no address is kept, in single spaces. Doing it twice changes
    nothing.

    >>> canonical_path("https://www.court.example/Claim/1234567890/Pay%20now/?token=x")
    '/claim/{id}/pay now'
    >>> canonical_path("Pay the fee")
    'Pay the fee'
    """
    text = " ".join(path_or_url.split())
    if not text or text.casefold() in {"n/a", "-", "none", "null", "nan", "undefined"}:
        return None
    host = _HOST.match(text)
    is_host = host and (host["bare"] is None or _is_bare_host(host["bare"], text))
    if host and is_host:
        text = text[host.end() :]
    elif "/" not in text and " " in text:
        return text[:MAX_PATH_CHARACTERS].rstrip()
    path = re.split(r"[?#;]", text, maxsplit=1)[0]
    segments = [_segment(segment) for segment in path.replace("\\", "/").split("/")]
    return _joined([segment for segment in segments if segment])


def _joined(segments: list[str]) -> str:
    """Return the path, whole segments only, within its greatest length."""
    path = ""
    for segment in segments:
        if len(path) + 1 + len(segment) > MAX_PATH_CHARACTERS:
            break
        path += f"/{segment}"
    return path or "/"


def _segment(raw: str) -> str:
    """Return a segment decoded and lower-case, or `ID_SEGMENT`; empty for one without meaning."""
    segment = raw
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(segment, errors="replace")
        if decoded == segment:
            break
        segment = decoded
    else:
        return ID_SEGMENT
    segment = " ".join(unicodedata.normalize("NFC", segment.casefold()).split())
    if segment in {"", ".", ".."}:
        return ""
    is_odd = any(character in "/\\?#;%" or not character.isprintable() for character in segment)
    return ID_SEGMENT if is_odd or _is_identifier(segment) else segment


def _is_identifier(segment: str) -> bool:
    """Return whether a segment names one case or person: a number, an e-mail address, a token."""
    n_digits = sum(character.isdigit() for character in segment)
    n_words = len(_WORD.findall(segment))
    if "@" in segment:
        return True
    if n_digits == 0:
        return len(segment) > 2 * _LONG_TOKEN and not re.search(r"[\s_.-]", segment)
    if not n_words and not any(character.isalpha() for character in segment):
        return True
    if n_digits > _MAX_SLUG_DIGITS or (len(segment) >= _LONG_TOKEN and "-" not in segment):
        return True
    groups = [group for group in _NOT_A_WORD.split(segment) if group]
    n_mixed = sum(any(c.isdigit() for c in g) and any(c.isalpha() for c in g) for g in groups)
    # "C100" and "form-N244" are forms; "HWF-A1B-23C" is somebody's.
    is_code = n_mixed > 1 or (n_mixed > 0 and not n_words)
    return is_code and len(groups) > 1 and n_words < 2 and n_digits > 1


def _host_of(text: str) -> str | None:
    match = _HOST.match(text.strip())
    if match is None:
        return None
    host = (match["host"] or match["bare"] or "").casefold()
    return host.rpartition("@")[2].split(":")[0].removeprefix("www.") or None


def _is_bare_host(host: str, text: str) -> bool:
    """Return whether ``gov.uk/pay`` begins with a host, as ``index.html`` does not."""
    name = host.casefold().split(":")[0]
    return name.startswith("www.") or name.endswith(_BARE_HOST_ENDINGS)


def _key(name: str) -> str:
    return _NOT_A_WORD.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()
