"""A digest as a mail's text, as its HTML and as the JSON of a webhook."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from app.names import service_name
from app.wording import day

if TYPE_CHECKING:
    from app.digest import Digest, Line

__all__ = ["NO_QUOTES", "address_of", "as_html", "as_json", "as_text", "one_line"]

VERSION = 1
"""Of the JSON; raised when a field goes or means something else."""

NO_QUOTES = "No comment is quoted here."
_STYLE = "font-family: Arial, sans-serif; line-height: 1.5; color: #0b0c0c; background: #ffffff"
_CELL = "border: 1px solid #cecece; padding: 4px 8px; text-align: left"


def one_line(text: str) -> str:
    """Return a text without line breaks and other characters that control how it is shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def address_of(dashboard_url: str, path: str) -> str:
    """Return the address of a page; empty where the dashboard's own is not known."""
    return f"{dashboard_url.rstrip('/')}/{path}" if dashboard_url and path else ""


def _why(digest: Digest) -> str:
    often = {"day": "every day", "week": "every Monday"}[digest.frequency.value]
    return f"You get this {often} because it was asked for on the dashboard's page Digests."


def as_text(digest: Digest, dashboard_url: str) -> str:
    """Return the digest as plain text."""
    parts = [digest.answer, ""]
    for row in digest.figures.to_dict("records"):
        name, *figures = (f"{key}: {value}" for key, value in row.items())
        parts += [one_line(name.removeprefix("Service: ")), *(f"  {one}" for one in figures), ""]
    for section in digest.sections:
        parts += [section.heading.upper(), ""]
        for line in section.lines:
            parts.append(f"- {one_line(line.text)}")
            if address := address_of(dashboard_url, line.path):
                parts.append(f"  {address}")
        parts.append("")
    parts += [NO_QUOTES, _why(digest)]
    if dashboard_url:
        parts.append(f"Stop it here: {address_of(dashboard_url, 'digests')}")
    return "\n".join(parts) + "\n"


def as_html(digest: Digest, dashboard_url: str) -> str:
    """Return the digest as an HTML document; everything out of the data is escaped."""
    body = [f"<h1>{_shown(digest.subject)}</h1>", f"<p>{_shown(digest.answer)}</p>"]
    if len(digest.figures):
        body.append(_table(digest))
    for section in digest.sections:
        rows = "".join(f"<li>{_linked(line, dashboard_url)}</li>" for line in section.lines)
        body.append(f"<h2>{_shown(section.heading)}</h2><ul>{rows}</ul>")
    stop = ""
    if address := address_of(dashboard_url, "digests"):
        stop = f' <a href="{html.escape(address)}">Stop it on the page Digests</a>.'
    body.append(f"<p>{NO_QUOTES} {_shown(_why(digest))}{stop}</p>")
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_shown(digest.subject)}</title></head>"
        f'<body style="{_STYLE}"><main>\n' + "\n".join(body) + "\n</main></body></html>\n"
    )


def _shown(text: str) -> str:
    return html.escape(one_line(text))


def _linked(line: Line, dashboard_url: str) -> str:
    address, text = address_of(dashboard_url, line.path), _shown(line.text)
    return f'{text} <a href="{html.escape(address)}">{_shown(line.link)}</a>' if address else text


def _table(digest: Digest) -> str:
    """Return the figures with a caption; each row begins with the service as its heading."""
    heads = "".join(
        f'<th scope="col" style="{_CELL}">{_shown(name)}</th>' for name in digest.figures
    )
    rows = []
    for name, *values in digest.figures.itertuples(index=False):
        cells = "".join(f'<td style="{_CELL}">{_shown(str(value))}</td>' for value in values)
        rows.append(f'<tr><th scope="row" style="{_CELL}">{_shown(name)}</th>{cells}</tr>')
    caption = (
        "Comments of this period and of the one before; satisfaction and ease from 1 (low) to 5 "
        "(high) and the share completing, with 95% intervals."
    )
    return (
        f'<table style="border-collapse: collapse"><caption style="text-align: left">{caption}'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def as_json(digest: Digest, dashboard_url: str, *, digest_id: str) -> dict[str, Any]:
    """Return the digest as plain values; ``text`` is what chat programs show."""
    period = digest.period
    return {
        "version": VERSION,
        "kind": "feedback.digest",
        "id": digest_id,
        "text": as_text(digest, dashboard_url),
        "subject": one_line(digest.subject),
        "answer": one_line(digest.answer),
        "service": digest.service,
        "service_name": None if digest.service is None else service_name(digest.service),
        "frequency": digest.frequency.value,
        "first_day": period.first_day.isoformat(),
        "last_day": period.last_day.isoformat(),
        "days": f"{day(period.first_day)} to {day(period.last_day)}",
        "made_at": digest.made_at.isoformat(),
        "figures": digest.figures.to_dict("records"),
        "sections": [
            {
                "heading": section.heading,
                "lines": [
                    {
                        "text": one_line(line.text),
                        "url": address_of(dashboard_url, line.path) or None,
                    }
                    for line in section.lines
                ],
            }
            for section in digest.sections
        ],
    }
