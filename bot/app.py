"""Builds every part once, starts and stops them in order; the only place that knows all rooms."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.content.library import Library
from bot.domain.clock import Clock
from bot.domain.delivery import DigestId, UncertainPolicy
from bot.domain.languages import INTERFACE_LANGUAGES
from bot.domain.pacing import Limits
from bot.domain.sends import Send, SendId
from bot.domain.subscription import UserId
from bot.errors import AlreadyDelivering, BotDisabled, PollingConflict, StoreError
from bot.gateway.application import Identity, Listeners, Telegram
from bot.gateway.conversation import Conversation, UseCases
from bot.gateway.introduction import Introduction
from bot.gateway.menus import Menus
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.pace import PacedCalls
from bot.gateway.pace_memory import PaceMemory
from bot.gateway.photos import Pictures
from bot.ledger import Ledger, RememberedPictures, opened_ledger
from bot.pictures.cache import PictureCache
from bot.pictures.fetch import Fetcher
from bot.pictures.guard import Allow, may_connect
from bot.pictures.source import PATIENCE, PictureSource
from bot.publishing.alerts import Alerts
from bot.publishing.answer import Answers
from bot.publishing.catalogue import Catalogue
from bot.publishing.channels import Channels
from bot.publishing.compose import Composer
from bot.publishing.courier import Courier, Policy
from bot.publishing.desk_maker import desk_of
from bot.publishing.inline import InlineAnswers
from bot.publishing.notices import Notices, polling_conflict, store_trouble
from bot.publishing.operators import Operators
from bot.publishing.order import Orders
from bot.publishing.own_data import OwnDataDesk
from bot.publishing.panel import Panel
from bot.publishing.preferences import Preferences
from bot.publishing.publication import Publication
from bot.publishing.purse import Purse
from bot.publishing.recalls import Recalls
from bot.publishing.retention import Retention
from bot.publishing.sends import Sends, Watchman, look_on
from bot.publishing.slots import Slots
from bot.publishing.sync import Sync, Watched
from bot.publishing.tally import Tally
from bot.publishing.taste import Tastes
from bot.publishing.timetables import Timetables
from bot.publishing.watch import Watcher
from bot.publishing.why import Whys
from bot.publishing.write_back import WriteBack
from bot.rendering.overrides import notice_of
from bot.search.index import Index
from bot.search.places import opened_index
from bot.settings import TELEGRAM, Loaded, Settings
from bot.store.alerts import Alerts as AlertRows
from bot.store.audiences import Audiences
from bot.store.file_ids import FileIds
from bot.store.histories import Histories
from bot.store.lock import delivering
from bot.store.retention import Retention as RetentionRows
from bot.store.set_back import SetBack
from bot.store.tallies import Tallies
from bot.store.taste import Taste
from bot.store.write_backs import WriteBacks
from bot.timer import Timer
from bot.wiring import index_path, publication

logger = logging.getLogger(__name__)

PICTURES_FOLDER = "gazette-pictures"
"""Beside the database; whatever is in it may be removed at any time."""
TALLY_EVERY = timedelta(minutes=1)

TAKE_OVER_SECONDS = 1.0
"""How often a process that looks on tries to take over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the demo and the tests do otherwise than `gazette run`."""

    rescan_every: timedelta = timedelta(seconds=30)
    heartbeat: timedelta = timedelta(seconds=20)
    """How long a suspended machine or a lost alarm can hold up a slot."""
    is_watching: bool = True
    """Whether changed files are taken up at once, not only by the next rescan."""
    allow_picture_from: Allow = may_connect
    picture_patience: timedelta = PATIENCE
    menus_in: Sequence[str] = INTERFACE_LANGUAGES
    """The languages in which menus and descriptions are set."""
    limits: Limits | None = None
    """The pace, where the server allows more per chat than Telegram does."""


class Gazette:
    """The running program: `opened` builds it, `serve` runs it until it is told to stop."""

    def __init__(
        self,
        loaded: Loaded,
        ledger: Ledger,
        *,
        clock: Clock,
        options: Options,
        telegram: Telegram,
        identity: Identity,
        index: Index,
    ) -> None:
        settings = loaded.settings
        self.clock = clock
        self.ledger = ledger
        self.telegram = telegram
        self.identity = identity
        self.settings = settings
        self._options = options
        self._stop = asyncio.Event()
        self._ticking = asyncio.Lock()
        self._conflict: asyncio.Task[None] | None = None
        self.disabled: str | None = None
        self._failure: Exception | None = None
        """Why the bot had to stop by itself; None: it did not."""
        self.is_looking_on = False
        """Whether `see_through` has left the delivering to another process."""

        self.plan: Publication = publication(
            settings, bot_username=identity.username, has_inline=identity.is_inline
        )
        self.catalogue = Catalogue(index)
        self.notices = Notices(clock=clock)
        self._telling: asyncio.Task[None] | None = None
        if self.plan.templates is not None:
            self.plan.templates.on_problem = _in_loop(self._hear_of_templates)
        self.timer = Timer(clock)
        self.pictures = source = PictureSource(
            settings.articles_dir,
            Fetcher(allow=options.allow_picture_from),
            cache=PictureCache(ledger.folder / PICTURES_FOLDER),
            patience=options.picture_patience,
        )
        self.pace = PacedCalls(
            self._options.limits or self.plan.limits,
            sleep=clock.sleep,
        )
        self._pace_memory = PaceMemory(
            self.pace, meta=ledger.meta, deliveries=ledger.deliveries, clock=clock
        )
        self.purse = Purse(
            stars_a_day=settings.paid_stars_per_day if settings.paid_broadcast else 0,
            deliveries=ledger.deliveries,
            clock=clock,
        )
        self.pace.may_pay = self.purse.take
        pictures = Pictures(
            source=source,
            store=RememberedPictures(FileIds(ledger.database, bot_id=identity.id), clock),
        )
        self.messenger = TelegramMessenger(
            telegram.bot, pictures=pictures, on_disabled=self.disable
        )
        library = Library(settings.articles_dir)
        self.sync = Sync(
            library=library,
            folders=settings.articles_dir,
            topics_file=settings.topics_file,
            articles=ledger.articles,
            catalogue=self.catalogue,
            clock=clock,
        )
        self.watcher = Watcher(folders=settings.articles_dir, sync=self.sync, notices=self.notices)
        self.channels = Channels(
            settings.channels,
            directory=self.messenger,
            subscriptions=ledger.subscriptions,
            notices=self.notices,
            clock=clock,
        )
        self.composer = Composer(
            publication=self.plan,
            articles=ledger.articles,
            digests=ledger.digests,
            deliveries=ledger.deliveries,
            catalogue=self.catalogue,
            viewer=source,
        )
        self.write_back = WriteBack(
            library=library,
            articles=ledger.articles,
            rows=WriteBacks(ledger.database),
            channels=lambda: self.channels.shared_ids,
            keep=settings.max_age,
            notices=self.notices,
            clock=clock,
        )
        self.retention = Retention(
            rows=RetentionRows(ledger.database),
            keep=settings.keep,
            notices=self.notices,
            clock=clock,
        )
        self.courier = Courier(
            deliveries=ledger.deliveries,
            digests=ledger.digests,
            messenger=self.messenger,
            permits=self.pace,
            notices=self.notices,
            clock=clock,
            policy=Policy(
                owner=f"{socket.gethostname()}:{os.getpid()}",
                max_in_flight=settings.max_in_flight,
                uncertain=UncertainPolicy(settings.uncertain),
            ),
            on_disabled=self.disable,
            on_settled=self.write_back.saw,
            purse=self.purse,
            on_ends=Watchman(
                rows=ledger.sends,
                subscriptions=ledger.subscriptions,
                notices=self.notices,
                clock=clock,
            ).saw,
        )
        self.sends = Sends(
            rows=ledger.sends,
            digests=ledger.digests,
            publication=self.plan,
            clock=clock,
            wake_courier=self.courier.wake,
        )
        self.timetables = Timetables(
            publication=self.plan, rows=ledger.timetables, slots=ledger.slots
        )
        self.preferences = Preferences(
            subscriptions=ledger.subscriptions, timetables=self.timetables, clock=clock
        )
        self.recalls = Recalls(
            rows=ledger.recalls,
            articles=ledger.articles,
            digests=ledger.digests,
            publication=self.plan,
            caller=self.messenger,
            turns=self.pace,
            notices=self.notices,
            clock=clock,
        )
        self.alerts = Alerts(
            publication=self.plan,
            rows=AlertRows(ledger.database),
            composer=self.composer,
            articles=ledger.articles,
            deliveries=ledger.deliveries,
            subscriptions=ledger.subscriptions,
            channels=self.channels,
            catalogue=self.catalogue,
            viewer=source,
            wake_courier=self.courier.wake,
        )
        self.slots = Slots(
            publication=self.plan,
            composer=self.composer,
            rows=ledger.slots,
            timetables=self.timetables,
            set_back=SetBack(ledger.database),
            notices=self.notices,
            subscriptions=ledger.subscriptions,
            audiences=Audiences(ledger.database),
            channels=self.channels,
            before=self.sync.run,
            wake_courier=self.courier.wake,
            is_alone=ledger.database.is_sqlite,
        )
        self.tastes = Tastes(
            publication=self.plan,
            catalogue=self.catalogue,
            articles=ledger.articles,
            subscriptions=ledger.subscriptions,
            preferences=self.preferences,
            rows=Taste(ledger.database),
            clock=clock,
            wake_courier=self.courier.wake,
        )
        self.operators = Operators(
            [UserId(number) for number in settings.operators], rows=ledger.operators, clock=clock
        )
        self.tally = Tally(Tallies(ledger.database), clock=clock)
        self.conversation = Conversation(
            self._use_cases(),
            messenger=self.messenger,
            pace=self.pace,
            notices=self.notices,
            identity=identity,
            clock=clock,
            introduction=Introduction(
                Menus(self.messenger),
                meta=ledger.meta,
                title=self.plan.title,
                bot_id=identity.id,
                languages=options.menus_in,
            ),
        )

    def _use_cases(self) -> UseCases:
        ledger = self.ledger
        orders = Orders(
            publication=self.plan,
            subscriptions=ledger.subscriptions,
            composer=self.composer,
            catalogue=self.catalogue,
            preferences=self.preferences,
            timetables=self.timetables,
            clock=self.clock,
            wake_courier=self.courier.wake,
        )
        return UseCases(
            answers=Answers(
                catalogue=self.catalogue,
                articles=ledger.articles,
                queries=ledger.queries,
                publication=self.plan,
                clock=self.clock,
                tastes=self.tastes,
            ),
            inline=InlineAnswers(
                catalogue=self.catalogue,
                articles=ledger.articles,
                publication=self.plan,
                clock=self.clock,
            ),
            orders=orders,
            panel=Panel(
                publication=self.plan,
                preferences=self.preferences,
                orders=orders,
                articles=ledger.articles,
                deliveries=ledger.deliveries,
                catalogue=self.catalogue,
                clock=self.clock,
            ),
            channels=self.channels,
            desk=desk_of(
                publication=self.plan,
                drafts=ledger.drafts,
                digests=ledger.digests,
                deliveries=ledger.deliveries,
                articles=ledger.articles,
                channels=self.channels,
                catalogue=self.catalogue,
                clock=self.clock,
                sends=self.sends,
                wake_courier=self.courier.wake,
                payable=lambda: self.purse.left,
                viewer=self.pictures,
            ),
            operators=self.operators,
            sends=self.sends,
            recalls=self.recalls,
            tastes=self.tastes,
            whys=Whys(
                publication=self.plan,
                catalogue=self.catalogue,
                articles=ledger.articles,
                subscriptions=ledger.subscriptions,
                deliveries=ledger.deliveries,
                histories=Histories(ledger.database),
                channels=self.channels,
                clock=self.clock,
            ),
            tally=self.tally,
            own_data=OwnDataDesk(
                rows=ledger.own_data,
                publication=self.plan,
                operators=self.operators,
                keep=self.settings.keep,
                standing=lambda: self.channels.ids,
                clock=self.clock,
            ),
            subscriptions=ledger.subscriptions,
            digests=ledger.digests,
        )

    def stop(self) -> None:
        """End `serve` in order."""
        self._stop.set()
        self.courier.stop()  # first of all: nothing more is claimed from now on
        self.sync.stop()

    def disable(self, reason: str) -> None:
        """End `serve` because nothing can be sent any more."""
        if self.disabled is None:
            logger.error("the bot had to stop", extra={"why": reason})
            self.disabled = reason
        self._stop.set()

    async def prepare(self, *, on_progress: Watched | None = None) -> None:
        """Take up the articles, find the channels, remember the pace.

        `on_progress` is told how far a long import is; without it the log is.
        """
        await self._pace_memory.recall()
        await self.purse.open()
        report = await self.sync.start(on_progress=on_progress)
        if report.trouble is None and report.changed + report.unchanged == 0:
            logger.warning(
                "there are no articles yet",
                extra={"folders": ":".join(str(path) for path in self.settings.articles_dir)},
            )
        await self.channels.find()

    async def serve(self, *, on_ready: Callable[[], None] = lambda: None) -> None:
        """Deliver, answer and keep the schedule until `stop` or trouble; then end in order."""
        self.conversation.register(self.telegram.application)
        self.notices.connect(self.conversation.tell_operators)
        await self.telegram.listen()
        courier = asyncio.create_task(self._deliver(), name="courier")
        self.timer.start()
        self.timer.every(self._options.rescan_every, "rescan", self._rescan)
        self.timer.every(TALLY_EVERY, "tally", self.tally.write)
        self.timer.every(self._options.heartbeat, "heartbeat", self._tick)
        await self._tick()
        if self.plan.templates is not None:
            self.plan.templates.at(self.clock.now())
        watching = asyncio.create_task(self._watch(), name="watcher")
        introducing = asyncio.create_task(self.conversation.set_menus(), name="menus")
        indexing = asyncio.create_task(self.sync.indexing.run(), name="index")
        forgetting = asyncio.create_task(self.retention.run(), name="retention")
        recalling = asyncio.create_task(self.recalls.run(), name="recalls")
        on_ready()
        try:
            await self._stop.wait()
        finally:
            self.courier.stop()
            introducing.cancel()
            await self.timer.stop()
            self.sync.stop()
            self.watcher.stop()
            self.retention.stop()
            self.recalls.stop()
            recalling.cancel()  # it may wait for a chat that rests; a call repeated changes nothing
            beside = (watching, indexing, forgetting, recalling)
            # One that has failed must not keep what is being sent from its end.
            for error in await asyncio.gather(*beside, return_exceptions=True):
                if isinstance(error, Exception):
                    logger.error("a task had failed", exc_info=error)
            with contextlib.suppress(asyncio.CancelledError):
                await introducing
            await self.telegram.stop_listening()
            await self.tally.write()
            if self.courier.in_flight:
                logger.info("ending what is being sent", extra={"calls": self.courier.in_flight})
            await courier
        self._crash_if_failed()

    def _crash_if_failed(self) -> None:
        """End as a crash does: whoever keeps us running starts us again, as for no exit code 3."""
        if self._failure is not None:
            raise RuntimeError("the courier failed") from self._failure

    async def see_through(
        self, ids: Sequence[DigestId], *, on_progress: Callable[[Send], None]
    ) -> None:
        """Deliver until a send is through, has paused by itself, or `stop` is called.

        `ids` are its digests. While another process delivers, only look on; when it ends, go on
        in its place.
        """
        send_id = SendId(ids[0])
        look = partial(look_on, self.sends, send_id, self._stop, on_progress=on_progress)
        while True:
            self.is_looking_on = True
            # A post that waits for somebody to resume it must not keep the bot from its place.
            if not await self.sends.is_paused(send_id):
                with contextlib.suppress(AlreadyDelivering):
                    async with delivering(self.ledger.database):
                        self.is_looking_on = False
                        await self._deliver_beside(partial(look, is_delivering=True))
                    break
            if await look(limit=TAKE_OVER_SECONDS):
                break
        await look(limit=0)

    async def _deliver_beside(self, look: Callable[[], Awaitable[bool]]) -> None:
        courier = asyncio.create_task(self._deliver(), name="courier")
        try:
            await look()
        finally:
            self.courier.stop()
            await courier
        self._crash_if_failed()

    def conflict(self, error: PollingConflict) -> None:
        """Tell the operators that another process polls with our token."""
        self._conflict = asyncio.create_task(self.notices.tell("conflict", polling_conflict(error)))

    def _hear_of_templates(self) -> None:
        self._telling = asyncio.create_task(self._tell_of_templates())

    async def _tell_of_templates(self) -> None:
        """Tell the operators which of their templates is not used, and why."""
        templates = self.plan.templates
        for problem in templates.problems() if templates is not None else ():
            await self.notices.tell(f"template {problem.path}", partial(notice_of, problem))

    async def _deliver(self) -> None:
        is_marking = self.settings.write_back
        async with self.write_back.running() if is_marking else contextlib.nullcontext():
            try:
                await self.courier.run()
                await self._pace_memory.close()
            except Exception as error:
                logger.exception("the courier failed")
                self._failure = error
                self._stop.set()

    async def _tick(self) -> None:
        now = self.clock.now()
        try:
            async with self._ticking:  # digests and alerts are not chosen at the same time
                due = await self.slots.tick(now)
                await self.alerts.tick(now)
            reminded = await self.tastes.ring()
        except StoreError as error:
            await self.notices.tell("store", store_trouble(error))
            return
        if due is not None:
            self.timer.at(due, "slot", self._tick)
        if reminded is not None:
            self.timer.at(reminded, "reminder", self._tick)

    async def _watch(self) -> None:
        if self._options.is_watching:
            await self.watcher.run()

    async def _rescan(self) -> None:
        try:
            await self.sync.run()
        except StoreError as error:
            await self.notices.tell("store", store_trouble(error))


def _in_loop(call: Callable[[], None]) -> Callable[[], None]:
    """Let any thread make a call in this loop; nothing happens once the loop has ended."""
    loop = asyncio.get_running_loop()

    def soon() -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(call)

    return soon


@contextlib.asynccontextmanager
async def opened(
    loaded: Loaded, *, clock: Clock, options: Options | None = None, beside: bool = False
) -> AsyncIterator[Gazette]:
    """Build the program: store, delivery lock, the bot's identity, every part.

    `beside`: the lock is not taken here: `serve` must not be called, `see_through` takes it itself.

    Raises SettingsError (no token), AlreadyDelivering, SchemaOutdated, StoreError and
    BotDisabled.
    """
    settings: Settings = loaded.settings
    token = settings.token
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(opened_ledger(loaded))
        if not beside:
            await stack.enter_async_context(delivering(ledger.database))
        index = stack.enter_context(
            opened_index(index_path(loaded, ledger.database), language=settings.content_language)
        )
        holder: list[Gazette] = []

        def disabled(error: BotDisabled) -> None:
            for one in holder:
                one.disable(str(error))

        def conflict(error: PollingConflict) -> None:
            for one in holder:
                one.conflict(error)

        telegram = Telegram(
            token,
            listeners=Listeners(on_conflict=conflict, on_disabled=disabled),
            api_url=None if settings.bot_api_url == TELEGRAM else settings.bot_api_url,
            connections=settings.max_in_flight + 28,
            sleep=clock.sleep,
        )
        stack.push_async_callback(telegram.close)
        identity = await telegram.start()
        gazette = Gazette(
            loaded,
            ledger,
            clock=clock,
            options=options or Options(),
            telegram=telegram,
            identity=identity,
            index=index,
        )
        stack.callback(gazette.pace.close)
        stack.push_async_callback(gazette.pictures.aclose)
        holder.append(gazette)
        yield gazette
