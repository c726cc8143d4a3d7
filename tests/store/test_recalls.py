"""Recalls and alerts as rows: what is found, once, and what is left to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

from bot.domain.article import StoryKey
from bot.domain.delivery import Sent, State, settle
from bot.domain.digest import DigestKind
from bot.domain.recall import RecallOutcome, RecallResult, RecallState
from bot.domain.subscription import ChatId, ChatKind, ChatState, Subscription
from bot.store.alerts import Alerts, Hotter
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.recalls import Recalls
from bot.store.subscriptions import Subscriptions
from tests.support.store_values import ANNA, BEN, NOW, a_chat, a_file, an_article, new_digest

TEA = an_article("tea")
COPY = an_article("tea", path="_news/copy.md")
HOUR = timedelta(hours=1)


async def send_all(db: Database) -> None:
    rows = Deliveries(db)
    while due := await rows.due(now=NOW, limit=9):
        await rows.mark_sending([row.id for row in due], now=NOW)
        ends = [
            settle(replace(row, state=State.SENDING), Sent(message_ids=(row.id,)), now=NOW)
            for row in due
        ]
        await rows.settle(ends, now=NOW)
    await Digests(db).finish_done(NOW)


async def test_a_recall_is_found_once_decided_once_and_goes_on_where_it_was(db: Database) -> None:
    articles, recalls = Articles(db), Recalls(db)
    await articles.apply([a_file(TEA), a_file(COPY), a_file(an_article("pots"))], now=NOW)
    await Digests(db).store([new_digest(["tea"], ["pots"], to=[ANNA, BEN])], now=NOW)
    await articles.apply([a_file(replace(TEA, is_removed=True), stamp=2)], now=NOW)
    await articles.apply([a_file(an_article("unsent", is_removed=True))], now=NOW)
    await recalls.find(now=NOW)
    assert await recalls.open() == ()  # another file tells it still
    await articles.apply([a_file(replace(COPY, is_removed=True), stamp=2)], now=NOW)
    for _ in range(2):
        await recalls.find(now=NOW)
    (found,) = await recalls.untold()
    assert (found.story_key, found.title, found.state) == (TEA.story_key, "Tea", RecallState.ASKED)
    await recalls.told(found.story_key, now=NOW)
    assert await recalls.untold() == ()

    assert await recalls.decide(found.story_id, RecallState.LEFT, by=None, now=NOW)
    assert not await recalls.decide(found.story_id, RecallState.LEFT, by=None, now=NOW)
    assert await recalls.decide(found.story_id, RecallState.RUNNING, by=None, now=NOW)
    assert await recalls.is_on_its_way(TEA.story_key)
    assert await recalls.pending(TEA.story_key, limit=9) == ()
    await send_all(db)
    assert not await recalls.is_on_its_way(TEA.story_key)
    one, two = await recalls.pending(TEA.story_key, limit=9)
    assert {one.chat_id, two.chat_id} == {ANNA, BEN}
    assert one.message.stories == (TEA.story_key,)
    done = RecallResult(delivery=one.delivery, outcome=RecallOutcome.DELETED)
    for _ in range(2):
        await recalls.note(TEA.story_key, [done], now=NOW)
    assert await recalls.pending(TEA.story_key, limit=9) == (two,)
    lost = RecallResult(delivery=two.delivery, outcome=RecallOutcome.IMPOSSIBLE, reason="too old")
    await recalls.note(TEA.story_key, [lost], now=NOW)
    account = await recalls.finish(TEA.story_key, now=NOW)
    assert account is not None
    assert account.counts == {RecallOutcome.DELETED: 1, RecallOutcome.IMPOSSIBLE: 1}
    assert account.reasons == ("too old",)
    assert await recalls.finish(TEA.story_key, now=NOW) is None
    assert await recalls.open() == ()


async def test_alerts_are_found_by_heat_and_taken_once(db: Database) -> None:
    articles, alerts = Articles(db), Alerts(db)
    old = an_article("old", heat=99, dated_at=NOW - 30 * HOUR)
    first = an_article("first", heat=99)
    await articles.apply([a_file(first)], now=NOW, is_first_import=True)
    hot, hotter = an_article("hot", heat=96), an_article("hotter", heat=97)
    await articles.apply([a_file(one) for one in (TEA, hot, hotter, old)], now=NOW)
    since = NOW - 24 * HOUR
    assert await alerts.flashable(heat=95, since=since) == (hotter.story_key, hot.story_key)
    digests = Digests(db)
    new = replace(new_digest(["tea"], to=[ANNA]), kind=DigestKind.FLASH)
    assert await digests.store([new], now=NOW, alert=hotter.story_key)
    assert not await digests.store([new], now=NOW, alert=hotter.story_key)
    assert await alerts.flashable(heat=95, since=since) == (hot.story_key,)
    assert await alerts.count(DigestKind.FLASH, since=NOW) == 1
    assert await alerts.count(DigestKind.FLASH, since=NOW + HOUR) == 0
    assert await alerts.count(DigestKind.FOLLOW_UP, since=NOW) == 0
    assert await alerts.had_by(TEA.story_key, among=[ANNA, BEN]) == frozenset()
    await send_all(db)
    assert await alerts.had_by(TEA.story_key, among=[ANNA, BEN]) == {(ANNA, 0)}
    assert await alerts.had_by(TEA.story_key, among=[BEN]) == frozenset()
    assert await alerts.had_by(TEA.story_key, among=[]) == frozenset()

    async def found() -> tuple[Hotter, ...]:
        return await alerts.hotter(since=since, dated=since, heat=70)

    assert await found() == ()
    await articles.apply([a_file(replace(TEA, heat=90), stamp=2)], now=NOW)
    assert await found() == (Hotter(story_key=StoryKey(TEA.story_key), heat=90, before=50),)
    follow_up = replace(new, kind=DigestKind.FOLLOW_UP)
    assert await digests.store([follow_up], now=NOW, alert=TEA.story_key)
    assert await found() == ()


async def test_only_who_takes_an_alert_is_read_for_it(db: Database) -> None:
    """By kind of chat and wish, as the words of a subscription say; who pauses or sleeps is not."""
    subscriptions = Subscriptions(db)
    number, everybody = 0, list[ChatId]()
    for kind, has_flash in product(ChatKind, (None, True, False)):
        for paused_until in (None, NOW, NOW + HOUR):
            number += 1
            chat = ChatId(number)
            everybody.append(chat)
            await subscriptions.see_chat(a_chat(chat, kind=kind), NOW)
            wish = Subscription(
                chat_id=chat, chat_kind=kind, has_flash=has_flash, paused_until=paused_until
            )
            await subscriptions.subscribe(wish, NOW)
    hot = [one for one in await subscriptions.active(NOW) if one.has_flash]
    await subscriptions.set_chat_state(hot[0].chat_id, ChatState.ASLEEP, "blocked", NOW)
    await subscriptions.unsubscribe(hot[1].chat_id, 0, NOW)
    awake = await subscriptions.active(NOW)

    wanting = await subscriptions.wanting_flash(NOW)
    assert wanting == tuple(one for one in awake if one.wants_flash)
    assert len(wanting) == 2 * (len(ChatKind) + 1) - 2
    assert await subscriptions.following_up(TEA.story_key, NOW) == ()
    new = new_digest(["tea"], ["pots"], to=everybody[::2])
    await Digests(db).store([new], now=NOW)
    assert await subscriptions.following_up(TEA.story_key, NOW) == ()
    await send_all(db)
    following = await subscriptions.following_up(TEA.story_key, NOW)
    assert following
    assert following == tuple(
        one for one in awake if one.takes_follow_ups and one.chat_id in everybody[::2]
    )
