"""Drafts: one for each operator, each version once, nothing left behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.domain.digest import DigestKind
from bot.domain.sends import SendId
from bot.domain.subscription import UserId
from bot.store.database import Database
from bot.store.digests import Digests
from bot.store.drafts import Drafts, StoredDraft
from bot.store.retention import Retention
from bot.store.schema import digests
from bot.store.sends import Sends
from tests.store.conftest import OpenDatabase
from tests.support.store_values import ANNA, BEN, NOW, new_digest

OMAR, OLGA = UserId(501), UserId(502)
TO = ((ANNA, 0), (BEN, 7))
NEW = replace(new_digest(["tea"]), kind=DigestKind.MANUAL)
OTHER = replace(new_digest(["pots"]), kind=DigestKind.MANUAL)


async def digest_count(db: Database) -> int:
    async with db.reading() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(digests)) or 0


async def begun(drafts: Drafts, owner: UserId = OMAR) -> StoredDraft:
    return await drafts.begin(owner, NEW, sheet={"words": "té"}, addresses=TO, now=NOW)


async def test_a_draft_is_changed_once_by_version_whoever_tries(
    open_database: OpenDatabase,
) -> None:
    one, two = Drafts(open_database()), Drafts(open_database())
    draft = await begun(one)
    assert draft == await two.of(OMAR)
    assert (draft.addresses, draft.sheet, draft.version) == (TO, {"words": "té"}, 1)
    changes = await asyncio.gather(
        *(
            drafts.change(draft, OTHER, sheet={}, addresses=TO[:1], now=NOW)
            for drafts in (one, two, one)
        )
    )
    (changed,) = [change for change in changes if change is not None]
    assert changed == await one.of(OMAR)
    assert (changed.version, changed.addresses) == (2, TO[:1])
    assert changed.hash == OTHER.digest.hash
    assert await digest_count(open_database()) == 1


async def test_drafts_go_with_what_they_said_unless_that_was_sent(db: Database) -> None:
    drafts = Drafts(db)
    first, hers = await begun(drafts), await begun(drafts, OLGA)
    await drafts.shown(first, panel_id=9, preview_ids=(7, 8), shown_hash=first.hash)
    his = await begun(drafts)
    assert his.id != first.id
    assert (his.panel_id, his.preview_ids) == (9, (7, 8))
    assert await digest_count(db) == 2
    count = await Digests(db).approve(
        hers.digest_id, hers.hash, recipients=hers.addresses, by=OLGA, now=NOW
    )
    assert count == 2
    assert await drafts.of(OLGA) is None
    assert await drafts.close(hers)
    assert not await drafts.close(hers)
    assert await digest_count(db) == 2
    assert await drafts.forget(before=NOW) == 0
    assert await drafts.forget(before=NOW + timedelta(days=1)) == 1
    assert await drafts.of(OMAR) is None
    assert await digest_count(db) == 1


async def test_a_draft_that_a_kill_left_behind_goes_with_the_digest_that_was_sent(
    db: Database,
) -> None:
    drafts = Drafts(db)
    draft = await begun(drafts)
    await Digests(db).approve(draft.digest_id, draft.hash, recipients=TO, by=OMAR, now=NOW)
    assert await Sends(db).cancel(SendId(draft.digest_id), now=NOW)
    await Digests(db).finish_done(NOW)
    later = NOW + timedelta(days=200)
    assert await Retention(db).shrink(before=later, now=later, limit=100)
    assert await digest_count(db) == 0
    assert not await drafts.close(draft)
