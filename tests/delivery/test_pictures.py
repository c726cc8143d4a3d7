"""Pictures are uploaded once per bot, however many messages with one are under way at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.delivery import State
from bot.domain.message import Draft, Text
from bot.domain.subscription import ChatId
from bot.errors import SendError
from bot.gateway.failures import CallFailed, translate
from bot.gateway.photos import Photo, Photos, Pictures
from bot.sandbox.world import Call
from tests.support.gallery import Gallery, Memory, png
from tests.support.office import Office, office

TEA = Draft(text=Text("Tea"), photo="attach://assets/a.png").finished()


def uploads(desk: Office) -> list[Call]:
    """The calls that carried the picture itself: the sandbox notes no text for those."""
    ids = set(desk.memory.ids.values())
    photos = [call for call in desk.sandbox.calls if call.method == "sendPhoto"]
    return [call for call in photos if call.parameters.get("photo") not in ids]


@pytest.mark.long
async def test_a_hundred_messages_with_one_new_picture_upload_it_once(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        people = [desk.sandbox.add_person(f"Reader {n}") for n in range(100)]
        for person in people:
            desk.sandbox.say(person, person, "Hello")
        await desk.post(TEA, to=[person.id for person in people])
        await desk.done()
        assert all("photo" in desk.shown(person.id)[0] for person in people)
        assert desk.gallery.asked == ["assets/a.png"]
        assert len(uploads(desk)) == 1
        await desk.post(TEA, to=[desk.ann.id])
        await desk.until_states(desk.ann.id, State.SENT)
        assert len(uploads(desk)) == 1


async def test_an_id_that_is_not_taken_any_more_is_replaced_once(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        desk.memory.ids["assets/a.png"] = "AgADstale"
        await desk.post(TEA, to=[desk.ann.id, desk.ben.id, desk.group.id])
        await desk.done()
        assert all("photo" in desk.shown(chat)[-1] for chat in (desk.ann.id, desk.group.id))
        assert desk.gallery.asked == ["assets/a.png"]
        assert desk.memory.ids["assets/a.png"] != "AgADstale"


async def test_many_calls_at_once_with_a_stale_id_upload_once() -> None:
    """Whoever hears late that the old id is not taken must not drop the new one."""
    memory, gallery = Memory({"a.png": "stale"}), Gallery({"a.png": png()})
    photos = Photos(Pictures(source=gallery, store=memory))
    carried: list[Photo] = []

    def call(turns: int) -> object:
        async def with_photo(photo: Photo) -> object:
            if photo.form == "stale":
                for _ in range(turns):
                    await asyncio.sleep(0)
                raise _refused()
            carried.append(photo)
            return {"photo": [{"file_id": "fresh"}]}

        return with_photo

    await asyncio.gather(*(photos.give("attach://a.png", call(n)) for n in range(100)))  # type: ignore[arg-type]
    assert len(carried) == 100
    assert [one for one in carried if one.form != "fresh"] == [carried[0]]
    assert memory.ids == {"a.png": "fresh"}


def _refused() -> SendError:
    words = "Bad Request: wrong remote file identifier specified: can't unserialize it"
    return translate(CallFailed(words, status=400))


async def test_a_picture_that_nobody_takes_holds_nobody_up(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        desk.gallery.files.clear()
        await desk.post(TEA, to=[desk.ann.id, desk.ben.id])
        await desk.done()
        for chat in (desk.ann.id, desk.ben.id):
            assert [one["text"] for one in desk.shown(ChatId(chat))] == ["Tea"]
