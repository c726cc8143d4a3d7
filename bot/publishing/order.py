"""Order: what a chat wants by itself: the digest, topics to follow, topics to leave out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from bot.domain.callback import Action
from bot.domain.clock import Clock
from bot.domain.digest import DigestKind
from bot.domain.message import Button, Message
from bot.domain.subscription import Subscription
from bot.domain.topic import Topic, folded
from bot.publishing.catalogue import Catalogue
from bot.publishing.compose import Composer
from bot.publishing.outlook import Outlook
from bot.publishing.preferences import Place, Preferences
from bot.publishing.publication import Publication
from bot.publishing.timetables import Timetables
from bot.rendering import courtesies, keyboards, panels
from bot.rendering.dates import day_of, place_of
from bot.rendering.phrases import ENGLISH, Phrases, Saying
from bot.rendering.style import Style
from bot.store.subscriptions import Subscriptions

NEAREST_SHOWN = 4
CHOICES_SHOWN = 6


class Wish(Enum):
    """What can be wished about a topic; the value is the command."""

    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    MUTE = "mute"
    UNMUTE = "unmute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What became of an order: a message for a chat, a line (`note`) for whoever tapped.

    The two may speak different languages: a chat its own, a person theirs.
    """

    message: Message
    note: Saying
    is_done: bool = True
    is_first: bool = False
    """The chat has subscribed for the first time: `welcome` brings its first digest."""
    button: Button | None = None
    """What the tapped button becomes, where the order can be taken back; None: it goes."""
    beside: Mapping[str, Button] = field(default_factory=dict)
    """What other buttons of the message become, by their callback data."""


class Orders:
    """Takes the orders of chats; whether somebody may give them is asked before."""

    def __init__(
        self,
        *,
        publication: Publication,
        subscriptions: Subscriptions,
        composer: Composer,
        outlook: Outlook,
        catalogue: Catalogue,
        preferences: Preferences,
        timetables: Timetables,
        clock: Clock,
        wake_courier: Callable[[], None],
    ) -> None:
        self._publication = publication
        self._subscriptions = subscriptions
        self._composer = composer
        self._outlook = outlook
        self._catalogue = catalogue
        self._preferences = preferences
        self._timetables = timetables
        self._clock = clock
        self._wake_courier = wake_courier

    async def subscribe(self, place: Place, words: str = "") -> Confirmation:
        """Begin the subscription of a chat, with the wishes that it has told before.

        Words name a topic to follow as well; it begins even when they name none.
        """
        now = self._clock.now()
        before = await self._preferences.get(place)
        topic, typed = self._meant(words, before)
        wanted = before if topic is None else _changed(before, Wish.FOLLOW, topic.name)
        is_new = not wanted.is_active
        if is_new:  # what was due before somebody came is not for them
            since = await self._timetables.since(wanted.hours, now)
            wanted = replace(wanted, hours_since=since, paused_until=None)
        is_first = not await self._subscriptions.has_subscribed(place.chat_id, place.thread_id)
        if is_first:  # promised only when there is something to say
            is_first = bool((await self._outlook.choose(wanted)).items)
        if is_new:
            await self._subscriptions.subscribe(wanted, now)
        elif wanted != before:
            await self._subscriptions.wish(wanted, now)
        if not is_new:  # whatever was wrong here, somebody asks for the digest: try once more
            await self._subscriptions.wake(place.chat_id, now)
            await self._subscriptions.reopen(place.chat_id, place.thread_id)
        due = await self._timetables.next_start(wanted, now)
        zone = self._publication.timetable(wanted.hours).zone

        def when(_: Phrases) -> str:
            return _when(due, _, now=now, zone=zone, is_first=is_first)

        style = self._style(place)
        message = panels.subscribed(
            style,
            times=when(style.phrases),
            is_new=is_new,
            topics=wanted.followed,
            named=panels.NamedTopic(
                words=words,
                topic=None if topic is None else topic.name,
                is_slip=bool(typed),
                nearest=self._nearest(words) if words and topic is None else (),
            ),
        )

        def note(_: Phrases) -> str:
            done = _("Subscribed.") if is_new else _("The digest comes here already.")
            return f"{done}{_.space}{when(_)}".rstrip()

        return Confirmation(message=message, note=note, is_done=is_new, is_first=is_first)

    async def welcome(self, place: Place) -> bool:
        """Send a first digest at once; False when there is nothing to say yet."""
        return await self._send_now(place, DigestKind.FIRST)

    async def digest_now(self, place: Place) -> Message | None:
        """Send at once what the next digest would hold; what to say where that is nothing."""
        if await self._send_now(place, DigestKind.ASKED):
            return None
        return courtesies.nothing_new(self._style(place))

    async def _send_now(self, place: Place, kind: DigestKind) -> bool:
        now = self._clock.now()
        wish, events = await self._preferences.get(place), await self._outlook.links()
        composed = await self._composer.compose([wish], now=now, events=events)
        if not composed:
            return False
        await self._composer.store(composed, kind=kind, now=now)
        self._wake_courier()
        return True

    async def unsubscribe(self, place: Place) -> Confirmation:
        """End the subscription of a chat; what it follows is kept for a return."""
        was = await self._subscriptions.unsubscribe(
            place.chat_id, place.thread_id, self._clock.now()
        )
        message = panels.unsubscribed(self._style(place), was_subscribed=was)

        def note(_: Phrases) -> str:
            return _("No more digests here.") if was else _("There is no subscription here.")

        return Confirmation(message=message, note=note, is_done=was)

    async def wish(
        self, wish: Wish, words: str, place: Place, *, is_typed: bool = True
    ) -> Confirmation:
        """Follow, mute, or stop either; words that name no topic get the nearest ones.

        `is_typed`: by hand, so that a slip is forgiven; a button means what it names.
        """
        style = self._style(place)
        wanted = await self._preferences.get(place)
        topic, typed = self._meant(words, wanted, is_typed=is_typed)
        if topic is None:
            message = panels.no_such_topic(
                words, self._offered(wish, words, wanted), command=wish.value, style=style
            )
            return Confirmation(
                message=message, note=lambda _: _("There is no such topic."), is_done=False
            )
        name = topic.name
        await self._preferences.change(place, lambda one: _changed(one, wish, name))
        message, note = _told(wish, topic.name, style, before=wanted, typed=typed)
        return Confirmation(
            message=message,
            note=note,
            button=_undo(wish, topic.name, style.phrases),
            beside=_beside(wish, topic.name, style.phrases),
        )

    async def wishes(self, wish: Wish, place: Place) -> Message:
        """List what a chat follows and mutes, and offer topics that it does not know yet."""
        wanted = await self._preferences.get(place)
        known = {folded(name) for name in (*wanted.followed, *wanted.muted)}
        choices = [name for name in await self._usual() if folded(name) not in known]
        return courtesies.wishes(
            wish.value,
            followed=wanted.followed,
            muted=wanted.muted,
            choices=choices[:CHOICES_SHOWN],
            style=self._style(place),
        )

    async def _usual(self) -> list[str]:
        """Give the names of all topics, those with most stories first."""
        tree = self._catalogue.topics
        counts = await asyncio.to_thread(self._catalogue.index.topic_counts, tree)
        return sorted(
            (topic.name for topic in tree.topics), key=lambda name: -counts.get(folded(name), 0)
        )

    def _meant(
        self, words: str, wanted: Subscription, *, is_typed: bool = True
    ) -> tuple[Topic | None, str]:
        """Find the topic that words name; also what was typed instead, if that was a slip."""
        topics = self._catalogue.topics
        # A topic may have vanished with its last story, and still be followed.
        topic = topics.find(words) or _named(words, (*wanted.followed, *wanted.muted))
        if topic is not None or not is_typed:
            return topic, ""
        topic = topics.meant(words)
        return topic, words if topic is not None else ""

    def _nearest(self, words: str) -> tuple[str, ...]:
        nearest = self._catalogue.topics.nearest(words, limit=NEAREST_SHOWN)
        return tuple(topic.name for topic in nearest)

    def _offered(self, wish: Wish, words: str, wanted: Subscription) -> tuple[str, ...]:
        """Give the topics that somebody may have meant: what is followed can be ended."""
        match wish:
            case Wish.UNFOLLOW:
                return wanted.followed[:CHOICES_SHOWN]
            case Wish.UNMUTE:
                return wanted.muted[:CHOICES_SHOWN]
        return self._nearest(words)

    def _style(self, place: Place) -> Style:
        return self._publication.style(
            is_shared=place.is_shared, now=self._clock.now(), language=place.language
        )


def _when(due: datetime | None, _: Phrases, *, now: datetime, zone: str, is_first: bool) -> str:
    """Say when the digest comes; empty when it never does."""
    if due is None:
        return _("The first one comes now.") if is_first else ""
    moment = moment_in_words(due, now=now, zone=zone, phrases=_)
    # Note: %(moment)s is "at 18:00 Lisbon time today"
    if is_first:
        return _("The first one comes now, the next %(moment)s.", moment=moment)
    return _("The next one comes %(moment)s.", moment=moment)


def moment_in_words(
    moment: datetime, *, now: datetime, zone: str, phrases: Phrases = ENGLISH
) -> str:
    """Say when something comes: `at 18:00 Lisbon time today`."""
    _ = phrases
    local, today = (one.astimezone(ZoneInfo(zone)) for one in (moment, now))
    place = place_of(zone, _)
    hour = f"{local:%H:%M}"
    clock = f"{hour} {place}"
    if zone != "UTC" and not zone.startswith("Etc/"):
        # Note: a time of day in the zone of a city
        clock = _("%(time)s %(city)s time", time=hour, city=place)
    days = (local.date() - today.date()).days
    if days == 0:
        # Note: %(clock)s is "18:00 Lisbon time"
        return _("at %(clock)s today", clock=clock)
    if days == 1:
        return _("at %(clock)s tomorrow", clock=clock)
    # Note: %(day)s is "Tuesday 17 November"
    return _("at %(clock)s on %(day)s", clock=clock, day=day_of(moment, zone=zone, phrases=_))


def _named(words: str, names: tuple[str, ...]) -> Topic | None:
    return next((Topic(name=name) for name in names if folded(name) == folded(words)), None)


def _changed(wanted: Subscription, wish: Wish, name: str) -> Subscription:
    """Put a topic where it is wished: a topic is never followed and muted at once."""
    followed = [one for one in wanted.followed if folded(one) != folded(name)]
    muted = [one for one in wanted.muted if folded(one) != folded(name)]
    match wish:
        case Wish.FOLLOW:
            followed.append(name)
        case Wish.MUTE:
            muted.append(name)
        case Wish.UNFOLLOW:
            muted = list(wanted.muted)
        case Wish.UNMUTE:
            followed = list(wanted.followed)
    return replace(wanted, followed=tuple(sorted(followed)), muted=tuple(sorted(muted)))


def _undo(wish: Wish, name: str, _: Phrases) -> Button | None:
    """Offer to take the wish back."""
    match wish:
        case Wish.FOLLOW | Wish.UNFOLLOW:
            return keyboards.follow(name, _, is_followed=wish is Wish.FOLLOW)
        case Wish.MUTE:
            return keyboards.wish(Action.UNMUTE, name, _)
    return keyboards.wish(Action.MUTE, name, _)


def _beside(wish: Wish, name: str, _: Phrases) -> Mapping[str, Button]:
    """Tell what becomes of the other wish: who follows a topic has unmuted it, and vice versa."""
    match wish:
        case Wish.FOLLOW:
            over = keyboards.wish(Action.UNMUTE, name, _)
            new = keyboards.wish(Action.MUTE, name, _)
        case Wish.MUTE:
            over = keyboards.follow(name, _, is_followed=True)
            new = keyboards.follow(name, _, is_followed=False)
        case Wish.UNFOLLOW | Wish.UNMUTE:
            return {}
    if over is None or over.callback_data is None or new is None:
        return {}
    return {over.callback_data: new}


def _told(
    wish: Wish, name: str, style: Style, *, before: Subscription, typed: str
) -> tuple[Message, Saying]:
    is_followed = _named(name, before.followed) is not None
    is_muted = _named(name, before.muted) is not None
    match wish:
        case Wish.FOLLOW:
            message = panels.followed(
                name,
                style=style,
                is_subscribed=before.is_active,
                is_new=not is_followed,
                was_muted=is_muted,
                typed=typed,
            )
            if is_followed:
                return message, lambda _: _("Already following %(topic)s.", topic=name)
            return message, lambda _: _("Following %(topic)s.", topic=name)
        case Wish.UNFOLLOW:
            message = panels.unfollowed(name, style=style, was_followed=is_followed)
            if is_followed:
                return message, lambda _: _("No longer following %(topic)s.", topic=name)
            return message, lambda _: _("%(topic)s was not followed.", topic=name)
        case Wish.MUTE:
            message = panels.muted(
                name, style=style, is_new=not is_muted, was_followed=is_followed, typed=typed
            )
            if is_followed:
                return message, lambda _: _(
                    "%(topic)s stays out of the digest, and is no longer followed.", topic=name
                )
            return message, lambda _: _("%(topic)s stays out of the digest.", topic=name)
        case Wish.UNMUTE:
            message = panels.unmuted(name, style=style, was_muted=is_muted)
            if is_muted:
                return message, lambda _: _("%(topic)s may come again.", topic=name)
            return message, lambda _: _("%(topic)s was not muted.", topic=name)
