"""What the package promises is there."""

from __future__ import annotations

import topics


def test_every_public_name_exists_once_and_in_order() -> None:
    assert topics.__all__ == sorted(set(topics.__all__))
    assert [name for name in topics.__all__ if not hasattr(topics, name)] == []
