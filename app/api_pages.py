"""What browsers get: the widget's files, a page that shows it, its form without scripts, thanks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app import widget
from app.api_gate import RefusedError
from app.api_waiting import receipt_of
from feedback.errors import FeedbackError
from feedback.posted import MessageRefused

if TYPE_CHECKING:
    from app.api_gate import Gate
    from app.api_metrics import Metrics
    from feedback.receive import Receiver

__all__ = ["MAX_FORM_BYTES", "Pages"]

MAX_FORM_BYTES = 256 * 1024
"""Two answers of 4,000 characters are 96 KB at most, as forms spell them."""
MAX_FIELDS = 20
ASKED = ("doing", "wrong")
DAY = "max-age=86400"
_PATH = re.compile(r"/(?![/\\])[!-~\u00a0-\uffff]*")
"""A path on the same site: browsers take what begins with // or /\\ for another one."""
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class Pages:
    """The endpoints for browsers."""

    def __init__(self, receiver: Receiver, gate: Gate, metrics: Metrics) -> None:
        self._receiver = receiver
        self._gate = gate
        self._metrics = metrics

    def routes(self) -> list[Route]:
        """Return all addresses of this class."""
        return [
            Route("/v1/report", self.report, methods=["POST"], max_body_size=MAX_FORM_BYTES),
            Route("/widget/thanks", self.thanks),
            Route("/widget/demo", self.demo),
            Route("/widget/{name}", self.file),
        ]

    async def file(self, request: Request) -> Response:
        """Give a file that pages load."""
        name = request.path_params["name"]
        if name not in widget.FILES:
            return Response(status_code=404)
        headers = {"content-type": f"{widget.FILES[name]}; charset=utf-8", "cache-control": DAY}
        headers["access-control-allow-origin"] = "*"
        headers["cross-origin-resource-policy"] = "cross-origin"  # pages of services load it
        return Response(widget.file_text(name), headers=headers)

    async def demo(self, request: Request) -> Response:
        """Show the widget at the end of a page; what is sent there is thrown away unless keyed."""
        language = _language(request.query_params)
        words = widget.words(language)
        shown = widget.snippet(
            url="",  # this server, whatever it is called
            key=request.query_params.get("key", ""),
            page="/widget/demo",
            language=language,
        )
        answer = _page(words["demo_title"], [words["demo_text"]], language, snippet=shown)
        answer.headers["referrer-policy"] = "same-origin"  # for the way back after its form
        return answer

    async def thanks(self, request: Request) -> Response:
        """Thank for what a form brought."""
        language = _language(request.query_params)
        words = widget.words(language)
        back = request.query_params.get("back", "")
        link = {"href": back, "text": words["back"]} if self._is_ours(back) else None
        return _page(words["thanks"], [words["thanks_more"]], language, link=link)

    async def report(self, request: Request) -> Response:
        """Take the form of a page, as browsers without JavaScript send it."""
        fields = _fields(await request.body())
        language = _language(fields)
        back = self._way_back(request.headers, fields.get("page", ""))
        status, problem = await self._take(request, fields)
        self._metrics.answered(status)
        if problem is None:
            kept = {"language": language, **({"back": back} if back else {})}
            return RedirectResponse(f"/widget/thanks?{urlencode(kept)}", status_code=303)
        words = widget.words(language)
        link = {"href": back, "text": words["back"]} if back else None
        more = {"status": status, "link": link, "error": words["error"]}
        return _page(words["problem"], [words[problem]], language, **more)

    def _way_back(self, headers: Mapping[str, str], page: str) -> str:
        """Return the address of the page that a form stood on; empty where it is not known.

        Browsers tell another site no more than the origin, unless the page says otherwise: then
        the form's own field tells the path.
        """
        told = headers.get("referer") or headers.get("origin", "")
        if not self._is_ours(told):
            return ""
        parts = urlsplit(told)
        if parts.path.strip("/"):
            return told
        path = page if _PATH.fullmatch(page) else "/"
        return f"{parts.scheme}://{parts.netloc}{path}"

    async def _take(self, request: Request, fields: Mapping[str, str]) -> tuple[int, str | None]:
        """Store what a form says; return the status and which words tell what is wrong."""
        message = _message(fields)
        if not message:
            return 422, "empty"
        if any(len(one["comment"]) > widget.MOST_CHARACTERS for one in message):
            return 422, "long"
        # Pages that hide where they are send "null"; the key says whose form it is all the same.
        headers = {
            name: value
            for name, value in request.headers.items()
            if (name, value) != ("origin", "null")
        }
        try:
            admitted = self._gate.admit(headers, fields.get("key", ""))
            promise = self._receiver.submit(message, admitted.sender)
            await receipt_of(promise)
        except RefusedError as refusal:
            return refusal.status, "failed_plain"
        except MessageRefused:
            return 422, "failed_plain"
        except FeedbackError:
            return 503, "failed_plain"
        return 202, None

    def _is_ours(self, address: str) -> bool:
        """Say whether an address is one of the pages that may send: nobody is led elsewhere."""
        try:
            parts = urlsplit(address)
        except ValueError:  # such as "https://[", which any program can send
            return False
        return self._gate.is_origin(f"{parts.scheme}://{parts.netloc}".lower())


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError:
        return {}
    return dict(pairs)


def _message(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the answers of a form as one response."""
    words = widget.words(_language(fields))
    told = {name: fields[name] for name in ("service", "page") if fields.get(name, "").strip()}
    shared = {**told, "response_id": uuid4().hex}
    return [
        {**shared, "comment": fields[name].strip(), "question": words[name]}
        for name in ASKED
        if fields.get(name, "").strip()
    ]


def _language(told: Mapping[str, str]) -> str:
    given = told.get("language", "")
    return given if given in widget.LANGUAGES else widget.LANGUAGES[0]


def _page(
    title: str, texts: list[str], language: str, *, status: int = 200, **more: Any
) -> Response:
    shown = widget.page(title, texts, language, **more)
    return HTMLResponse(shown, status, headers={"content-security-policy": PAGE_POLICY})
