"""What chats do: they take us in, throw us out, block us, come back and change their number."""

from __future__ import annotations

import logging

from telegram import (
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
)
from telegram import Message as TelegramMessage

from bot.domain.panel import Target
from bot.domain.subscription import NO_THREAD, ChatId, ChatKind, ChatState
from bot.gateway import settings_commands
from bot.gateway.context import Office
from bot.publishing.links import in_shared_chat
from bot.publishing.notices import Notices
from bot.publishing.preferences import Place
from bot.rendering import courtesies

logger = logging.getLogger(__name__)

_GROUPS = (ChatKind.GROUP, ChatKind.SUPERGROUP)


async def membership_changed(office: Office, change: ChatMemberUpdated, notices: Notices) -> None:
    """Note that a chat wants us, or wants us no longer; greet a group that takes us in.

    Where we were silenced or demoted, nothing is tried, and the operators are told.
    """
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
    if not _may_write(change.new_chat_member, kind):
        await subscriptions.set_chat_state(chat_id, ChatState.PAUSED, f"we are {status}", now)
        await notices.tell(
            f"paused:{chat_id}",
            lambda _: _(
                "I may not write in chat %(chat)s any more. It is paused until I may again.",
                chat=str(chat_id),
            ),
        )
        return
    await subscriptions.wake(chat_id, now)
    office.use_cases.channels.meet(chat_id, change.chat.username)
    is_new = not _is_in(change.old_chat_member)
    if kind is ChatKind.CHANNEL and is_new:
        await settings_commands.offer(office, Target(chat_id=chat_id), change.from_user)
    if kind in _GROUPS and is_new:
        stored = await subscriptions.get(chat_id)
        style = office.style(Place(chat_id=chat_id, kind=kind))
        hello = courtesies.hello(style, is_subscribed=stored is not None and stored.is_active)
        username = office.identity.username or None
        shared = in_shared_chat(hello, bot_username=username, phrases=style.phrases)
        await office.speech.say(shared, chat_id=chat_id)


async def reopened(office: Office, message: TelegramMessage) -> None:
    """Go on in a topic that is open again; its digest comes at the next moment of its hours."""
    chat_id = ChatId(message.chat.id)
    thread = message.message_thread_id if message.is_topic_message else None
    subscriptions = office.use_cases.subscriptions
    await subscriptions.reopen(chat_id, thread or NO_THREAD)
    known = await subscriptions.chat(chat_id)
    if thread is None and known is not None and known.state is ChatState.PAUSED:
        await subscriptions.wake(chat_id, office.clock.now())
    logger.info("a topic is open again", extra={"chat": chat_id, "topic": thread})


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


def _may_write(member: ChatMember, kind: ChatKind) -> bool:
    """Whether what we are lets us post; a group's own rules for its members are not seen here."""
    if isinstance(member, ChatMemberRestricted):
        return member.can_send_messages
    if kind is not ChatKind.CHANNEL:
        return True
    return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)


def _is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in (ChatMember.LEFT, ChatMember.BANNED)
