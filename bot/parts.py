"""Builds every part of the program once; the only place that knows all rooms."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.content.library import Library
from bot.domain.clock import Clock
from bot.domain.delivery import UncertainPolicy
from bot.domain.languages import INTERFACE_LANGUAGES
from bot.domain.pacing import Limits
from bot.domain.subscription import UserId
from bot.gateway.application import Identity, Telegram
from bot.gateway.beside import Beside
from bot.gateway.conversation import Conversation, UseCases
from bot.gateway.introduction import Introduction
from bot.gateway.menus import Menus
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.pace import PacedCalls
from bot.gateway.pace_memory import PaceMemory
from bot.gateway.photos import Pictures
from bot.ledger import Ledger, RememberedPictures
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
from bot.publishing.notices import Notices
from bot.publishing.operators import Operators
from bot.publishing.order import Orders
from bot.publishing.outlook import Outlook
from bot.publishing.own_data import OwnDataDesk
from bot.publishing.panel import Panel
from bot.publishing.preferences import Preferences
from bot.publishing.publication import Publication
from bot.publishing.purse import Purse
from bot.publishing.recalls import Recalls
from bot.publishing.retention import Retention
from bot.publishing.sends import Sends, Watchman
from bot.publishing.slots import Slots
from bot.publishing.sync import Sync
from bot.publishing.tally import Tally
from bot.publishing.taste import Tastes
from bot.publishing.timetables import Timetables
from bot.publishing.watch import Watcher
from bot.publishing.why import Whys
from bot.publishing.write_back import WriteBack
from bot.search.index import Index
from bot.settings import Loaded
from bot.store.alerts import Alerts as AlertRows
from bot.store.audiences import Audiences
from bot.store.awaited import AwaitedRows
from bot.store.file_ids import FileIds
from bot.store.histories import Histories
from bot.store.retention import Retention as RetentionRows
from bot.store.set_back import SetBack
from bot.store.tallies import Tallies
from bot.store.taste import Taste
from bot.store.write_backs import WriteBacks
from bot.timer import Timer
from bot.wiring import publication

PICTURES_FOLDER = "gazette-pictures"
"""Beside the database; whatever is in it may be removed at any time."""


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


class Parts:
    """All parts, each connected with those that it needs; nothing runs yet."""

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
        on_disabled: Callable[[str], None],
    ) -> None:
        settings = loaded.settings
        self.clock = clock
        self.ledger = ledger
        self.telegram = telegram
        self.identity = identity
        self.settings = settings
        self.options = options

        self.plan: Publication = publication(
            settings, bot_username=identity.username, has_inline=identity.is_inline
        )
        self.catalogue = Catalogue(index)
        self.notices = Notices(clock=clock)
        self.timer = Timer(clock)
        self.pictures = source = PictureSource(
            settings.articles_dir,
            Fetcher(allow=options.allow_picture_from),
            cache=PictureCache(ledger.folder / PICTURES_FOLDER),
            patience=options.picture_patience,
        )
        self.pace = PacedCalls(
            self.options.limits or self.plan.limits,
            sleep=clock.sleep,
        )
        self.pace_memory = PaceMemory(
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
        self.messenger = TelegramMessenger(telegram.bot, pictures=pictures, on_disabled=on_disabled)
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
            on_disabled=on_disabled,
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
            sends=ledger.slot_sends,
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
        self.outlook = Outlook(
            publication=self.plan,
            articles=ledger.articles,
            deliveries=ledger.deliveries,
            catalogue=self.catalogue,
            clock=clock,
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
                Menus(Beside(self.messenger, self.pace, clock)),
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
            outlook=self.outlook,
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
                outlook=self.outlook,
                catalogue=self.catalogue,
                clock=self.clock,
            ),
            channels=self.channels,
            awaited=AwaitedRows(ledger.database),
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
                outlook=self.outlook,
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
