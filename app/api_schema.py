"""The OpenAPI document of the server that takes feedback."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Any

from feedback.answers import HIGHEST, LOWEST
from feedback.mapping import FIELDS
from feedback.posted import MAX_ITEMS

__all__ = ["openapi"]

_TEXTS = {
    "comment": "What the person wrote. Personal data is replaced before it is stored.",
    "response_id": "The response's own number; the same number of one service is stored once.",
    "service": "Name of the service, or an alias of it.",
    "page": "Path or address of the page; its query is not kept.",
    "question": "The question that the comment answers.",
    "device": "Kind of device.",
    "browser": "Name of the browser.",
    "region": "Region of the person.",
}
_RATINGS = {
    "satisfaction": "How satisfied: 1 very dissatisfied to 5 very satisfied.",
    "effort": "How easy it was: 1 very difficult to 5 very easy.",
}
_TRUTHS = {"help_needed": "Whether help was needed.", "completed": "Whether it was completed."}


_TEXT = {"type": "string"}
_FORM = {
    "key": "The key of the service's own pages.",
    "doing": "What the person was doing.",
    "wrong": "What went wrong. Without this and what was done, nothing is stored.",
    "service": _TEXTS["service"],
    "page": _TEXTS["page"],
    "language": "en or cy: in which language the answer is.",
}


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """Return the document; OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Feedback Toolkit: ingestion",
            "version": version("feedback-toolkit"),
            "description": "Takes feedback of people about digital services. 202 means that the "
            "redacted comments are on the disk. No answer repeats anything of what was sent.",
        },
        "paths": {
            "/v1/feedback": {"post": _post()},
            "/v1/report": {"post": _form()},
            "/healthz": {"get": _get("Whether the server runs.", {})},
            "/readyz": {"get": _get("Whether the store answers.", {"503": _busy()})},
            "/metrics": {
                "get": _get(
                    "Figures as OpenMetrics.", {"503": _busy()}, "application/openmetrics-text"
                )
            },
            "/openapi.json": {"get": _get("This document.", {})},
            "/widget/demo": {"get": _get("A page that shows the widget.", {}, "text/html")},
            "/widget/thanks": {"get": _get("Thanks for what a form brought.", {}, "text/html")},
            "/widget/report.css": {"get": _get("How the widget looks.", {}, "text/css")},
            "/widget/report.js": {"get": _get("What the widget does.", {}, "text/javascript")},
        },
        "components": {
            "schemas": {
                "Response": _response(),
                "Receipt": _receipt(),
                "Error": _error(),
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _post() -> dict[str, Any]:
    one = {"$ref": "#/components/schemas/Response"}
    several = {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_ITEMS}
    return {
        "operationId": "postFeedback",
        "summary": "Store one response or several, all or none.",
        "security": [{"key": []}, {}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same message under the same key is stored once.",
                "schema": {"type": "string", "pattern": "^[ -~]{1,255}$"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"oneOf": [one, several]}}},
        },
        "responses": {
            "202": _told("Stored.", "Receipt"),
            "400": _told("The body is no JSON, or the idempotency key has another form.", "Error"),
            "401": _told("No key, or one that is not in force.", "Error"),
            "403": _told("The key is for other services or other web pages.", "Error"),
            "408": _told("The body did not come to its end within half a minute.", "Error"),
            "413": _told("The body is too large.", "Error"),
            "415": _told("The body is not called application/json.", "Error"),
            "421": _told("The server is not called by this name.", "Error"),
            "422": _told("Nothing was stored; every problem is named.", "Error"),
            "429": _told("The key sent too much; see Retry-After.", "Error", retry=True),
            "500": _told("The feedback could not be taken.", "Error"),
            "503": _busy(),
        },
    }  # fmt: skip


def _form() -> dict[str, Any]:
    """Return what is told of the form that browsers without JavaScript send."""
    told = {"description": "A page for the person.", "content": {"text/html": {"schema": _TEXT}}}
    either = {**told, "content": {**told["content"], **_told("", "Error")["content"]}}
    fields = {name: {**_TEXT, "description": words} for name, words in _FORM.items()}
    shape = {"type": "object", "required": ["key"], "properties": fields}
    return {
        "operationId": "postForm",
        "summary": "Store the answers of the widget's form, sent by a browser without JavaScript.",
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": shape}},
        },
        "responses": {
            "303": {"description": "Stored; the address of a page that thanks."},
            **dict.fromkeys(("401", "403", "422", "429"), told),
            **{status: _told("As of /v1/feedback.", "Error") for status in ("408", "413", "421")},
            "500": _told("The form could not be taken.", "Error"),
            "503": either,
        },
    }


def _get(told: str, more: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    shape = {"type": "object"} if kind == "application/json" else {"type": "string"}
    found = {"description": told, "content": {kind: {"schema": shape}}}
    return {"summary": told, "responses": {"200": found, **more}}


def _busy() -> dict[str, Any]:
    told = "The store does not answer, or too much arrives; come again after Retry-After."
    return _told(told, "Error", retry=True)


def _told(description: str, schema: str, *, retry: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
    if retry:
        seconds = {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
        told["headers"] = {"Retry-After": seconds}
    return told


def _response() -> dict[str, Any]:
    """Return the schema of a posted response; what it lets through may still be refused."""
    fields: dict[str, Any] = {
        name: {"type": ["string", "null"], "description": told} for name, told in _TEXTS.items()
    }
    fields["comment"] = {"type": "string", "minLength": 1, "description": _TEXTS["comment"]}
    for name, told in _RATINGS.items():
        scale = {"type": ["integer", "null"], "minimum": LOWEST, "maximum": HIGHEST}
        fields[name] = {**scale, "description": told}
    for name, told in _TRUTHS.items():
        fields[name] = {"type": ["boolean", "null"], "description": told}
    fields["submitted_at"] = {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When it was sent, with its time zone; not in the future. Now by default.",
    }
    return {
        "type": "object",
        "required": ["comment"],
        "properties": {name: fields[name] for name in FIELDS},
        "additionalProperties": False,
    }


def _receipt() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    ids = {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}
    return {
        "type": "object",
        "required": ["comment_ids", "n_new", "n_known"],
        "properties": {"comment_ids": ids, "n_new": count, "n_known": count},
    }


def _error() -> dict[str, Any]:
    text = {"type": ["string", "null"]}
    problem = {
        "type": "object",
        "required": ["row", "field", "problem"],
        "properties": {
            "row": {
                "type": ["integer", "null"],
                "description": "Position of the response, from 1.",
            },
            "field": text,
            "problem": {"type": "string"},
        },
    }
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {"type": "string"},
            "problems": {"type": "array", "items": problem},
        },
    }
