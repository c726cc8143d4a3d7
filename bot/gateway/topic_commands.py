"""What a chat wants by itself: the digest, and topics to follow or to mute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.gateway.context import Said
from bot.publishing.order import Wish
from bot.rendering import panels


async def subscribe(said: Said) -> None:
    """/subscribe [topic]: the digest comes by itself, the first one at once."""
    await begin(said, said.words)


async def begin(said: Said, words: str = "") -> None:
    """Subscribe, and follow the topic that words name."""
    if not await _is_allowed(said):
        return
    orders = said.office.use_cases.orders
    confirmation = await orders.subscribe(said.place, words)
    await said.reply(confirmation.message)
    if confirmation.is_first:
        await orders.welcome(said.place)


async def digest(said: Said) -> None:
    """/digest: what the next one would hold, now; it does not come again."""
    if await _is_allowed(said):
        nothing = await said.office.use_cases.orders.digest_now(said.place)
        if nothing is not None:
            await said.reply(nothing)


async def follow_linked(said: Said, key: str) -> None:
    """Follow the topic that a deep link names."""
    if await _is_allowed(said):
        orders = said.office.use_cases.orders
        confirmation = await orders.wish(Wish.FOLLOW, key, said.place, is_typed=False)
        await said.reply(confirmation.message)


async def unsubscribe(said: Said) -> None:
    """/unsubscribe: no more digests."""
    if await _is_allowed(said):
        confirmation = await said.office.use_cases.orders.unsubscribe(said.place)
        await said.reply(confirmation.message)


def wisher(wish: Wish) -> Callable[[Said], Awaitable[None]]:
    """Make the handler of /follow, /unfollow, /mute or /unmute."""

    async def handle(said: Said) -> None:
        orders = said.office.use_cases.orders
        if not said.words:
            await said.reply(await orders.wishes(wish, said.place))
        elif await _is_allowed(said):
            confirmation = await orders.wish(wish, said.words, said.place)
            await said.reply(confirmation.message)

    return handle


async def _is_allowed(said: Said) -> bool:
    if await said.may_change():
        return True
    await said.reply(panels.administrators_only(said.style))
    return False
