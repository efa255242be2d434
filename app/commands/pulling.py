"""Commands for sources that are asked for feedback: sources, pull."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.context import Context, column_pairs, progress_bar, write_json
from app.commands.options import AsJson, Columns, MonthFirst, ServiceName

if TYPE_CHECKING:
    from app.pull_setup import Common
    from feedback.pull_sources import PullSource

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")]
Every = Annotated[
    int, typer.Option("--every", min=1, max=44_640, help="Minutes from one turn to the next.")
]
SourceName = Annotated[
    str | None,
    typer.Option(
        "--source",
        help="What its comments and its statement are filed under; by default its name. Give that "
        "of an ingest to go on with it: the same rows keep their ids.",
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(help="Column map, as of 'feedback ingest'; by default as the headings say."),
]
Settle = Annotated[
    float,
    typer.Option(
        "--settle-seconds",
        min=0.0,
        max=3_600.0,
        help="A file that changes within so many seconds is still being written.",
    ),
]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        rich_markup_mode=None,
        help="Say which folders, files and databases are asked for feedback, and how that goes.",
    )
    adding = typer.Typer(rich_markup_mode=None, help="Add a source: a folder, files or a query.")
    adding.command("folder")(add_folder)
    adding.command("files")(add_files)
    adding.command("query")(add_query)
    group.add_typer(adding, name="add")
    group.command("list")(list_)
    group.command("show")(show)
    group.command("pause")(pause)
    group.command("resume")(resume)
    group.command("remove")(remove)
    application.add_typer(group, name="sources")
    application.command()(pull)


def add_folder(
    context: typer.Context,
    name: Name,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where files are put.")],
    every: Every = 5,
    service: ServiceName = None,
    source: SourceName = None,
    preset: Preset = None,
    columns: Columns = None,
    month_first: MonthFirst = False,
    settle_seconds: Settle = 5.0,
    delete_done: Annotated[
        bool,
        typer.Option("--delete-done", help="Delete files once stored; they are not redacted."),
    ] = False,
) -> None:
    """Watch a folder: its files are taken, then moved to 'done' or 'failed' below it."""
    from app.pull_setup import add_folder

    keeper: Context = context.obj
    common = _common(name, every, service, source, preset, columns, month_first)
    with keeper.open_store(create=True) as store:
        _added(
            add_folder(
                store, common, folder, settle_seconds=settle_seconds, delete_done=delete_done
            )
        )


def add_files(
    context: typer.Context,
    name: Name,
    location: Annotated[
        str, typer.Argument(metavar="URL", help="Such as 's3://bucket/in/*.csv'; no password.")
    ],
    every: Every = 15,
    service: ServiceName = None,
    source: SourceName = None,
    preset: Preset = None,
    columns: Columns = None,
    month_first: MonthFirst = False,
    settle_seconds: Settle = 5.0,
) -> None:
    """Ask for files at an address that fsspec knows; those that are new or changed are taken."""
    from app.pull_setup import add_files

    keeper: Context = context.obj
    common = _common(name, every, service, source, preset, columns, month_first)
    with keeper.open_store(create=True) as store:
        _added(add_files(store, common, location, settle_seconds=settle_seconds))


def add_query(
    context: typer.Context,
    name: Name,
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="SQLAlchemy URL of the database; for the password, ${VARIABLE}."
        ),
    ],
    column: Annotated[str, typer.Option(help="Column that the query orders its rows by.")],
    since: Annotated[str, typer.Option(help="Value of that column to begin with.")],
    query: Annotated[
        str | None, typer.Option(help="SELECT with >= :since and ORDER BY that column.")
    ] = None,
    query_file: Annotated[Path | None, typer.Option(help="File with the query.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password, for its owner's eyes alone.")
    ] = None,
    look_back_minutes: Annotated[
        int, typer.Option(min=0, help="Where the column is a time: ask again for so many minutes.")
    ] = 10,
    look_back_numbers: Annotated[
        int, typer.Option(min=0, help="Where it is a number: ask again for so many.")
    ] = 1_000,
    every: Every = 15,
    service: ServiceName = None,
    source: SourceName = None,
    preset: Preset = None,
    columns: Columns = None,
    month_first: MonthFirst = False,
) -> None:
    """Ask a database for the rows from the last value on that is in the store."""
    from app.pull_setup import add_query
    from feedback.errors import SettingsError

    keeper: Context = context.obj
    if (query is None) == (query_file is None):
        raise SettingsError("Give the query with --query or with --query-file, and not with both.")
    if query_file is not None:
        try:
            query = query_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"The file {query_file} cannot be read.") from None
    common = _common(name, every, service, source, preset, columns, month_first)
    with keeper.open_store(create=True) as store:
        added = add_query(
            store,
            common,
            url,
            query=query or "",
            column=column,
            since=since,
            password_file=password_file,
            look_back_minutes=look_back_minutes,
            look_back_numbers=look_back_numbers,
        )
    _added(added)


def _common(
    name: str,
    every: int,
    service: str | None,
    source: str | None,
    preset: str | None,
    columns: list[str] | None,
    month_first: bool,
) -> Common:
    from app.pull_setup import Common

    mapped = column_pairs(columns or [])
    return Common(name, every, service, source, preset, mapped, month_first)


def _added(one: PullSource) -> None:
    from app.pull_tell import every, place

    typer.echo(
        f"{one.name} is added: {place(one)}, {every(one.every_minutes)} while "
        f"'feedback pull --follow' runs. What people should tell about it: "
        f"feedback sources show '{one.name}'"
    )


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List all sources with how they stand."""
    from app.pull_setup import list_sources
    from app.pull_tell import plain_source, sources_text
    from feedback.store import utc_now

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_sources(store)
    now = utc_now()
    if as_json:
        write_json([plain_source(one, now) for one in found])
    else:
        typer.echo(sources_text(found, now))


def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Tell all about a source: how it went, its latest files, what its statement still lacks."""
    from app.pull_setup import find_source
    from app.pull_tell import headings_left, plain_source, source_text
    from app.queries_sources import statement
    from feedback.pull_record import files_known
    from feedback.store import utc_now

    keeper: Context = context.obj
    with keeper.open_store() as store:
        one = find_source(store, name)
        told, files = statement(store, one.source), store.read(files_known(one.source_id))
    now = utc_now()
    if as_json:
        listed = files[["name", "at", "problem", "n_comments"]].to_dict("records")
        left = headings_left(told)
        write_json({**plain_source(one, now), "headings_left": left, "files": listed})
    else:
        typer.echo(source_text(one, told, files, now))


def pause(context: typer.Context, name: Name) -> None:
    """Ask a source no more until it is resumed."""
    from app.pull_setup import set_on

    keeper: Context = context.obj
    with keeper.open_store() as store:
        set_on(store, name, is_on=False)
    typer.echo(f"{name} is paused.")


def resume(context: typer.Context, name: Name) -> None:
    """Ask a paused source again."""
    from app.pull_setup import set_on

    keeper: Context = context.obj
    with keeper.open_store() as store:
        set_on(store, name, is_on=True)
    typer.echo(f"{name} is asked again.")


def remove(context: typer.Context, name: Name) -> None:
    """Forget a source; its comments and its statement stay."""
    from app.pull_setup import drop_source

    keeper: Context = context.obj
    with keeper.open_store() as store:
        drop_source(store, name)
    typer.echo(f"{name} is removed. Its comments and its statement stay.")


def pull(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Sources; without any, all.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Keep going, each source on its schedule.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the sources for new feedback and store it, redacted."""
    from app.pulling import as_plain, follow_sources, pull_once, turn_text
    from feedback.schema import PullOutcome

    keeper: Context = context.obj
    with keeper.open_store() as store:
        if follow:
            follow_sources(
                keeper.settings,
                store,
                names or [],
                report=lambda line: typer.echo(line, err=True),
            )
            return
        with progress_bar("Reading") as advance:
            turns = pull_once(keeper.settings, store, names or [], progress=advance)
    if as_json:
        write_json([as_plain(one) for one in turns])
    else:
        typer.echo("\n".join(map(turn_text, turns)))
    failed = [one for one in turns if one.outcome in (PullOutcome.FAILED, PullOutcome.PARTLY)]
    for one in failed:
        typer.echo(f"feedback: {one.name}: {one.problem}", err=True)
    if failed:
        raise typer.Exit(2)
