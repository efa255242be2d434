"""Options that several commands take alike."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AsJson", "Columns", "Mode", "MonthFirst", "OperatorName", "ServiceName", "Source"]

Columns = Annotated[
    list[str] | None,
    typer.Option("--map", help="FIELD=COLUMN, such as comment='FFT answer'; repeat as needed."),
]
ServiceName = Annotated[str | None, typer.Option(help="Service of comments that do not name one.")]
Source = Annotated[
    str | None, typer.Option(help="Name of the source; the same rows keep their ids under it.")
]
MonthFirst = Annotated[bool, typer.Option("--month-first", help="Read 03/04/2026 as March 4.")]
AsJson = Annotated[bool, typer.Option("--json", help="Summary as JSON.")]
# Text, not the enums of the data model: loading that would take half the time of --help.
Mode = Annotated[
    str | None,
    typer.Option("--mode", help="standard, or strict: places and organisations go, too."),
]
OperatorName = Annotated[
    str | None,
    typer.Option(
        "--operator",
        help="What stands for personal data: placeholder [PERSON], pseudonym [PERSON_1] or mask.",
    ),
]
