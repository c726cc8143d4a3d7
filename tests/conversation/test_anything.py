"""Whatever strangers write, tap and forge: the bot stays up, nobody else's chat changes, no spinner
turns for ever.

One world for a whole play: strangers do anything anywhere, while a reader, a group, a forum and a
channel that they have no right in must stay as they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.callback import Action
from bot.domain.subscription import ChatId
from bot.gateway.conversation import COMMANDS
from bot.sandbox.chats import Chat, Person
from bot.sandbox.state import Sandbox
from tests.support.examples import IS_THOROUGH
from tests.support.office import MovedClock
from tests.support.world import BOT_NAME, TOKEN, World, buttons, stories, world

STRANGERS = ("Sam", "<b>Tom</b>\u202e", "Uma", "Виктор", "وسيم", "雪")
AT_ONCE = 10
"""Steps that come at the same time."""
WORDS = (
    *("tea", "Tea story", "robtos", "25:99", "08:00", "UTC+3", "Mars/Base", "topic-tea"),
    *("<b>&amp;</b> _*[x](y)", "\u202e\u0007\u200b evil", "Ω" * 300, "a" * 4000, "-", "'", "💥"),
    *("story-0123456789ab", "claim-x", "y:1.2", "since monday", "from:", '"open', "\n\n/hot"),
)
NAMES = tuple(sorted(COMMANDS))
PARTS = ("1", "0", "-1", "y", "n", "tea", "99999999999", "0123456789ab", "1001.99999999999", "é")
ARGUMENTS = st.lists(st.sampled_from(PARTS), max_size=4)


@dataclass(frozen=True)
class Step:
    """Something that a stranger does; numbers choose among what there is at that moment."""

    who: int
    where: int
    what: str
    number: int
    text: str


FORGED = st.builds(
    lambda action, arguments: ":".join(("1", action.value, *arguments)),
    st.sampled_from(Action),
    ARGUMENTS,
) | st.text(min_size=1, max_size=16)
SAID = (
    st.builds(
        lambda name, at, words: f"/{name}{at} {words}",
        st.sampled_from(NAMES),
        st.sampled_from(["", f"@{BOT_NAME}", "@another_bot"]),
        st.sampled_from(WORDS),
    )
    | st.sampled_from(WORDS)
    | st.text(min_size=1, max_size=20)
)
STEPS = st.one_of(
    *(
        st.builds(
            Step,
            who=st.integers(0, len(STRANGERS) - 1),
            where=st.integers(0, 4),
            what=st.just(what),
            number=st.integers(0, 10_000),
            text=text,
        )
        for what, text in (
            *(("say", SAID), ("reply", SAID)),
            *(("tap", st.just("")), ("stale", st.just("")), ("stolen", st.just(""))),
            *(("forge", FORGED), ("inline", SAID), ("member", st.just(""))),
            *(("edit", SAID), ("place", st.just(""))),
        )
    )
)


class Play:
    """Strangers in a world that is not theirs."""

    def __init__(self, w: World, clock: MovedClock) -> None:
        self.w = w
        self.clock = clock
        self.strangers: list[Person] = []
        self.places: list[Chat | Person] = []
        self.victims: list[int] = []
        self.seen: list[str] = []
        """Callback data of buttons that were never meant for the strangers."""

    async def begin(self) -> None:
        """Let people with rights set everything up."""
        w = self.w
        dora, owner = w.reader, w.sandbox.add_person("Olga")
        self.strangers = [w.sandbox.add_person(name) for name in STRANGERS]
        for person in (dora, *self.strangers):
            await w.ask(person, "/start")
        group = w.sandbox.add_group(
            "Tea _circle_", members=(dora, *self.strangers), administrators=(owner,)
        )
        forum = w.sandbox.add_group(
            "Forum", members=self.strangers, administrators=(owner,), forum=True
        )
        channel = w.sandbox.add_channel("Tea news", administrators=(owner,))
        for place in (group, forum):
            await w.until(lambda place=place: w.ours(place))  # type: ignore[misc]
        for text in ("/subscribe tea", "/mute milk", "/post", "/settings", "/saved", "/forget"):
            await w.ask(dora, text)
        for place in (group, forum):
            for text in ("/subscribe tea", "/forget", "/settings"):
                await w.ask(owner, text, place)
        await w.settled()
        self.places = [group, forum, channel]
        self.victims = [dora.id, owner.id, group.id, forum.id, channel.id]
        self.seen = [
            button["callback_data"]
            for place in (dora, owner, group, forum)
            for message in w.ours(place)
            for button in buttons(message)
            if "callback_data" in button
        ]

    async def step(self, step: Step) -> None:
        """Do one thing, as far as Telegram lets anybody do it."""
        w, person = self.w, self.strangers[step.who]
        place: Chat | Person = [person, person, *self.places][step.where]
        if isinstance(place, Chat) and place.kind == "channel" and step.what != "forge":
            place = person  # strangers cannot write in a channel
        with contextlib.suppress(ValueError, LookupError):  # Telegram's app offers no such thing
            if step.what in ("tap", "stolen", "forge", "stale"):
                self._press(step, person, place)
            elif step.what == "inline":
                w.sandbox.ask_inline(person, step.text[:200])
            elif step.what == "edit":
                said: list[Any] = list(w.sandbox.messages(place))
                mine = [
                    one["message_id"]
                    for one in said
                    if one.get("from", {}).get("id") == person.id and "text" in one
                ]
                w.sandbox.edit(place, mine[step.number % len(mine)] if mine else 0, step.text)
            elif step.what == "place":
                latitude, longitude = step.number % 181 - 90, step.number % 361 - 180
                w.sandbox.share_location(person, place, latitude=latitude, longitude=longitude)
            elif step.what == "member":
                (w.sandbox.block if step.number % 2 else w.sandbox.unblock)(person)
            else:
                ours = w.ours(place)
                is_reply = step.what == "reply" and ours
                number = ours[step.number % len(ours)]["message_id"] if is_reply else None
                w.say(person, step.text, place, reply_to=number)
        await asyncio.sleep(0)

    def _press(self, step: Step, person: Person, place: Chat | Person) -> None:
        """Tap a button that is there, or send what no button there says."""
        ours, data, number = self.w.ours(place), step.text, 1_000_000 + step.number
        if ours and step.what != "stale":  # else gone, or of a database of last week
            number = ours[step.number % len(ours)]["message_id"]
        if step.what == "tap":
            shown = [
                button["callback_data"]
                for message in ours
                for button in buttons(message)
                if message["message_id"] == number and "callback_data" in button
            ]
            self.w.sandbox.press(person, place, number, shown[step.number % (len(shown) or 1)])
            return
        if step.what != "forge":
            data = self.seen[step.number % len(self.seen)]
        self.w.sandbox.forge(person, place, number, data)

    async def quiet(self) -> None:
        """Wait until no spinner turns, then let people rest for a while."""

        async def is_quiet() -> bool:
            self.clock.move(0.5)  # who waits for a moment goes on
            return self.w.nothing_spins()

        await self.w.stored(is_quiet)
        self.clock.move(30)

    async def end(self) -> None:
        """Wait until everything has been handled."""
        w = self.w
        await self.quiet()
        for person in self.strangers:
            w.sandbox.unblock(person)
            for place in (person, *self.places[:2]):
                self.clock.move(60)
                await w.ask(person, f"/id@{BOT_NAME}", place)

    async def state(self) -> list[Any]:
        """Give everything that is kept about those who did nothing, and what operators do."""
        ledger = self.w.gazette.ledger
        kept = [await ledger.own_data.about(ChatId(number)) for number in self.victims]
        sends = await ledger.sends.listed(now=self.clock.now(), ended=50)
        return [
            kept,
            [(one.id, one.state) for one in sends if one.title],
            await ledger.operators.all(),
        ]


async def played(folder: Path, steps: Sequence[Step]) -> None:
    clock = MovedClock()
    sandbox = Sandbox(TOKEN, clock=clock)
    dora = sandbox.add_person("Dora")
    articles = stories(9, now=clock.now()) + stories(3, topic="Milk", now=clock.now())
    given_settings = {"OPERATORS": str(dora.id), "DIGEST_TIMES": "23:59"}
    async with world(
        folder, articles=articles, sandbox=sandbox, clock=clock, settings=given_settings
    ) as w:
        play = Play(w, clock)
        await play.begin()
        before = await play.state()
        for number, step in enumerate(steps, 1):
            await play.step(step)
            if number % AT_ONCE == 0:
                await play.quiet()
        await play.end()
        assert await play.state() == before
        assert w.gazette.disabled is None


def play(steps: Sequence[Step], caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    with tempfile.TemporaryDirectory() as folder, caplog.at_level(logging.ERROR):
        asyncio.run(played(Path(folder), steps))
    # A handler that fails apologises and goes on; here none may fail at all.
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def some_steps(seed: int, count: int) -> list[Step]:
    """Give steps by chance; a property's first example would be the simplest one, all alike."""
    chance = random.Random(seed)
    kinds = (
        *("say", "say", "reply", "tap", "tap", "stale", "stolen", "forge", "inline", "member"),
        *("edit", "place"),
    )

    def text(what: str) -> str:
        if what == "forge":
            arguments = chance.choices(PARTS, k=chance.randrange(4))
            return ":".join(("1", chance.choice(list(Action)).value, *arguments))
        at = chance.choice(("", f"@{BOT_NAME}", "@another_bot"))
        command = f"/{chance.choice(NAMES)}{at} {chance.choice(WORDS)}"
        return chance.choice((command, chance.choice(WORDS)))

    return [
        Step(
            who=chance.randrange(2),
            where=chance.randrange(5),
            what=what,
            number=chance.randrange(10_000),
            text=text(what),
        )
        for what in chance.choices(kinds, k=count)
    ]


def test_strangers_may_do_anything(caplog: pytest.LogCaptureFixture) -> None:
    play(some_steps(6, 50), caplog)


@pytest.mark.long
@pytest.mark.timeout(1_200)
@settings(
    max_examples=8 if IS_THOROUGH else 3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(steps=st.lists(STEPS, min_size=60, max_size=150))
def test_many_strangers_may_do_anything_for_long(
    steps: list[Step], caplog: pytest.LogCaptureFixture
) -> None:
    play(steps, caplog)
