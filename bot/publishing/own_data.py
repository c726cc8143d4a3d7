"""Own data: everything about a chat as a file, what is kept and why, and how it is erased."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from bot.domain.callback import Action, Callback
from bot.domain.clock import Clock
from bot.domain.message import Message
from bot.domain.subscription import ChatId, UserId
from bot.publishing.operators import Operators
from bot.publishing.preferences import Place
from bot.publishing.publication import Publication
from bot.rendering import own_data
from bot.rendering.style import Style
from bot.store.own_data import HOLDINGS, OwnData

logger = logging.getLogger(__name__)

VALID = timedelta(minutes=10)
"""How long the question whether everything shall be erased may be answered."""
YES, NO = "y", "n"
ANYBODY = 0
"""Stands for an administrator who writes in the name of the group: any of them may confirm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """A file for a chat."""

    name: str
    content: bytes
    caption: Message


class Answer(Enum):
    """What a tap on the question means."""

    ERASE = "erase"
    KEEP = "keep"
    TOO_LATE = "too late"
    NOT_YOURS = "not yours"
    STALE = "stale"
    """No question of ours."""


class OwnDataDesk:
    """Gives chats what is known of them, and erases it; who may ask is looked at before.

    `keep` is how long rows of deliveries are kept. `standing` names the chats that the settings
    give the digest to: only the settings can end that.
    """

    def __init__(
        self,
        *,
        rows: OwnData,
        publication: Publication,
        operators: Operators,
        keep: timedelta,
        standing: Callable[[], Collection[ChatId]],
        clock: Clock,
    ) -> None:
        self._rows = rows
        self._publication = publication
        self._operators = operators
        self._keep = keep
        self._standing = standing
        self._clock = clock

    async def export(self, place: Place) -> OwnFile:
        """Give everything about a chat, all threads of it, as a JSON file."""
        now = self._clock.now()
        about = await self._rows.about(place.chat_id)
        content = {
            "format": "gazette own data",
            "version": 1,
            "made_at": now.isoformat(),
            "chat_id": place.chat_id,
            "explained": {
                **{holding.name: holding.what for holding in HOLDINGS},
                "stories": "What stood in those digests.",
            },
            **about,
        }
        text = json.dumps(content, ensure_ascii=True, indent=1)
        return OwnFile(
            name=f"gazette-{now:%Y-%m-%d}.json",
            content=text.encode(),
            caption=own_data.exported(self._style(place)),
        )

    def privacy(self, place: Place) -> Message:
        """Say what is kept, for how long and why."""
        return own_data.privacy(self._style(place), days=self._keep.days)

    async def question(self, place: Place, person: UserId | None) -> Message:
        """Ask whether everything shall be erased; the buttons are for this person, for a while."""
        style = self._style(place)
        if place.chat_id in self._standing():
            return own_data.standing(style)
        until = int((self._clock.now() + VALID).timestamp())
        bound = f"{person or ANYBODY}.{until}"
        is_operator = not place.is_shared and await self._operators.is_operator(person)
        return own_data.question(
            style,
            minutes=int(VALID.total_seconds()) // 60,
            is_operator=is_operator,
            yes=Callback(Action.FORGET, (YES, bound)),
            no=Callback(Action.FORGET, (NO, bound)),
        )

    def answer(self, callback: Callback | None, place: Place, person: UserId | None) -> Answer:
        """Read a tap on the question."""
        read = _read(callback)
        if read is None:
            return Answer.STALE
        is_yes, asked, until = read
        if asked not in (ANYBODY, person) or (asked == ANYBODY and not place.is_shared):
            return Answer.NOT_YOURS
        if not is_yes:
            return Answer.KEEP
        is_open = self._clock.now() <= until <= self._clock.now() + VALID
        return Answer.ERASE if is_open else Answer.TOO_LATE

    async def erase(self, place: Place) -> Message:
        """Erase everything about a chat; gives what to say."""
        style = self._style(place)
        if place.chat_id in self._standing():
            return own_data.standing(style)
        was_anything = await self._rows.erase(place.chat_id, self._clock.now())
        logger.info("a chat was forgotten", extra={"was_anything": was_anything})
        return own_data.erased(style)

    def kept(self, place: Place) -> Message:
        """Say that nothing was erased."""
        return own_data.kept(self._style(place))

    def _style(self, place: Place) -> Style:
        return self._publication.style(
            is_shared=place.is_shared, now=self._clock.now(), language=place.language
        )


def _read(callback: Callback | None) -> tuple[bool, int, datetime] | None:
    """Give whether it is a yes, who was asked, and until when."""
    if callback is None or callback.action is not Action.FORGET or len(callback.arguments) != 2:
        return None
    step, bound = callback.arguments
    person, _, until = bound.partition(".")
    if step not in (YES, NO) or not _is_number(person, 16) or not _is_number(until, 11):
        return None
    return step == YES, int(person), datetime.fromtimestamp(int(until), UTC)


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= digits
