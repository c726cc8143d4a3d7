"""Albums: one call, several messages; nothing of them is lost, and nothing is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.domain.message import Message, Shot, Text, album
from bot.domain.subscription import ChatId
from bot.errors import Aspect, OutcomeUnknown, PartlySent, Refused, SlowDown, Unfit
from bot.gateway.application import Listeners, Telegram
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.photos import Pictures
from bot.sandbox.chats import Person
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from tests.support.gallery import Gallery, Memory, png
from tests.support.odd_server import OddServer, cut, refuses, result

NAMES = ("a.png", "b.png", "c.png")
CHAT = ChatId(5)
PARTLY = 'Bad Request: failed to send message #{} with the error message "{}"'


def words_first(names: Sequence[str] = NAMES) -> Message:
    captions = [Text("all the words"), *(Text() for _ in names[1:])]
    shots = [Shot(photo=f"attach://{n}", caption=c) for n, c in zip(names, captions, strict=True)]
    return album(shots, is_silent=True)


ONE_BY_ONE = album([Shot(photo=f"attach://{name}", caption=Text(name[0])) for name in NAMES])


class Stand:
    """A messenger in the sandbox with three pictures."""

    def __init__(self, sandbox: Sandbox, line: Telegram) -> None:
        self.sandbox = sandbox
        self.gallery = Gallery({name: png(300 + n, 200) for n, name in enumerate(NAMES)})
        self.memory = Memory()
        pictures = Pictures(source=self.gallery, store=self.memory)
        self.messenger = TelegramMessenger(line.bot, pictures=pictures)
        self.ann = sandbox.add_person("Ann")
        self.bob = sandbox.add_person("Bob")
        for person in (self.ann, self.bob):
            sandbox.say(person, person, "/start")

    async def send(self, message: Message, person: Person | None = None) -> tuple[int, ...]:
        chat = ChatId((person or self.ann).id)
        return (await self.messenger.send(message, chat_id=chat, thread_id=0)).message_ids

    def shown(self, person: Person | None = None) -> list[tuple[int, str]]:
        """Width and caption of every picture in the chat."""
        messages: Sequence[dict[str, Any]] = self.sandbox.messages(person or self.ann)
        return [
            (one["photo"][-1]["width"], one.get("caption", ""))
            for one in messages
            if "photo" in one
        ]


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    sandbox = Sandbox(clock=SystemClock())
    async with serve(sandbox) as address:
        line = Telegram(
            "999:sandbox-token",
            api_url=address,
            listeners=Listeners(on_conflict=print, on_disabled=print),
        )
        await line.start()
        yield Stand(sandbox, line)
        await line.close()


async def test_an_album_is_uploaded_once_and_serves_other_chats_by_its_ids(stand: Stand) -> None:
    whole = [(300, "all the words"), (301, ""), (302, "")]
    assert len(await stand.send(words_first())) == 3
    assert stand.shown() == whole
    groups = {one.get("media_group_id") for one in stand.sandbox.messages(stand.ann)[1:]}
    assert len(groups) == 1
    assert None not in groups
    assert sorted(stand.memory.ids) == list(NAMES)
    await stand.send(words_first(), stand.bob)
    assert stand.shown(stand.bob) == whole
    assert sorted(stand.gallery.asked) == list(NAMES)


async def test_uploads_and_ids_go_together_in_one_album(stand: Stand) -> None:
    await stand.send(words_first(NAMES[1:]), stand.bob)
    await stand.send(ONE_BY_ONE)
    assert stand.shown() == [(300, "a"), (301, "b"), (302, "c")]
    assert sorted(stand.gallery.asked) == list(NAMES)


async def test_many_chats_at_once_upload_every_picture_once(stand: Stand) -> None:
    backwards = words_first(tuple(reversed(NAMES)))
    people = [stand.ann, stand.bob] * 5
    sends = [stand.send(words_first() if n % 3 else backwards, one) for n, one in enumerate(people)]
    await asyncio.wait_for(asyncio.gather(*sends), 20)
    assert sorted(stand.gallery.asked) == list(NAMES)
    assert len(stand.shown()) == len(stand.shown(stand.bob)) == 15


@pytest.mark.parametrize(
    ("missing", "message", "shown"),
    [
        ("b.png", words_first(), [(300, "all the words"), (302, "")]),
        ("a.png", words_first(), [(301, "all the words"), (302, "")]),
        ("a.png", ONE_BY_ONE, [(301, "b"), (302, "c")]),
    ],
)
async def test_a_picture_that_cannot_be_had_is_left_out_and_the_words_stay(
    stand: Stand, missing: str, message: Message, shown: list[tuple[int, str]]
) -> None:
    del stand.gallery.files[missing]
    await stand.send(message)
    assert stand.shown() == shown


async def test_the_last_picture_that_is_left_goes_as_a_photo_with_the_words(stand: Stand) -> None:
    for name in NAMES[:2]:
        del stand.gallery.files[name]
    assert len(await stand.send(words_first())) == 1
    assert stand.shown() == [(302, "all the words")]
    assert "media_group_id" not in stand.sandbox.messages(stand.ann)[-1]


async def test_without_any_picture_nothing_is_sent_and_the_words_may_follow(stand: Stand) -> None:
    stand.gallery.files.clear()
    with pytest.raises(Unfit) as caught:
        await stand.send(words_first())
    assert caught.value.aspect is Aspect.PICTURE
    assert stand.shown() == []


async def test_a_stale_id_of_one_picture_says_what_stands_and_is_forgotten(stand: Stand) -> None:
    stand.memory.ids["b.png"] = "AgACstale"
    with pytest.raises(PartlySent) as caught:
        await stand.send(words_first())
    assert caught.value.first_failed == 2
    assert stand.shown() == [(300, "all the words"), (302, "")]
    assert "b.png" not in stand.memory.ids
    await stand.send(words_first(), stand.bob)
    assert len(stand.shown(stand.bob)) == 3


async def test_when_no_id_is_good_any_more_the_pictures_are_uploaded_anew(stand: Stand) -> None:
    stand.memory.ids |= dict.fromkeys(NAMES, "AgACof-another-bot")
    await stand.send(words_first())
    assert stand.shown() == [(300, "all the words"), (301, ""), (302, "")]
    assert "AgACof-another-bot" not in stand.memory.ids.values()


@pytest.mark.parametrize(
    ("said", "number", "seconds"),
    [
        (PARTLY.format(1, "Wrong file identifier/HTTP URL specified"), 1, None),
        (PARTLY.format(3, "Too Many Requests: retry after 8"), 3, 8),
    ],
)
async def test_a_part_is_never_taken_for_a_pause_of_the_whole(
    server: OddServer, telegram: Telegram, said: str, number: int, seconds: int | None
) -> None:
    server.acts.append(refuses(400, said))
    pictures = Pictures(source=Gallery({name: png() for name in NAMES}), store=Memory())
    with pytest.raises(PartlySent) as caught:
        await TelegramMessenger(telegram.bot, pictures=pictures).send(
            words_first(), chat_id=CHAT, thread_id=0
        )
    assert caught.value.first_failed == number
    pause = caught.value.retry_after
    assert (pause.total_seconds() if pause else None) == seconds
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (cut, OutcomeUnknown),
        (refuses(429, "Too Many Requests: retry after 3", retry_after=3), SlowDown),
        (refuses(400, "Bad Request: group send failed"), Unfit),
        (refuses(400, "Bad Request: something new"), Refused),
        (result([{"no": "id"}]), OutcomeUnknown),
    ],
)
async def test_other_failures_mean_what_they_mean_for_every_message(
    server: OddServer, telegram: Telegram, act: object, kind: type[Exception]
) -> None:
    server.acts.append(act)  # type: ignore[arg-type]
    pictures = Pictures(source=Gallery({name: png() for name in NAMES}), store=Memory())
    with pytest.raises(kind):
        await TelegramMessenger(telegram.bot, pictures=pictures).send(
            words_first(), chat_id=CHAT, thread_id=0
        )
    assert len(server.requests) == 1
