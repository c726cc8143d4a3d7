"""Write-backs: the stories that are due follow from the ledger; begun ones outlive a kill."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.delivery import Sent, settle
from bot.domain.subscription import ChatId
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.write_backs import WriteBacks
from tests.support.store_values import (
    ANNA,
    GROUP,
    NOW,
    SECOND,
    SUPERGROUP,
    a_file,
    an_article,
    in_flight,
    new_digest,
)

DAY = timedelta(days=1)


async def send(db: Database, *names: str, to: ChatId) -> None:
    """Deliver a digest of named stories."""
    await Digests(db).store([new_digest(names, to=[to])], now=NOW)
    deliveries = Deliveries(db)
    for row in await deliveries.due(now=NOW, limit=10):
        await deliveries.mark_sending([row.id], now=NOW)
        done = settle(in_flight(row), Sent(message_ids=(1,)), now=NOW)
        await deliveries.settle([done], now=NOW)


async def test_due_is_what_reached_a_channel_lately_and_says_not_that_it_is_published(
    db: Database,
) -> None:
    flags = {"tea": False, "coffee": None, "mate": True, "chai": False}
    found = {name: an_article(name, marked_published=flag) for name, flag in flags.items()}
    found["cocoa"] = an_article("cocoa", is_removed=True)
    await Articles(db).apply([a_file(article) for article in found.values()], now=NOW)
    await send(db, "tea", "coffee", "mate", "cocoa", to=SUPERGROUP)
    await send(db, "chai", to=ANNA)
    rows = WriteBacks(db)
    keys = [found[name].story_key for name in ("coffee", "tea")]
    assert list(await rows.due([SUPERGROUP, GROUP], since=NOW - DAY)) == keys
    assert await rows.due([GROUP], since=NOW - DAY) == ()
    assert await rows.due([], since=NOW - DAY) == ()
    assert await rows.due([SUPERGROUP], since=NOW + SECOND) == ()
    paths = await rows.paths([found["tea"].story_key, found["cocoa"].story_key])
    assert paths == {found["tea"].path: found["tea"].story_key}


async def test_a_story_is_ours_from_its_beginning_and_listed_until_its_end(db: Database) -> None:
    articles, rows = Articles(db), WriteBacks(db)
    tea, coffee = an_article("tea"), an_article("coffee")
    await articles.apply([a_file(tea), a_file(coffee)], now=NOW)
    await send(db, "tea", "coffee", to=SUPERGROUP)
    both = [coffee.story_key, tea.story_key]
    await rows.begin(both, now=NOW)
    await rows.begin(both, now=NOW + DAY)
    assert set(await rows.unfinished()) == set(both)
    assert await rows.due([SUPERGROUP], since=NOW - DAY) == ()
    assert all(one.is_written_back for one in (await articles.by_story_keys(both)).values())
    await rows.end([tea.story_key], [coffee.story_key])
    assert await rows.unfinished() == ()
    known = await articles.by_story_keys(both)
    assert known[tea.story_key].is_written_back
    assert not known[coffee.story_key].is_written_back
    assert await rows.due([SUPERGROUP], since=NOW - DAY) == (coffee.story_key,)
    await rows.begin([], now=NOW)
    await rows.end([])
