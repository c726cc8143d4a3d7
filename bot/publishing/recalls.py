"""Recalls: a story that was withdrawn after it was sent is taken back where Telegram allows it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any

from bot.domain.article import StoryId, StoryKey, story_id
from bot.domain.clock import Clock
from bot.domain.message import Message
from bot.domain.pacing import Priority
from bot.domain.recall import (
    EDIT_PICTURE,
    Call,
    Recall,
    RecallOutcome,
    RecallResult,
    RecallState,
    Withdrawn,
    calls_for,
    replaced,
)
from bot.domain.subscription import ChatId, UserId
from bot.errors import (
    BotDisabled,
    ChatMoved,
    NothingToDo,
    OutcomeUnknown,
    SendError,
    SlowDown,
    StoreError,
    Unfit,
    Unreachable,
)
from bot.publishing.notices import Notices, store_trouble
from bot.publishing.ports import Caller, Turns
from bot.publishing.publication import Publication
from bot.rendering import recalls as words
from bot.rendering.illustration import keys_to_look_at
from bot.rendering.phrases import Phrases
from bot.rendering.style import Style
from bot.store.articles import Articles
from bot.store.digests import Digests
from bot.store.recalls import FIRST, SentMessage
from bot.store.recalls import Recalls as RecallRows

logger = logging.getLogger(__name__)

BATCH = 50
"""Messages that are worked on at once; a kill repeats at most so many, which changes nothing."""
LOOK_SECONDS = 5.0
"""How often it is looked whether messages that were on their way have arrived."""
RETRY_SECONDS = 30.0
"""What failed in our own code is tried again after so long, or when the next story is decided."""
MOST_PASSED_OVER = 12
"""So many looks at unchanged files are spared."""
PAUSE_SECONDS = 2.0
MOST_TRIES = 5
_GONE = "message to edit not found"


class Recalls:
    """Asks operators about withdrawn stories, and takes back what they decide to take back."""

    def __init__(
        self,
        *,
        rows: RecallRows,
        articles: Articles,
        digests: Digests,
        publication: Publication,
        caller: Caller,
        turns: Turns,
        notices: Notices,
        clock: Clock,
        look_every: float = LOOK_SECONDS,
    ) -> None:
        self._rows = rows
        self._articles = articles
        self._digests = digests
        self._publication = publication
        self._caller = caller
        self._turns = turns
        self._notices = notices
        self._clock = clock
        self._wake = asyncio.Event()
        self._look_every = look_every
        self._revision: str | None = None
        self._looks = 0
        self._is_stopped = False

    async def look(self) -> None:
        """Ask operators, once, about sent stories that have been withdrawn."""
        await self._rows.find(now=self._clock.now())
        for recall in await self._rows.untold():
            logger.warning("a sent story was withdrawn", extra={"story": recall.story_id})
            await self._notices.tell(
                f"withdrawn:{recall.story_id}",
                partial(words.question, recall),
                partial(words.buttons, recall),
            )
            await self._rows.told(recall.story_key, now=self._clock.now())

    async def open(self) -> tuple[Recall, ...]:
        """Give the recalls that wait for a decision or run."""
        return await self._rows.open()

    async def get(self, story: StoryId) -> Recall | None:
        """Give the recall of a story; None when nobody was asked about it."""
        return await self._rows.get(story)

    async def begin(self, story: StoryId, *, by: UserId | None = None) -> bool:
        """Recall a story; False when that was decided already, or nobody was asked."""
        return await self._decided(story, RecallState.RUNNING, by)

    async def leave(self, story: StoryId, *, by: UserId | None = None) -> bool:
        """Leave a story where it stands; False when that was decided already."""
        return await self._decided(story, RecallState.LEFT, by)

    async def panel(self, story: StoryId, phrases: Phrases) -> Message | None:
        """Show how a recall is; None when there is none."""
        recall = await self._rows.get(story)
        return None if recall is None else words.panel(recall, phrases)

    def stop(self) -> None:
        """End `run` after the messages that it is at."""
        self._is_stopped = True
        self._wake.set()

    async def run(self) -> None:
        """Carry out what was decided, until `stop`.

        Goes on where an earlier process was cut off.
        """
        while not self._is_stopped:
            self._wake.clear()
            is_well = True
            try:
                is_well = await self._guarded(self._round())
            except BotDisabled:
                return  # the courier says so, and ends the program
            except StoreError as error:
                await self._notices.tell("store", store_trouble(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_every if is_well else RETRY_SECONDS):
                    await self._wake.wait()

    async def _round(self) -> bool:
        """Look, and carry on with every recall that runs; False when some of that failed."""
        is_well = await self._guarded(self._look_if_due())
        for recall in await self._rows.open():
            if recall.state is RecallState.RUNNING and not self._is_stopped:
                is_well &= await self._guarded(self._carry_on(recall))
        return is_well

    async def _guarded(self, deed: Awaitable[bool | None]) -> bool:
        """Do a deed; False when it failed: whatever it was, it must not keep others from theirs."""
        try:
            return await deed is not False
        except (BotDisabled, StoreError):
            raise
        except Exception:
            logger.exception("recalling failed in our own code")
            await self._notices.tell("recalls", words.trouble)
            return False

    async def _look_if_due(self) -> None:
        """Look when files have changed; now and then in any case: stories may be on their way."""
        revision = await self._articles.revision()
        self._looks += 1
        if revision != self._revision or self._looks % MOST_PASSED_OVER == 0:
            await self.look()
            self._revision = revision

    async def _decided(self, story: StoryId, state: RecallState, by: UserId | None) -> bool:
        is_done = await self._rows.decide(story, state, by=by, now=self._clock.now())
        if is_done:
            logger.info("recall decided", extra={"story": story, "to": state.value, "by": by})
            self._wake.set()
        return is_done

    async def _carry_on(self, recall: Recall) -> None:
        after = FIRST
        while not self._is_stopped:
            part = await self._rows.pending(recall.story_key, limit=BATCH, after=after)
            if not part and after == FIRST:
                break
            if not part:  # rows before it may have been sent meanwhile
                after = FIRST
                continue
            after = part[-1].delivery
            results = await asyncio.gather(*(self._take_back(recall, one) for one in part))
            await self._rows.note(recall.story_key, results, now=self._clock.now())
        if self._is_stopped or await self._rows.is_on_its_way(recall.story_key):
            return
        done = await self._rows.finish(recall.story_key, now=self._clock.now())
        if done is not None:
            counts = {outcome.value: count for outcome, count in done.counts.items()}
            logger.info("story recalled", extra={"story": done.story_id, **counts})
            await self._notices.tell(f"recalled:{done.story_id}", partial(words.account, done))

    async def _take_back(self, recall: Recall, sent: SentMessage) -> RecallResult:
        stored = await self._digests.get(sent.digest)
        items = stored.items if stored is not None else ()
        leads = [StoryId(one["story_id"]) for one in items]
        told = {story_id(key) for key in sent.message.stories} & set(leads) or set(leads)
        own = {recall.story_key: recall.story_id}
        # What was recalled before must not come back with the message as it was sent.
        gone = await self._rows.recalled_in(sent.digest) | own
        is_alone = told <= set(gone.values())
        meant = await self._withdrawn(own, items)
        calls = calls_for(sent.message, sent.message_ids, meant, is_alone=is_alone)
        if calls and len(gone) > len(own):
            meant = await self._withdrawn(gone, items)
            calls = calls_for(sent.message, sent.message_ids, meant, is_alone=is_alone)
        if not calls and not sent.message.stories:  # pictures above a list, none of this story
            return RecallResult(delivery=sent.delivery, outcome=RecallOutcome.ABSENT)
        if not calls:
            lost = "the message's number is not known any more"
            reason = "its place in the message was not found" if sent.message_ids else lost
            return RecallResult(
                delivery=sent.delivery, outcome=RecallOutcome.IMPOSSIBLE, reason=reason
            )
        return await self._called(sent, calls, meant)

    async def _withdrawn(
        self, gone: Mapping[StoryKey, StoryId], items: Sequence[Mapping[str, Any]]
    ) -> Withdrawn:
        """Say how the messages of a digest may show stories that are withdrawn."""
        known = await self._articles.by_story_keys(list(gone))
        links = {
            url
            for one in known.values()
            for url in (one.article.link, one.article.web_url, one.article.original_url)
            if url
        }
        stories = frozenset(gone.values())
        # What was sent names its address as it was then; the file may name another by now.
        links |= {one["url"] for one in items if one["story_id"] in stories and one["url"]}
        numbered = enumerate(items, start=1)
        return Withdrawn(
            stories=stories,
            links=frozenset(links),
            note=words.note(self._style().phrases),
            pictures=frozenset(
                key
                for one in known.values()
                for key in keys_to_look_at(one.article, site_url=self._publication.site_url)
            ),
            numbers=frozenset(number for number, one in numbered if one["story_id"] in stories),
        )

    async def _called(
        self, sent: SentMessage, calls: tuple[Call, ...], withdrawn: Withdrawn
    ) -> RecallResult:
        outcome, reason = RecallOutcome.DELETED, None
        for call in calls:
            error = await self._call(sent.chat_id, call)
            if call.is_extra:
                reason = reason if error is None else str(error)
                continue
            if error is not None and call.is_deletion:  # too old for that: the note takes its place
                message_id = int(call.parameters["message_id"])
                call = replaced(sent.message, message_id, withdrawn)
                first, error = error, await self._call(sent.chat_id, call)
                reason = str(first)
            if error is not None and _GONE in str(error).lower():
                outcome, reason = RecallOutcome.GONE, None
            elif error is not None:
                outcome, reason = RecallOutcome.IMPOSSIBLE, str(error)
            elif not call.is_deletion:
                outcome, reason = RecallOutcome.EDITED, None
        return RecallResult(delivery=sent.delivery, outcome=outcome, reason=reason)

    async def _call(self, chat_id: ChatId, call: Call) -> SendError | None:
        """Make a call; gives why it had no effect. To repeat one changes nothing."""
        error: SendError | None = None
        for _ in range(MOST_TRIES):
            await self._turns.permit(chat_id, Priority.DIGEST)
            try:
                await self._made(chat_id, call)
            except NothingToDo:
                return None
            except BotDisabled:
                raise
            except SlowDown as slow:
                error = slow
                self._turns.slow_down(chat_id, slow.retry_after)
            except ChatMoved as moved:
                return moved  # messages of the old group cannot be changed
            except (Unreachable, OutcomeUnknown) as failed:
                error = failed
                await self._clock.sleep(PAUSE_SECONDS)
            except SendError as refused:
                return refused
            else:
                return None
        return error

    async def _made(self, chat_id: ChatId, call: Call) -> None:
        parameters = {"chat_id": chat_id, **call.parameters}
        if call.method == EDIT_PICTURE:
            await self._repaint(chat_id, call)
            return
        if not call.is_rich:
            await self._caller.call(call.method, parameters)
            return
        try:
            await self._caller.call_rich(call.method, parameters)
        except Unfit:  # pictures that are lost cost the pictures
            if not call.has_pictures:
                raise
            bare = {"chat_id": chat_id, **call.without_pictures().parameters}
            await self._caller.call_rich(call.method, bare)

    async def _repaint(self, chat_id: ChatId, call: Call) -> None:
        """Change a picture with its words; where the new one cannot be had, the words alone."""
        message_id = int(call.parameters["message_id"])
        try:
            await self._caller.edit(call.as_message(), chat_id=chat_id, message_id=message_id)
        except Unfit:
            words_alone = call.without_photo()
            await self._caller.call(
                words_alone.method, {"chat_id": chat_id, **words_alone.parameters}
            )

    def _style(self) -> Style:
        return self._publication.style(is_shared=False, now=self._clock.now())
