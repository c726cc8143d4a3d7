"""The whole world of a test: the sandbox over HTTP, the real program, people who talk to it.

```
async with world(tmp_path, articles=[a_story("Tea is back", topics=["Tea"])]) as w:
    answer = await w.ask(w.reader, "/latest")
    assert "Tea is back" in answer["text"]
```
Nobody sleeps: whoever waits is woken by the sandbox's next change, and fails after ten seconds.
Only what is to be seen in the database alone is looked for again and again.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.app import Gazette, opened
from bot.clock import SystemClock
from bot.domain.clock import Clock
from bot.domain.message import MAX_CAPTION, MAX_TEXT
from bot.domain.pacing import Limits
from bot.gateway.conversation import COMMANDS
from bot.parts import Options
from bot.sandbox.chats import Chat, Person
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.world import CallbackAnswer, InlineAnswer
from bot.settings import load
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.rendering.telegram import judge_keyboard, judge_text

TOKEN = "999:sandbox-token"
BOT_ID = 999
BOT_NAME = "gazette_demo_bot"

LIVE = frozenset(f"/{name}" for name in COMMANDS)
"""The commands that are meant to be tapped where our own words name them."""

UNHURRIED = Limits(
    per_second=1000, burst=1000, private_burst=1000, shared_per_minute=61_000, shared_burst=1000
)
"""The sandbox allows anything: a test of what is said needs no pace."""

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

Json = dict[str, Any]
Place = Chat | Person | int
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Story:
    """An article file: its path below the articles folder, and its front matter."""

    path: str
    header: Mapping[str, object]

    @property
    def url(self) -> str:
        return str(self.header["webUrl"])

    @property
    def text(self) -> str:
        header = yaml.dump(dict(self.header), Dumper=DUMPER, allow_unicode=True, sort_keys=False)
        return f"---\n{header}---\n"


def a_story(
    title: str,
    *,
    topics: Iterable[str] = ("Tea",),
    heat: int = 60,
    age: timedelta | None = None,
    now: datetime | None = None,
    **more: object,
) -> Story:
    """An article that only says what matters to the test; two hours old, but always of today."""
    now = now or datetime.now(UTC)
    if age is None:
        age = min(timedelta(hours=2), now - now.replace(hour=0, minute=0, second=0, microsecond=0))
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "untitled"
    provider = str(more.pop("provider", f"{name[:20]}.example"))
    header: dict[str, object] = {
        "title": title,
        "excerpt": f"What is known about: {title[:200]}",
        "publishedDateTime": (now - age).replace(microsecond=0),
        "webUrl": f"https://{provider}/{name}",
        "type": "article",
        "heat": heat,
        "published": False,
        "provider": {"name": provider, "domain": provider},
        "topics": list(topics),
    }
    return Story(path=f"_news/{name}.md", header=header | more)


def stories(count: int, *, topic: str = "Tea", **more: Any) -> list[Story]:
    """So many stories on a topic, each from another provider, the first the hottest."""
    return [
        a_story(f"{topic} story number {n}", topics=[topic], heat=100 - n, **more)
        for n in range(1, count + 1)
    ]


@dataclass(kw_only=True)
class World:
    """The running program and everybody around it."""

    sandbox: Sandbox
    gazette: Gazette
    folder: Path
    reader: Person

    def ours(self, place: Place) -> tuple[Json, ...]:
        """The messages of the bot that a chat shows, oldest first."""
        return tuple(message for message in self.sandbox.messages(place) if is_ours(message))

    def last(self, place: Place) -> Json:
        """The newest message of the bot in a chat."""
        return self.ours(place)[-1]

    def say(self, person: Person, text: str, place: Place | None = None, **how: Any) -> int:
        """Let a person write, in private unless a place is named."""
        return self.sandbox.say(person, person if place is None else place, text, **how)

    async def ask(self, person: Person, text: str, place: Place | None = None, **how: Any) -> Json:
        """Let a person write, and give the bot's next message in that chat."""
        chat = person if place is None else place
        known = {message["message_id"] for message in self.ours(chat)}
        self.say(person, text, place, **how)
        return await self.next_message(chat, known)

    async def next_message(self, place: Place, known: set[int]) -> Json:
        """Wait for a message of the bot that is not known yet."""

        def found() -> Json | None:
            fresh = [one for one in self.ours(place) if one["message_id"] not in known]
            return fresh[0] if fresh else None

        message = await self.sandbox.wait_for(found)
        assert message is not None
        return message

    async def tap(
        self, person: Person, message: Json, button: str | tuple[int, int]
    ) -> CallbackAnswer:
        """Tap a button, and give the answer that stopped its spinner."""
        place = message["chat"]["id"]
        query = self.sandbox.press(person, place, message["message_id"], button)
        return await self.answered(query)

    async def forge(
        self, person: Person, place: Place, message_id: int, data: str
    ) -> CallbackAnswer:
        """Send a tap that no button of ours offers, and give the answer."""
        return await self.answered(self.sandbox.forge(person, place, message_id, data))

    async def answered(self, query_id: str) -> CallbackAnswer:
        """Wait until a spinner has stopped."""
        await self.sandbox.wait_for(lambda: not self.sandbox.answers[query_id].is_pending)
        return self.sandbox.answers[query_id]

    async def inline(
        self, person: Person, words: str, *, offset: str = "", where: str = "private"
    ) -> InlineAnswer:
        """Let a person type `@bot words`, and give the answer."""
        query = self.sandbox.ask_inline(person, words, offset=offset, where=where)
        await self.sandbox.wait_for(lambda: not self.sandbox.inline_answers[query].is_pending)
        return self.sandbox.inline_answers[query]

    def shown(self, message: Json) -> Json:
        """The message as the chat shows it now."""
        number = message["message_id"]
        found = (one for one in self.ours(message["chat"]["id"]) if one["message_id"] == number)
        return next(found)

    async def until(self, condition: Callable[[], T]) -> T:
        """Wait for something to be so."""
        return await self.sandbox.wait_for(condition)

    async def until_shown(self, message: Json, words: str) -> Json:
        """Wait until a message has been changed to hold these words."""
        await self.sandbox.wait_for(lambda: words in text_of(self.shown(message)))
        return self.shown(message)

    async def stored(self, condition: Callable[[], Awaitable[object]]) -> None:
        """Wait until something is so in the database, which wakes nobody."""
        async with asyncio.timeout(10):
            while not await condition():
                await asyncio.sleep(0.01)

    async def settled(self) -> None:
        """Wait until every delivery has come to an end."""

        async def is_settled() -> bool:
            return await self.gazette.ledger.deliveries.open_count() == 0

        await self.stored(is_settled)

    async def post(self, *new: Story) -> None:
        """Put articles into the folder and let the program take them up."""
        write(self.folder / "articles", new)
        await self.gazette.sync.run()

    def nothing_spins(self) -> bool:
        """Whether every tapped button has been answered."""
        return not any(answer.is_pending for answer in self.sandbox.answers.values())


def is_ours(message: Json) -> bool:
    """Whether the bot wrote it; in channels everything is the channel's, and we alone post."""
    sender = message.get("from")
    return sender["id"] == BOT_ID if sender else "author_signature" not in message


def text_of(message: Json) -> str:
    """The words of a message: its text or its caption."""
    return str(message.get("text") or message.get("caption") or "")


def buttons(message: Json) -> list[Json]:
    """All inline buttons of a message, row by row."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def labels(message: Json) -> list[str]:
    """The texts of all buttons."""
    return [button["text"] for button in buttons(message)]


def data_of(message: Json, label: str) -> str:
    """The callback data of the button with this text."""
    return str(next(b["callback_data"] for b in buttons(message) if b["text"] == label))


def links(message: Json) -> list[str]:
    """The addresses that the words of a message link to."""
    entities = message.get("entities") or message.get("caption_entities") or []
    return [entity["url"] for entity in entities if entity["type"] == "text_link"]


def write(folder: Path, new: Iterable[Story], topics: Iterable[Mapping[str, object]] = ()) -> None:
    """Write article files, and the topics if there are any."""
    folder.mkdir(parents=True, exist_ok=True)
    for story in new:
        path = folder / story.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(story.text, encoding="utf-8")
    described = [dict(topic) for topic in topics]
    if described:
        text = yaml.dump(described, Dumper=DUMPER, allow_unicode=True, sort_keys=False)
        (folder / "topics.yaml").write_text(text, encoding="utf-8")


@contextlib.asynccontextmanager
async def world(
    folder: Path,
    *,
    articles: Iterable[Story] = (),
    topics: Iterable[Mapping[str, object]] = (),
    settings: Mapping[str, Any] | None = None,
    sandbox: Sandbox | None = None,
    clock: Clock | None = None,
    options: Options | None = None,
) -> AsyncIterator[World]:
    """Start the sandbox (unless one is given) and the program on it; end both in order.

    `settings` have the names of the environment. A second world in the same folder with the
    sandbox of the first one is a restart. In the end Telegram's own parser judges every message.
    """
    clock = clock or SystemClock()
    sandbox = sandbox or Sandbox(TOKEN, clock=clock)
    await _lay_tables(folder / "gazette.db")
    reader = next(iter(sandbox.people), None) or sandbox.add_person("Ann", username="ann_reads")
    write(folder / "articles", articles, topics)
    async with serve(sandbox) as address:
        given: dict[str, Any] = {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": address,
            "ARTICLES_DIR": (folder / "articles",),
            "LOG_LEVEL": "WARNING",
            **(settings or {}),
        }
        loaded = load(folder=folder, changes=given)
        # Menus in twelve more languages are sixty calls that nobody looks at.
        options = options or Options(
            limits=UNHURRIED, rescan_every=timedelta(hours=1), menus_in=("en",)
        )
        async with opened(loaded, clock=clock, options=options) as gazette:
            await gazette.prepare()
            ready = asyncio.Event()
            serving = asyncio.create_task(gazette.serve(on_ready=ready.set))
            try:
                await _first_of(serving, ready)
                yield World(sandbox=sandbox, gazette=gazette, folder=folder, reader=reader)
            finally:
                gazette.stop()
                await serving
    judge_calls(sandbox)


async def _lay_tables(file: Path) -> None:
    """Give a new world a database with all tables: to migrate each would take a while."""
    if file.exists():
        return
    if not _TEMPLATE:
        folder = Path(tempfile.mkdtemp(prefix="gazette-world-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        database = Database.open("sqlite:///gazette.db", folder=folder)
        await migrate(database)
        await database.close()
        _TEMPLATE.append(folder / "gazette.db")
    shutil.copyfile(_TEMPLATE[0], file)


_TEMPLATE: list[Path] = []
"""The file to copy, made by the first world of a process."""


def judge_calls(sandbox: Sandbox) -> None:
    """Fail unless Telegram takes every message that was sent or edited, and shows it as it is."""
    for call in sandbox.calls:
        if not call.method.lower().startswith(("send", "editmessage")):
            continue
        media = call.parameters.get("media")
        given: Json = {**call.parameters, **_mapping(media)}
        for said in (given, *(media if isinstance(media, list) else ())):
            for name, limit in (("text", MAX_TEXT), ("caption", MAX_CAPTION)):
                if name in said:
                    kind = "entities" if name == "text" else "caption_entities"
                    judge_text(said[name], said.get(kind) or [], limit=limit, live=LIVE)
        if given.get("reply_markup", {}).get("inline_keyboard"):
            judge_keyboard(given["reply_markup"])


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


async def _first_of(serving: asyncio.Task[None], ready: asyncio.Event) -> None:
    """Wait until the program is ready; when it fails before, say why."""
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.is_set():
        waiting.cancel()
        await serving
        raise RuntimeError("the program ended before it was ready")
