"""A message that follows a story replies, in each chat, to what brought it there."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.delivery import Delivery, Sent, State, settle
from bot.domain.digest import Digest
from bot.domain.message import Message, hash_of
from bot.domain.subscription import ChatId
from bot.errors import Aspect, Unfit
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digest_rows import NewDigest
from bot.store.digests import Digests
from bot.store.subscriptions import Subscriptions
from tests.support.store_values import (
    ANNA,
    BEN,
    CLEO,
    GROUP,
    NOW,
    SUPERGROUP,
    a_chat,
    a_message,
    an_article,
    new_digest,
)

TEA = an_article("tea").story_key


async def send(db: Database, **ids: tuple[int, ...]) -> None:
    """Send what is due, with these message ids by chat."""
    rows = Deliveries(db)
    for row in await rows.due(now=NOW, limit=9):
        await rows.mark_sending([row.id], now=NOW)
        outcome = Sent(message_ids=ids[str(row.chat_id)])
        sending = replace(row, state=State.SENDING)
        await rows.settle([settle(sending, outcome, now=NOW)], now=NOW)


def later(*to: ChatId) -> NewDigest:
    message = replace(a_message("pots"), follows=TEA)
    recipients = tuple((chat_id, 0) for chat_id in to)
    return NewDigest(digest=Digest(items=(), messages=(message,)), recipients=recipients)


async def due(db: Database) -> dict[ChatId, Delivery]:
    return {row.chat_id: row for row in await Deliveries(db).due(now=NOW, limit=9)}


def reply_of(message: Message) -> object:
    return message.parameters.get("reply_parameters")


async def test_each_chat_has_its_own_reply_and_none_loses_the_message(db: Database) -> None:
    await Digests(db).store([new_digest(["tea"], to=[ANNA, BEN])], now=NOW)
    await send(db, **{str(ANNA): (11, 12), str(BEN): (21,)})
    new = later(ANNA, BEN, CLEO)
    await Digests(db).store([new], now=NOW)
    rows = await due(db)
    assert {chat: reply_of(row.message) for chat, row in rows.items()} == {
        ANNA: {"message_id": 11, "allow_sending_without_reply": True},
        BEN: {"message_id": 21, "allow_sending_without_reply": True},
        CLEO: None,
    }
    stored = await Digests(db).get(rows[ANNA].digest_id)
    assert stored is not None
    # The hash is over what all of them get alike.
    assert stored.hash == new.digest.hash == hash_of(stored.messages)
    assert stored.messages[0].follows == TEA
    # A reply that is not taken goes, the words stay, and it is not tried again.
    ledger = Deliveries(db)
    await ledger.mark_sending([rows[BEN].id], now=NOW)
    refused = Unfit(Aspect.REPLY, "message to be replied not found")
    sending = replace(rows[BEN], state=State.SENDING)
    await ledger.settle([settle(sending, refused, now=NOW)], now=NOW)
    again = (await due(db))[BEN].message
    assert reply_of(again) is None
    assert again.text == "pots"


async def test_numbers_of_messages_do_not_move_with_a_group(db: Database) -> None:
    await Subscriptions(db).see_chat(a_chat(GROUP), NOW)
    await Digests(db).store([new_digest(["tea"], to=[GROUP])], now=NOW)
    await send(db, **{str(GROUP): (31,)})
    await Subscriptions(db).move_chat(GROUP, SUPERGROUP, NOW)
    await Digests(db).store([later(SUPERGROUP)], now=NOW)
    assert reply_of((await due(db))[SUPERGROUP].message) is None
    received = await Deliveries(db).received_by([(SUPERGROUP, 0)])
    assert TEA in received[SUPERGROUP, 0]
