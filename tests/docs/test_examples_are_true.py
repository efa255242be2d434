"""Every example in a docstring gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

import app
import classifiers
import feedback
import fixtures
import topics

SCRIPTS = ("app.streamlit_app", "app.app_pages", "feedback.migrations")
"""Run by Streamlit and Alembic; importing them does their work."""
MODULES = sorted(
    found.name
    for package in (app, classifiers, feedback, fixtures, topics)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not found.name.startswith(SCRIPTS)
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.failed == 0


def test_there_are_examples_to_run():
    n_examples = sum(
        len(test.examples)
        for name in MODULES
        for test in doctest.DocTestFinder().find(importlib.import_module(name))
    )
    assert n_examples > 50
