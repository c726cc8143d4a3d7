"""The desk's panels, from what the publication knows: to whom, how long, quiet hours, names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import datetime

from bot.domain.article import StoryKey
from bot.domain.digest import Digest, Item
from bot.domain.hand import Deed, Sheet, Step
from bot.domain.message import Message, hash_of
from bot.domain.moments import offered_moments
from bot.domain.pacing import estimate
from bot.domain.selection import RECEIVED
from bot.domain.sends import Send
from bot.publishing.candidates import WITHDRAWN, Found
from bot.publishing.post_targets import Targets, name_of
from bot.publishing.publication import Publication
from bot.rendering import desk, desk_panel, reasons
from bot.rendering.desk_panel import Offer, Plan
from bot.rendering.phrases import COMMA, Phrases, phrases_in
from bot.rendering.style import Style
from bot.store.drafts import StoredDraft

REASONS_SHOWN = 4


class DeskPanels:
    """Shows drafts to operators."""

    def __init__(self, *, publication: Publication, payable: Callable[[], int] = lambda: 0) -> None:
        self._publication = publication
        self._payable = payable
        self._language: str | None = None

    def speaking(self, language: str | None) -> DeskPanels:
        """Give the same in an operator's language; None: the publication's."""
        other = copy(self)
        other._language = language
        return other

    @property
    def phrases(self) -> Phrases:
        """What is said to the operator."""
        return phrases_in(self._language or self._publication.language)

    @property
    def zone(self) -> str:
        """The time zone in which operators name times."""
        return self._publication.zone

    @property
    def size(self) -> int:
        """How many stories a post holds unless somebody adds some."""
        return self._publication.rules.size

    def main(
        self,
        draft: StoredDraft,
        sheet: Sheet,
        digest: Digest,
        targets: Targets,
        now: datetime,
        *,
        at: Deed | None = None,
    ) -> Message:
        """Show a draft; `at` names the part of the desk where its maker stands."""
        here = at or _at(draft, Step.MAIN)
        here = Deed(draft=draft.id, version=draft.version, step=here.step, what=here.what)
        plan = self._plan(sheet, digest.messages, targets, now)
        return desk_panel.panel(sheet, plan, style=self.style(now), at=here)

    def without_buttons(
        self, sheet: Sheet, digest: Digest, targets: Targets, now: datetime
    ) -> Message:
        """Show what a post would be to somebody who may only look."""
        plan = self._plan(sheet, digest.messages, targets, now)
        return desk_panel.seen(sheet, plan, style=self.style(now))

    def looked(
        self,
        draft: StoredDraft,
        sheet: Sheet,
        deed: Deed,
        offered: Sequence[Item],
        messages: Sequence[Message],
        targets: Targets,
        now: datetime,
        *,
        due_at: datetime | None = None,
    ) -> Message:
        """Show the part of the desk that a step leads to; `due_at` is the only moment to choose."""
        moments: Iterable[datetime] = ()
        if deed.step is Step.TIMES:
            moments = offered_moments(now, zone=self.zone) if due_at is None else (due_at,)
        quiet = self._publication.quiet_until
        offer = Offer(stories=offered, moments=[(one, bool(quiet(one))) for one in moments])
        plan = self._plan(sheet, messages, targets, now)
        return desk_panel.panel(sheet, plan, style=self.style(now), at=deed, offer=offer)

    def found(
        self,
        draft: StoredDraft,
        sheet: Sheet,
        stories: Sequence[Item],
        words: str,
        messages: Sequence[Message],
        targets: Targets,
        now: datetime,
        *,
        why_not: str,
    ) -> Message:
        """Offer what words have found; `why_not` is said when nothing was."""
        offer = Offer(
            stories=stories[: desk_panel.PAGE], words=words, why_not="" if stories else why_not
        )
        plan = self._plan(sheet, messages, targets, now)
        at = _at(draft, Step.ADDS, "1")
        return desk_panel.panel(sheet, plan, style=self.style(now), at=at, offer=offer)

    def spoilt(
        self,
        draft: StoredDraft,
        sheet: Sheet,
        messages: Sequence[Message],
        withdrawn: frozenset[StoryKey],
        targets: Targets,
        now: datetime,
    ) -> Message:
        """Show which stories of a draft cannot be sent any more."""
        plan = self._plan(sheet, messages, targets, now, withdrawn=withdrawn)
        at = _at(draft, Step.MAIN)
        return desk_panel.panel(sheet, plan, style=self.style(now), at=at)

    def counted(self, reasons: Iterable[str], targets: Targets) -> list[tuple[int, str]]:
        """Count reasons for which stories were left out, the most frequent first."""
        counts = Counter(self.reason(reason, targets) for reason in reasons)
        return [(count, reason) for reason, count in counts.most_common(REASONS_SHOWN)]

    def reason(self, reason: str | None, targets: Targets) -> str:
        """Say a reason of one chat's choice for all the chats of a post."""
        if reason == RECEIVED and len(targets.addresses) > 1:
            reason = "one of these chats has received it"
        elif reason == RECEIVED and targets.chats:
            reason = f"{name_of(targets.chats[0])} has received it"
        return reasons.said(reason or "it is not in the library", self.phrases)

    def why_not_found(self, found: Found, targets: Targets) -> str:
        """Say why words gave nothing to add."""
        _ = self.phrases
        if found.items:
            return _("That story is in the post already.")
        why = self.counted(found.left.elements(), targets)
        if not why:
            return _("Nothing was found for that.")
        told = _(COMMA).join(
            reason if count == 1 else f"{_.number(count)} × {reason}" for count, reason in why
        )
        return _("What was found cannot be posted: %(reasons)s.", reasons=told)

    def nothing(self, words: str, counts: Sequence[tuple[int, str]], now: datetime) -> Message:
        """Say that no story is due, or none for those words."""
        return desk.nothing_to_post(self.style(now), words=words, counts=counts)

    def no_recipients(self, now: datetime) -> Message:
        """Say that there is nobody to post to."""
        return desk.no_recipients(self.style(now))

    def cancelled(self, now: datetime) -> Message:
        """Say that a draft is dropped."""
        return desk.post_cancelled(self.style(now))

    def stale(self, now: datetime) -> Message:
        """Say that there is nothing to show any more."""
        return desk.post_stale(self.style(now))

    def account(
        self, send: Send, digest: str, chat_count: int, *, by: str, now: datetime
    ) -> Message:
        """Give the account of a post that is through."""
        return desk.post_account(
            send, digest=digest, chat_count=chat_count, by=by, style=self.style(now)
        )

    def _plan(
        self,
        sheet: Sheet,
        messages: Sequence[Message],
        targets: Targets,
        now: datetime,
        *,
        withdrawn: frozenset[StoryKey] = frozenset(),
    ) -> Plan:
        cost = sum(message.cost for message in messages)
        per_chat = {chat_id: cost for chat_id, _thread in targets.addresses}
        told = estimate(per_chat, self._publication.limits, payable=self._payable())
        sent = self.reason(RECEIVED, targets)
        troubles = dict.fromkeys(withdrawn, self.reason(WITHDRAWN, targets))
        troubles |= dict.fromkeys(sheet.stories & targets.received, sent)
        return Plan(
            chats=[name_of(chat) for chat in targets.chats],
            chat_count=len(targets.addresses),
            message_count=len(messages),
            duration=told.duration,
            stars=told.stars,
            digest=hash_of(messages),
            layout=sheet.layout or targets.wish.layout or self._publication.layout,
            quiet_until=self._publication.quiet_until(now),
            troubles=troubles,
        )

    def style(self, now: datetime) -> Style:
        """Say how messages to operators look."""
        return self._publication.style(is_shared=False, now=now, language=self._language)


def _at(draft: StoredDraft, step: Step, *what: str) -> Deed:
    return Deed(draft=draft.id, version=draft.version, step=step, what=what)
