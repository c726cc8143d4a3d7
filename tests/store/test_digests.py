"""Digests: one transaction makes one, an approval binds its content, all rows final ends it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.delivery import DigestId, Sent, State, settle
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.message import DigestHash
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId, ChatState, UserId
from bot.errors import Refused, StoreError
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digest_rows import DigestState, NewDigest
from bot.store.digests import Digests
from bot.store.schema import (
    deliveries,
    digest_messages,
    digest_stories,
    digests,
    metadata,
    sends,
    stories,
)
from bot.store.slot_sends import Hold, SlotSends
from bot.store.slots import Slots
from bot.store.subscriptions import Subscriptions
from tests.store.conftest import OpenDatabase
from tests.support.store_values import (
    ANNA,
    BEN,
    CLEO,
    MINUTE,
    NOW,
    SUPERGROUP,
    a_chat,
    a_digest,
    a_message,
    an_article,
    import_articles,
    in_flight,
    new_digest,
)

KEY = "times:08:00:UTC"
HOLD = Hold(places=[(KEY, NOW)], taken_at=NOW)
EDITOR = UserId(7_000_000_009)
FIRST_TWO = (("tea", "coffee"), ("mate",))


async def counted(db: Database) -> dict[str, int]:
    """Count the rows of every table that has any."""
    found: dict[str, int] = {}
    async with db.reading() as connection:
        for table in metadata.sorted_tables:
            query = sa.select(sa.func.count()).select_from(table)
            found[table.name] = await connection.scalar(query) or 0
    return {name: count for name, count in found.items() if count}


async def test_a_digest_comes_back_as_it_was_stored(db: Database) -> None:
    item = Item(article=an_article(), score=51.25, also=(an_article("chai"),), reasons={"heat": 50})
    message = replace(a_message("tea"), parameters={"z": [1], "text": "Tée \x00", "a": None})
    digest = Digest(items=(item,), messages=(message, a_message("coffee")))
    new = NewDigest(
        digest=digest,
        recipients=((ANNA, 0),),
        kind=DigestKind.FIRST,
        priority=Priority.ANSWER,
        made_by=EDITOR,
    )
    (digest_id,) = await Digests(db).store([new], now=NOW)
    stored = await Digests(db).get(digest_id)
    assert stored is not None
    assert stored.messages == digest.messages
    assert list(stored.messages[0].parameters) == ["z", "text", "a"]
    assert stored.hash == digest.hash
    assert stored.items == (
        {
            "path": "_news/tea.md",
            "title": "Tea",
            "url": "https://example.org/tea",
            "score": 51.25,
            "reasons": {"heat": 50},
            "event": ["_news/chai.md"],
            "story_id": an_article().story_id,
        },
    )
    assert (stored.kind, stored.state, stored.priority) == (
        DigestKind.FIRST,
        DigestState.OPEN,
        Priority.ANSWER,
    )
    assert (stored.made_by, stored.approved_by, stored.created_at) == (EDITOR, None, NOW)
    assert await Digests(db).get(DigestId(digest_id + 1)) is None


async def test_storing_makes_a_row_for_each_chat_and_message_and_finishes_the_slot(
    db: Database,
) -> None:
    await Slots(db).take([(KEY, NOW)], NOW)
    new = [new_digest(*FIRST_TWO, to=[ANNA, BEN]), new_digest(("chai",), to=[CLEO])]
    stored = await SlotSends(db).add(HOLD, new, to_come=0, now=NOW, at=NOW)
    assert stored is not None
    ids = stored.ids
    assert len(ids) == 2
    assert await Slots(db).unfinished() == ()
    first, second = await Digests(db).running()
    assert (first.counts, first.total, first.open) == ({State.PENDING: 4}, 4, 4)
    assert second.counts == {State.PENDING: 1}
    first_digest = await Digests(db).get(ids[0])
    assert first_digest is not None
    assert (first_digest.schedule_key, first_digest.due_at) == (KEY, NOW)
    due = await Deliveries(db).due(now=NOW, limit=9)
    assert [(one.chat_id, one.position) for one in due] == [(ANNA, 0), (BEN, 0), (CLEO, 0)]


async def test_a_slot_brings_its_digests_once_whoever_tries(open_database: OpenDatabase) -> None:
    one, two = SlotSends(open_database()), SlotSends(open_database())
    db = open_database()
    await Slots(db).take([(KEY, NOW)], NOW)
    stored = await asyncio.gather(
        *(
            sends.add(HOLD, [new_digest()], to_come=0, now=NOW, at=NOW + MINUTE)
            for sends in (one, two) * 2
        )
    )
    assert [len(one.ids) for one in stored if one is not None] == [1]
    assert (await counted(db))["deliveries"] == 1


async def test_a_kill_while_storing_leaves_nothing_half_done(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break off after each statement in turn, as a kill does: only all or nothing is seen."""
    await Slots(db).take([(KEY, NOW)], NOW)
    before = await counted(db)
    engine = db._writer.sync_engine  # the fault lies below everything that we wrote
    left = 0

    def cut(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ConnectionResetError("killed")

    new = [new_digest(*FIRST_TWO, to=[ANNA, BEN])] * 2
    for allowed in range(100):
        left = allowed
        sa.event.listen(engine, "after_cursor_execute", cut)
        try:
            await SlotSends(db).add(HOLD, new, to_come=0, now=NOW, at=NOW)
            break
        except StoreError:
            pass
        finally:
            sa.event.remove(engine, "after_cursor_execute", cut)
        assert await counted(db) == before
        assert len(await Slots(db).unfinished()) == 1
    assert allowed >= 9
    assert (await counted(db))["deliveries"] == 8
    assert await Slots(db).unfinished() == ()


async def test_many_chats_get_their_rows_in_the_order_of_their_ids_each_once(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.enqueue.CHATS_AT_ONCE", 100)
    chats = [ChatId(number) for number in range(250, 0, -1)]
    new = NewDigest(
        digest=a_digest(("tea",), ("mate",)),
        recipients=tuple((chat, 0) for chat in [*chats, *chats[:10]]),
    )
    await Digests(db).store([new], now=NOW)
    deliveries = Deliveries(db)
    assert await deliveries.open_count() == 500
    due = await deliveries.due(now=NOW, limit=50)
    assert [one.chat_id for one in due] == sorted(chats)[:50]
    assert {one.position for one in due} == {0}


async def test_a_chat_that_must_not_be_written_to_gets_no_row(db: Database) -> None:
    subscriptions = Subscriptions(db)
    await subscriptions.see_chat(a_chat(ANNA), NOW)
    await subscriptions.set_chat_state(ANNA, ChatState.ASLEEP, "blocked", NOW)
    (digest_id,) = await Digests(db).store([new_digest(to=[ANNA, BEN])], now=NOW)
    progress = await Digests(db).progress(digest_id)
    assert progress is not None
    assert progress.total == 1


async def test_threads_of_one_forum_are_addresses_of_their_own(db: Database) -> None:
    new = NewDigest(digest=a_digest(), recipients=((SUPERGROUP, 7), (SUPERGROUP, 0)))
    await Digests(db).store([new], now=NOW)
    due = await Deliveries(db).due(now=NOW, limit=9)
    assert [(one.chat_id, one.thread_id) for one in due] == [(SUPERGROUP, 7), (SUPERGROUP, 0)]


async def test_a_digest_for_later_is_not_due_before(db: Database) -> None:
    later = NOW + timedelta(hours=2)
    await Digests(db).store([replace(new_digest(), due_at=later)], now=NOW)
    assert await Deliveries(db).due(now=later - MINUTE, limit=9) == ()
    assert await Deliveries(db).next_due_at() == later
    assert len(await Deliveries(db).due(now=later, limit=9)) == 1


async def test_an_approval_sends_what_was_prepared_once(open_database: OpenDatabase) -> None:
    one, two = Digests(open_database()), Digests(open_database())
    new = replace(new_digest(*FIRST_TWO), kind=DigestKind.MANUAL, priority=Priority.OPERATOR)
    digest_id = await one.prepare(new, now=NOW)
    deliveries = Deliveries(open_database())
    assert await deliveries.open_count() == 0
    assert await one.running() == ()
    counts = await asyncio.gather(
        *(
            digests.approve(
                digest_id, new.digest.hash, recipients=[(ANNA, 0), (BEN, 0)], by=EDITOR, now=NOW
            )
            for digests in (one, two, one)
        )
    )
    assert sorted(counts) == [0, 0, 4]
    stored = await two.get(digest_id)
    assert stored is not None
    assert (stored.state, stored.approved_by) == (DigestState.OPEN, EDITOR)


async def test_an_approval_of_other_content_or_for_nobody_changes_nothing(db: Database) -> None:
    digests = Digests(db)
    new = new_digest()
    digest_id = await digests.prepare(new, now=NOW)
    await Subscriptions(db).see_chat(a_chat(BEN), NOW)
    await Subscriptions(db).set_chat_state(BEN, ChatState.ASLEEP, "blocked", NOW)
    for digest_hash, recipients in (
        (DigestHash("0" * 16), [(ANNA, 0)]),
        (new.digest.hash, []),
        (new.digest.hash, [(BEN, 0)]),
    ):
        count = await digests.approve(
            digest_id, digest_hash, recipients=recipients, by=EDITOR, now=NOW
        )
        assert count == 0
        stored = await digests.get(digest_id)
        assert stored is not None
        assert stored.state is DigestState.PREPARED


async def send(db: Database, *, refuse: frozenset[ChatId] = frozenset()) -> None:
    """Send everything that is due; message ids count from 100."""
    deliveries = Deliveries(db)
    number = 100
    while due := await deliveries.due(now=NOW, limit=9):
        await deliveries.mark_sending([one.id for one in due], now=NOW)
        for one in due:
            number += 1
            outcome = Refused("no") if one.chat_id in refuse else Sent(message_ids=(number,))
            await deliveries.settle([settle(in_flight(one), outcome, now=NOW)], now=NOW)


async def test_a_digest_is_done_when_all_its_rows_are_final(db: Database) -> None:
    digests = Digests(db)
    await import_articles(Articles(db), "tea", "coffee", "mate", "chai")
    ids = await digests.store(
        [new_digest(*FIRST_TWO, to=[ANNA, BEN]), new_digest(("chai",), to=[CLEO])], now=NOW
    )
    assert await digests.finish_done(NOW) == ()
    await send(db, refuse=frozenset([CLEO]))
    first, second = await digests.finish_done(NOW + MINUTE)
    assert (first.digest_id, first.counts) == (ids[0], {State.SENT: 4})
    assert (second.digest_id, second.counts) == (ids[1], {State.REFUSED: 1})
    assert await digests.finish_done(NOW + 2 * MINUTE) == ()
    assert await digests.running() == ()
    async with db.reading() as connection:
        rows = await connection.execute(sa.select(stories.c.story_key, stories.c.posted_at))
        posted = {key: at for key, at in rows}
    names = ("tea", "coffee", "mate")
    assert posted == {
        **{an_article(name).story_key: NOW + MINUTE for name in names},
        an_article("chai").story_key: None,
    }


async def test_the_digest_of_a_sent_message_is_found_by_chat_and_number(db: Database) -> None:
    digests = Digests(db)
    (digest_id,) = await digests.store([new_digest(*FIRST_TWO, to=[ANNA])], now=NOW)
    await send(db)
    found = await digests.of_message(ANNA, 101)
    assert found is not None
    assert (found[0].id, found[1]) == (digest_id, 0)
    assert await digests.of_message(ANNA, 10) is None
    assert await digests.of_message(BEN, 101) is None


async def test_the_first_time_of_posting_stays(db: Database) -> None:
    articles = Articles(db)
    await import_articles(articles, "tea")
    key = an_article().story_key
    await articles.mark_posted([key], at=NOW)
    await articles.mark_posted([key, key], at=NOW + MINUTE)
    async with db.reading() as connection:
        assert await connection.scalar(sa.select(stories.c.posted_at)) == NOW


async def test_a_digest_without_messages_or_chats_is_done_at_once(db: Database) -> None:
    digests_ = Digests(db)
    await digests_.store([NewDigest(digest=Digest(items=(), messages=()))], now=NOW)
    (done,) = await digests_.finish_done(NOW)
    assert done.total == 0
    assert (await counted(db)).keys() == {digests.name, sends.name}
    assert (
        not {deliveries.name, digest_messages.name, digest_stories.name}
        & (await counted(db)).keys()
    )


async def test_a_chat_that_got_a_story_meanwhile_gets_it_no_second_time(db: Database) -> None:
    digests, ledger = Digests(db), Deliveries(db)
    as_of = await ledger.newest()
    await digests.store([new_digest()], now=NOW)
    late = replace(new_digest(to=(ANNA, BEN)), as_of=as_of)
    (digest_id,) = await digests.store([late], now=NOW)
    rows = await ledger.due(now=NOW, limit=10)
    assert [row.chat_id for row in rows if row.digest_id == digest_id] == [BEN]
