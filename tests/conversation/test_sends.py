"""The operators' panel of sends: what is shown is so, and a tap does what it says, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.domain.delivery import State
from bot.domain.digest import DigestKind
from bot.domain.sends import SendId, SendState
from bot.domain.subscription import Chat as OurChat
from bot.domain.subscription import ChatId, ChatKind, ChatState, Subscription
from bot.sandbox.chats import Chat, Person
from bot.sandbox.faults import Effect
from bot.sandbox.state import Sandbox
from tests.support.world import TOKEN, Json, World, data_of, labels, stories, text_of, world


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A world with two operators and channels that a post is on its way to."""

    w: World
    omar: Person
    olga: Person
    channels: list[Chat]

    async def post(self) -> Json:
        """Post to all channels; gives the panel."""
        known = {message["message_id"] for message in self.w.ours(self.omar)}
        preview = await self.w.ask(self.omar, "/post")
        panel = await self.w.next_message(self.omar, known | {preview["message_id"]})
        await self.w.tap(self.omar, panel, "Post now")
        return panel

    async def send(self) -> tuple[SendState, dict[State, int], int]:
        """Give state, counts and undecided messages of the send there is."""
        (send,) = await self.w.gazette.ledger.sends.listed(now=SystemClock().now(), ended=1)
        return send.state, dict(send.counts), send.undecided

    async def until(self, state: SendState, counts: dict[State, int]) -> None:
        """Wait until the send is so."""

        async def is_so() -> bool:
            return (await self.send())[:2] == (state, counts)

        await self.w.stored(is_so)

    async def panel(self, operator: Person) -> Json:
        """Ask for the list of sends and open the one that there is."""
        listed = await self.w.ask(operator, "/sends")
        button = next(label for label in labels(listed) if label.startswith("Show"))
        await self.w.tap(operator, listed, button)
        await self.w.until(lambda: "All sends" in labels(self.w.shown(listed)))
        return self.w.shown(listed)


@asynccontextmanager
async def desk(folder: Path, *, channels: int = 3, **settings: str) -> AsyncIterator[Desk]:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    omar, olga = (sandbox.add_person(name, user_id=n) for name, n in (("Omar", 501), ("Olga", 502)))
    named = [
        sandbox.add_channel(f"Channel {n}", username=f"channel_{n}", administrators=(omar,))
        for n in range(1, channels + 1)
    ]
    given = {
        "OPERATORS": "501,502",
        "CHANNELS": ",".join(f"@{channel.username}" for channel in named),
        "MAX_IN_FLIGHT": "1",
        **settings,
    }
    async with world(folder, articles=stories(3), settings=given, sandbox=sandbox) as w:
        for operator in (omar, olga):
            await w.ask(operator, "/start")
        # In the order in which they get it.
        yield Desk(w=w, omar=omar, olga=olga, channels=sorted(named, key=lambda one: one.id))


def silent(d: Desk) -> Any:
    """Let the first message to a channel stay on its way until it is released."""
    return d.w.sandbox.faults.add(Effect.SILENT, method="sendMessage", chat_id=d.channels[0].id)


@pytest.mark.long
async def test_a_send_is_paused_and_goes_on_exactly_where_it_stopped(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        fault = silent(d)
        panel = await d.post()
        await fault.reached.wait()
        panel = await d.w.until_shown(panel, "1 sending")
        assert "0 of 3" in text_of(panel)
        assert "the last reader has it at" in text_of(panel)
        assert labels(panel) == ["Pause", "Cancel…", "Refresh", "All sends"]
        assert (await d.w.tap(d.omar, panel, "Pause")).text == "Paused."
        panel = await d.w.until_shown(panel, "· paused")
        fault.release()
        await d.until(SendState.PAUSED, {State.SENT: 1, State.PENDING: 2})
        assert [len(d.w.ours(channel)) for channel in d.channels] == [1, 0, 0]
        await d.w.until_shown(panel, "1 of 3")
        assert (await d.w.tap(d.omar, panel, "Resume")).text == "It goes on."
        await d.until(SendState.DONE, {State.SENT: 3})
        panel = await d.w.until_shown(panel, "3 of 3")
        assert [len(d.w.ours(channel)) for channel in d.channels] == [1, 1, 1]
        assert labels(panel) == ["Refresh", "All sends"]


async def test_cancelling_is_asked_back_and_touches_nothing_in_flight(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        fault = silent(d)
        await d.post()
        await fault.reached.wait()
        panel = await d.panel(d.olga)
        await d.w.tap(d.olga, panel, "Cancel…")
        panel = await d.w.until_shown(panel, "Cancel it?")
        assert labels(panel) == ["Yes, cancel 3", "No"]
        await d.w.tap(d.olga, panel, "No")
        await d.w.until(lambda: "Cancel…" in labels(d.w.shown(panel)))
        await d.w.tap(d.olga, panel, "Cancel…")
        panel = await d.w.until_shown(panel, "Cancel it?")
        assert (await d.w.tap(d.olga, panel, "Yes, cancel 3")).text == "Cancelled."
        assert (await d.send())[1] == {State.SENDING: 1, State.CANCELLED: 2}
        fault.release()
        await d.until(SendState.CANCELLED, {State.SENT: 1, State.CANCELLED: 2})
        panel = await d.w.until_shown(panel, "cancelled at ")
        assert "1 sent · 2 cancelled" in text_of(panel)
        assert [len(d.w.ours(channel)) for channel in d.channels] == [1, 0, 0]
        listed = await d.w.ask(d.omar, "/sends")
        assert "Ended" in text_of(listed)
        assert "1 sent · 2 cancelled" in text_of(listed)


async def test_two_operators_do_not_cross_and_an_old_button_does_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        fault = silent(d)
        await d.post()
        await fault.reached.wait()
        his, hers = await d.panel(d.omar), await d.panel(d.olga)
        answers = await asyncio.gather(
            d.w.tap(d.omar, his, "Pause"), d.w.tap(d.olga, hers, "Pause")
        )
        said = sorted(answer.text for answer in answers)
        assert said == [
            "Paused.",
            "This has changed meanwhile; your tap did nothing. Here is how it is now.",
        ]
        hers = await d.w.until_shown(hers, "· paused")
        old = data_of(hers, "Resume")
        await d.w.tap(d.olga, hers, "Resume")
        late = await d.w.forge(d.omar, d.omar, his["message_id"], old)
        assert "changed meanwhile" in late.text
        assert (await d.send())[0] is SendState.RUNNING
        fault.release()
        await d.until(SendState.DONE, {State.SENT: 3})
        assert d.w.nothing_spins()


async def test_strangers_neither_see_nor_steer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(tmp_path) as d:
        caplog.set_level("INFO", logger="bot.audit")
        fault = silent(d)
        await d.post()
        await fault.reached.wait()
        panel = await d.panel(d.omar)
        eve = d.w.sandbox.add_person("Eve")
        hello = await d.w.ask(eve, "/start")
        for label in labels(panel):
            answer = await d.w.forge(eve, eve, hello["message_id"], data_of(panel, label))
            assert "Only operators" in answer.text
        assert "operators of this publication" in text_of(await d.w.ask(eve, "/sends"))
        assert d.w.shown(hello) == hello
        assert (await d.send())[0] is SendState.RUNNING
        for data in ("1:sd", "1:sd:p", "1:sd:p:1", "1:sd:x:1.2", "1:sd:zz:1.2.3", "1:sd:x:9.9.9"):
            answer = await d.w.forge(d.omar, d.omar, panel["message_id"], data)
            assert answer.text
        assert (await d.send())[0] is SendState.RUNNING
        deeds = {r.deed for r in caplog.records if getattr(r, "who", 0) == eve.id}  # type: ignore[attr-defined]
        assert {"sends", "send: pause", "send: cancel"} <= deeds
        fault.release()
        await d.w.settled()


async def test_under_ask_an_operator_decides_by_button_once(tmp_path: Path) -> None:
    async with desk(tmp_path, UNCERTAIN="ask") as d:
        first = d.channels[0]
        d.w.sandbox.faults.add(Effect.CUT_AFTER, method="sendMessage", chat_id=first.id)
        await d.post()
        await d.until(SendState.DONE, {State.SENT: 2, State.UNCERTAIN: 1})
        for operator in (d.omar, d.olga):
            await d.w.until(lambda o=operator: "may have arrived or not" in text_of(d.w.last(o)))  # type: ignore[misc]
        his, hers = d.w.last(d.omar), d.w.last(d.olga)
        for operator, notice in ((d.omar, his), (d.olga, hers)):
            await d.w.tap(operator, notice, "Look and decide")
            shown = await d.w.until_shown(notice, "Uncertain")
            assert f"@{first.username}" in text_of(shown).replace("\u2060", "")
            assert "Send 1 again" in labels(shown)
        his, hers = d.w.shown(his), d.w.shown(hers)
        answers = await asyncio.gather(
            d.w.tap(d.omar, his, "Send 1 again"), d.w.tap(d.olga, hers, "Leave as is")
        )
        assert sum("changed meanwhile" in answer.text for answer in answers) == 1
        await d.w.settled()
        was_resent = answers[0].text == "They are sent again."
        assert len(d.w.ours(first)) == (2 if was_resent else 1)
        assert (await d.send())[2] == 0


async def test_left_uncertain_nothing_comes_twice(tmp_path: Path) -> None:
    async with desk(tmp_path, UNCERTAIN="ask") as d:
        first = d.channels[0]
        d.w.sandbox.faults.add(Effect.CUT_AFTER, method="sendMessage", chat_id=first.id)
        await d.post()
        await d.until(SendState.DONE, {State.SENT: 2, State.UNCERTAIN: 1})
        panel = await d.panel(d.omar)
        assert "1 uncertain" in text_of(panel)
        assert (await d.w.tap(d.omar, panel, "Leave as is")).text == "They stay as they are."
        await d.w.until(lambda: "Leave as is" not in labels(d.w.shown(panel)))
        await d.w.settled()
        assert [len(d.w.ours(channel)) for channel in d.channels] == [1, 1, 1]


@pytest.mark.long
@pytest.mark.parametrize("end", ["Resume", "Cancel…"])
async def test_many_chats_not_found_at_once_pause_the_send_and_call_an_operator(
    tmp_path: Path, end: str
) -> None:
    async with desk(tmp_path, channels=0, MAX_IN_FLIGHT="5") as d:
        now = SystemClock().now()
        strangers = [ChatId(7_000_000 + number) for number in range(40)]
        subscriptions = d.w.gazette.ledger.subscriptions
        for chat_id in strangers:
            await subscriptions.see_chat(OurChat(id=chat_id, kind=ChatKind.PRIVATE), now)
            await subscriptions.subscribe(Subscription(chat_id=chat_id), now)
        readers = await subscriptions.active()
        composed = await d.w.gazette.composer.compose(readers, now=now)
        await d.w.gazette.composer.store(composed, kind=DigestKind.SLOT, now=now)
        d.w.gazette.courier.wake()
        await d.w.until(lambda: "has paused by itself" in text_of(d.w.last(d.omar)))
        notice = d.w.last(d.omar)
        assert "chat not found" in text_of(notice)
        assert labels(notice) == ["Resume", "Cancel…", "Show"]
        state, counts, _ = await d.send()
        assert state is SendState.PAUSED
        assert counts[State.PENDING] >= 20
        assert counts[State.REFUSED] <= 15
        chat = await subscriptions.chat(strangers[0])
        assert chat is not None
        assert chat.state is ChatState.AWAKE, "it was not the chat's doing"
        await d.w.tap(d.omar, notice, end)
        if end == "Resume":  # and it bursts again
            await d.w.until(lambda: d.w.last(d.omar)["message_id"] != notice["message_id"])
            assert "has paused by itself" in text_of(d.w.last(d.omar))
        else:
            panel = await d.w.until_shown(notice, "Cancel it?")
            await d.w.tap(d.omar, panel, labels(panel)[0])
            await d.w.until_shown(panel, "✕")
            assert (await d.send())[0] is SendState.CANCELLED


async def test_the_list_comes_in_private_and_says_so_when_there_is_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        assert "Nothing is being sent" in text_of(await d.w.ask(d.omar, "/sends"))
        group = d.w.sandbox.add_group("Editors", administrators=(d.omar,))
        await d.w.until(lambda: d.w.ours(group))
        hint = await d.w.ask(d.omar, "/sends", group)
        assert "our private chat" in text_of(hint)
        assert "Nothing is being sent" in text_of(d.w.last(d.omar))
        assert d.w.gazette.sends.per_second > 0
        assert await d.w.gazette.sends.get(SendId(1)) is None
