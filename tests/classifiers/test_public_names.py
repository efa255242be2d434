"""What the package promises is there."""

from __future__ import annotations

import subprocess
import sys

import classifiers


def test_every_public_name_exists_once_and_in_order() -> None:
    assert classifiers.__all__ == sorted(set(classifiers.__all__))
    assert [name for name in classifiers.__all__ if not hasattr(classifiers, name)] == []


def test_the_package_itself_loads_nothing_heavy() -> None:
    code = (
        "import sys, classifiers; print(sorted({'spacy', 'sklearn', 'torch'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
