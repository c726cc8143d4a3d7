"""What of the program starts slots, on a ledger, without the rest of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.clock import SystemClock
from bot.domain.subscription import Chat, ChatId
from bot.ledger import Ledger
from bot.pictures.source import PictureSource
from bot.publishing.catalogue import Catalogue
from bot.publishing.channels import Channels
from bot.publishing.compose import Composer
from bot.publishing.notices import Notices
from bot.publishing.publication import Publication
from bot.publishing.slots import Slots
from bot.publishing.timetables import Timetables
from bot.search.index import Index
from bot.store.audiences import Audiences
from bot.store.set_back import SetBack
from bot.store.slot_sends import SlotSends


class Nowhere:
    """The settings name no channel by its name, so nobody looks one up."""

    async def get_chat(self, chat: ChatId | str) -> Chat:
        raise AssertionError(f"nobody asked for {chat}")


async def nothing() -> None:
    """No file has changed."""


def made_slots(
    ledger: Ledger,
    publication: Publication,
    *,
    timetables: Timetables | None = None,
    sends: SlotSends | None = None,
    before: Callable[[], Awaitable[object]] = nothing,
    is_alone: bool = True,
) -> Slots:
    """Make it; a process that starts again is another one on the same ledger."""
    clock = SystemClock()
    return Slots(
        publication=publication,
        composer=Composer(
            publication=publication,
            articles=ledger.articles,
            digests=ledger.digests,
            deliveries=ledger.deliveries,
            catalogue=Catalogue(Index()),
            viewer=PictureSource([], None),
        ),
        rows=ledger.slots,
        sends=sends or ledger.slot_sends,
        timetables=timetables
        or Timetables(publication=publication, rows=ledger.timetables, slots=ledger.slots),
        set_back=SetBack(ledger.database),
        notices=Notices(clock=clock),
        subscriptions=ledger.subscriptions,
        audiences=Audiences(ledger.database),
        channels=Channels(
            (),
            directory=Nowhere(),
            subscriptions=ledger.subscriptions,
            notices=Notices(clock=clock),
            clock=clock,
        ),
        before=before,
        wake_courier=lambda: None,
        is_alone=is_alone,
    )
