"""`gazette demo`: the real bot against the sandbox, with a chat page to look at."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import typer

from bot import logs
from bot.app import Gazette, opened
from bot.cli.interrupts import Interrupts
from bot.clock import SystemClock
from bot.demo import town as towns
from bot.demo.library import Event, happen, lay_out
from bot.domain.delivery import DigestId
from bot.domain.digest import DigestKind
from bot.domain.subscription import ChatId, ChatKind, Layout, Subscription
from bot.errors import SettingsError
from bot.parts import Options
from bot.pictures.guard import Address, Allow
from bot.sandbox.server import PortTaken, serve
from bot.sandbox.troubles import Wish, read_wish
from bot.sandbox.web import routes
from bot.settings import Loaded, Settings, load

EVENT_EVERY = timedelta(minutes=1)
LOOK_EVERY = timedelta(seconds=2)
"""Whoever watches shall not have to wait until the bot looks again."""
SCHEDULE = "*/2 * * * *"
GROUP_SIZE = 3
PREFIX = "gazette-demo-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that a demo plays on."""

    gazette: Gazette
    town: towns.Town
    address: str
    folder: Path
    events: tuple[Event, ...]


def seeds_folder() -> Path:
    """Find the seeds: beside the package in a checkout, inside it when it was installed."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package.parent / "seeds", package / "seeds"):
        if folder.is_dir():
            return folder
    raise SettingsError(["the seeds are missing: reinstall Gazette or run it from a checkout"])


def demo(*, port: int, once: bool, faults: Sequence[str] = ()) -> None:
    """Play until Ctrl-C, or post one digest and end; `faults` go wrong from the start."""
    wishes = _wishes(faults)
    logs.set_up(level="WARNING", form="text")
    try:
        asyncio.run(_once(wishes) if once else _play(port, wishes))
    except PortTaken as error:
        raise SettingsError(
            [f"port {error.port} is taken: --port chooses another, as in gazette demo --port 8090"]
        ) from error
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)


def _wishes(faults: Sequence[str]) -> tuple[Wish, ...]:
    """Read every --fault; raises SettingsError with all that is wrong."""
    wishes, problems = [], []
    for text in faults:
        try:
            wishes.append(read_wish(text))
        except ValueError as error:
            problems.append(f"--fault {text}: {error}")
    if problems:
        raise SettingsError(problems)
    return tuple(wishes)


def _rehearse(stage: Stage, wishes: Sequence[Wish]) -> None:
    """Let the troubles begin that were asked for."""
    for wish in wishes:
        try:
            stage.town.sandbox.rehearsal.start(wish)
        except ValueError as error:
            raise SettingsError([f"--fault {wish.trouble.name}: {error}"]) from error


@asynccontextmanager
async def _staged(port: int, *, once: bool = False) -> AsyncIterator[Stage]:
    clock = SystemClock()
    _tidy()
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as temporary:
        root = Path(temporary)
        folder = root / "articles"
        events = await asyncio.to_thread(lay_out, seeds_folder(), folder, now=clock.now())
        pages = await asyncio.to_thread(towns.read_pages, folder)
        town = towns.build(folder, clock=clock, pages=pages)
        async with serve(town.sandbox, port, extra_routes=routes(town.sandbox)) as address:
            loaded = _settings(root, folder, town, address)
            options = Options(
                rescan_every=LOOK_EVERY, heartbeat=LOOK_EVERY, allow_picture_from=_only(address)
            )
            # The time of the bot's machine is the sandbox's to say, so that it can be rehearsed
            # how it jumps. Nothing of the sort reaches `gazette run`.
            machine = town.sandbox.machine_clock
            async with opened(loaded, clock=machine, options=options, beside=once) as gazette:
                await gazette.prepare()
                yield Stage(
                    gazette=gazette, town=town, address=address, folder=folder, events=events
                )


def _tidy() -> None:
    """Remove what demos left behind that were killed; the folder's name holds their process."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdecimal() and not Path(f"/proc/{number}").exists() and Path("/proc").is_dir():
            shutil.rmtree(folder, ignore_errors=True)


def _settings(root: Path, folder: Path, town: towns.Town, address: str) -> Loaded:
    """Give the demo's settings; nothing of the surroundings changes them."""
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    own = {
        "BOT_TOKEN": towns.TOKEN,
        "BOT_API_URL": address,
        "ARTICLES_DIR": str(folder),
        "SITE_URL": address,
        "DATABASE_URL": f"sqlite:///{root / 'gazette.db'}",
        "CHANNELS": ",".join(
            (
                f"@{towns.CHANNEL_NAME}",
                str(town.group.id),
                f"@{towns.ALBUM_NAME}",
                f"@{towns.COVER_NAME}",
            )
        ),
        "OPERATORS": str(town.operator.id),
        "DIGEST_CRON": SCHEDULE,
    }
    return load(folder=root, changes=defaults | own)


def _only(address: str) -> Allow:
    port = urlsplit(address).port

    def allow(to: Address, at: int) -> bool:
        """Fetch pictures from the sandbox itself and from nowhere else."""
        return to.is_loopback and at == port

    return allow


async def _play(port: int, wishes: Sequence[Wish]) -> None:
    interrupts = Interrupts()
    async with _staged(port) as stage:
        gazette = stage.gazette
        interrupts.hand_to(gazette.stop)
        await _give_the_chats_their_wishes(stage)
        story = asyncio.create_task(_tell(stage), name="story")
        try:
            await gazette.serve(on_ready=lambda: _open(stage, wishes))
        finally:
            story.cancel()
            await asyncio.gather(story, return_exceptions=True)
    typer.echo("Stopped.")


def _open(stage: Stage, wishes: Sequence[Wish]) -> None:
    town = stage.town
    town.sandbox.say(town.reader, town.reader, "/start")
    town.sandbox.say(town.reader, town.reader, "/subscribe")
    town.sandbox.say(town.operator, town.operator, "/start")
    _rehearse(stage, wishes)
    typer.echo(f"Gazette is running against a Telegram in miniature. Open {stage.address}")
    typer.echo(
        "A story appears or heats up about every minute, a digest with what is new comes every "
        "two minutes. Ctrl-C ends it."
    )


async def _give_the_chats_their_wishes(stage: Stage) -> None:
    """Let every layout be seen somewhere, and small groups of other kinds have the digest."""
    town = stage.town
    wishes = (
        Subscription(
            chat_id=ChatId(town.group.id),
            chat_kind=ChatKind.SUPERGROUP,
            layout=Layout.CARDS,
            size=GROUP_SIZE,
        ),
        Subscription(
            chat_id=ChatId(town.album.id), chat_kind=ChatKind.CHANNEL, layout=Layout.ALBUM
        ),
        Subscription(
            chat_id=ChatId(town.cover.id), chat_kind=ChatKind.CHANNEL, layout=Layout.COVER
        ),
        Subscription(chat_id=ChatId(town.rich.id), chat_kind=ChatKind.CHANNEL, layout=Layout.RICH),
        Subscription(chat_id=ChatId(town.club.id), chat_kind=ChatKind.GROUP, size=GROUP_SIZE),
        Subscription(
            chat_id=ChatId(town.forum.id),
            thread_id=town.thread,
            chat_kind=ChatKind.SUPERGROUP,
            size=GROUP_SIZE,
        ),
    )
    for wish in wishes:
        await stage.gazette.ledger.subscriptions.subscribe(wish, stage.gazette.clock.now())


async def _tell(stage: Stage) -> None:
    """Post the first digest at once, then let things happen."""
    gazette = stage.gazette
    await _post(gazette, await gazette.slots.readers(gazette.clock.now()))
    for event in stage.events:
        await gazette.clock.sleep(EVENT_EVERY.total_seconds())
        # Those who write stories have the right time, whatever a rehearsal does to the bot's.
        now = stage.town.sandbox.world.clock.now()
        said = await asyncio.to_thread(happen, event, stage.folder, now=now)
        pages = await asyncio.to_thread(towns.read_pages, stage.folder)
        stage.town.pages.update(pages)
        typer.echo(said)
    typer.echo("That was the last story of the demo; questions are still answered.")


async def _post(gazette: Gazette, readers: tuple[Subscription, ...]) -> tuple[DigestId, ...]:
    now = gazette.clock.now()
    composed = await gazette.composer.compose(readers, now=now)
    ids = await gazette.composer.store(composed, kind=DigestKind.MANUAL, now=now)
    gazette.courier.wake()
    return ids


async def _once(wishes: Sequence[Wish]) -> None:
    async with _staged(0, once=True) as stage:
        _rehearse(stage, wishes)
        readers = await stage.gazette.channels.subscriptions()
        channel = tuple(one for one in readers if one.chat_id == stage.town.channel.id)
        ids = await _post(stage.gazette, channel)
        await stage.gazette.see_through(ids, on_progress=lambda _: None)
        messages = stage.town.sandbox.messages(stage.town.channel.id)
        for message in messages:
            typer.echo(f"── posted to {stage.town.channel.title} ".ljust(72, "─"))
            typer.echo(message.get("text") or message.get("caption") or "")
        if not messages:
            typer.echo("Nothing was posted.", err=True)
            sys.exit(3)
