"""How people of the chat page change who is there: newcomers, chats, members, the bot, topics."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.clock import SystemClock
from bot.sandbox.chats import Person
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.web import routes
from tests.support.gallery import png


@dataclass(frozen=True, kw_only=True)
class Town:
    """A served sandbox in which Olga runs things and Ann looks on."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    olga: Person
    ann: Person

    async def post(self, action: str, who: Person, **body: Any) -> httpx.Response:
        return await self.http.post(f"/sandbox/{action}", json={"me": who.id, **body})

    async def done(self, action: str, who: Person, **body: Any) -> Any:
        reply = await self.post(action, who, **body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def found(self, **body: Any) -> int:
        given = {"kind": "supergroup", "title": "Tea circle", "with_bot": True, **body}
        return int((await self.done("found", self.olga, **given))["chat"])

    async def chat(self, who: Person, chat: int, **query: Any) -> Any:
        asked = {"me": who.id, "chat": chat, **query}
        return (await self.http.get("/sandbox/state", params=asked)).json()["chat"]

    async def told(self, kind: str) -> list[Any]:
        """What the bot was told, of one kind."""
        reply = await self.http.post(f"/bot{self.sandbox.world.token}/getUpdates")
        return [one[kind] for one in reply.json()["result"] if kind in one]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    sandbox = Sandbox(clock=SystemClock())
    olga, ann = sandbox.add_person("Olga"), sandbox.add_person("Ann")
    async with (
        serve(sandbox, extra_routes=routes(sandbox)) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        yield Town(sandbox=sandbox, http=http, olga=olga, ann=ann)


async def test_somebody_new_speaks_the_language_that_was_chosen(town: Town) -> None:
    made = await town.done("person", town.olga, name="  Amal ", language="ar")
    amal = town.sandbox.world.chats.person(made["person"])
    assert amal is not None
    assert (amal.first_name, amal.language_code) == ("Amal", "ar")
    assert (await town.chat(amal, amal.id))["mode"] == "start"
    refused = await town.post("person", town.olga, name="  ")
    assert (refused.status_code, refused.json()["error"]) == (400, "It needs a name.")


async def test_a_group_is_founded_with_its_members_and_the_bot(town: Town) -> None:
    group = await town.found(members=[town.ann.id])
    (added,) = await town.told("my_chat_member")
    assert added["new_chat_member"]["status"] == "member"
    seen = await town.chat(town.olga, group)
    assert seen["members"] == {str(town.olga.id): "creator", str(town.ann.id): "member"}
    assert (seen["rules"], (await town.chat(town.ann, group))["rules"]) == (True, False)
    assert town.sandbox.chat(await town.found(kind="group")).kind == "group"
    assert town.sandbox.chat(await town.found(kind="forum")).is_forum
    channel = town.sandbox.chat(await town.found(kind="channel", username="@tea_news"))
    assert (channel.kind, channel.username) == ("channel", "tea_news")
    for body, said in (
        ({"kind": "channel", "username": "tea_news"}, "@tea_news is taken."),
        ({"kind": "party"}, "`kind` must be one of"),
        ({"members": [7]}, "`me` is nobody in this sandbox."),
        ({"title": " "}, "It needs a name."),
    ):
        reply = await town.post("found", town.olga, **{"kind": "group", "title": "Tea", **body})
        assert reply.status_code in {400, 409}
        assert said in reply.json()["error"]


async def test_members_come_rise_and_go_by_the_hand_of_administrators(town: Town) -> None:
    group = await town.found()
    for status in ("member", "administrator", "member", "left"):
        await town.done("member", town.olga, chat=group, person=town.ann.id, status=status)
        assert town.sandbox.chat(group).status_of(town.ann.id).status == status
    came = [one for one in await town.told("message") if "new_chat_members" in one]
    assert [one["new_chat_members"][0]["first_name"] for one in came] == ["Gazette", "Ann"]
    await town.done("member", town.olga, chat=group, person=town.ann.id, status="member")
    reply = await town.post("member", town.ann, chat=group, person=town.olga.id, status="left")
    assert (reply.status_code, "Only administrators" in reply.json()["error"]) == (403, True)
    reply = await town.post("member", town.olga, chat=group, person=town.olga.id, status="left")
    assert reply.status_code == 409
    await town.done("member", town.ann, chat=group, person=town.ann.id, status="left")
    reply = await town.post("member", town.ann, chat=group, person=town.ann.id, status="member")
    assert reply.status_code == 400, "who has left does not see it any more"


async def test_an_administrator_writes_as_the_group(town: Town) -> None:
    group = await town.found(members=[town.ann.id])
    await town.done("hide", town.olga, chat=group, is_hidden=True)
    await town.done("say", town.olga, chat=group, text="/hot")
    said = (await town.told("message"))[-1]
    assert (said["from"]["username"], said["sender_chat"]["id"]) == ("GroupAnonymousBot", group)
    assert (await town.chat(town.olga, group))["isHidden"]
    await town.done("hide", town.olga, chat=group, is_hidden=False)
    await town.done("say", town.olga, chat=group, text="/latest")
    said = (await town.told("message"))[-1]
    assert (said["from"]["id"], "sender_chat" in said) == (town.olga.id, False)
    assert (await town.post("hide", town.ann, chat=group, is_hidden=True)).status_code == 403
    small = await town.found(kind="group")
    assert (await town.post("hide", town.olga, chat=small, is_hidden=True)).status_code == 409


async def test_what_happened_last_is_told_without_a_name_before_it(town: Town) -> None:
    forum = await town.found(kind="forum")
    await town.done("topic", town.olga, chat=forum, name="News")
    shown = (await town.http.get("/sandbox/state", params={"me": town.olga.id})).json()["chats"]
    (last,) = [one["last"] for one in shown if one["id"] == forum]
    assert (last["sender"], last["text"]) == ("", "Topic “News” was created")


async def test_the_bot_is_brought_promoted_and_thrown_out(town: Town) -> None:
    group = await town.found(with_bot=False, members=[town.ann.id])
    for status, becomes in (
        ("member", "member"),
        ("administrator", "administrator"),
        ("member", "member"),
        ("left", "kicked"),
    ):
        await town.done("bot", town.olga, chat=group, status=status)
        assert town.sandbox.chat(group).bot.status == becomes
    rights = ["can_post_messages", "can_edit_messages"]
    channel = await town.found(kind="channel", with_bot=False)
    await town.done("bot", town.olga, chat=channel, status="administrator", rights=rights)
    assert town.sandbox.chat(channel).bot.rights == set(rights)
    assert (await town.post("bot", town.olga, chat=channel, status="member")).status_code == 409
    for who, body in (
        (town.ann, {"chat": group, "status": "member"}),
        (town.olga, {"chat": town.olga.id, "status": "member"}),
    ):
        assert (await town.post("bot", who, **body)).status_code == 403
    assert (await town.post("bot", town.olga, chat=group, status="king")).status_code == 400


async def test_a_topic_is_opened_written_in_and_closed(town: Town) -> None:
    forum = await town.found(kind="forum", members=[town.ann.id])
    news = (await town.done("topic", town.olga, chat=forum, name="News"))["topic"]
    await town.done("say", town.ann, chat=forum, topic=news, text="In the topic")
    await town.done("say", town.ann, chat=forum, text="In general")
    html = {}
    for topic in (0, 1, news):
        units = (await town.chat(town.ann, forum, topic=topic))["units"]
        html[topic] = "".join(unit["html"] for unit in units)
    held = {topic: ["In the topic" in one, "In general" in one] for topic, one in html.items()}
    assert held == {0: [True, True], 1: [False, True], news: [True, False]}
    await town.done("topic", town.olga, chat=forum, topic=news, change="close")
    seen = await town.chat(town.ann, forum, topic=news)
    assert (seen["mode"], seen["topics"]) == (
        "read",
        [{"id": news, "name": "News", "isClosed": True}],
    )
    assert (await town.chat(town.olga, forum, topic=news))["mode"] == "write"
    await town.done("topic", town.olga, chat=forum, topic=news, change="reopen")
    assert (await town.chat(town.ann, forum, topic=news))["mode"] == "write"
    await town.done("topic", town.olga, chat=forum, topic=news, change="delete")
    gone = await town.post("say", town.ann, chat=forum, topic=news, text="Anybody?")
    assert (gone.status_code, gone.json()["error"]) == (409, "This topic is gone.")
    assert (await town.post("topic", town.ann, chat=forum, name="Mine")).status_code == 403


async def test_places_and_pictures_are_sent_with_what_belongs_to_them(town: Town) -> None:
    ann = town.ann
    await town.done("location", ann, chat=ann.id, latitude=38.72, longitude=-9.14)
    data = b64encode(png()).decode()
    await town.done("photo", ann, chat=ann.id, name="tea.png", caption="A cup /hot", data=data)
    place, picture = await town.told("message")
    assert place["location"] == {"latitude": 38.72, "longitude": -9.14}
    assert picture["caption"] == "A cup /hot"
    assert picture["photo"][-1]["width"] == 320
    html = "".join(unit["html"] for unit in (await town.chat(ann, ann.id))["units"])
    assert "38.72° N, 9.14° W" in html
    for action, body in (
        ("location", {"latitude": 91, "longitude": 0}),
        ("location", {"latitude": "1", "longitude": 0}),
        ("location", {"latitude": 1}),
        ("photo", {"data": b64encode(b"no picture").decode()}),
        ("photo", {"data": "no base64"}),
        ("photo", {"data": data, "caption": "x" * 1025}),
    ):
        reply = await town.post(action, ann, chat=ann.id, **body)
        assert reply.status_code == 400, (action, body)
        assert reply.json()["error"]


async def test_what_one_wrote_is_answered_changed_and_deleted_others_words_are_not(
    town: Town,
) -> None:
    group = await town.found(members=[town.ann.id])
    await town.done("say", town.ann, chat=group, text="/hot")
    (said,) = [one for one in town.sandbox.messages(group) if one.get("text") == "/hot"]
    number = said["message_id"]
    await town.done("say", town.olga, chat=group, text="Indeed", reply_to=number)
    answered: Any = town.sandbox.messages(group)[-1]["reply_to_message"]
    assert answered["text"] == "/hot"
    place = {"chat": group, "message": number}
    assert (await town.post("edit", town.olga, **place, text="No")).status_code == 403
    assert (await town.post("delete", town.olga, **place)).status_code == 403
    assert (await town.post("edit", town.ann, **place, text=" ")).status_code == 400
    await town.done("edit", town.ann, **place, text="/latest")
    (changed,) = await town.told("edited_message")
    assert changed["text"] == "/latest"
    await town.done("delete", town.ann, **place)
    assert (await town.post("delete", town.ann, **place)).status_code == 409
    gone = await town.post("say", town.olga, chat=group, text="What?", reply_to=number)
    assert gone.status_code == 400
