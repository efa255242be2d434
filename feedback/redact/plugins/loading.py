"""Turn import paths of the settings into recognisers."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from feedback.errors import FeedbackError, MissingExtraError, SettingsError
from feedback.protocols import Recogniser

__all__ = ["load_recognisers"]

_PATH: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*:[A-Za-z_]\w*")
_EXTRAS: Final = {"presidio_analyzer": "presidio", "tldextract": "presidio"}
"""Packages that an extra of ours brings."""


def load_recognisers(paths: Sequence[str]) -> list[Recogniser]:
    """Return the recognisers that the import paths make, in order.

    Parameters
    ----------
    paths
        ``"package.module:factory"`` each; the factory takes no argument and returns one recogniser.
        An empty sequence gives none.

    Raises
    ------
    SettingsError
        A path is malformed, leads nowhere, or its factory fails or returns no recogniser.
    MissingExtraError
        A package is not installed; the message says how to install it.

    Examples
    --------
    >>> load_recognisers(["feedback.redact.plugins:nothing"])
    Traceback (most recent call last):
    ...
    feedback.errors.SettingsError: The plug-in 'feedback.redact.plugins:nothing' cannot be used: the module 'feedback.redact.plugins' has no 'nothing'. Mend the setting 'redaction_plugins'.
    """  # noqa: E501 - an error is one line
    return [_load(path) for path in paths]


def _load(path: str) -> Recogniser:
    if not _PATH.fullmatch(path):
        raise _cannot(path, "it is not of the form 'package.module:factory'")
    factory = _import(path)
    failure = ""
    try:
        recogniser = factory()
    except FeedbackError:
        raise
    except Exception as error:  # noqa: BLE001 - a factory may raise anything; its kind is told
        failure = type(error).__name__
    if failure:  # outside the handler, or what it raised would go on as the context
        raise _cannot(path, f"calling it raised {failure}")
    if not isinstance(recogniser, Recogniser):
        kind = type(recogniser).__name__
        raise _cannot(path, f"it returned a {kind}, not a recogniser with 'name' and 'find(text)'")
    return recogniser


def _import(path: str) -> Callable[[], Any]:
    module_name, _, name = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise _missing(path, module_name, error.name or "") from None
    except Exception as error:  # noqa: BLE001 - a module may raise anything; its kind is told
        raise _cannot(path, f"importing it raised {type(error).__name__}") from None
    factory = getattr(module, name, None)
    if factory is None:
        raise _cannot(path, f"the module '{module_name}' has no '{name}'")
    if not callable(factory):
        raise _cannot(path, f"'{name}' is a {type(factory).__name__} and cannot be called")
    return factory  # type: ignore[no-any-return]


def _missing(path: str, module_name: str, missing: str) -> FeedbackError:
    if module_name == missing or module_name.startswith(f"{missing}."):
        return _cannot(path, f"there is no module '{missing}'")
    package = missing.partition(".")[0]
    extra = _EXTRAS.get(package)
    what = f"'feedback-toolkit[{extra}]'" if extra else package
    return MissingExtraError(
        f"The plug-in '{path}' needs the package '{package}', which is not installed. "
        f"Install it with: pip install {what}"
    )


def _cannot(path: str, reason: str) -> SettingsError:
    return SettingsError(
        f"The plug-in '{path}' cannot be used: {reason}. Mend the setting 'redaction_plugins'."
    )
