"""Commands about digests: digest subscribe, list, unsubscribe, preview, send."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson
from feedback.errors import DeliveryError

__all__ = ["register"]

Service = Annotated[str | None, typer.Option("--service", help="Its service; without it, all.")]
Every = Annotated[str, typer.Option("--every", help="day or week (on Monday).")]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        rich_markup_mode=None,
        help="Send what a day or a week brought, by e-mail or to a webhook; no comment is quoted.",
    )
    group.command("subscribe")(subscribe)
    group.command("list")(list_)
    group.command("unsubscribe")(unsubscribe)
    group.command("preview")(preview)
    group.command("send")(send)
    application.add_typer(group, name="digest")


def subscribe(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="EMAIL|URL", help="Where it goes.")],
    service: Service = None,
    every: Every = "week",
    as_json: AsJson = False,
) -> None:
    """Have a digest sent from now on."""
    from app.digest_work import add_subscription, as_plain, known_frequency, subscriptions_text
    from app.ticketing import service_in

    keeper: Context = context.obj
    with keeper.open_store() as store:
        chosen = service_in(store, service) if service else None
        one = add_subscription(store, target, known_frequency(every), service=chosen)
    write_json(as_plain(one)) if as_json else typer.echo(subscriptions_text([one]))


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List who gets which digest, when it was last sent and what went wrong since."""
    from app.digest_work import as_plain, list_subscriptions, subscriptions_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_subscriptions(store)
    write_json([as_plain(one) for one in found]) if as_json else typer.echo(
        subscriptions_text(found)
    )


def unsubscribe(
    context: typer.Context,
    subscription_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the subscription.")],
) -> None:
    """Have a digest sent no more; the audit log keeps that it was."""
    from app.digest_work import drop_subscription

    keeper: Context = context.obj
    with keeper.open_store() as store:
        drop_subscription(store, subscription_id)
    typer.echo(f"Subscription {subscription_id} is removed.")


def preview(
    context: typer.Context, service: Service = None, every: Every = "week", as_json: AsJson = False
) -> None:
    """Write the digest of the last whole day or week, as it would be sent now."""
    from app import digest_work
    from app.digest_text import as_json as in_json
    from app.digest_text import as_text
    from app.ticketing import service_in

    keeper: Context = context.obj
    with keeper.open_store() as store:
        chosen = service_in(store, service) if service else None
        frequency = digest_work.known_frequency(every)
        digest = digest_work.preview(store, service=chosen, frequency=frequency)
    url = keeper.settings.dashboard_url
    if as_json:
        write_json(in_json(digest, url, digest_id="preview"))
    else:
        typer.echo(f"{digest.subject}\n\n{as_text(digest, url)}", nl=False)


def send(
    context: typer.Context,
    now: Annotated[
        bool, typer.Option("--now", help="Send all there are, whether they are due or not.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send the digests that are due; run it every hour, or leave it to feedback run --follow."""
    from app.digest_work import as_plain, send_digests, sent_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        sent = send_digests(keeper.settings, store, whenever=now)
    if as_json:
        failures = [{**as_plain(one), "failure": reason} for one, reason in sent.failures]
        write_json({"n_sent": sent.n_sent, "failures": failures})
    else:
        typer.echo(sent_text(sent))
    if sent.failures:
        _, reason = sent.failures[0]
        raise DeliveryError(f"{reason} It is tried again. See: feedback digest list")
