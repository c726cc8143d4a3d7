"""The ways of giving Telegram a picture: by a file_id it gave us, by its address, as an upload.

The cheapest way that is left is tried first. Another one follows only a definite refusal of the
picture itself, so that no message is ever sent twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakValueDictionary

from telegram import InputFile

from bot.domain.message import ATTACHED
from bot.errors import Aspect, PartlySent, PictureError, StoreError, Unfit
from bot.gateway.failures import ALBUM_FAILED, STALE_FILE, WORTH_UPLOADING, names_any

logger = logging.getLogger(__name__)

BAD_FOR = 600.0
"""Seconds for which a picture that could not be had is not asked for again: a host that hangs
must not hold up every chat of a broadcast."""
_FIELD = "picture"


class PictureFile(Protocol):
    """A picture as it is uploaded; `name` tells its format by its ending."""

    @property
    def data(self) -> bytes:
        """Its bytes."""
        ...

    @property
    def name(self) -> str:
        """Its file name."""
        ...


class PictureSource(Protocol):
    """Where pictures come from; a key is an address or a path below the articles folder."""

    async def load(self, key: str) -> PictureFile:
        """Fetch or read a picture. Raises PictureError."""
        ...


class PictureStore(Protocol):
    """Remembers, by key, the file_id under which this bot's server keeps a picture."""

    async def get(self, key: str) -> str | None:
        """Give the file_id of a picture."""
        ...

    async def put(self, key: str, file_id: str) -> None:
        """Remember the file_id of a picture."""
        ...

    async def drop(self, key: str) -> None:
        """Forget a file_id that is not taken any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Where pictures come from, and what is remembered about them."""

    source: PictureSource
    store: PictureStore


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture in the form that one call gives it: words for Telegram, or a file."""

    form: str | PictureFile

    def as_parameter(self) -> str | InputFile:
        """Give it as the `photo` of sendPhoto."""
        if isinstance(self.form, str):
            return self.form
        return InputFile(self.form.data, filename=self.form.name)

    def as_attachment(self, media: Mapping[str, Any]) -> dict[str, Any]:
        """Give it as the `media` of editMessageMedia, with the file beside it if there is one."""
        if isinstance(self.form, str):
            return {"media": {**media, "media": self.form}}
        file = InputFile(self.form.data, filename=self.form.name)
        return {"media": {**media, "media": ATTACHED + _FIELD}, _FIELD: file}

    def as_item(self, media: Mapping[str, Any], number: int) -> tuple[Json, Json]:
        """Give it as an item of sendMediaGroup, and the file that goes beside the list."""
        if isinstance(self.form, str):
            return {**media, "media": self.form}, {}
        field = f"{_FIELD}{number}"
        file = InputFile(self.form.data, filename=self.form.name)
        return {**media, "media": ATTACHED + field}, {field: file}


Json = dict[str, Any]
Call = Callable[[Photo], Awaitable[Any]]
AlbumCall = Callable[[Mapping[int, Photo]], Awaitable[Any]]
"""Makes the call with the pictures that can be had, by their places in the album."""
SentPictures = Callable[[Any], Sequence[Any]]
Given = tuple[Any, str | None]
"""The result of the call, and the file_id of the picture in it."""


def _album_of(result: Any) -> Sequence[Any]:
    return result if isinstance(result, list) else [result]


class Photos:
    """Gives pictures to calls. Without `pictures` an address is given as it is, a file refused."""

    def __init__(self, pictures: Pictures | None) -> None:
        self._pictures = pictures
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._bad: dict[str, tuple[float, str]] = {}

    async def give(self, photo: str, call: Call) -> Given:
        """Make the call with the picture that `photo` names: `attach://`, address or file_id.

        Raises the call's SendError, or an Unfit of aspect PICTURE when the picture cannot be had.
        """
        is_file = photo.startswith(ATTACHED)
        key = photo.removeprefix(ATTACHED)
        if not is_file and not photo.startswith(("http://", "https://")):
            return _with_file_id(await call(Photo(photo)))
        pictures = self._pictures
        if pictures is None:
            if is_file:
                raise Unfit(Aspect.PICTURE, "no pictures are uploaded here")
            return _with_file_id(await call(Photo(photo)))
        file_id = await pictures.store.get(key)
        if file_id is not None:
            given = await self._as_known(file_id, call)
            if given is not None:
                return given
        # One call at a time carries a new picture; the others then have its file_id.
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            newer = await pictures.store.get(key)
            if newer is None or newer == file_id:
                if newer is not None:
                    await pictures.store.drop(key)
                given = await self._as_new(key, call, pictures, is_file=is_file)
                await _remember(pictures.store, key, given[1])
                return given
        return _with_file_id(await call(Photo(newer)))

    async def give_all(
        self, photos: Sequence[str], call: AlbumCall, *, sent: SentPictures = _album_of
    ) -> Any:
        """Make one call with several pictures; those that cannot be had are left out.

        `sent` finds them in its result, in their order.

        An address is never given: Telegram would fetch it too late to leave one picture out, and
        sends the rest of the album before it refuses the whole. Gives the call's result. Raises
        its SendError, or an Unfit of aspect PICTURE when no picture can be had.
        """
        keys = [photo.removeprefix(ATTACHED) for photo in photos]
        pictures = self._pictures
        if pictures is None:
            raise Unfit(Aspect.PICTURE, "no pictures are uploaded here")
        known = {key: await pictures.store.get(key) for key in dict.fromkeys(keys)}
        async with AsyncExitStack() as turns:
            # In one order for everybody, or two albums could wait for each other for ever.
            for key in sorted(key for key, file_id in known.items() if file_id is None):
                turn = self._turns.setdefault(key, asyncio.Lock())
                await turns.enter_async_context(turn)
                known[key] = await pictures.store.get(key)
            try:
                return await self._album(keys, known, call, pictures, sent)
            except Unfit as error:
                stale = [key for key, file_id in known.items() if file_id is not None]
                if not stale or not names_any(error, ALBUM_FAILED + STALE_FILE):
                    raise
                for key in stale:
                    await pictures.store.drop(key)
            # Nothing of it was sent: an id may be of another server, so once more with the files.
            return await self._album(keys, dict.fromkeys(keys), call, pictures, sent)

    async def _album(
        self,
        keys: Sequence[str],
        known: Mapping[str, str | None],
        call: AlbumCall,
        pictures: Pictures,
        sent: SentPictures,
    ) -> Any:
        forms: dict[int, Photo] = {}
        for place, key in enumerate(keys):
            try:
                forms[place] = Photo(known[key] or await self._loaded(key, pictures.source))
            except Unfit as error:
                logger.info("album without a picture", extra={"picture": key, "why": str(error)})
        if not forms:
            raise Unfit(Aspect.PICTURE, "none of its pictures can be had")
        try:
            result = await call(forms)
        except PartlySent as error:
            place = list(forms)[min(error.first_failed, len(forms)) - 1]
            if names_any(error, STALE_FILE):
                await pictures.store.drop(keys[place])
            raise
        for place, message in zip(forms, sent(result), strict=False):
            if known[keys[place]] is None:
                await _remember(pictures.store, keys[place], _with_file_id(message)[1])
        return result

    async def _as_known(self, file_id: str, call: Call) -> Given | None:
        """Make the call with an id; None when it is not taken any more."""
        try:
            return _with_file_id(await call(Photo(file_id)))
        except Unfit as error:
            if not names_any(error, STALE_FILE):
                raise
        return None

    async def _as_new(self, key: str, call: Call, pictures: Pictures, *, is_file: bool) -> Given:
        if not is_file and key not in self._bad:
            try:
                return _with_file_id(await call(Photo(key)))
            except Unfit as error:
                if not names_any(error, WORTH_UPLOADING + STALE_FILE):
                    raise
        photo = Photo(await self._loaded(key, pictures.source))
        try:
            return _with_file_id(await call(photo))
        except Unfit as error:
            if names_any(error, WORTH_UPLOADING):
                self._condemn(key, str(error))
            raise

    async def _loaded(self, key: str, source: PictureSource) -> PictureFile:
        now = asyncio.get_running_loop().time()
        self._bad = {one: (until, why) for one, (until, why) in self._bad.items() if until > now}
        if key in self._bad:
            raise Unfit(Aspect.PICTURE, self._bad[key][1])
        try:
            return await source.load(key)
        except PictureError as error:
            self._condemn(key, str(error))
            raise Unfit(Aspect.PICTURE, str(error)) from error

    def _condemn(self, key: str, reason: str) -> None:
        self._bad[key] = (asyncio.get_running_loop().time() + BAD_FOR, reason)


async def _remember(store: PictureStore, key: str, file_id: str | None) -> None:
    """Keep a file_id; the message is sent already, so a store that fails only costs an upload."""
    if file_id is None:
        return
    try:
        await store.put(key, file_id)
    except StoreError:
        logger.warning("file_id not remembered", exc_info=True, extra={"picture": key})


def _with_file_id(result: Any) -> Given:
    """Find the file_id of the largest size in a Message with a photo."""
    sizes = result.get("photo") if isinstance(result, dict) else None
    return result, str(sizes[-1]["file_id"]) if sizes else None
