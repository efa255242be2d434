"""Commands about issues: issues list, show, fixed, set, merge, split, rename, undo."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]

IssueId = Annotated[
    str, typer.Argument(metavar="ID", help="Id of the issue, or its first letters.")
]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        rich_markup_mode=None, help="List issues, read one, mark it fixed and see whether it was."
    )
    group.command("list")(list_)
    group.command()(show)
    group.command()(fixed)
    group.command("set")(set_)
    group.command()(merge)
    group.command()(split)
    group.command()(rename)
    group.command()(undo)
    application.add_typer(group, name="issues")


def list_(
    context: typer.Context,
    service: Annotated[str | None, typer.Option(help="Issues of this service only.")] = None,
    page: Annotated[str | None, typer.Option(help="Issues of this page of it only.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Such as new or fixed; all but those put aside without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List issues: what people say alike, how often, how usual, for whom."""
    from app.issue_work import list_issues
    from app.tell_issues import issue_record, issues_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_issues(store, service, page, status)
    if as_json:
        write_json([issue_record(row) for row in found.to_dict("records")])
    else:
        typer.echo(issues_text(found))


def show(context: typer.Context, issue_id: IssueId, as_json: AsJson = False) -> None:
    """Show one issue: sentence, fix, figures, three quotes, what was done."""
    from app.issue_work import show_issue
    from app.tell_issues import issue_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        record = show_issue(store, issue_id)
    write_json(record) if as_json else typer.echo(issue_text(record))


def fixed(
    context: typer.Context,
    issue_id: IssueId,
    on: Annotated[
        str | None, typer.Option(help="Day or moment of the fix, DD/MM/YYYY HH:MM; now without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Mark an issue fixed; its reports are watched from then on, and it reopens if they return."""
    from app.issue_work import mark_fixed
    from app.tell_issues import issue_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        record = mark_fixed(store, issue_id, on)
    write_json(record) if as_json else typer.echo(issue_text(record))


def set_(
    context: typer.Context,
    issue_id: IssueId,
    status: Annotated[
        str | None,
        typer.Option(help="new, acknowledged, investigating, closed or not_an_issue."),
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Who works on it.")] = None,
    ticket: Annotated[str | None, typer.Option(help="Address of its ticket.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say where an issue stands, who works on it, and where its ticket is."""
    from app.issue_work import change_issue
    from app.tell_issues import issue_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        record = change_issue(store, issue_id, status=status, owner=owner, ticket=ticket)
    write_json(record) if as_json else typer.echo(issue_text(record))


def merge(
    context: typer.Context,
    issue_id: IssueId,
    into: Annotated[
        str, typer.Argument(metavar="INTO", help="Id of the issue that it belongs to.")
    ],
    as_json: AsJson = False,
) -> None:
    """Put the comments and decisions of one issue into another, which keeps its id."""
    from app.issue_work import merge_into
    from app.tell_issues import issue_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        record = merge_into(store, issue_id, into)
    write_json(record) if as_json else typer.echo(issue_text(record))


def split(
    context: typer.Context,
    issue_id: IssueId,
    comments: Annotated[
        list[str],
        typer.Argument(metavar="COMMENT...", help="Ids of its comments, or their first letters."),
    ],
    title: Annotated[str, typer.Option(help="What the new issue is called.")],
    as_json: AsJson = False,
) -> None:
    """Make an issue of its own out of some comments; no later round puts them together again."""
    from app.issue_work import split_off
    from app.tell_issues import issue_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        record = split_off(keeper.settings, store, issue_id, comments, title)
    write_json(record) if as_json else typer.echo(issue_text(record))


def rename(
    context: typer.Context,
    issue_id: IssueId,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What it is called from now on.")],
    as_json: AsJson = False,
) -> None:
    """Give an issue a title that no later round takes from it; personal data is replaced."""
    from app.issue_work import rename_as
    from app.tell_issues import issue_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        record = rename_as(keeper.settings, store, issue_id, title)
    write_json(record) if as_json else typer.echo(issue_text(record))


def undo(context: typer.Context, issue_id: IssueId, as_json: AsJson = False) -> None:
    """Take the last change of an issue back: a decision, a title, a merge or a split."""
    from app.issue_work import take_back
    from app.tell_issues import issue_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        record = take_back(store, issue_id)
    write_json(record) if as_json else typer.echo(issue_text(record))
