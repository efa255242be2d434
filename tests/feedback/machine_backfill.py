"""A backfill over processes of this machine, with fakes for the models.

Started as a program with a folder of input, a folder for results and the number of workers, it does
one backfill and tells on standard output, a line each, which processes work for it and which parts
are done; so that a test can kill one of them, or all.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from feedback.backfill import Backfill
from feedback.backfill_cluster import Crew, local_crew, remote_crew
from feedback.backfill_machines import Machines
from feedback.backfill_summary import BackfillSummary
from feedback.backfill_work import Station
from feedback.errors import ModelError
from feedback.history import find_history
from feedback.redact import TextRedactor
from feedback.reference import load_reference
from feedback.schema import RedactionOperator
from feedback.settings import Settings
from tests import fakes
from tests.feedback.mortal_backfill import KEY
from tests.feedback.pipeline_parts import NOW

PSEUDONYM_KEY = b"a key for tests, of thirty-two bytes and more"


class SlowEmbedder(fakes.BagOfWordsEmbedder):
    """Takes its time over each batch, so that there is time to kill it."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def embed(self, texts: Any) -> Any:
        time.sleep(self._seconds)
        return super().embed(texts)


class Touchy(fakes.EmailRedactor):
    """Breaks on some texts, and quotes them."""

    def redact(self, text: str) -> Any:
        if "break the redactor" in text:
            raise ValueError(f"cannot redact {text!r}")
        return super().redact(text)


def work_of(chunk_rows: int = 4, seconds: float = 0.0, pseudonyms: bool = False) -> Backfill:
    redactor: Any = Touchy()
    if pseudonyms:
        redactor = TextRedactor(operator=RedactionOperator.PSEUDONYM, key=PSEUDONYM_KEY)
    return Backfill(
        id_key=KEY,
        redactor=redactor,
        language=fakes.WelshWordIdentifier(),
        embedder=SlowEmbedder(seconds),
        classifier=fakes.KeywordClassifier(),
        settings=Settings(chunk_rows=chunk_rows, batch_comments=3),
        reference=load_reference(),
    )


def load_broken(options: dict[str, Any], now: datetime) -> Station:
    """Stand for a model that is not on the workers."""
    raise ModelError("The model cannot be found.")


def load_other(options: dict[str, Any], now: datetime) -> Station:
    """Stand for workers with another classifier."""
    work = work_of(**options)
    work._parts["classifier"].version = "keywords-2"
    return work.station(now)


def load(options: dict[str, Any], now: datetime) -> Station:
    return work_of(**options).station(now)


def backfill_by_machines(
    given: Path | str,
    out: Path | str,
    *,
    scheduler: str = "",
    n_workers: int = 2,
    seen: Callable[[Crew], None] = lambda _: None,
    progress: Callable[[int], None] | None = None,
    loader: Callable[..., Station] = load,
    **options: Any,
) -> BackfillSummary:
    @contextmanager
    def crew(*parts: Any) -> Iterator[Crew]:
        opened = remote_crew(scheduler, *parts) if scheduler else local_crew(n_workers, *parts)
        with opened as found:
            seen(found)
            yield found

    labour = Machines(crew, partial(loader, options))
    files = find_history([given], out=out, preset="generic")
    return work_of(**options).work(files, out, now=NOW, labour=labour, progress=progress)


def backfill_here(given: Path | str, out: Path | str, **options: Any) -> BackfillSummary:
    files = find_history([given], out=out, preset="generic")
    return work_of(**options).work(files, out, now=NOW)


def main() -> None:
    source, out, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])

    def tell(crew: Crew) -> None:
        print("workers", *crew.client.run(os.getpid).values(), flush=True)

    backfill_by_machines(
        source, out, seen=tell, progress=lambda _: print("part", flush=True), seconds=seconds
    )
    print("done", flush=True)


if __name__ == "__main__":
    main()
