"""`gazette check --online`: what only Telegram can tell: token, rights, commands."""

from __future__ import annotations

import asyncio

import typer

from bot.domain.subscription import Chat, ChatId, ChatKind, UserId
from bot.errors import BotDisabled, Refused, SendError
from bot.gateway.application import Listeners, Telegram
from bot.gateway.messenger import TelegramMessenger
from bot.settings import TELEGRAM, Settings

PATIENCE_SECONDS = 15.0


async def check_online(settings: Settings, *, quiet: bool) -> list[str]:
    """Ask Telegram and say what is fine (unless `quiet`); gives a sentence per trouble."""
    api_url = None if settings.bot_api_url == TELEGRAM else settings.bot_api_url
    telegram = Telegram(
        settings.token,
        listeners=Listeners(on_conflict=lambda _: None, on_disabled=lambda _: None),
        api_url=api_url,
    )
    try:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                me = await telegram.start()
        except TimeoutError:
            return [f"{settings.bot_api_url} cannot be reached: is this machine online?"]
        except (BotDisabled, Refused) as error:
            return [f"BOT_TOKEN: Telegram refuses it ({error})"]
        messenger = TelegramMessenger(telegram.bot)
        if not quiet:
            typer.echo(f"token: fine, the bot is @{me.username}")
            inline = "on" if me.is_inline else "off; /setinline at @BotFather switches it on"
            typer.echo(f"inline mode: {inline}")
        trouble = []
        for name in settings.channels:
            problem = await _about_channel(messenger, name, me.id)
            if problem is not None:
                trouble.append(problem)
            elif not quiet:
                typer.echo(f"channel {name}: fine")
        if not quiet:
            commands = await messenger.call("getMyCommands", {})
            told = f"{len(commands)} set" if commands else "none yet; gazette run sets them"
            typer.echo(f"commands: {told}")
        return trouble
    finally:
        await telegram.close()


async def _about_channel(messenger: TelegramMessenger, name: int | str, me: UserId) -> str | None:
    """Say what keeps the bot from posting in a channel or group; None: nothing."""
    try:
        chat: Chat = await messenger.get_chat(name if isinstance(name, str) else ChatId(name))
        member = await messenger.get_chat_member(chat.id, me)
    except SendError as error:
        return f"CHANNELS: {name} cannot be seen by the bot: {error}"
    if chat.kind is ChatKind.CHANNEL and "can_post_messages" not in member.rights:
        return f"CHANNELS: the bot may not post in {name}: make it an administrator there"
    if member.status in ("left", "kicked"):
        return f"CHANNELS: the bot is not in {name}: add it there"
    return None
