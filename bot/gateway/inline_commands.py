"""Inline mode: people type `@bot words` anywhere, and every keystroke may be a question."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from telegram import InlineQuery, Update

from bot.domain.clock import Clock
from bot.domain.limit import Limit, Verdict
from bot.errors import Refused, SendError, Unfit
from bot.gateway.messenger import TelegramMessenger
from bot.publishing.inline import TOO_FAST, TROUBLE, InlineAnswers, InlinePage

logger = logging.getLogger(__name__)

MOST_ASKED = 90
ASKED_WITHIN = timedelta(seconds=30)
RESTS_FOR = timedelta(seconds=10)
"""Three questions a second for half a minute: more than fingers type, less than a program."""
MOST_LOOKUPS = 3
"""Questions to the index at once: whoever talks to the bot goes through the same threads."""


@dataclass(frozen=True, slots=True)
class _Asked:
    query_id: str
    person: int
    words: str
    offset: str
    code: str | None = None

    @classmethod
    def of(cls, query: InlineQuery) -> _Asked:
        return cls(
            query.id, query.from_user.id, query.query, query.offset, query.from_user.language_code
        )


class InlineQueries:
    """Answers inline queries, one of each person at a time, and of several the newest.

    What was asked before the newest is dropped without an answer: nobody looks at it any more.
    `on_failure` hears of every error that is no word of Telegram's.
    """

    def __init__(
        self,
        answers: InlineAnswers,
        *,
        messenger: TelegramMessenger,
        clock: Clock,
        on_failure: Callable[[Exception, Update], Awaitable[None]],
    ) -> None:
        self._answers = answers
        self._messenger = messenger
        self._clock = clock
        self._on_failure = on_failure
        self._limit = Limit(count=MOST_ASKED, window=ASKED_WITHIN, rest=RESTS_FOR)
        self._lookups = asyncio.Semaphore(MOST_LOOKUPS)
        # Who is being answered, with the newest of what they have asked meanwhile.
        self._waiting: dict[int, _Asked | None] = {}

    async def asked(self, update: Update) -> None:
        """Answer the update's inline query, unless a newer one of the same person comes."""
        if update.inline_query is None:
            return
        asked = _Asked.of(update.inline_query)
        if asked.person in self._waiting:
            self._waiting[asked.person] = asked
            return
        newest: _Asked | None = asked
        try:
            while newest is not None:
                self._waiting[asked.person] = None
                await self._answer(newest, update)
                newest = self._waiting[asked.person]
        finally:
            del self._waiting[asked.person]

    async def _answer(self, asked: _Asked, update: Update) -> None:
        async with self._lookups:
            page = None if self._is_old(asked) else await self._page(asked, update)
        if page is None or self._is_old(asked):
            return
        try:
            await self._send(asked, page)
        except SendError as error:
            reason = f"{type(error).__name__}: {error}"
            logger.warning("inline query not answered", extra={"reason": reason})

    def _is_old(self, asked: _Asked) -> bool:
        return self._waiting[asked.person] is not None

    async def _page(self, asked: _Asked, update: Update) -> InlinePage | None:
        match self._limit.ask(asked.person, self._clock.now()):
            case Verdict.SILENCE:
                return None
            case Verdict.TELL:
                return self._answers.refusal(TOO_FAST, asked.code)
        try:
            return await self._answers.page(asked.words, asked.offset, language=asked.code)
        except Exception as error:  # noqa: BLE001 - one question must not stop the others
            await self._on_failure(error, update)
            return self._answers.refusal(TROUBLE, asked.code)

    async def _send(self, asked: _Asked, page: InlinePage) -> None:
        try:
            await self._messenger.answer_inline(asked.query_id, page)
        except (Unfit, Refused) as error:
            # Most likely an address of a picture: one that is not taken costs all results.
            reason = f"{type(error).__name__}: {error}"
            logger.warning("inline results refused", extra={"reason": reason})
            try:
                await self._messenger.answer_inline(asked.query_id, page.plain)
            except (Unfit, Refused):
                refusal = self._answers.refusal(TROUBLE, asked.code)
                await self._messenger.answer_inline(asked.query_id, refusal)
                raise
