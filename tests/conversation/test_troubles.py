"""Stale and forged taps, people who are gone or too fast, and what happens when things break."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.subscription import ChatId, ChatState
from bot.sandbox.faults import Effect
from tests.support.world import labels, stories, text_of, world

FORGED = (
    *("", "1", "1:", "0:h:1", "2:h:1", "1:zz:1", "1:h", "1:h:0", "1:h:-1", "1:h:1e3", "1:h:99999"),
    *("1:h:٣", "1:t:1", "1:t", "1:q:1", "1:Q:1:nothing", "1:s", "1:s:", "1:s:xyz", "1:s:../../etc"),
    *("1:s:0123456789ab:zz:1", "1:s:0123456789ab:h:1", "1:d:zz", "1:d:1", "1:d:h:x", "1:f", "1:f:"),
    *(
        "1:f:no such topic",
        "1:uf:x",
        "1:um:x",
        "1:m",
        "1:m:x",
        "1:p:1:00000000",
        "1:c:1:00000000",
        "1:ts:x",
    ),
    *("1:n", "drop table", "🫖" * 16, "1:q:1:'; DROP TABLE articles; --", "1:ts:999", "1:l:999"),
)


@pytest.mark.long
async def test_no_forged_data_leaves_a_spinner_or_breaks_anything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        for number, data in enumerate(FORGED):
            eve = w.sandbox.add_person(f"Eve {number}")
            hello = await w.ask(eve, "/start")
            answer = await w.forge(eve, eve, hello["message_id"], data)
            assert "Something went wrong" not in answer.text, data
        assert w.nothing_spins()
        assert await w.gazette.ledger.subscriptions.active() == ()
        assert [r for r in caplog.records if r.levelname == "ERROR"] == []


async def test_a_number_below_a_message_that_is_no_digest_says_where_to_look(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        latest = await w.ask(w.reader, "/latest")
        known = await w.gazette.ledger.articles.by_paths(["_news/tea-story-number-1.md"])
        number = known["_news/tea-story-number-1.md"].article.story_id
        answer = await w.forge(w.reader, w.reader, 4711, f"1:s:{number}")
        assert "no longer here" in answer.text
        assert "/latest" in answer.text
        back = await w.forge(w.reader, w.reader, 4711, "1:d")
        assert "no longer here" in back.text
        assert w.shown(latest) == latest


async def test_a_page_of_a_message_that_is_gone_comes_as_a_new_one(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(12)) as w:
        page = await w.ask(w.reader, "/topic tea")
        w.sandbox.delete_message(w.reader, page["message_id"])
        await w.forge(w.reader, w.reader, page["message_id"], "1:t:2:tea")
        fresh = await w.next_message(w.reader, {page["message_id"]})
        assert "page 2 of 3" in text_of(fresh)


async def test_who_blocks_us_sleeps_and_wakes_on_return(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        await w.ask(w.reader, "/subscribe")
        subscriptions = w.gazette.ledger.subscriptions
        w.sandbox.block(w.reader)

        async def sleeps() -> bool:
            chat = await subscriptions.chat(ChatId(w.reader.id))
            return chat is not None and chat.state is ChatState.ASLEEP

        await w.stored(sleeps)
        assert await subscriptions.active() == ()
        w.sandbox.unblock(w.reader)
        await w.ask(w.reader, "/start")
        assert not await sleeps()
        assert len(await subscriptions.active()) == 1


async def test_a_chat_that_turns_out_to_be_gone_sleeps_and_wakes_by_a_word(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        await w.ask(w.reader, "/subscribe")
        await w.until(lambda: len(w.ours(w.reader)) == 2)
        subscriptions = w.gazette.ledger.subscriptions
        w.sandbox.faults.add(Effect.BLOCKED, method="sendMessage", chat_id=w.reader.id)
        w.say(w.reader, "/hot")

        async def sleeps() -> bool:
            chat = await subscriptions.chat(ChatId(w.reader.id))
            return chat is not None and chat.state is ChatState.ASLEEP

        await w.stored(sleeps)
        await w.ask(w.reader, "/hot")
        assert not await sleeps()


async def test_one_person_in_a_hurry_is_told_once_and_nobody_else_notices(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        ben = w.sandbox.add_person("Ben")
        for _ in range(60):
            w.say(w.reader, "/id")
        answer = await w.ask(ben, "tea")
        assert "Tea story number 1" in text_of(answer)
        await w.until(lambda: any("a lot at once" in text_of(one) for one in w.ours(w.reader)))
        told = re.search(r"I answer again in about (\d+) seconds?\.", text_of(w.last(w.reader)))
        assert told is not None
        assert 1 <= int(told[1]) <= 30
        tap = await w.forge(w.reader, w.reader, w.last(w.reader)["message_id"], "1:h:1")
        assert tap.text == ""
        said = Counter("a lot at once" in text_of(message) for message in w.ours(w.reader))
        assert said == {False: 30, True: 1}
        assert w.nothing_spins()


@pytest.mark.long
async def test_a_flood_ban_is_waited_for_and_the_answer_comes(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        w.sandbox.faults.add(
            Effect.TOO_MANY_REQUESTS, method="sendMessage", chat_id=w.reader.id, retry_after=1
        )
        assert "Tea story" in text_of(await w.ask(w.reader, "/hot"))


async def test_an_answer_that_was_cut_off_is_not_sent_twice(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        w.sandbox.faults.add(Effect.CUT_AFTER, method="sendMessage", chat_id=w.reader.id)
        await w.ask(w.reader, "/hot")
        await w.ask(w.reader, "/id")
        assert len(w.ours(w.reader)) == 2


async def test_a_database_in_trouble_costs_an_apology_and_the_operators_hear_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"OPERATORS": "501"}
    async with world(tmp_path, articles=stories(3), settings=settings) as w:
        omar = w.sandbox.add_person("Omar", user_id=501)
        await w.ask(omar, "/start")
        hello = await w.ask(w.reader, "/start")
        with sqlite3.connect(tmp_path / "gazette.db") as connection:
            connection.execute("ALTER TABLE subscriptions RENAME TO lost")
        answer = await w.ask(w.reader, "/hot <secret question>")
        assert "Something went wrong on our side" in text_of(answer)
        assert "subscriptions" not in text_of(answer)
        tap = await w.tap(w.reader, hello, "Subscribe")
        assert "Something went wrong on our side" in tap.text
        await w.until(lambda: "database is in trouble" in text_of(w.last(omar)))
        errors = [r for r in caplog.records if r.getMessage() == "update not handled"]
        assert len(errors) == 2
        assert all(record.exc_info for record in errors)
        assert "secret question" not in caplog.text
        with sqlite3.connect(tmp_path / "gazette.db") as connection:
            connection.execute("ALTER TABLE lost RENAME TO subscriptions")
        assert "Tea story" in text_of(await w.ask(w.reader, "/hot"))
        assert "Subscribe" in labels(w.shown(hello))


async def test_a_fault_of_our_own_ends_as_a_crash_and_is_not_taken_for_a_bad_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After exit code 3 nobody starts the bot again; after a crash systemd does."""

    def broken() -> int:
        raise ZeroDivisionError

    async def fail() -> None:
        async with world(tmp_path) as w:
            monkeypatch.setattr(w.gazette.courier, "_places", broken)
            w.gazette.courier.wake()
            await w.gazette._stop.wait()
            assert w.gazette.disabled is None

    with pytest.raises(RuntimeError, match="the courier failed"):
        await fail()


async def test_a_chat_that_must_rest_is_not_shown_that_we_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed() -> int:
        return sum(call.method == "sendChatAction" for call in w.sandbox.calls)

    monkeypatch.setattr("bot.gateway.context.SLOW", 0.0)
    async with world(tmp_path, articles=stories(3)) as w:
        assert "Tea story" in text_of(await w.ask(w.reader, "tea"))
        await w.until(lambda: typed() == 1)
        w.gazette.pace.slow_down(ChatId(w.reader.id), timedelta(seconds=0.1))
        assert "Tea story" in text_of(await w.ask(w.reader, "tea"))
        assert typed() == 1
