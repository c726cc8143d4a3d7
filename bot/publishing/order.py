"""Order: what a chat wants by itself: the digest, topics to follow, topics to leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from bot.domain.clock import Clock
from bot.domain.message import Button, Message
from bot.domain.subscription import NO_THREAD, ChatId, ChatKind, Subscription
from bot.domain.topic import Topic, folded
from bot.publishing.catalogue import Catalogue
from bot.publishing.compose import Composer
from bot.publishing.publication import Publication
from bot.rendering import courtesies, keyboards, panels
from bot.rendering.dates import day_of
from bot.rendering.style import Style
from bot.store.digests import DigestKind
from bot.store.subscriptions import Subscriptions

NEAREST_SHOWN = 4
CHOICES_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was said: a chat, and the thread of a forum."""

    chat_id: ChatId
    thread_id: int = NO_THREAD
    kind: ChatKind = ChatKind.PRIVATE

    @property
    def is_shared(self) -> bool:
        """Whether several people read it."""
        return self.kind.is_shared


class Wish(Enum):
    """What can be wished about a topic; the value is the command."""

    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    MUTE = "mute"
    UNMUTE = "unmute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What became of an order: a message for a chat, a line (`note`) for whoever tapped."""

    message: Message
    note: str
    is_done: bool = True
    is_first: bool = False
    """The chat has subscribed for the first time: `welcome` brings its first digest."""
    button: Button | None = None
    """What the tapped button becomes, where the order can be taken back; None: it goes."""


class Orders:
    """Takes the orders of chats; whether somebody may give them is asked before."""

    def __init__(
        self,
        *,
        publication: Publication,
        subscriptions: Subscriptions,
        composer: Composer,
        catalogue: Catalogue,
        clock: Clock,
        wake_courier: Callable[[], None],
    ) -> None:
        self._publication = publication
        self._subscriptions = subscriptions
        self._composer = composer
        self._catalogue = catalogue
        self._clock = clock
        self._wake_courier = wake_courier

    async def subscribe(self, place: Place) -> Confirmation:
        """Begin the subscription of a chat, with the wishes that it has told before."""
        now = self._clock.now()
        wanted = await self._wanted(place)
        is_new = not wanted.is_active
        is_first = not await self._subscriptions.has_subscribed(place.chat_id, place.thread_id)
        if is_first:  # promised only when there is something to say
            is_first = bool(await self._composer.compose([wanted], now=now))
        if is_new:
            await self._subscriptions.subscribe(wanted, now)
        when = self._when(now, is_first=is_first)
        message = panels.subscribed(
            self._style(place), times=when, is_new=is_new, topics=wanted.followed
        )
        note = f"Subscribed {when}." if is_new else f"The digest comes here already {when}."
        return Confirmation(message=message, note=note, is_done=is_new, is_first=is_first)

    async def welcome(self, place: Place) -> bool:
        """Send a first digest at once; False when there is nothing to say yet."""
        now = self._clock.now()
        composed = await self._composer.compose([await self._wanted(place)], now=now)
        if not composed:
            return False
        await self._composer.store(composed, kind=DigestKind.FIRST, now=now)
        self._wake_courier()
        return True

    async def unsubscribe(self, place: Place) -> Confirmation:
        """End the subscription of a chat; what it follows is kept for a return."""
        was = await self._subscriptions.unsubscribe(
            place.chat_id, place.thread_id, self._clock.now()
        )
        message = panels.unsubscribed(self._style(place), was_subscribed=was)
        note = "No more digests here." if was else "There is no subscription here."
        return Confirmation(message=message, note=note, is_done=was)

    async def wish(self, wish: Wish, words: str, place: Place) -> Confirmation:
        """Follow, mute, or stop either; words that name no topic get the nearest ones."""
        style = self._style(place)
        wanted = await self._wanted(place)
        topic = self._catalogue.topics.find(words)
        if topic is None:
            # A topic may have vanished with its last story, and still be followed.
            topic = _named(words, (*wanted.followed, *wanted.muted))
        if topic is None:
            nearest = self._catalogue.topics.nearest(words, limit=NEAREST_SHOWN)
            message = panels.no_such_topic(
                words, [one.name for one in nearest], command=wish.value, style=style
            )
            return Confirmation(message=message, note="There is no such topic.", is_done=False)
        changed = _changed(wanted, wish, topic.name)
        if changed != wanted:
            await self._subscriptions.wish(changed, self._clock.now())
        message, note = _told(wish, topic.name, style, is_subscribed=wanted.is_active)
        button = None
        if wish in (Wish.FOLLOW, Wish.UNFOLLOW):
            button = keyboards.follow(topic.name, is_followed=wish is Wish.FOLLOW)
        return Confirmation(message=message, note=note, button=button)

    async def wishes(self, wish: Wish, place: Place) -> Message:
        """List what a chat follows and mutes, and offer topics that it does not know yet."""
        wanted = await self._wanted(place)
        known = {folded(name) for name in (*wanted.followed, *wanted.muted)}
        choices = [
            topic.name for topic in self._catalogue.topics.topics if folded(topic.name) not in known
        ]
        return courtesies.wishes(
            wish.value,
            followed=wanted.followed,
            muted=wanted.muted,
            choices=choices[:CHOICES_SHOWN] if wish is Wish.FOLLOW else (),
            style=self._style(place),
        )

    async def _wanted(self, place: Place) -> Subscription:
        stored = await self._subscriptions.get(place.chat_id, place.thread_id)
        return stored or Subscription(
            chat_id=place.chat_id,
            thread_id=place.thread_id,
            chat_kind=place.kind,
            is_active=False,
        )

    def _style(self, place: Place) -> Style:
        return self._publication.style(is_shared=place.is_shared, now=self._clock.now())

    def _when(self, now: datetime, *, is_first: bool) -> str:
        due = self._publication.schedule.after(now)
        parts = ["the first one now"] if is_first else []
        if due is not None:
            moment = moment_in_words(due, now=now, zone=self._publication.zone)
            parts.append(f"the next one {moment}")
        return f"({', '.join(parts)})" if parts else ""


def moment_in_words(moment: datetime, *, now: datetime, zone: str) -> str:
    """Say when something comes: `today at 18:00, Europe/Lisbon time`."""
    local, today = (one.astimezone(ZoneInfo(zone)) for one in (moment, now))
    days = (local.date() - today.date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {day_of(moment, zone=zone)}")
    return f"{day} at {local:%H:%M}, {zone.replace('_', ' ')} time"


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


def _told(wish: Wish, name: str, style: Style, *, is_subscribed: bool) -> tuple[Message, str]:
    match wish:
        case Wish.FOLLOW:
            message = panels.followed(name, style=style, is_subscribed=is_subscribed)
            return message, f"Following {name}."
        case Wish.UNFOLLOW:
            return panels.unfollowed(name, style=style), f"No longer following {name}."
        case Wish.MUTE:
            return panels.muted(name, style=style), f"{name} stays out of the digest."
        case Wish.UNMUTE:
            return panels.unmuted(name, style=style), f"{name} may come again."
