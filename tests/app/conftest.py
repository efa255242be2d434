"""What all tests of the dashboard share."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def main_module_stays() -> Iterator[None]:
    """Streamlit puts the script it runs in the place of ``__main__``, and leaves it there.

    A process started later would then run that script first (`multiprocessing.spawn`).
    """
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def browser_is_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give Streamlit's test runner no address and no cookies: it makes up what counts for real."""
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.ip_address", None)
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {})
