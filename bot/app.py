"""The life of the program: starts its parts, keeps them going, ends them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from bot.domain.clock import Clock
from bot.domain.delivery import DigestId
from bot.domain.looking import Pauses
from bot.domain.sends import Send, SendId
from bot.errors import AlreadyDelivering, BotDisabled, PollingConflict
from bot.gateway.application import Identity, Listeners, Telegram
from bot.ledger import Ledger, opened_ledger
from bot.parts import Options, Parts
from bot.publishing import outlook
from bot.publishing.notices import polling_conflict
from bot.publishing.sends import look_on
from bot.publishing.supervision import Run, Supervision
from bot.publishing.sync import Watched
from bot.rendering.overrides import notice_of
from bot.search.index import Index
from bot.search.places import opened_index
from bot.settings import TELEGRAM, Loaded, Settings
from bot.store.lock import delivering
from bot.wiring import index_path

logger = logging.getLogger(__name__)

TALLY_EVERY = timedelta(minutes=1)

TAKE_OVER_SECONDS = 1.0
"""How often a process that looks on tries to take over."""


class Gazette(Parts):
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
        self._stop = asyncio.Event()
        self._ticking = asyncio.Lock()
        self._conflict: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self.disabled: str | None = None
        """Why the bot had to stop by itself; None: it did not."""
        self.is_looking_on = False
        """Whether `see_through` has left the delivering to another process."""
        super().__init__(
            loaded,
            ledger,
            clock=clock,
            options=options,
            telegram=telegram,
            identity=identity,
            index=index,
            on_disabled=self.disable,
        )
        self.supervision = Supervision(notices=self.notices, stopped=self._stop)
        if self.plan.templates is not None:
            self.plan.templates.on_problem = _in_loop(self._hear_of_templates)

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
        await self.pace_memory.recall()
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
        guarded = self.supervision.guarded
        self.timer.every(self.options.rescan_every, "rescan", guarded("rescan", self._rescan))
        self.timer.every(TALLY_EVERY, "tally", guarded("tally", self.tally.write))
        self.timer.every(outlook.KEPT, "outlook", guarded("outlook", self.outlook.renew))
        self.timer.every(self.options.heartbeat, "heartbeat", self._tick)
        self.outlook.begin()
        await self._tick()
        if self.plan.templates is not None:
            self.plan.templates.at(self.clock.now())
        introducing = asyncio.create_task(self.conversation.set_menus(), name="menus")
        watching = self._kept("watcher", self._watch)
        indexing = self._kept("index", self.sync.indexing.run)
        forgetting = self._kept("retention", self.retention.run)
        recalling = self._kept("recalls", self.recalls.run)
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
            await self.outlook.close()
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
        look = partial(
            look_on, self.sends, send_id, self._stop, on_progress=on_progress, pauses=Pauses()
        )
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
                await self.pace_memory.close()
            except Exception as error:
                logger.exception("the courier failed")
                self._failure = error
                self._stop.set()

    def _kept(self, part: str, run: Run) -> asyncio.Task[None]:
        return asyncio.create_task(self.supervision.keep(part, run), name=part)

    async def _tick(self) -> None:
        await self.supervision.guarded("schedule", self._look_at_schedule)()

    async def _look_at_schedule(self) -> None:
        now = self.clock.now()
        async with self._ticking:  # digests and alerts are not chosen at the same time
            due = await self.slots.tick(now)
            await self.alerts.tick(now)
        reminded = await self.tastes.ring()
        if due is not None:
            self.timer.at(due, "slot", self._tick)
        if reminded is not None:
            self.timer.at(reminded, "reminder", self._tick)

    async def _watch(self) -> None:
        if self.options.is_watching:
            await self.watcher.run()

    async def _rescan(self) -> None:
        await self.sync.run()


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
