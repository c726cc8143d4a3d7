"""`gazette post` as a small desk: by flags for scripts, by typed words at a terminal."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.sandbox.chats import Chat, Person
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from tests.support.processes import finished, start
from tests.support.terminal import at_a_terminal
from tests.support.world import TOKEN, a_story, judge_calls, stories, text_of, write

pytestmark = pytest.mark.long


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder with ten stories to run in, a channel, and an operator who has pressed Start."""

    folder: Path
    sandbox: Sandbox
    channel: Chat
    omar: Person
    env: dict[str, str]

    def posted(self) -> list[str]:
        """The texts that stand in the channel."""
        return [text_of(message) for message in self.sandbox.messages(self.channel)]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    omar = sandbox.add_person("Omar", user_id=501)
    sandbox.say(omar, omar, "/start")
    channel = sandbox.add_channel("News", username="process_news")
    write(tmp_path / "articles", [*stories(10), a_story("Kettles sing", heat=3)])
    async with serve(sandbox) as address:
        env = {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": address,
            "CHANNELS": "@process_news",
            "OPERATORS": "501",
        }
        yield Place(folder=tmp_path, sandbox=sandbox, channel=channel, omar=omar, env=env)
    judge_calls(sandbox)


def order_of(text: str) -> list[str]:
    found = re.findall(r"Tea story number (\d+)|(Kettles sing)", text)
    return list(dict.fromkeys(number or name for number, name in found))


async def test_flags_shape_a_post(place: Place) -> None:
    # What the channel wants holds for a shaped post, too.
    wish = f"chat_id,kind,language,is_silent\n{place.channel.id},channel,de,yes\n"
    (place.folder / "wish.csv").write_text(wish)
    taken = await start("import", "wish.csv", folder=place.folder, env=place.env)
    assert "1" in await finished(taken)
    shape = [
        *("--drop", "tea story number 2", "--swap", "_news/tea-story-number-3.md"),
        *("--pin", "kettles sing", "--layout", "list", "--head", "By hand", "--test"),
    ]
    process = await start("post", *shape, "--yes", folder=place.folder, env=place.env)
    said = await finished(process)
    assert process.returncode == 0, said
    (posted,) = place.posted()
    assert posted.startswith("By hand · ")
    assert "heute" in posted
    sent = [c for c in place.sandbox.calls if c.parameters.get("chat_id") == place.channel.id]
    assert [c.parameters["disable_notification"] for c in sent if c.method == "sendMessage"] == [
        True
    ]
    assert order_of(posted) == ["Kettles sing", "1", "9", "4", "5", "6", "7", "8"]
    test = place.sandbox.messages(place.omar)[-1]
    assert text_of(test) == posted

    wrong = ("--drop", "no such story", "--dry-run")
    process = await start("post", *wrong, folder=place.folder, env=place.env)
    said = await finished(process)
    assert process.returncode == 2, said
    assert "--drop: 'no such story' is no story" in said
    process = await start("post", "--layout", "round", folder=place.folder, env=place.env)
    assert "none of list, cards" in await finished(process)
    assert process.returncode == 2
    assert len(place.posted()) == 1


async def test_typed_words_shape_a_post_at_a_terminal(place: Place) -> None:
    question = "Post it? [y/N]: "
    typed = [
        *("?", "drop 1", "swap 2", "up 3", "pin 8", "drop 8", "drop 99", "add kettles sing"),
        *("more", "head Evening", "at yesterday", "test"),
    ]
    async with at_a_terminal(place.folder, place.env, "post") as terminal:
        for number, words in enumerate(typed, start=1):
            await terminal.shows(question, times=number)
            terminal.type(f"{words}\n")
        await terminal.shows(question, times=len(typed) + 1)
        terminal.type("y\n")
        await terminal.until_closed()
    assert terminal.process.returncode == 0, terminal.shown
    assert "add WORDS" in terminal.shown
    assert terminal.shown.count("No such story.") == 3
    assert "That is no time within the next seven days" in terminal.shown
    (posted,) = place.posted()
    assert posted.startswith("Evening · ")
    assert order_of(posted) == ["2", "4", "9", "5", "6", "7", "8", "Kettles sing"]
    assert text_of(place.sandbox.messages(place.omar)[-1]) == posted
