"""Everything that is stored, opened as one thing."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.domain.clock import Clock
from bot.errors import StoreError
from bot.settings import Loaded
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.drafts import Drafts
from bot.store.file_ids import FileIds
from bot.store.meta import Meta
from bot.store.migrate import check_schema, migrate
from bot.store.operators import Operators as OperatorRows
from bot.store.own_data import OwnData
from bot.store.queries import Queries
from bot.store.recalls import Recalls
from bot.store.sends import Sends
from bot.store.slot_sends import SlotSends
from bot.store.slots import Slots as SlotRows
from bot.store.subscriptions import Subscriptions
from bot.store.timetables import Timetables

logger = logging.getLogger(__name__)

PICTURES_AT_HAND = 1000
MAX_KEY = 1000
"""Bytes of a picture's key; PostgreSQL takes no more than about 2,700 into an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Everything that is stored."""

    folder: Path
    """Where the database lies, or would lie: for files that may be removed at any time."""
    database: Database
    articles: Articles
    deliveries: Deliveries
    digests: Digests
    drafts: Drafts
    meta: Meta
    operators: OperatorRows
    own_data: OwnData
    queries: Queries
    recalls: Recalls
    sends: Sends
    slot_sends: SlotSends
    slots: SlotRows
    subscriptions: Subscriptions
    timetables: Timetables

    @classmethod
    def on(cls, database: Database, *, folder: Path = Path()) -> Ledger:
        """Open every part of the store on one database."""
        return cls(
            folder=folder if database.path is None else database.path.parent,
            database=database,
            articles=Articles(database),
            deliveries=Deliveries(database),
            digests=Digests(database),
            drafts=Drafts(database),
            meta=Meta(database),
            operators=OperatorRows(database),
            own_data=OwnData(database),
            queries=Queries(database),
            recalls=Recalls(database),
            sends=Sends(database),
            slot_sends=SlotSends(database),
            slots=SlotRows(database),
            subscriptions=Subscriptions(database),
            timetables=Timetables(database),
        )


@contextlib.asynccontextmanager
async def opened_ledger(loaded: Loaded) -> AsyncIterator[Ledger]:
    """Open the store; SQLite migrates by itself after copying the file.

    Raises SchemaOutdated on PostgreSQL, where several programs may share the tables.
    """
    url = loaded.settings.database_url.get_secret_value()
    database = Database.open(url, folder=loaded.folder)
    try:
        if database.is_sqlite:
            result = await migrate(database)
            if result.backup is not None:
                logger.info("database migrated", extra={"copy": str(result.backup)})
        else:
            await check_schema(database)
        yield Ledger.on(database, folder=loaded.folder)
    finally:
        await database.close()


class RememberedPictures:
    """File ids of one bot. A store in trouble costs an upload, never a message."""

    def __init__(self, file_ids: FileIds, clock: Clock) -> None:
        self._file_ids = file_ids
        self._clock = clock
        self._at_hand: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        """Give the file id of a picture; None when there is none or the store is in trouble."""
        if key in self._at_hand:
            return self._at_hand[key]
        with contextlib.suppress(StoreError):
            file_id = await self._file_ids.get(_short(key))
            if file_id is not None:
                self._keep(key, file_id)
            return file_id
        return None

    async def put(self, key: str, file_id: str) -> None:
        """Remember the file id of a picture."""
        self._keep(key, file_id)
        with contextlib.suppress(StoreError):
            await self._file_ids.put(_short(key), file_id, now=self._clock.now())

    async def drop(self, key: str) -> None:
        """Forget a file id that is not taken any more."""
        self._at_hand.pop(key, None)
        with contextlib.suppress(StoreError):
            await self._file_ids.forget(_short(key))

    def _keep(self, key: str, file_id: str) -> None:
        """Keep the ids of the last pictures: a broadcast asks for few, once for every chat."""
        self._at_hand[key] = file_id
        while len(self._at_hand) > PICTURES_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]


def _short(key: str) -> str:
    """Give a key that fits an index: a collage is named by all its pictures."""
    data = key.encode(errors="surrogatepass")
    if len(data) <= MAX_KEY:
        return key
    return f"long:{hashlib.blake2b(data, digest_size=32).hexdigest()}"
