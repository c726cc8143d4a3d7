"""Desk: the editor's post by hand, shaped and seen exactly as it will be, then sent or dropped.

Each operator has one draft, a row. Every change makes a new version of it with a digest of its own,
stored before it is shown and sent as it is stored; buttons name the version, approvals the hash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.article import StoryKey
from bot.domain.clock import Clock
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.hand import HASH_SHOWN, Deed, Sheet, Step, look_after, moment_of, shaped
from bot.domain.message import Message
from bot.domain.moments import LATEST, spoken_moment
from bot.domain.pacing import Priority
from bot.domain.sends import SendId, SendState
from bot.domain.subscription import UserId
from bot.publishing.candidates import Candidates
from bot.publishing.desk_answers import Answer, Proof, Sending
from bot.publishing.desk_panels import DeskPanels
from bot.publishing.post_targets import Targets, TargetsNow
from bot.publishing.proofs import Proofs
from bot.publishing.sends import Sends
from bot.publishing.sheets import paths_of, sheet_from, sheet_json
from bot.rendering import desk as panels
from bot.rendering.style import Style
from bot.search.ahead import moment_ahead
from bot.store.articles import Articles
from bot.store.digest_rows import NewDigest
from bot.store.digests import Digests
from bot.store.drafts import Drafts, StoredDraft

logger = logging.getLogger(__name__)

KEPT = timedelta(days=1)
"""A draft that nobody has touched for so long is forgotten: its stories have aged."""
HEAD, TIME = "head", "time"
"""What a reply to the panel can mean, beside a story to add."""
MOST_HEAD = 200


class Desk:
    """Shapes posts to all channels and sends those that an operator approves."""

    def __init__(
        self,
        *,
        drafts: Drafts,
        digests: Digests,
        articles: Articles,
        candidates: Candidates,
        targets: TargetsNow,
        proofs: Proofs,
        panels: DeskPanels,
        clock: Clock,
        sends: Sends,
        wake_courier: Callable[[], None],
    ) -> None:
        self._drafts = drafts
        self._digests = digests
        self._articles = articles
        self._candidates = candidates
        self._targets = targets
        self._proofs = proofs
        self._panels = panels
        self._clock = clock
        self._sends = sends
        self._wake_courier = wake_courier

    def speaking(self, language: str | None) -> Desk:
        """Give the same desk, speaking an operator's language; None: the publication's."""
        other = copy(self)
        other._panels = self._panels.speaking(language)
        other._sends = self._sends.speaking(language)
        return other

    def _say(self, message: str) -> str:
        return self._panels.phrases(message)

    async def open(self, words: str, *, by: UserId) -> Proof:
        """Show an operator's draft as it is now, or make one; words add to the one there is.

        A new one holds no story that any of the channels has received. Words choose its stories by
        search, in that order; without them the rules of the digest choose.
        """
        now = self._clock.now()
        await self._drafts.forget(before=now - KEPT)
        targets = await self._targets.now()
        if not targets.addresses:
            return Proof(panel=self._panels.no_recipients(now))
        draft = await self._drafts.of(by)
        if draft is not None:
            answer = await self._opened(draft, words, targets, now)
            return answer.proof or Proof(panel=self._panels.stale(now))
        sheet, nothing = await self._fresh(words, targets, now)
        if nothing is not None:
            return Proof(panel=nothing)
        return await self._begin(sheet, targets, by=by, now=now)

    async def look(self, words: str) -> Proof:
        """Show what a post would be to somebody who may only look: nothing is stored."""
        now = self._clock.now()
        targets = await self._targets.now()
        if not targets.addresses:
            return Proof(panel=self._panels.no_recipients(now))
        sheet, nothing = await self._fresh(words, targets, now)
        if nothing is not None:
            return Proof(panel=nothing)
        digest = await self._proofs.written(sheet, targets.wish, now=now)
        panel = self._panels.without_buttons(sheet, digest, targets, now)
        return Proof(panel=panel, messages=digest.messages)

    async def act(self, deed: Deed, *, by: UserId) -> Answer:
        """Do what a button of the panel asks for, if its maker saw the draft as it is now."""
        draft = await self._drafts.of(by)
        if draft is None or draft.id != deed.draft:
            return Answer(said=self._say(panels.POST_STALE), is_alert=True)
        if draft.version != deed.version:
            return Answer(said=self._say(panels.DRAFT_STALE), is_alert=True)
        now = self._clock.now()
        match deed.step:
            case Step.NOW | Step.AT:
                return await self._approve(draft, deed, now)
            case Step.TEST:
                return await self._test(draft, deed)
            case Step.CANCEL:
                return await self._cancel(draft, now)
        if deed.step.is_look:
            return await self._looked(draft, deed, now)
        return await self._change(draft, deed, now)

    async def is_shown_in(self, message_id: int, *, by: UserId) -> bool:
        """Whether a message is the panel or a preview of an operator's draft."""
        draft = await self._drafts.of(by)
        return draft is not None and message_id in (draft.panel_id, *draft.preview_ids)

    async def hear(self, words: str, *, by: UserId) -> Answer:
        """Take a reply to the panel: a head line or a time if it was asked for, else a story."""
        draft = await self._drafts.of(by)
        if draft is None:
            return Answer(said=self._say(panels.POST_STALE))
        now = self._clock.now()
        if draft.awaits == TIME:
            return await self._timed(draft, words, now)
        targets = await self._targets.now()
        if draft.awaits == HEAD:
            sheet, _ = await self._sheet(draft)
            headed = replace(sheet, head=" ".join(words.split())[:MOST_HEAD])
            return await self._saved(draft, headed, targets, now)
        return await self._opened(draft, words, targets, now)

    async def progress(self, sent: Sending, *, name: str) -> tuple[Message, bool]:
        """Give the panel of a post that is being sent, and whether it is through."""
        send = await self._sends.get(SendId(sent.digest))
        stored = await self._digests.get(sent.digest)
        now = self._clock.now()
        if send is None or stored is None:
            return self._panels.stale(now), True
        if send.state is not SendState.DONE or send.undecided:
            panel, is_last = await self._sends.panel(send.id)
            # It may have ended between the two looks: then the next one gives the account.
            return panel, is_last and send.is_through
        account = self._panels.account(send, stored.hash, sent.chat_count, by=name, now=now)
        return account, True

    async def shown(
        self,
        draft: StoredDraft,
        *,
        panel_id: int | None,
        preview_ids: tuple[int, ...],
        is_whole: bool,
    ) -> None:
        """Note in which messages of the operator's chat a draft is shown; not `is_whole`: part."""
        shown_hash = draft.hash if is_whole else ""
        await self._drafts.shown(
            draft, panel_id=panel_id, preview_ids=preview_ids, shown_hash=shown_hash
        )

    def style(self) -> Style:
        """Say how messages to operators look now."""
        return self._panels.style(self._clock.now())

    async def _fresh(
        self, words: str, targets: Targets, now: datetime
    ) -> tuple[Sheet, Message | None]:
        """Choose the stories of a new post; or say why there is none."""
        if not words.strip():
            choice = await self._candidates.chosen(targets.wish, received=targets.received, now=now)
            lines = choice.items
            left = self._panels.counted((left.reason for left in choice.left), targets)
        else:
            found = await self._candidates.found(words, received=targets.received, now=now)
            lines = found.items[: targets.wish.size or self._panels.size]
            left = self._panels.counted(found.left.elements(), targets)
        if not lines:
            return Sheet(), self._panels.nothing(words, left, now)
        return Sheet(lines=lines, words=words.strip()), None

    async def _begin(self, sheet: Sheet, targets: Targets, *, by: UserId, now: datetime) -> Proof:
        digest = await self._proofs.written(sheet, targets.wish, now=now)
        draft = await self._drafts.begin(
            by,
            _new(digest, by),
            sheet=sheet_json(sheet),
            addresses=targets.addresses,
            now=now,
        )
        panel = self._panels.main(draft, sheet, digest, targets, now)
        return Proof(panel=panel, draft=draft, messages=digest.messages)

    async def _opened(
        self, draft: StoredDraft, words: str, targets: Targets, now: datetime
    ) -> Answer:
        """Show a draft again, with a story more if words name one, or with those they find."""
        sheet, is_lost = await self._sheet(draft)
        if not words.strip():
            return await self._saved(draft, sheet, targets, now)
        found = await self._candidates.found(words, received=targets.received, now=now)
        fresh = [one for one in found.items if sheet.stories.isdisjoint(one.story_keys)]
        if len(fresh) == 1 and not is_lost:
            return await self._saved(draft, sheet.added(fresh[0]), targets, now)
        why_not = self._panels.why_not_found(found, targets)
        messages = await self._messages(draft)
        panel = self._panels.found(
            draft, sheet, fresh, words, messages, targets, now, why_not=why_not
        )
        return Answer(proof=_unchanged(draft, messages, panel))

    async def _looked(self, draft: StoredDraft, deed: Deed, now: datetime) -> Answer:
        awaits = {Step.HEADS: HEAD, Step.TIMES: TIME}.get(deed.step, "")
        if awaits != draft.awaits:
            await self._drafts.await_words(draft, awaits)
        targets = await self._targets.now()
        sheet, _ = await self._sheet(draft)
        offered: tuple[Item, ...] = ()
        if deed.step in (Step.SWAPS, Step.ADDS):
            offered = await self._candidates.ranked(
                targets.wish, received=targets.received, without=sheet.stories, now=now
            )
        messages = await self._messages(draft)
        panel = self._panels.looked(draft, sheet, deed, offered, messages, targets, now)
        return Answer(proof=_unchanged(draft, messages, panel))

    async def _timed(self, draft: StoredDraft, words: str, now: datetime) -> Answer:
        """Offer to send at the moment that was written: the tap approves, not the words."""
        due_at = await asyncio.to_thread(self._moment, words, now)
        if due_at is None:
            return Answer(said=self._say(panels.NO_TIME))
        if not now < due_at <= now + LATEST:
            return Answer(said=self._say(panels.BAD_TIME))
        targets = await self._targets.now()
        sheet, _ = await self._sheet(draft)
        deed = Deed(draft=draft.id, version=draft.version, step=Step.TIMES)
        messages = await self._messages(draft)
        panel = self._panels.looked(draft, sheet, deed, (), messages, targets, now, due_at=due_at)
        return Answer(proof=_unchanged(draft, messages, panel))

    def _moment(self, words: str, now: datetime) -> datetime | None:
        """Read a moment as the command line does, or in any language of the bot."""
        zone = self._panels.zone
        spoken = self._panels.phrases.language
        return spoken_moment(words, now=now, zone=zone) or moment_ahead(
            words, now=now, zone=zone, language=spoken
        )

    async def _change(self, draft: StoredDraft, deed: Deed, now: datetime) -> Answer:
        targets = await self._targets.now()
        sheet, is_lost = await self._sheet(draft)
        if is_lost:  # the numbers on the panel are not those of the sheet any more
            answer = await self._saved(draft, sheet, targets, now)
            return Answer(said=self._say(panels.STORY_LOST), is_alert=True, proof=answer.proof)
        changed, why_not = await self._changed(sheet, deed, targets, now)
        if why_not is not None:
            return Answer(said=why_not, is_alert=True)
        if changed == sheet:
            return Answer(said=self._say(panels.UNCHANGED))
        return await self._saved(draft, changed, targets, now, at=look_after(deed))

    async def _changed(
        self, sheet: Sheet, deed: Deed, targets: Targets, now: datetime
    ) -> tuple[Sheet, str | None]:
        """Give the sheet after a step, or why it cannot be done."""
        number, what = deed.number, deed.what[-1] if deed.what else ""
        match deed.step:
            case Step.SWAP | Step.ADD:
                item, why_not = await self._candidates.by_id(what, received=targets.received)
                if item is None:
                    return sheet, panels.cannot_add(
                        self._panels.reason(why_not, targets), self._panels.phrases
                    )
                is_swap = deed.step is Step.SWAP
                return (sheet.swapped(number, item) if is_swap else sheet.added(item)), None
            case Step.ANEW:
                fresh, _ = await self._fresh(sheet.words, targets, now)
                return sheet.chosen_anew(fresh.lines, taken=targets.received), None
            case _:
                return shaped(sheet, deed), None

    async def _saved(
        self,
        draft: StoredDraft,
        sheet: Sheet,
        targets: Targets,
        now: datetime,
        *,
        at: Deed | None = None,
    ) -> Answer:
        """Store the next version of a draft, and show it."""
        digest = await self._proofs.written(sheet, targets.wish, now=now)
        old = await self._messages(draft)
        is_same = digest.hash == draft.hash and targets.addresses == draft.addresses
        if is_same and sheet_json(sheet) == draft.sheet:
            panel = self._panels.main(draft, sheet, digest, targets, now, at=at)
            return Answer(proof=_unchanged(draft, old, panel))
        changed = await self._drafts.change(
            draft,
            _new(digest, draft.owner),
            sheet=sheet_json(sheet),
            addresses=targets.addresses,
            now=now,
        )
        if changed is None:
            return Answer(said=self._say(panels.DRAFT_STALE), is_alert=True)
        panel = self._panels.main(changed, sheet, digest, targets, now, at=at)
        before = old if draft.shown_hash == draft.hash else None
        proof = Proof(panel=panel, draft=changed, messages=digest.messages, before=before)
        return Answer(proof=proof)

    async def _messages(self, draft: StoredDraft) -> tuple[Message, ...]:
        stored = await self._digests.get(draft.digest_id)
        return stored.messages if stored is not None else ()

    async def _sheet(self, draft: StoredDraft) -> tuple[Sheet, bool]:
        """Read the sheet of a draft, and tell whether a line of it has left the library."""
        known = await self._articles.by_paths(paths_of(draft.sheet))
        sheet = sheet_from(draft.sheet, known)
        return sheet, len(sheet.lines) < len(draft.sheet["lines"])

    async def _approve(self, draft: StoredDraft, deed: Deed, now: datetime) -> Answer:
        if not _names(draft, deed):
            return Answer(said=self._say(panels.DRAFT_STALE), is_alert=True)
        if deed.step is Step.NOW:
            return await self._send(draft, now)
        due_at = moment_of(deed.what[-1])
        if due_at is None:
            return Answer(said=self._say(panels.DRAFT_STALE), is_alert=True)
        return await self._send(draft, now, due_at=due_at)

    async def _send(
        self, draft: StoredDraft, now: datetime, *, due_at: datetime | None = None
    ) -> Answer:
        """Send a draft as it stands, once, however often it is asked for."""
        if due_at is not None and not now < due_at <= now + LATEST:
            return Answer(said=self._say(panels.BAD_TIME), is_alert=True)
        stored = await self._digests.get(draft.digest_id)
        targets = await self._targets.now()
        addresses = tuple(one for one in targets.addresses if one in draft.addresses)
        if stored is None or not stored.messages or not addresses:
            return Answer(said=self._say(panels.POST_STALE), is_alert=True)
        trouble = await self._trouble(draft, targets, now)
        if trouble is not None:
            return trouble
        count = await self._digests.approve(
            draft.digest_id,
            stored.hash,
            recipients=addresses,
            by=draft.owner,
            now=now,
            as_of=targets.as_of,
            due_at=due_at,
        )
        if count == 0:
            return Answer(said=self._say(panels.POST_STALE), is_alert=True)
        await self._drafts.close(draft)
        self._wake_courier()
        fields = {"digest": draft.digest_id, "by": draft.owner, "deliveries": count}
        logger.info("post approved", extra=fields)
        panel, _ = await self._sends.panel(SendId(draft.digest_id))
        sending = Sending(digest=draft.digest_id, panel=panel, chat_count=len(addresses))
        return Answer(said=self._say(panels.PLANNED if due_at else panels.POSTING), sending=sending)

    async def _trouble(self, draft: StoredDraft, targets: Targets, now: datetime) -> Answer | None:
        """Say which stories came to a channel, or were withdrawn, since the draft was shown."""
        carried = await self._proofs.stories_of(draft.digest_id)
        taken = targets.received & carried
        withdrawn = await self._candidates.withdrawn(carried)
        if not taken and not withdrawn:
            return None
        sheet, _ = await self._sheet(draft)
        said = panels.TAKEN if taken else panels.WITHDRAWN
        messages = await self._messages(draft)
        spoilt: frozenset[StoryKey] = taken | withdrawn
        panel = self._panels.spoilt(draft, sheet, messages, spoilt, targets, now)
        return Answer(said=self._say(said), is_alert=True, proof=_unchanged(draft, messages, panel))

    async def _test(self, draft: StoredDraft, deed: Deed) -> Answer:
        stored = await self._digests.get(draft.digest_id)
        if stored is None or not _names(draft, deed):
            return Answer(said=self._say(panels.DRAFT_STALE), is_alert=True)
        return Answer(said=self._say(panels.TESTING), test=stored.messages)

    async def _cancel(self, draft: StoredDraft, now: datetime) -> Answer:
        if not await self._drafts.close(draft):
            return Answer(said=self._say(panels.POST_STALE), is_alert=True)
        logger.info("post cancelled", extra={"digest": draft.digest_id, "by": draft.owner})
        return Answer(
            said=self._say(panels.CANCELLED),
            panel=self._panels.cancelled(now),
            gone=draft.preview_ids,
        )


def _unchanged(draft: StoredDraft, messages: tuple[Message, ...], panel: Message) -> Proof:
    """Show another panel of the same draft."""
    before = messages if draft.shown_hash == draft.hash else None
    return Proof(panel=panel, draft=draft, messages=messages, before=before)


def _new(digest: Digest, by: UserId) -> NewDigest:
    return NewDigest(digest=digest, kind=DigestKind.MANUAL, priority=Priority.OPERATOR, made_by=by)


def _names(draft: StoredDraft, deed: Deed) -> bool:
    """Whether an approval names the digest of the draft."""
    shown = deed.what[0] if deed.what else ""
    return len(shown) == HASH_SHOWN and draft.hash.startswith(shown)
