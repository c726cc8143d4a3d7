"""File ids, operators and their claim link, stored queries, single values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.domain.subscription import Role, UserId
from bot.store.database import Database
from bot.store.file_ids import FileIds
from bot.store.meta import Meta
from bot.store.operators import Operators
from bot.store.queries import Queries
from bot.store.schema import claims

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANNA, BEN = UserId(7_000_000_001), UserId(7_000_000_002)


async def test_a_file_id_is_remembered_for_its_bot_alone_and_can_be_replaced(db: Database) -> None:
    ours, other = FileIds(db, bot_id=1), FileIds(db, bot_id=2)
    await ours.put("assets/tea.png", "first", now=NOW)
    await ours.put("assets/tea.png", "second", now=NOW)
    assert await ours.get("assets/tea.png") == "second"
    assert await other.get("assets/tea.png") is None
    await ours.forget("assets/tea.png")
    assert await ours.get("assets/tea.png") is None


async def test_a_picture_address_of_any_length_can_be_a_key(db: Database) -> None:
    ids = FileIds(db, bot_id=1)
    one, two = "https://example.org/" + "ä" * 9000 + "1", "https://example.org/" + "ä" * 9000 + "2"
    await ids.put(one, "one", now=NOW)
    await ids.put(two, "two", now=NOW)
    assert (await ids.get(one), await ids.get(two)) == ("one", "two")


async def test_a_claim_makes_one_owner_once(db: Database) -> None:
    operators = Operators(db)
    token = await operators.offer_claim(now=NOW)
    assert not await operators.claim("guess", ANNA, now=NOW)
    assert await operators.claim(token, ANNA, now=NOW, name="Anna")
    assert not await operators.claim(token, BEN, now=NOW)
    found = await operators.all()
    assert [(one.user_id, one.role, one.name) for one in found] == [(ANNA, Role.OWNER, "Anna")]
    assert await operators.get(BEN) is None


async def test_a_claim_dies_with_time_and_with_the_next_offer(db: Database) -> None:
    operators = Operators(db)
    old = await operators.offer_claim(now=NOW)
    new = await operators.offer_claim(now=NOW)
    assert not await operators.claim(old, ANNA, now=NOW)
    assert not await operators.claim(new, ANNA, now=NOW + timedelta(hours=24))
    assert await operators.all() == ()


async def test_a_claim_token_is_not_in_the_database_and_fits_a_deep_link(db: Database) -> None:
    token = await Operators(db).offer_claim(now=NOW)
    async with db.reading() as connection:
        (stored,) = (await connection.execute(sa.select(claims.c.token_hash))).scalars()
    assert token not in stored
    assert len(token) <= 64
    assert token.replace("_", "a").replace("-", "a").isalnum()


async def test_a_role_is_replaced_and_taken_away(db: Database) -> None:
    operators = Operators(db)
    await operators.add(ANNA, Role.VIEWER, now=NOW)
    await operators.add(ANNA, Role.EDITOR, now=NOW)
    anna = await operators.get(ANNA)
    assert anna is not None
    assert anna.role is Role.EDITOR
    assert await operators.remove(ANNA)
    assert not await operators.remove(ANNA)


async def test_words_of_a_query_come_back_by_their_id(db: Database) -> None:
    queries = Queries(db)
    words = "зелёный чай " * 200 + "\x00\ud800"
    query_id = await queries.keep(words, now=NOW)
    assert await queries.keep(words, now=NOW) == query_id
    assert len(query_id) == 16
    assert await queries.words(query_id) == words[:-2] + "\ufffd\ufffd"
    assert await queries.words("0" * 16) is None


async def test_a_single_value_is_replaced(db: Database) -> None:
    meta = Meta(db)
    assert await meta.get("offset") is None
    await meta.set("offset", "1")
    await meta.set("offset", "2")
    assert await meta.get("offset") == "2"
