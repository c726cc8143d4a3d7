"""Own data: nothing about anybody is forgotten in the export, or left by the erasure."""

from __future__ import annotations

import re

import sqlalchemy as sa

from bot.domain.delivery import Sent, State, UncertainPolicy, settle
from bot.domain.sends import SendId
from bot.domain.subscription import NO_THREAD, Role, Subscription, UserId
from bot.ledger import Ledger
from bot.store.database import Database
from bot.store.own_data import HOLDINGS, NOBODYS
from bot.store.schema import metadata, reminders, saved, votes
from tests.support.store_values import (
    ANNA,
    BEN,
    GROUP,
    MINUTE,
    NOW,
    SUPERGROUP,
    a_chat,
    import_articles,
    in_flight,
    new_digest,
)

ABOUT_SOMEBODY = re.compile(r"(^|_)(chat|user|person|reader|operator|who)(_|$)|_by$")


def test_every_table_and_every_number_is_given_out_or_has_a_reason_not_to_be() -> None:
    owners = {f"{one.owner.table.name}.{one.owner.name}" for one in HOLDINGS}
    held = {one.owner.table.name for one in HOLDINGS}
    for table in metadata.sorted_tables:
        assert table.name in held or NOBODYS.get(table.name), f"{table.name}: whose is it?"
        for column in table.columns:
            may_name_somebody = isinstance(column.type, sa.BigInteger) or (
                ABOUT_SOMEBODY.search(column.name)
            )
            name = f"{table.name}.{column.name}"
            assert not may_name_somebody or name in owners or NOBODYS.get(name), f"{name}: whose?"


def test_the_exceptions_name_what_there_is_and_nothing_that_is_given_out() -> None:
    tables = {table.name: table for table in metadata.sorted_tables}
    for name in NOBODYS:
        table, _, column = name.partition(".")
        assert table in tables, name
        assert not column or column in tables[table].c, name
    for holding in HOLDINGS:
        left_out = holding.left_out
        assert set(left_out) <= {column.name for column in holding.owner.table.c}
        assert all(left_out.values())


def test_of_a_table_about_somebody_every_column_is_given_out_or_has_a_reason_not_to_be() -> None:
    whole = [holding for holding in HOLDINGS if not holding.only]
    assert {holding.name for holding in whole} >= {"chat", "subscriptions", "deliveries"}
    for holding in whole:
        given = {column.name for column in holding.columns}
        assert given | set(holding.left_out) == {c.name for c in holding.owner.table.c}


async def test_what_is_given_out_is_gone_after_the_erasure_and_others_keep_theirs(
    db: Database,
) -> None:
    ledger = Ledger.on(db)
    await import_articles(ledger.articles, "tea", "milk", "sugar")
    for chat in (ANNA, BEN):
        await ledger.subscriptions.see_chat(a_chat(chat, title=f"Name {chat}"), NOW)
        wish = Subscription(chat_id=chat, followed=("Tea",))
        await ledger.subscriptions.subscribe(wish, NOW)
        await ledger.operators.add(UserId(chat), Role.EDITOR, now=NOW, name=f"Name {chat}")
    sent, flying, waiting = await ledger.digests.store(
        [new_digest((name,), to=(ANNA, BEN)) for name in ("tea", "milk", "sugar")], now=NOW
    )
    prepared = await ledger.digests.prepare(new_digest(made_by=UserId(ANNA)), now=NOW)
    for _ in range(2):  # one row for each chat at a time
        due = await ledger.deliveries.due(now=NOW, limit=10)
        await ledger.deliveries.mark_sending([row.id for row in due], now=NOW)
        arrived = [
            settle(in_flight(row), Sent(message_ids=(row.id,)), now=NOW)
            for row in due
            if row.digest_id == sent
        ]
        await ledger.deliveries.settle(arrived, now=NOW)

    about = await ledger.own_data.about(ANNA)
    assert about["chat"][0]["title"] == f"Name {ANNA}"
    assert about["subscriptions"][0]["followed"] == ["Tea"]
    states = {row["digest_id"]: row["state"] for row in about["deliveries"]}
    assert states == {sent: "sent", flying: "sending", waiting: "pending"}
    assert [row["title"] for row in about["stories"]] == ["Tea", "Milk", "Sugar"]
    assert about["operator"][0]["role"] == "editor"
    assert [row["id"] for row in about["previews"]] == [prepared]
    others = await ledger.own_data.about(BEN)

    assert await ledger.own_data.erase(ANNA, NOW + MINUTE)
    left = await ledger.own_data.about(ANNA)
    (mark,) = left.pop("chat")
    assert not any(left.values()), left
    assert (mark["title"], mark["username"], mark["state"]) == ("", None, "asleep")
    assert await ledger.own_data.is_forgotten(ANNA)
    assert await ledger.own_data.about(BEN) == others
    assert not await ledger.own_data.erase(ANNA, NOW + MINUTE)
    assert not await ledger.own_data.is_forgotten(BEN)

    # The counts stay, what was in flight apart; nothing of hers can be sent any more.
    send = await ledger.sends.get(SendId(sent), now=NOW)
    assert send is not None
    assert send.counts == {
        State.SENT: 2,
        State.SENDING: 1,
        State.PENDING: 1,
        State.CANCELLED: 1,
    }
    await ledger.digests.store([new_digest(("tea",), to=(ANNA,))], now=NOW + MINUTE)
    due = await ledger.deliveries.due(now=NOW + 10 * MINUTE, limit=10)
    assert {row.chat_id for row in due} <= {BEN}
    assert not await ledger.deliveries.received(ANNA)


async def test_what_was_uncertain_is_not_sent_again_to_whom_was_forgotten(db: Database) -> None:
    ledger = Ledger.on(db)
    (digest,) = await ledger.digests.store([new_digest(("tea",), to=(ANNA,))], now=NOW)
    (row,) = await ledger.deliveries.due(now=NOW, limit=1)
    await ledger.deliveries.mark_sending([row.id], now=NOW, owner="here")
    await ledger.deliveries.abandon_in_flight(now=NOW, owner="here", uncertain=UncertainPolicy.ASK)
    assert len(await ledger.sends.doubts(SendId(digest), limit=5)) == 1
    await ledger.own_data.erase(ANNA, NOW)
    assert await ledger.sends.doubts(SendId(digest), limit=5) == ()
    assert await ledger.sends.decide(SendId(digest), again=True, now=NOW) == 0
    assert await ledger.deliveries.due(now=NOW + MINUTE, limit=1) == ()


async def test_who_subscribes_again_is_not_forgotten_any_more(db: Database) -> None:
    ledger = Ledger.on(db)
    await ledger.subscriptions.subscribe(Subscription(chat_id=ANNA), NOW)
    await ledger.own_data.erase(ANNA, NOW)
    assert await ledger.subscriptions.get(ANNA, NO_THREAD) is None
    await ledger.subscriptions.see_chat(a_chat(ANNA, title="Anna"), NOW)
    assert await ledger.own_data.is_forgotten(ANNA)  # only asked something
    await ledger.subscriptions.subscribe(Subscription(chat_id=ANNA), NOW)
    assert not await ledger.own_data.is_forgotten(ANNA)


async def test_what_a_group_has_follows_it_under_its_new_id(db: Database) -> None:
    ledger = Ledger.on(db)
    await ledger.subscriptions.subscribe(Subscription(chat_id=GROUP, followed=("Tea",)), NOW)
    await ledger.digests.store([new_digest(("tea",), to=(GROUP,))], now=NOW)
    rows = {
        saved: {"story_id": "1", "title": "T", "source": "", "wording": "", "saved_at": NOW},
        votes: {"points": 1, "source": "tap", "topics": [], "changed_at": NOW},
        reminders: {"story_id": "1", "due_at": NOW, "created_at": NOW},
    }
    async with db.writing() as connection:
        for table, values in rows.items():
            for chat, key in ((GROUP, "a"), (GROUP, "b"), (SUPERGROUP, "b")):
                row = {"chat_id": chat, "story_key": key, **values}
                await connection.execute(sa.insert(table), [row])
    await ledger.subscriptions.move_chat(GROUP, SUPERGROUP, NOW)
    assert not any((await ledger.own_data.about(GROUP)).values())
    about = await ledger.own_data.about(SUPERGROUP)
    for name in ("saved", "votes", "reminders"):
        assert [row["story_key"] for row in about[name]] == ["a", "b"]
    assert len(about["deliveries"]) == len(about["subscriptions"]) == 1
