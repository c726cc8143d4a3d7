"""Chats and subscriptions: what a chat wants, whether it may be written to, and its new id."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import time, timedelta

from bot.domain.delivery import State
from bot.domain.leaning import Source, Vote
from bot.domain.rules import Weights
from bot.domain.sections import Section
from bot.domain.subscription import (
    NO_QUIET,
    Chat,
    ChatKind,
    ChatState,
    Hours,
    Layout,
    Subscription,
)
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.subscriptions import Subscriptions
from bot.store.taste import Reminder, Taste
from tests.support.store_values import (
    ANNA,
    BEN,
    GROUP,
    MINUTE,
    NOW,
    SUPERGROUP,
    a_chat,
    an_article,
    new_digest,
)

DAY = timedelta(days=1)
TEA = Subscription(
    chat_id=ANNA,
    followed=("Tea", "Кофе"),
    muted=("Sport",),
    muted_providers=("example.org",),
    size=3,
    layout=Layout.CARDS,
)


async def test_a_subscription_comes_back_with_its_wishes(db: Database) -> None:
    subscriptions = Subscriptions(db)
    assert await subscriptions.get(ANNA) is None
    await subscriptions.subscribe(TEA, NOW)
    assert await subscriptions.get(ANNA) == replace(TEA, created_at=NOW)
    assert await subscriptions.active(NOW + DAY) == (replace(TEA, created_at=NOW),)
    assert await subscriptions.update(replace(TEA, muted=(), size=None, layout=None), NOW)
    changed = await subscriptions.get(ANNA)
    assert changed is not None
    assert (changed.muted, changed.size, changed.layout) == ((), None, None)
    assert not await subscriptions.update(replace(TEA, chat_id=BEN), NOW)


ALL = replace(
    TEA,
    words_in=("C++", "Straße"),
    words_out=("horoscope",),
    sections=(Section(kinds=("video", "course"), budget=2, heading="To watch"),),
    provider_cap=2,
    topic_cap=1,
    weights=Weights(freshness=2.5, follows=0.0),
    has_pictures=False,
    is_silent=True,
    has_flash=True,
    is_learning=False,
    language="pt",
    hours=Hours(
        times=(time(8), time(18, 30)),
        days=frozenset({1, 3, 7}),
        zone="Pacific/Chatham",
        quiet=(time(22), time(6, 30)),
    ),
    hours_since=NOW,
    paused_until=NOW + DAY,
)


async def test_all_that_a_chat_can_want_comes_back_and_can_be_given_back(db: Database) -> None:
    usual = Subscription(chat_id=ANNA)
    same = {"chat_id", "thread_id", "chat_kind", "is_active", "created_at", "spoken", "leanings"}
    for one in fields(ALL):  # a new field that no test stores would be lost unseen
        assert one.name in same or getattr(ALL, one.name) != getattr(usual, one.name)
    subscriptions = Subscriptions(db)
    await subscriptions.subscribe(ALL, NOW)
    assert await subscriptions.get(ANNA) == replace(ALL, created_at=NOW)
    none = replace(ALL, sections=(), hours=Hours(quiet=NO_QUIET), has_pictures=True)
    assert await subscriptions.update(none, NOW)
    assert await subscriptions.get(ANNA) == replace(none, created_at=NOW)
    assert await subscriptions.update(usual, NOW)
    assert await subscriptions.get(ANNA) == replace(usual, created_at=NOW)


async def test_an_ended_subscription_keeps_its_wishes_for_a_return(db: Database) -> None:
    subscriptions = Subscriptions(db)
    await subscriptions.subscribe(TEA, NOW)
    assert await subscriptions.unsubscribe(ANNA, 0, NOW)
    assert not await subscriptions.unsubscribe(ANNA, 0, NOW)
    assert await subscriptions.active(NOW + DAY) == ()
    ended = await subscriptions.get(ANNA)
    assert ended == replace(TEA, is_active=False, created_at=NOW)
    await subscriptions.update(ended, NOW)
    assert await subscriptions.active(NOW + DAY) == ()
    await subscriptions.subscribe(ended, NOW + DAY)
    assert await subscriptions.active(NOW + DAY) == (replace(TEA, created_at=NOW + DAY),)


async def test_each_thread_of_a_forum_has_its_own(db: Database) -> None:
    subscriptions = Subscriptions(db)
    await subscriptions.see_chat(a_chat(SUPERGROUP, kind=ChatKind.SUPERGROUP, title="Forum"), NOW)
    for thread_id in (7, 0):
        wish = Subscription(chat_id=SUPERGROUP, thread_id=thread_id, chat_kind=ChatKind.SUPERGROUP)
        await subscriptions.subscribe(wish, NOW)
    await subscriptions.unsubscribe(SUPERGROUP, 0, NOW)
    assert [(one.thread_id, one.chat_kind) for one in await subscriptions.active(NOW + DAY)] == [
        (7, ChatKind.SUPERGROUP)
    ]


async def test_seeing_a_chat_again_changes_its_names_and_not_its_state(db: Database) -> None:
    subscriptions = Subscriptions(db)
    await subscriptions.see_chat(a_chat(ANNA, title="Anna", username="anna"), NOW)
    await subscriptions.set_chat_state(ANNA, ChatState.ASLEEP, "blocked", NOW)
    await subscriptions.see_chat(a_chat(ANNA, title="Annie \x00"), NOW)
    assert await subscriptions.chat(ANNA) == Chat(
        id=ANNA, kind=ChatKind.PRIVATE, title="Annie \ufffd", state=ChatState.ASLEEP
    )
    assert await subscriptions.chat(BEN) is None


async def test_a_subscription_knows_what_its_person_speaks_until_it_chooses(db: Database) -> None:
    subscriptions = Subscriptions(db)
    await subscriptions.see_chat(a_chat(ANNA, language="ru"), NOW)
    await subscriptions.see_chat(a_chat(ANNA), NOW)  # a group may show her without a language
    await subscriptions.subscribe(Subscription(chat_id=ANNA), NOW)
    wanted = await subscriptions.get(ANNA)
    assert wanted is not None
    assert wanted.reading_language == "ru"
    assert replace(wanted, language="ar").reading_language == "ar"
    assert replace(wanted, spoken="nl").reading_language is None
    assert wanted.wish != replace(wanted, spoken="tr").wish


async def test_a_sleeping_chat_is_left_out_until_it_wakes(db: Database) -> None:
    subscriptions = Subscriptions(db)
    await subscriptions.subscribe(TEA, NOW)
    await subscriptions.set_chat_state(ANNA, ChatState.PAUSED, "no rights", NOW)
    assert await subscriptions.active(NOW + DAY) == ()
    await subscriptions.wake(ANNA, NOW)
    assert len(await subscriptions.active(NOW + DAY)) == 1
    await subscriptions.set_chat_state(ANNA, ChatState.ASLEEP, "blocked", NOW)
    await subscriptions.subscribe(TEA, NOW)
    assert len(await subscriptions.active(NOW + DAY)) == 1


async def test_what_waits_for_a_chat_that_goes_to_sleep_is_cancelled_and_not_received(
    db: Database,
) -> None:
    subscriptions, digests, deliveries = Subscriptions(db), Digests(db), Deliveries(db)
    await subscriptions.see_chat(a_chat(ANNA), NOW)
    (digest_id,) = await digests.store([new_digest(["tea"], ["mate"], to=[ANNA, BEN])], now=NOW)
    await subscriptions.set_chat_state(ANNA, ChatState.ASLEEP, "blocked", NOW)
    progress = await digests.progress(digest_id)
    assert progress is not None
    assert progress.counts == {State.CANCELLED: 2, State.PENDING: 2}
    assert await deliveries.received(ANNA) == frozenset()
    assert {one.chat_id for one in await deliveries.due(now=NOW, limit=9)} == {BEN}


async def test_a_group_that_moved_is_the_same_everywhere_under_its_new_id(db: Database) -> None:
    subscriptions, digests, deliveries = Subscriptions(db), Digests(db), Deliveries(db)
    group = a_chat(GROUP, title="Tea club")
    await subscriptions.see_chat(group, NOW)
    wish = Subscription(chat_id=GROUP, chat_kind=ChatKind.GROUP, followed=("Tea",))
    await subscriptions.subscribe(wish, NOW)
    await digests.store([new_digest(to=[GROUP])], now=NOW)
    taste, tea = Taste(db), an_article()
    await taste.vote(GROUP, Vote(story=tea.story_key, points=2, source=Source.COUNT), NOW)
    await taste.remind(
        Reminder(chat_id=GROUP, story=tea.story_key, story_id=tea.story_id, due_at=NOW), NOW
    )
    for _ in range(2):
        await subscriptions.move_chat(GROUP, SUPERGROUP, NOW + MINUTE)
    assert await subscriptions.chat(GROUP) is None
    assert await subscriptions.chat(SUPERGROUP) == replace(
        group, id=SUPERGROUP, kind=ChatKind.SUPERGROUP
    )
    assert await subscriptions.active(NOW + DAY) == (
        replace(wish, chat_id=SUPERGROUP, chat_kind=ChatKind.SUPERGROUP, created_at=NOW),
    )
    assert await deliveries.received(SUPERGROUP) == {tea.story_key}
    assert [one.chat_id for one in await taste.due(NOW, limit=9)] == [SUPERGROUP]
    assert await taste.points(SUPERGROUP, tea.story_key) == 2
    assert [one.chat_id for one in await deliveries.due(now=NOW, limit=9)] == [SUPERGROUP]


async def test_where_both_ids_are_known_the_new_one_stays_and_nothing_is_sent_twice(
    db: Database,
) -> None:
    subscriptions, digests, deliveries = Subscriptions(db), Digests(db), Deliveries(db)
    for chat_id, followed in ((GROUP, "Old"), (SUPERGROUP, "New")):
        await subscriptions.subscribe(Subscription(chat_id=chat_id, followed=(followed,)), NOW)
    (digest_id,) = await digests.store([new_digest(to=[GROUP, SUPERGROUP])], now=NOW)
    await subscriptions.move_chat(GROUP, SUPERGROUP, NOW)
    assert [one.followed for one in await subscriptions.active(NOW + DAY)] == [("New",)]
    assert [one.chat_id for one in await deliveries.due(now=NOW, limit=9)] == [SUPERGROUP]
    progress = await digests.progress(digest_id)
    assert progress is not None
    assert progress.counts == {State.PENDING: 1, State.CANCELLED: 1}


async def test_wishes_alone_are_no_subscription(db: Database) -> None:
    subscriptions = Subscriptions(db)
    await subscriptions.wish(TEA, NOW)
    await subscriptions.wish(replace(TEA, muted=()), NOW)
    assert await subscriptions.get(ANNA) == replace(TEA, muted=(), is_active=False, created_at=NOW)
    assert await subscriptions.active(NOW + DAY) == ()
    assert not await subscriptions.has_subscribed(ANNA)
    await subscriptions.subscribe(TEA, NOW)
    assert await subscriptions.has_subscribed(ANNA)
    await subscriptions.wish(replace(TEA, followed=()), NOW)
    assert [one.followed for one in await subscriptions.active(NOW + DAY)] == [()]
    await subscriptions.unsubscribe(ANNA, 0, NOW)
    assert await subscriptions.has_subscribed(ANNA)
