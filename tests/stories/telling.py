"""How a story is told: by what people write, tap and see, in the language that they read.

Who tells it reads nothing but the chat: buttons are found by the label that the program's own
catalogue gives an English text in the reader's language, and so are the words that must be seen.
The door through which it is told is handed in (`doors.py`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.domain.subscription import ChatId, Subscription
from bot.rendering.catalogues import catalogue
from bot.rendering.hours import city
from bot.rendering.phrases import phrases_in
from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox
from tests.stories.doors import Door, Room, Shown
from tests.support.office import NOON, MovedClock
from tests.support.world import TOKEN, Story, World, stories, world

PATIENCE = 15.0
"""How long a story waits for what must come, in seconds; long, for a busy machine."""

HERO = 501
"""The user id of the person whom every story is about."""

_UNSEEN = re.compile("[\u200e\u200f\u2060\u2066-\u2069]|</?[a-z]+>")
_PLACE = re.compile(r"%\((\w+)\)s")

T = TypeVar("T")
Opener = Callable[[Sandbox], AbstractAsyncContextManager[Door]]
"""Opens a door to the sandbox of a story."""


def plain(text: str) -> str:
    """The text as eyes see it: without marks of direction and without tags."""
    return _UNSEEN.sub("", text)


def said(language: str, english: str, **values: Any) -> re.Pattern[str]:
    """What a text of ours looks like in a language; what is not given may be anything."""
    forms = catalogue(language).texts[english]

    def filled(form: str) -> str:
        parts = _PLACE.split(plain(form))
        return "".join(
            re.escape(part)
            if number % 2 == 0
            else re.escape(str(values[part]))
            if part in values
            else ".+?"
            for number, part in enumerate(parts)
        )

    return re.compile("|".join(f"(?:{filled(form)})" for form in forms), re.DOTALL)


@dataclass(kw_only=True)
class Tale:
    """The world of a story, the person it is about, their language, and the door."""

    w: World
    clock: MovedClock
    language: str
    hero: Person
    door: Door

    # What is said and seen

    def shows(
        self, seen: Shown | str, english: str, *, to: Person | None = None, **values: Any
    ) -> bool:
        """Whether a message or a notice says a text of ours in the language of who reads it."""
        text = seen if isinstance(seen, str) else seen.text
        language = self.language if to is None else to.language_code
        return said(language, english, **values).search(plain(text)) is not None

    def label(
        self, message: Shown, english: str, *, to: Person | None = None, **values: Any
    ) -> str:
        """The button that says a text of ours; what is no such text is the label itself."""
        offered = message.buttons
        if phrases_in(self.language).is_right_to_left:  # who reads from the right turns to the left
            english = {"▶": "◀", "◀": "▶"}.get(english, english)
        if english in offered:
            return english
        assert english in catalogue(self.language).texts, (english, offered)
        language = self.language if to is None else to.language_code
        pattern = said(language, english, **values)
        found = [one for one in offered if pattern.fullmatch(plain(one).removeprefix("✓ "))]
        found = found or [one for one in offered if pattern.fullmatch(plain(one))]
        assert len(found) == 1, (english, offered)
        return found[0]

    @staticmethod
    def plainly(message: Shown) -> str:
        """The text of a message without what no eye sees."""
        return plain(message.text)

    def city(self, zone: str) -> str:
        """What the city of a time zone is called."""
        return city(zone, phrases_in(self.language))

    # Deeds

    async def ask(
        self,
        words: str,
        room: Room | None = None,
        *,
        by: Person | None = None,
        answering: Shown | None = None,
    ) -> Shown:
        """Write, in private unless a room is named, and give the bot's next message there."""
        who = by or self.hero
        place = room or with_bot(who)
        return await self.answer(
            who, place, lambda: self.door.say(who, place, words, answering=answering)
        )

    async def answer(self, who: Person, room: Room, deed: Callable[[], Awaitable[object]]) -> Shown:
        """Do something, and give the bot's next message in a room."""
        self.clock.move(2)
        known = {one.number for one in await self.door.read(who, room)}
        await deed()

        async def fresh() -> list[Shown]:
            return [one for one in await self.door.read(who, room) if one.number not in known]

        return (await self.until(fresh))[0]

    async def tap(
        self,
        message: Shown,
        english: str,
        *,
        by: Person | None = None,
        told: str | None = None,
        **values: Any,
    ) -> None:
        """Tap a button; `told` is the text of ours that the notice must say."""
        self.clock.move(2)
        who = by or self.hero
        before = len(await self.door.notices())
        shown = await self.now(message)
        await self.door.tap(who, shown, self.label(shown, english, **values))
        if told is None:
            return

        async def heard() -> bool:
            fresh = (await self.door.notices())[before:]
            return any(self.shows(one, told, to=by) for one in fresh)

        await self.until(heard)

    async def walk(self, message: Shown, *path: str) -> Shown:
        """Tap one button after the other, each of which changes the message."""
        before = await self.now(message)
        for english in path:
            await self.tap(before, english)
            before = await self.changed(before)
        return before

    async def leaf(self, message: Shown, label: str) -> Shown:
        """Turn the pages of buttons until one is there, and tap it."""
        while label not in message.buttons:
            message = await self.walk(message, "▶")
        return await self.walk(message, label)

    # Waiting

    async def now(self, message: Shown) -> Shown:
        """The message as it stands there now."""
        there = await self.door.read(self.hero, message.room)
        return next(one for one in there if one.number == message.number)

    async def changed(self, message: Shown) -> Shown:
        """Wait until a message looks different."""

        async def different() -> Shown | None:
            now = await self.now(message)
            return now if now != message else None

        return await self.until(different)

    async def seen(self, message: Shown, english: str, **values: Any) -> Shown:
        """Wait until a message says a text of ours."""

        async def says() -> Shown | None:
            now = await self.now(message)
            return now if self.shows(now, english, **values) else None

        return await self.until(says)

    async def offered(self, message: Shown, english: str, **values: Any) -> Shown:
        """Wait until a message offers a button."""
        pattern = said(self.language, english, **values)

        async def offers() -> Shown | None:
            now = await self.now(message)
            return now if any(pattern.fullmatch(plain(one)) for one in now.buttons) else None

        return await self.until(offers)

    async def arrived(self, words: str, room: Room | None = None) -> Shown:
        """Wait for a message of the bot with these words, and until nothing is on its way."""
        place = room or with_bot(self.hero)

        async def with_words() -> list[Shown]:
            return [one for one in await self.door.read(self.hero, place) if words in one.text]

        (first, *_more) = await self.until(with_words)
        await self.w.settled()
        return first

    async def said_in(self, room: Room, english: str, **values: Any) -> Shown:
        """Wait for a message of the bot that says a text of ours."""

        async def saying() -> list[Shown]:
            there = await self.door.read(self.hero, room)
            return [one for one in there if self.shows(one, english, **values)]

        return (await self.until(saying))[0]

    async def count(self, room: Room | None = None) -> int:
        """How many messages of the bot stand in a room when nothing is on its way."""
        await self.w.settled()
        return len(await self.door.read(self.hero, room or with_bot(self.hero)))

    async def until(self, look: Callable[[], Awaitable[T | None]]) -> T:
        """Look again after every change until there is something to be seen."""
        async with asyncio.timeout(PATIENCE):
            while not (found := await look()):
                await self.door.change()
        return found

    # Behind the scenes

    async def leans(self) -> bool:
        """Whether taps or reactions bend what the hero gets."""
        return bool((await self.wish()).leanings)

    async def wish(self, room: Room | None = None) -> Subscription:
        """What the program knows of somebody's wishes."""
        place = room or with_bot(self.hero)
        found = await self.w.gazette.ledger.subscriptions.get(ChatId(place.chat), place.topic)
        assert found is not None
        return found


def with_bot(who: Person) -> Room:
    """Somebody's private chat with the bot."""
    return Room(chat=who.id)


@asynccontextmanager
async def told(
    folder: Path,
    language: str,
    *,
    through: Opener,
    articles: Iterable[Story],
    settings: Mapping[str, str],
) -> AsyncIterator[Tale]:
    """Open a world in which somebody speaks a language, at noon of a Sunday."""
    clock = MovedClock()
    sandbox = Sandbox(TOKEN, clock=clock)
    hero = sandbox.add_person("Amal", language_code=language, user_id=HERO)
    given = {"DIGEST_LANGUAGE": language, **settings}
    async with (
        world(folder, articles=articles, settings=given, clock=clock, sandbox=sandbox) as w,
        through(sandbox) as door,
    ):
        yield Tale(w=w, clock=clock, language=language, hero=hero, door=door)
        await door_is_calm(door)


async def door_is_calm(door: Door) -> None:
    """Fail if a button that was tapped still turns."""
    async with asyncio.timeout(PATIENCE):
        while await door.spinning():
            await door.change()


def tea(count: int = 3, *, topic: str = "Tea") -> list[Story]:
    """So many stories on a topic, published at noon of that Sunday."""
    return stories(count, topic=topic, now=NOON)
