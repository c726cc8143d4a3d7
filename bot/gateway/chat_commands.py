"""What chats do: they take us in, throw us out, block us, come back and change their number."""

from __future__ import annotations

import logging

from telegram import ChatMember, ChatMemberRestricted, ChatMemberUpdated
from telegram import Message as TelegramMessage

from bot.domain.panel import Target
from bot.domain.subscription import ChatId, ChatKind, ChatState
from bot.gateway import settings_commands
from bot.gateway.context import Office
from bot.publishing.links import in_shared_chat
from bot.publishing.preferences import Place
from bot.rendering import courtesies

logger = logging.getLogger(__name__)

_GROUPS = (ChatKind.GROUP, ChatKind.SUPERGROUP)


async def membership_changed(office: Office, change: ChatMemberUpdated) -> None:
    """Note that a chat wants us, or wants us no longer; greet a group that takes us in."""
    chat_id, kind = ChatId(change.chat.id), ChatKind(change.chat.type)
    subscriptions, now = office.use_cases.subscriptions, office.clock.now()
    status = change.new_chat_member.status
    logger.info("our place in a chat changed", extra={"chat": chat_id, "status": status})
    if not _is_in(change.new_chat_member):
        # Not seen anew: one that had itself forgotten stays without a name.
        reason = "blocked" if kind is ChatKind.PRIVATE else f"we are {status}"
        await subscriptions.set_chat_state(chat_id, ChatState.ASLEEP, reason, now)
        return
    await office.see(change.chat)
    await subscriptions.wake(chat_id, now)
    is_new = not _is_in(change.old_chat_member)
    if kind is ChatKind.CHANNEL and is_new:
        await settings_commands.offer(office, Target(chat_id=chat_id), change.from_user)
    if kind in _GROUPS and is_new:
        stored = await subscriptions.get(chat_id)
        style = office.style(Place(chat_id=chat_id, kind=kind))
        hello = courtesies.hello(style, is_subscribed=stored is not None and stored.is_active)
        shared = in_shared_chat(hello, bot_username=office.identity.username or None)
        await office.speech.say(shared, chat_id=chat_id)


async def moved(office: Office, message: TelegramMessage) -> None:
    """Follow a group that became a supergroup; both of its messages say the same."""
    here = ChatId(message.chat.id)
    if message.migrate_to_chat_id is not None:
        old, new = here, ChatId(message.migrate_to_chat_id)
    elif message.migrate_from_chat_id is not None:
        old, new = ChatId(message.migrate_from_chat_id), here
    else:
        return
    await office.use_cases.subscriptions.move_chat(old, new, office.clock.now())
    logger.info("chat moved", extra={"chat": old, "to": new})


def _is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in (ChatMember.LEFT, ChatMember.BANNED)
