"""Own data: /export, /privacy and /forget, of a person and of a group."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.domain.subscription import ChatId, Role, UserId
from bot.sandbox.chats import Membership
from bot.sandbox.state import Sandbox
from tests.support.office import MovedClock
from tests.support.world import (
    TOKEN,
    World,
    data_of,
    labels,
    stories,
    text_of,
    world,
)

FORGET = ["Erase everything", "Keep it"]


async def file_of(w: World, message: dict[str, Any]) -> dict[str, Any]:
    """Read the JSON file that a message hands over."""
    file = w.sandbox.file(message["document"]["file_id"])
    assert file is not None
    content: dict[str, Any] = json.loads(await file.read())
    return content


async def test_a_person_gets_everything_as_a_file_and_has_it_erased(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        await w.ask(w.reader, "/subscribe")
        await w.until(lambda: len(w.ours(w.reader)) == 2)
        await w.settled()
        await w.ask(w.reader, "/follow tea")
        privacy = await w.ask(w.reader, "/privacy")
        assert "90 days" in text_of(privacy)

        about = await file_of(w, await w.ask(w.reader, "/export"))
        assert about["chat"][0]["username"] == "ann_reads"
        assert about["subscriptions"][0]["followed"] == ["Tea"]
        assert [row["state"] for row in about["deliveries"]] == ["sent"]
        assert about["stories"][0]["title"] == "Tea story number 1"
        assert set(about["explained"]) <= set(about)

        # A tap of somebody else, a forged one and *Keep it* erase nothing.
        question = await w.ask(w.reader, "/forget")
        assert labels(question) == FORGET
        assert "operate" not in text_of(question)
        ben = w.sandbox.add_person("Ben")
        await w.ask(ben, "/start")
        stolen = data_of(question, FORGET[0])
        assert "Somebody else" in (await w.forge(ben, ben, 1, stolen)).text
        for forged in ("1:fg", "1:fg:y", "1:fg:y:x.y", f"1:fg:y:{w.reader.id}.99999999999999"):
            answer = await w.forge(w.reader, w.reader, question["message_id"], forged)
            assert "no longer works" in answer.text or "too old" in answer.text
        await w.tap(w.reader, question, "Keep it")
        await w.until_shown(question, "Nothing was erased")
        assert (await file_of(w, await w.ask(w.reader, "/export"))) | {"made_at": ""} == about | {
            "made_at": ""
        }

        question = await w.ask(w.reader, "/forget")
        await w.tap(w.reader, question, "Erase everything")
        shown = await w.until_shown(question, "Erased.")
        assert labels(shown) == []
        ledger = w.gazette.ledger
        assert await ledger.subscriptions.active() == ()
        again = await file_of(w, await w.ask(w.reader, "/export"))
        assert again["subscriptions"] == again["deliveries"] == []
        assert again["chat"][0]["forgotten_at"] is not None

        # Who comes back begins anew, with stories that came before.
        await w.ask(w.reader, "/subscribe")
        await w.until(lambda: "Tea story number 1" in text_of(w.last(w.reader)))
        assert (await ledger.own_data.about(ChatId(w.reader.id)))["chat"][0]["forgotten_at"] is None


async def test_the_question_is_open_for_a_while_and_what_waits_is_not_sent(tmp_path: Path) -> None:
    clock = MovedClock()
    sandbox = Sandbox(TOKEN, clock=clock)
    articles = stories(2, now=clock.now())
    async with world(tmp_path, articles=articles, sandbox=sandbox, clock=clock) as w:
        question = await w.ask(w.reader, "/forget")
        clock.move(601)
        late = await w.tap(w.reader, question, "Erase everything")
        assert "too old" in late.text
        await w.ask(w.reader, "/subscribe")
        await w.until(lambda: len(w.ours(w.reader)) == 3)
        await w.settled()
        ledger = w.gazette.ledger
        await w.post(*stories(3, topic="Milk", now=clock.now()))
        composed = await w.gazette.composer.compose(
            await ledger.subscriptions.active(), now=clock.now()
        )
        question = await w.ask(w.reader, "/forget")
        await w.tap(w.reader, question, "Erase everything")
        await w.until_shown(question, "Erased.")
        # A digest that was being made meanwhile comes too late.
        from bot.domain.digest import DigestKind

        await w.gazette.composer.store(composed, kind=DigestKind.SLOT, now=clock.now())
        w.gazette.courier.wake()
        await w.ask(w.reader, "/hot")
        await w.settled()
        assert len(w.ours(w.reader)) == 5
        assert not (await ledger.own_data.about(ChatId(w.reader.id)))["deliveries"]


async def test_a_group_is_given_its_own_and_only_by_its_administrators(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        owner = w.sandbox.add_person("Olga")
        group = w.sandbox.add_group("Tea circle", members=(w.reader,), administrators=(owner,))
        await w.until(lambda: w.ours(group))
        await w.ask(owner, "/subscribe", group)
        await w.until(lambda: len(w.ours(group)) == 3)
        await w.settled()
        for command in ("/export", "/forget"):
            assert "Only administrators" in text_of(await w.ask(w.reader, command, group))
        about = await file_of(w, await w.ask(owner, "/export", group))
        assert about["chat_id"] == group.id
        assert str(owner.id) not in json.dumps(about)
        question = await w.ask(owner, "/forget", group)
        assert "this chat" in text_of(question)
        assert labels(question) == FORGET
        other = w.sandbox.add_person("Otto")
        group.members[other.id] = Membership(status="administrator")
        assert "Somebody else" in (await w.tap(other, question, FORGET[0])).text
        group.members[owner.id] = Membership(status="member")
        assert "Only administrators" in (await w.tap(owner, question, FORGET[0])).text
        assert len(await w.gazette.ledger.subscriptions.active()) == 1
        group.members[owner.id] = Membership(status="creator")
        known = {m["message_id"] for m in w.ours(group)}
        assert not (await w.tap(owner, question, FORGET[1])).text.startswith("Erased")
        await w.tap(owner, question, FORGET[0])
        assert "Erased." in text_of(await w.next_message(group, known))
        assert await w.gazette.ledger.subscriptions.active() == ()
        assert w.shown(question) == question


async def test_a_chat_of_the_settings_is_not_erased_and_an_operator_is_warned(
    tmp_path: Path,
) -> None:
    sandbox = Sandbox(TOKEN, clock=MovedClock())
    ann, owner = sandbox.add_person("Ann"), sandbox.add_person("Olga")
    group = sandbox.add_group("Tea circle", administrators=(owner,))
    settings = {"CHANNELS": (group.id,)}
    async with world(tmp_path, sandbox=sandbox, settings=settings) as w:
        await w.ask(ann, "/start")
        refusal = await w.ask(owner, "/forget", group)
        assert "CHANNELS" in text_of(refusal)
        assert labels(refusal) == []
        operators = w.gazette.ledger.operators
        now = w.gazette.clock.now() - timedelta(days=1)
        await operators.add(UserId(ann.id), Role.OWNER, now=now, name="Ann")
        question = await w.ask(ann, "/forget")
        assert "You operate this bot" in text_of(question)
        await w.tap(ann, question, "Erase everything")
        await w.until_shown(question, "Erased.")
        assert await operators.all() == ()


async def test_who_blocks_us_and_comes_back_finds_the_order_as_it_was(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        await w.ask(w.reader, "/subscribe")
        await w.until(lambda: len(w.ours(w.reader)) == 2)
        await w.ask(w.reader, "/follow tea")
        subscriptions = w.gazette.ledger.subscriptions
        before = await subscriptions.active()
        w.sandbox.block(w.reader)

        async def is_silent() -> bool:
            return await subscriptions.active() == ()

        await w.stored(is_silent)
        w.sandbox.unblock(w.reader)
        assert "You are subscribed" in text_of(await w.ask(w.reader, "/start"))
        assert await subscriptions.active() == before


async def test_who_was_forgotten_and_blocks_us_is_not_noted_again(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        question = await w.ask(w.reader, "/forget")
        await w.tap(w.reader, question, "Erase everything")
        await w.until_shown(question, "Erased.")
        w.sandbox.block(w.reader)
        ben = w.sandbox.add_person("Ben")
        await w.ask(ben, "/start")
        about = await w.gazette.ledger.own_data.about(ChatId(w.reader.id))
        assert [chat["title"] for chat in about["chat"]] == [""]
