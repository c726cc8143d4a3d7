"""To whom a post by hand goes, and what they have had."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.article import StoryKey
from bot.domain.subscription import Chat, Subscription
from bot.domain.together import together
from bot.publishing.channels import Channels
from bot.publishing.moment import Address
from bot.store.deliveries import Deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The chats of a post, and the stories that any of them has received."""

    wishes: tuple[Subscription, ...] = ()
    chats: tuple[Chat, ...] = ()
    addresses: tuple[Address, ...] = ()
    received: frozenset[StoryKey] = field(default=frozenset(), repr=False)
    as_of: int = 0
    """The mark of the ledger up to which that is known."""

    @property
    def wish(self) -> Subscription:
        """The wish by which stories are chosen and written for all of them."""
        return together(self.wishes)


class TargetsNow:
    """Looks up the channels that may be written to."""

    def __init__(self, *, channels: Channels, deliveries: Deliveries) -> None:
        self._channels = channels
        self._deliveries = deliveries

    async def now(self) -> Targets:
        """Give the channels, and what they have had by now."""
        wishes = await self._channels.subscriptions()
        addresses = tuple((wish.chat_id, wish.thread_id) for wish in wishes)
        as_of = await self._deliveries.newest()
        chats = {chat.id: chat for chat in await self._channels.chats()}
        received = await self._deliveries.received_by(addresses)
        return Targets(
            wishes=wishes,
            chats=tuple(chats[wish.chat_id] for wish in wishes if wish.chat_id in chats),
            addresses=addresses,
            received=frozenset().union(*received.values()),
            as_of=as_of,
        )


def name_of(chat: Chat) -> str:
    """Name a chat for operators."""
    return f"@{chat.username}" if chat.username else chat.title or str(chat.id)
