"""`gazette post`: a digest by hand, through the same rows as every other."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import typer

from bot import logs
from bot.app import Gazette, opened
from bot.cli import inputs
from bot.cli.interrupts import Interrupts
from bot.cli.post_bar import PostBar
from bot.cli.post_desk import Table
from bot.cli.question import answered, meaning_of
from bot.cli.run import DONE, STOPPED, stopped_at_once, under_way
from bot.clock import SystemClock
from bot.domain.digest import DigestKind
from bot.domain.pacing import estimate
from bot.domain.subscription import Chat, ChatId, Subscription
from bot.errors import BotDisabled, SendError, SettingsError, StoreError
from bot.publishing.compose import Composed
from bot.publishing.shaping import Hand
from bot.settings import Loaded, load

NAMED = 10
"""Chats that the confirmation names; the rest is counted."""
AUDIENCES = ("channels", "subscribers", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """To whom and when; None: all CHANNELS, at once."""

    chat: int | None = None
    to: str | None = None
    at: str | None = None
    hand: Hand = field(default_factory=Hand)
    test: bool = False
    """Send it to the operators first."""


def post(wish: Wish, *, dry_run: bool, yes: bool) -> int:
    """Compose, show, ask, store and deliver (or leave that to the running bot)."""
    if wish.chat is not None and wish.to is not None:
        raise SettingsError(["--chat and --to exclude each other"])
    if wish.to is not None and wish.to not in AUDIENCES:
        raise SettingsError([f"--to: {wish.to!r} is none of {', '.join(AUDIENCES)}"])
    loaded = load(needs_token=True)
    zone = loaded.settings.timezone
    at = inputs.moment(wish.at, flag="--at", zone=zone) if wish.at is not None else None
    logs.set_up(level="WARNING", form=loaded.settings.log_format)
    try:
        return asyncio.run(_post(loaded, wish, at, dry_run=dry_run, yes=yes))
    except KeyboardInterrupt:
        return stopped_at_once()


async def _post(
    loaded: Loaded, wish: Wish, at: datetime | None, *, dry_run: bool, yes: bool
) -> int:
    interrupts = Interrupts()
    try:
        # Whoever delivers holds the lock: `see_through` takes it when nobody else does.
        async with opened(loaded, clock=SystemClock(), beside=True) as gazette:
            return await _work(gazette, wish, at, interrupts, dry_run=dry_run, yes=yes)
    except BotDisabled as error:
        typer.echo(f"gazette: Telegram refuses the token or the address ({error})", err=True)
        return STOPPED
    except asyncio.CancelledError:
        interrupts.swallow()
        typer.echo("Stopped. Nothing was sent.", err=True)
        return DONE
    except StoreError as error:
        raise SettingsError([str(error)]) from error


async def _work(
    gazette: Gazette,
    wish: Wish,
    at: datetime | None,
    interrupts: Interrupts,
    *,
    dry_run: bool,
    yes: bool,
) -> int:
    await gazette.prepare()
    readers = await _readers(gazette, wish)
    now = gazette.clock.now()
    adds = bool(wish.hand.add or wish.hand.pin)
    table = Table(
        gazette, await gazette.composer.compose(readers, now=now, keep_empty=adds), now=now
    )
    table.at = at
    await table.apply(wish.hand)
    if not table.composed:
        typer.echo("Nothing to say: these chats have received everything that is fresh enough.")
        return DONE
    await _show(gazette, table.composed, at or now)
    if wish.test:
        typer.echo(await table.test())
    if dry_run:
        typer.echo("Nothing was sent (--dry-run)." if not wish.test else "No reader got it.")
        return DONE
    if not yes and not await _agreed(gazette, table, now):
        typer.echo("Nothing was sent.")
        return DONE
    composed, at = table.composed, table.at
    interrupts.hand_to(gazette.stop, under_way=lambda: under_way(gazette))
    ids = await gazette.composer.store(composed, kind=DigestKind.MANUAL, now=now, due_at=at)
    if at is not None and at > now:
        typer.echo(f"Queued for {at:%Y-%m-%d %H:%M} UTC; `gazette run` sends it then.")
        return DONE
    bar = PostBar(per_second=gazette.plan.limits.per_second)
    with bar:
        await gazette.see_through(ids, on_progress=bar.show)
    typer.echo(bar.summary(is_looking_on=gazette.is_looking_on))
    for reason in await gazette.ledger.deliveries.reasons(ids):
        typer.echo(f"Telegram's reason: {reason}")
    if gazette.disabled is not None:
        typer.echo(f"gazette: Telegram refuses the token ({gazette.disabled})", err=True)
        return STOPPED
    return STOPPED if bar.has_alarm else DONE


async def _readers(gazette: Gazette, wish: Wish) -> Sequence[Subscription]:
    if wish.chat is not None:
        return (await _one_chat(gazette, ChatId(wish.chat)),)
    match wish.to:
        case "subscribers":
            readers = await gazette.ledger.subscriptions.active(gazette.clock.now())
            missing = "nobody has subscribed yet"
        case "all":
            readers = await gazette.slots.readers(gazette.clock.now())
            missing = "there are no channels and no subscribers yet"
        case _:
            readers = await gazette.channels.subscriptions()
            missing = "CHANNELS names no channel that can be posted to; --chat or --to says whom"
    if not readers:
        raise SettingsError([missing])
    return readers


async def _one_chat(gazette: Gazette, chat_id: ChatId) -> Subscription:
    try:
        chat = await gazette.messenger.get_chat(chat_id)
    except SendError as error:
        raise SettingsError([f"--chat: {chat_id} cannot be seen by the bot: {error}"]) from error
    await gazette.ledger.subscriptions.see_chat(chat, gazette.clock.now())
    stored = await gazette.ledger.subscriptions.get(chat.id)
    return stored or Subscription(chat_id=chat.id, chat_kind=chat.kind)


async def _show(gazette: Gazette, composed: Sequence[Composed], at: datetime) -> None:
    for one in composed:
        for message in one.digest.messages:
            typer.echo("─" * 72)
            typer.echo(message.text)
    typer.echo("─" * 72)
    counts: dict[ChatId, int] = {}
    for one in composed:
        for chat_id, _ in one.addresses:
            counts[chat_id] = counts.get(chat_id, 0) + one.digest.cost
    names = [await _name(gazette, chat_id) for chat_id in list(counts)[:NAMED]]
    more = f" and {len(counts) - NAMED} more" if len(counts) > NAMED else ""
    chats = "1 chat" if len(counts) == 1 else f"{len(counts)} chats"
    messages = sum(counts.values())
    how_many = "1 message" if messages == 1 else f"{messages} messages"
    told = estimate(counts, gazette.plan.limits, payable=gazette.purse.left)
    cost = f", at most {told.stars:g} Stars" if told.stars else ""
    typer.echo(f"To {chats} ({', '.join(names)}{more}): {how_many}, {_span(told.duration)}{cost}.")
    if at > gazette.clock.now():
        zone = ZoneInfo(gazette.plan.zone)
        typer.echo(f"Not before {at.astimezone(zone):%A %Y-%m-%d %H:%M} ({gazette.plan.zone}).")
    quiet_until = gazette.plan.quiet_until(at)
    if quiet_until:
        typer.echo(f"Quiet hours last until {quiet_until}; a post by hand does not wait for them.")


async def _name(gazette: Gazette, chat_id: ChatId) -> str:
    chat: Chat | None = await gazette.ledger.subscriptions.chat(chat_id)
    if chat is None:
        return str(chat_id)
    return f"@{chat.username}" if chat.username else chat.title or str(chat_id)


def _span(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    if seconds < 2:
        return "at once"
    return f"about {seconds} s" if seconds < 120 else f"about {round(seconds / 60)} minutes"


async def _agreed(gazette: Gazette, table: Table, now: datetime) -> bool:
    """Ask whether to post it; what is typed instead of an answer shapes it."""
    if not (inputs.is_terminal() and sys.stdin.isatty()):
        raise SettingsError(["nobody can be asked here: --yes posts without asking"])
    while True:
        typed = await answered("Post it?")
        meaning = meaning_of(typed)
        if meaning is not None:
            return meaning and bool(table.composed)
        turn = await table.take(typed)
        if turn is None:
            typer.echo("Please answer y or n. A question mark shows how to change the post first.")
        elif turn.is_changed:
            await _show(gazette, table.composed, table.at or now)
        else:
            typer.echo(turn.said)
