"""`gazette run`: the bot, until Ctrl-C."""

from __future__ import annotations

import asyncio

import typer

from bot import logs
from bot.app import Gazette, opened
from bot.cli.import_bar import import_bar
from bot.cli.interrupts import STOPPED_AT_ONCE, Interrupts
from bot.clock import SystemClock
from bot.errors import BotDisabled, SettingsError, StoreError
from bot.gateway.transport import CONNECT_TIMEOUT, READ_TIMEOUT
from bot.settings import Loaded

DONE = 0
STOPPED = 3


def run(loaded: Loaded) -> int:
    """Run with these settings; gives the exit code."""
    logs.set_up(level=loaded.settings.log_level, form=loaded.settings.log_format)
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    try:
        return asyncio.run(_run(loaded))
    except KeyboardInterrupt:
        return stopped_at_once()


def stopped_at_once() -> int:
    """Say what a second Ctrl-C leaves behind; gives the exit code."""
    typer.echo(STOPPED_AT_ONCE, err=True)
    return DONE


def under_way(gazette: Gazette) -> str:
    """Say which calls an end in order waits for, and for how long at most."""
    calls = gazette.courier.in_flight
    if not calls:
        return ""
    at_most = f"(at most {READ_TIMEOUT + CONNECT_TIMEOUT:.0f} s)"
    if calls == 1:
        return f"the message under way is settled {at_most}"
    return f"the {calls} messages under way are settled {at_most}"


async def _run(loaded: Loaded) -> int:
    interrupts = Interrupts()
    try:
        async with opened(loaded, clock=SystemClock()) as gazette:
            interrupts.hand_to(gazette.stop, under_way=lambda: under_way(gazette))
            with import_bar() as tell:
                await gazette.prepare(on_progress=tell)
            claim = await gazette.operators.open_claim()
            await gazette.serve(on_ready=lambda: _greet(gazette, claim))
            disabled = gazette.disabled
    except BotDisabled as error:
        disabled = str(error)
    except asyncio.CancelledError:
        interrupts.swallow()
        disabled = None
    except StoreError as error:
        raise SettingsError([str(error)]) from error
    if disabled is not None:
        typer.echo(
            f"gazette: Telegram refuses the token or the address ({disabled}): the bot has "
            "stopped. Nothing is lost; what was due is sent when BOT_TOKEN is right again.",
            err=True,
        )
        return STOPPED
    typer.echo("Stopped.", err=True)
    return DONE


def _greet(gazette: Gazette, claim: str | None) -> None:
    name = gazette.identity.username
    due = gazette.plan.next_start(gazette.clock.now())
    typer.echo(f"@{name} is running; Ctrl-C ends it.", err=True)
    if due is not None:
        typer.echo(f"The next digest is due at {due:%Y-%m-%d %H:%M} UTC.", err=True)
    if claim is not None:
        typer.echo(
            f"Nobody operates this bot yet. Open https://t.me/{name}?start={claim} to be the one "
            "(the link works once).",
            err=True,
        )
