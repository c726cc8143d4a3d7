"""Many chats and many digests at once: the same as one by one, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.rules import Weights
from bot.domain.subscription import Chat, ChatId, ChatKind, ChatState, Hours, Subscription
from bot.domain.timetable import is_for
from bot.publishing.compose import audiences
from bot.store.audiences import Audiences
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digest_rows import MANY, NewDigest
from bot.store.digests import Digests
from bot.store.enqueue import CHATS_AT_ONCE
from bot.store.schema import deliveries, digest_messages, digest_stories, digests
from bot.store.subscriptions import Subscriptions
from tests.support.store_values import NOW, a_chat, a_digest

TEA = Subscription(chat_id=ChatId(1), followed=("Tea",))
WISHES = (
    TEA,
    replace(TEA, followed=("Rain",)),
    replace(TEA, weights=Weights(heat=2)),
    replace(TEA, is_silent=True),
    replace(TEA, words_in=("a|b",)),
    replace(TEA, words_out=("a|b",)),
    replace(TEA, has_flash=True),
    replace(TEA, language="de"),
)


async def test_chats_are_grouped_as_they_are_one_by_one(db: Database) -> None:
    """By wish and history; those who pause, sleep, have ended or keep other hours are left out."""
    rows, ledger = Subscriptions(db), Digests(db)
    for number in range(1, 41):
        kind = ChatKind.GROUP if number % 5 == 0 else ChatKind.PRIVATE
        chat_id = ChatId(-number if number % 5 == 0 else number)
        await rows.see_chat(Chat(id=chat_id, kind=kind), NOW)
        wish = replace(WISHES[number % len(WISHES)], chat_id=chat_id, chat_kind=kind)
        if number == 31:
            wish = replace(wish, paused_until=NOW + timedelta(days=1))
        if number == 32:
            wish = replace(wish, hours=Hours(zone="Asia/Tokyo"))
        await rows.subscribe(wish, NOW - timedelta(days=2))
    await rows.set_chat_state(ChatId(33), ChatState.ASLEEP, "blocked", NOW)
    await rows.unsubscribe(ChatId(34), 0, NOW)
    for topic, chats in (("one", (1, 2, 3, 11)), ("two", (3, 9)), ("one", (17, 3))):
        recipients = tuple((ChatId(chat), 0) for chat in chats)
        await ledger.store([NewDigest(digest=a_digest((topic,)), recipients=recipients)], now=NOW)
        if topic == "two":  # what waited for these is cancelled: they have not received it
            for chat in (3, 11):
                await rows.set_chat_state(ChatId(chat), ChatState.ASLEEP, "blocked", NOW)
                await rows.set_chat_state(ChatId(chat), ChatState.AWAKE, "", NOW)

    due = {"": NOW}
    keeping = [
        one
        for one in await rows.active()
        if one.hours.key in due and is_for(one, due[one.hours.key], NOW)
    ]
    addresses = [(one.chat_id, one.thread_id) for one in keeping]
    one_by_one = audiences(keeping, await Deliveries(db).received_by(addresses))
    wanted = {(one.subscription.wish, one.received): sorted(one.addresses) for one in one_by_one}
    found = await Audiences(db).keeping(due, NOW)
    assert {(one.subscription.wish, one.received): sorted(one.addresses) for one in found} == wanted
    assert len(found) == len(wanted) > len(WISHES)
    stories = {chat: len(one.received) for one in found for chat, _ in one.addresses}
    assert [stories[ChatId(chat)] for chat in (2, 3, 9, 11, 12)] == [1, 1, 1, 0, 0]
    first = found[0].addresses
    assert (first[0], list(first[:1])) == (next(iter(first)), [first[0]])


async def test_of_many_digests_one_may_go_to_very_many_chats(db: Database) -> None:
    """In parts, each chat once, also when it is named in two of them."""
    chats = [*range(CHATS_AT_ONCE + 1, 0, -1), CHATS_AT_ONCE + 1]
    large = NewDigest(digest=a_digest(("a",)), recipients=[(ChatId(chat), 0) for chat in chats])
    others = [
        NewDigest(digest=a_digest((f"a{at}",)), recipients=[(ChatId(-at), 0)])
        for at in range(1, MANY)
    ]
    first, *_ = await Digests(db).store([large, *others], now=NOW)
    async with db.reading() as connection:
        row = deliveries.c
        query = sa.select(row.digest_id, sa.func.count()).group_by(row.digest_id)
        counts = {key: count for key, count in await connection.execute(query)}
    assert counts.pop(first) == CHATS_AT_ONCE + 1
    assert list(counts.values()) == [1] * (MANY - 1)


@pytest.mark.long
async def test_many_digests_are_stored_like_a_few(db: Database) -> None:
    rows, ledger = Subscriptions(db), Digests(db)
    for number in range(1, 91):
        await rows.see_chat(Chat(id=ChatId(number), kind=ChatKind.PRIVATE), NOW)
    await rows.set_chat_state(ChatId(7), ChatState.ASLEEP, "blocked", NOW)

    shared = a_digest(("shared",), ("too",))

    def new(at: int) -> NewDigest:
        chats = range(3 * at + 1, 3 * at + 4)
        recipients = tuple((ChatId(chat), chat % 2) for chat in (*chats, chats[0]))
        digest = shared if at in (3, 4) else a_digest((f"a{at}",), (f"b{at}",))
        return NewDigest(digest=digest, recipients=recipients)

    few = [new(at) for at in range(MANY - 1)]
    many = [new(at) for at in range(MANY)]
    one_by_one = await ledger.store(few, now=NOW)
    together = await ledger.store(many, now=NOW)
    assert together == tuple(range(one_by_one[-1] + 1, one_by_one[-1] + 1 + MANY))

    async with db.reading() as connection:
        for table, id_ in (
            (digests, digests.c.id),
            (digest_messages, digest_messages.c.digest_id),
            (digest_stories, digest_stories.c.digest_id),
            (deliveries, deliveries.c.digest_id),
        ):
            told = [c for c in table.c if c.name not in ("id", "digest_id", "send_id")]
            for first, second in zip(one_by_one, together[:-1], strict=True):
                both = [
                    sorted(map(repr, await connection.execute(sa.select(*told).where(id_ == one))))
                    for one in (first, second)
                ]
                assert both[0] == both[1], table.name
                assert both[0]
        asleep = sa.select(sa.func.count()).where(deliveries.c.chat_id == 7)
        assert await connection.scalar(asleep) == 0
    later = await ledger.store([new(0)], now=NOW)
    assert later[0] == together[-1] + 1, "numbers go on behind them"


async def test_those_who_sleep_are_left_out_of_every_part(db: Database) -> None:
    """Also at the ends of a part, and where all of one sleep."""
    rows, ledger = Subscriptions(db), Digests(db)
    asleep = {-7, 1, CHATS_AT_ONCE, CHATS_AT_ONCE + 1, CHATS_AT_ONCE + 2}
    for number in sorted(asleep):
        await rows.see_chat(a_chat(ChatId(number)), NOW)
        await rows.set_chat_state(ChatId(number), ChatState.ASLEEP, "blocked", NOW)
    await rows.see_chat(a_chat(ChatId(2)), NOW)
    chats = range(CHATS_AT_ONCE + 2, 0, -1)
    recipients = tuple((ChatId(chat), 0) for chat in (*chats, -7, 2))
    await ledger.store([NewDigest(digest=a_digest(("a",)), recipients=recipients)], now=NOW)
    async with db.reading() as connection:
        stored = (await connection.scalars(sa.select(deliveries.c.chat_id))).all()
    assert sorted(stored) == [chat for chat in reversed(chats) if chat not in asleep]
