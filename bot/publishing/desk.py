"""Desk: the editor's post by hand, seen exactly as it will be, then sent or dropped.

What is shown is stored before it is shown, and sent as it is stored; the approval names its hash.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from bot.domain.article import StoryKey, story_id
from bot.domain.callback import Action, Callback
from bot.domain.clock import Clock
from bot.domain.delivery import DigestId
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.events import groups
from bot.domain.message import Message
from bot.domain.pacing import Priority, estimate
from bot.domain.selection import RETIRED, Choice, choose, choose_first
from bot.domain.sends import SendId, SendState
from bot.domain.subscription import Chat, Subscription, UserId
from bot.publishing.catalogue import Catalogue
from bot.publishing.channels import Channels
from bot.publishing.compose import Address
from bot.publishing.illustrate import looks_at
from bot.publishing.ports import Viewer
from bot.publishing.publication import Publication
from bot.publishing.sends import Sends
from bot.rendering import desk as panels
from bot.rendering import digests as rendering
from bot.rendering.desk import HASH_SHOWN, PostPlan
from bot.rendering.style import Style
from bot.search.query import Query
from bot.store.articles import Articles
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests, DigestState, NewDigest, StoredDigest

logger = logging.getLogger(__name__)

MOST_FOUND = 100
"""Stories looked at for the words of an operator: those that were sent already are left out."""
REASONS_SHOWN = 4
RECEIVED = "this chat has received it"
"""A reason of `choose`, which knows one chat; a post is for several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an operator is shown: the messages as they will be sent, then the panel about them."""

    panel: Message
    messages: tuple[Message, ...] = ()
    is_known: bool = False
    """The operator has been shown the same before, and it still waits for approval."""


class Ruling(Enum):
    """What became of an operator's tap."""

    POSTED = "posted"
    CANCELLED = "cancelled"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The ruling, and the panel that says so unless the old one stays; `digest` is being sent."""

    ruling: Ruling
    panel: Message | None = None
    digest: DigestId | None = None
    chat_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Targets:
    """The chats of a post, and the stories that any of them has received."""

    chats: tuple[Chat, ...] = ()
    addresses: tuple[Address, ...] = ()
    received: frozenset[StoryKey] = field(default=frozenset(), repr=False)
    as_of: int = 0
    """The mark of the ledger up to which that is known."""


class Desk:
    """Prepares posts to all channels and sends those that an operator approves."""

    def __init__(
        self,
        *,
        publication: Publication,
        digests: Digests,
        deliveries: Deliveries,
        articles: Articles,
        channels: Channels,
        catalogue: Catalogue,
        clock: Clock,
        sends: Sends,
        wake_courier: Callable[[], None],
        viewer: Viewer,
        payable: Callable[[], int] = lambda: 0,
    ) -> None:
        self._publication = publication
        self._viewer = viewer
        self._digests = digests
        self._deliveries = deliveries
        self._articles = articles
        self._channels = channels
        self._catalogue = catalogue
        self._clock = clock
        self._sends = sends
        self._wake_courier = wake_courier
        self._payable = payable
        self._shown_to: dict[DigestId, tuple[Address, ...]] = {}
        self._waiting: dict[UserId, DigestId] = {}

    async def prepare(self, words: str, *, by: UserId) -> Preview:
        """Compose one post for all channels and store it, for an operator to look at.

        It holds no story that any of the channels has received. Words choose the stories by
        search, in that order; without them the rules of the digest choose.
        """
        now = self._clock.now()
        targets = await self._targets()
        if not targets.addresses:
            return Preview(panel=panels.no_recipients(self._panel_style(now)))
        query = Query.parse(words)
        if query.is_empty:
            items, left = await self._chosen(targets, now)
        else:
            items, left = await self._found(query, targets, now)
        if not items:
            counts = [(count, reason) for reason, count in left.most_common(REASONS_SHOWN)]
            panel = panels.nothing_to_post(self._panel_style(now), words=query.text, counts=counts)
            return Preview(panel=panel)
        plan = self._publication
        looks = await looks_at([(items, plan.layout)], viewer=self._viewer, site_url=plan.site_url)
        style = plan.style(is_shared=True, now=now, looks=looks)
        messages = await asyncio.to_thread(rendering.render, items, style=style)
        digest = Digest(items=items, messages=messages)
        known = await self._known(by, digest, targets)
        if known is not None:
            panel = self._plan(known, digest, targets, now)
            return Preview(panel=panel, messages=messages, is_known=True)
        new = NewDigest(
            digest=digest, kind=DigestKind.MANUAL, priority=Priority.OPERATOR, made_by=by
        )
        digest_id = await self._digests.prepare(new, now=now)
        self._shown_to[digest_id] = targets.addresses
        self._waiting[by] = digest_id
        panel = self._plan(digest_id, digest, targets, now)
        return Preview(panel=panel, messages=messages)

    def unseen(self, *, by: UserId) -> None:
        """Note that an operator has not been shown the last preview."""
        self._waiting.pop(by, None)

    async def post(self, digest_id: DigestId, shown_hash: str, *, by: UserId) -> Decision:
        """Send a prepared post as it stands, once, however often it is asked for.

        It is stale when it was sent or cancelled, or when a channel got one of its stories
        meanwhile; then nothing happens.
        """
        now = self._clock.now()
        stored = await self._prepared(digest_id, shown_hash)
        targets = await self._targets()
        shown_to = self._shown_to.get(digest_id, targets.addresses)
        addresses = tuple(one for one in targets.addresses if one in shown_to)
        if stored is None or not addresses or targets.received & await self._stories(stored):
            return Decision(ruling=Ruling.STALE)
        count = await self._digests.approve(
            digest_id,
            stored.hash,
            recipients=addresses,
            by=by,
            now=now,
            as_of=targets.as_of,
        )
        if count == 0:
            return Decision(ruling=Ruling.STALE)
        self._shown_to.pop(digest_id, None)
        self._wake_courier()
        logger.info("post approved", extra={"digest": digest_id, "by": by, "deliveries": count})
        panel, _ = await self._sends.panel(SendId(digest_id))
        return Decision(
            ruling=Ruling.POSTED, panel=panel, digest=digest_id, chat_count=len(addresses)
        )

    async def cancel(self, digest_id: DigestId, shown_hash: str, *, by: UserId) -> Decision:
        """Drop a prepared post; stale when it was sent or cancelled before."""
        now = self._clock.now()
        stored = await self._prepared(digest_id, shown_hash)
        if stored is None or not await self._digests.cancel(digest_id, stored.hash, now=now):
            return Decision(ruling=Ruling.STALE)
        self._shown_to.pop(digest_id, None)
        logger.info("post cancelled", extra={"digest": digest_id, "by": by})
        panel = panels.post_cancelled(self._panel_style(now))
        return Decision(ruling=Ruling.CANCELLED, panel=panel)

    async def progress(self, sent: Decision, *, name: str) -> tuple[Message, bool]:
        """Give the panel of a post that is being sent, and whether it is through."""
        style = self._panel_style(self._clock.now())
        send = await self._sends.get(SendId(sent.digest)) if sent.digest is not None else None
        if send is None or sent.digest is None:
            return panels.post_stale(style), True
        stored = await self._digests.get(sent.digest)
        if stored is None or send.state is not SendState.DONE or send.undecided:
            panel, is_last = await self._sends.panel(send.id)
            # It may have ended between the two looks: then the next one gives the account.
            return panel, is_last and send.is_through
        panel = panels.post_account(
            send, digest=stored.hash, chat_count=sent.chat_count, by=name, style=style
        )
        return panel, True

    async def _targets(self) -> _Targets:
        wishes = await self._channels.subscriptions()
        addresses = tuple((wish.chat_id, wish.thread_id) for wish in wishes)
        as_of = await self._deliveries.newest()
        chats = {chat.id: chat for chat in await self._channels.chats()}
        received = await self._deliveries.received_by(addresses)
        return _Targets(
            chats=tuple(chats[wish.chat_id] for wish in wishes if wish.chat_id in chats),
            addresses=addresses,
            received=frozenset().union(*received.values()),
            as_of=as_of,
        )

    async def _chosen(
        self, targets: _Targets, now: datetime
    ) -> tuple[tuple[Item, ...], Counter[str]]:
        """Choose by the publication's rules; also count why the others were left out."""
        topics = self._catalogue.topics
        chat_id, _ = targets.addresses[0]
        rules = self._publication.rules_for(Subscription(chat_id=chat_id), topics)
        library = await self._articles.known(since=now - rules.max_age)
        choosing = choose if targets.received else choose_first

        def work() -> Choice:
            return choosing(library, rules, topics=topics, received=targets.received, now=now)

        choice = await asyncio.to_thread(work)
        had = _had_by(targets)
        return choice.items, Counter(
            had if left.reason == RECEIVED else left.reason for left in choice.left
        )

    async def _found(
        self, query: Query, targets: _Targets, now: datetime
    ) -> tuple[tuple[Item, ...], Counter[str]]:
        """Choose by search, in its order, one line per event."""
        rules = self._publication.rules
        found = await asyncio.to_thread(
            self._catalogue.index.search,
            query,
            topics=self._catalogue.topics,
            now=now,
            half_life=rules.half_life,
            limit=MOST_FOUND,
            zone=ZoneInfo(self._publication.zone),
        )
        known = await self._articles.by_paths(hit.path for hit in found.hits)
        scores = {hit.path: hit.score for hit in found.hits}
        hits = [known[hit.path] for hit in found.hits if hit.path in known]
        unknown = [one.article for one in hits if not one.is_retired]
        fresh = [one for one in unknown if one.story_key not in targets.received]
        left = Counter({_had_by(targets): len(unknown) - len(fresh)})
        left[RETIRED] = len(hits) - len(unknown)
        items = tuple(
            Item(
                article=lead,
                also=tuple(others),
                score=scores[lead.path],
                reasons={"because": ["asked for"], "words": query.text},
            )
            for lead, *others in groups(fresh)[: rules.size]
        )
        return items, +left

    def _plan(
        self, digest_id: DigestId, digest: Digest, targets: _Targets, now: datetime
    ) -> Message:
        per_chat = {chat_id: digest.cost for chat_id, _ in targets.addresses}
        arguments = (str(digest_id), digest.hash[:HASH_SHOWN])
        told = estimate(per_chat, self._publication.limits, payable=self._payable())
        plan = PostPlan(
            chats=[_name(chat) for chat in targets.chats],
            chat_count=len(targets.addresses),
            story_count=len(digest.items),
            message_count=len(digest.messages),
            duration=told.duration,
            stars=told.stars,
            digest=digest.hash,
            post=Callback(Action.POST, arguments),
            cancel=Callback(Action.CANCEL, arguments),
            quiet_until=self._publication.quiet_until(now),
        )
        return panels.post_panel(plan, style=self._panel_style(now))

    async def _known(self, by: UserId, digest: Digest, targets: _Targets) -> DigestId | None:
        """Give the last post prepared for an operator if this is the same, and it still waits."""
        digest_id = self._waiting.get(by)
        if digest_id is None or self._shown_to.get(digest_id) != targets.addresses:
            return None
        stored = await self._prepared(digest_id, digest.hash[:HASH_SHOWN])
        return digest_id if stored is not None and stored.hash == digest.hash else None

    async def _stories(self, stored: StoredDigest) -> frozenset[StoryKey]:
        """Give the stories that a post carries. What it only points to elsewhere is not of it."""
        ids = {item["story_id"] for item in stored.items}
        keys = {key for message in stored.messages for key in message.stories}
        paths = [path for item in stored.items for path in item["event"]]
        others = await self._articles.by_paths(paths)
        return frozenset(key for key in keys if story_id(key) in ids) | {
            known.article.story_key for known in others.values()
        }

    async def _prepared(self, digest_id: DigestId, shown_hash: str) -> StoredDigest | None:
        stored = await self._digests.get(digest_id)
        if stored is None or len(shown_hash) != HASH_SHOWN:
            return None
        is_waiting = stored.state is DigestState.PREPARED and stored.hash.startswith(shown_hash)
        return stored if is_waiting else None

    def _panel_style(self, now: datetime) -> Style:
        return self._publication.style(is_shared=False, now=now)


def _had_by(targets: _Targets) -> str:
    """Say why a story is left out that a chat has received."""
    if len(targets.addresses) > 1:
        return "one of these chats has received it"
    return f"{_name(targets.chats[0])} has received it" if targets.chats else RECEIVED


def _name(chat: Chat) -> str:
    return f"@{chat.username}" if chat.username else chat.title or str(chat.id)


def digest_of(arguments: Sequence[str]) -> tuple[DigestId, str] | None:
    """Read the arguments of the panel's buttons; None when we never wrote them so."""
    if len(arguments) != 2:
        return None
    number, shown_hash = arguments
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        return None
    return DigestId(int(number)), shown_hash
