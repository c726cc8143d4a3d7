"""Replay: which past choices other rules would have changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.article import StoryId, StoryKey, story_id
from bot.domain.digest import Item
from bot.domain.known import Known
from bot.domain.rules import Rules
from bot.domain.selection import Pool
from bot.domain.topic import TopicTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line of a digest, as far as it is compared and named."""

    story: StoryId
    title: str
    path: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A digest that was sent: its lines, and every story that a reader of it has received.

    `is_by_hand`: an editor chose it, so that no weights would have changed it.
    """

    at: datetime
    lines: tuple[Told, ...]
    keys: frozenset[StoryKey]
    is_by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One digest under both rules: what both hold, what only the first, what only the others."""

    at: datetime
    kept: tuple[Told, ...] = ()
    dropped: tuple[Told, ...] = ()
    added: tuple[Told, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether the other rules would have chosen otherwise."""
        return bool(self.dropped or self.added)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Lines of all digests: in the same one, in another one, only with the first or other rules."""

    digests: int = 0
    changed: int = 0
    kept: int = 0
    moved: int = 0
    gone: int = 0
    new: int = 0


@dataclass(slots=True)
class _Reader:
    """Somebody who gets digests by some rules, and what he has received."""

    rules: Rules
    received: set[StoryKey] = field(default_factory=set)

    def choose(self, pool: Pool) -> tuple[Item, ...]:
        received = frozenset(self.received)
        choosing = pool.choose if received else pool.choose_first
        items = choosing(self.rules, received=received, accounts=False).items
        self.received |= {key for item in items for key in item.story_keys}
        return items


def replayed(
    library: Sequence[Known],
    past: Iterable[Past],
    other: Rules,
    *,
    topics: TopicTree,
    received: frozenset[StoryKey] = frozenset(),
) -> Iterator[Change]:
    """Compare what was sent with what other rules would have chosen at the same moments.

    `past` is in order of time; `received` came before all of it. The other rules have a history
    of their own: what they would have sent once they would not have sent again. Heat and flags
    are those that the articles have now. What was sent then counts as unpublished then.
    """
    reader = _Reader(other, set(received))
    for digest in past:
        if digest.is_by_hand:
            reader.received |= digest.keys
            continue
        pool = Pool(
            (_then(known, digest.keys) for known in library if _was_known(known, digest.at)),
            topics=topics,
            now=digest.at,
        )
        items = reader.choose(pool)
        yield _compared(digest, items)


def simulated(
    library: Sequence[Known],
    moments: Iterable[datetime],
    rules: Rules,
    other: Rules,
    *,
    topics: TopicTree,
    since: datetime,
) -> Iterator[Change]:
    """Compare what rules and other rules would have chosen at these moments, in order of time.

    Moments before `since` only fill the histories: nothing is given for them.
    """
    first, second = _Reader(rules), _Reader(other)
    for at in moments:
        known = [one for one in library if _was_known(one, at)]
        pool = Pool(known, topics=topics, now=at)
        chosen, items = first.choose(pool), second.choose(pool)
        if at < since:
            continue
        keys = frozenset(key for item in chosen for key in item.story_keys)
        yield _compared(Past(at=at, lines=tuple(map(told, chosen)), keys=keys), items)


def totals(changes: Iterable[Change]) -> Totals:
    """Count lines; one that other rules would have sent at another time has moved."""
    changes = tuple(changes)
    dropped = {line.story for change in changes for line in change.dropped}
    added = {line.story for change in changes for line in change.added}
    return Totals(
        digests=len(changes),
        changed=sum(change.is_change for change in changes),
        kept=sum(len(change.kept) for change in changes),
        moved=len(dropped & added),
        gone=len(dropped - added),
        new=len(added - dropped),
    )


def told(item: Item) -> Told:
    """Name a line."""
    article = item.article
    return Told(story=article.story_id, title=article.title, path=article.path, url=article.link)


def told_as_stored(item: Mapping[str, object]) -> Told:
    """Name a line as it was stored (`gazette preview --json` prints the same)."""
    url = item.get("url")
    return Told(
        story=StoryId(str(item["story_id"])),
        title=str(item["title"]),
        path=str(item["path"]),
        url=None if url is None else str(url),
    )


def longest(*rules: Rules) -> timedelta:
    """Say how far back any of these rules looks."""
    return max(one.max_age for one in rules)


def _was_known(known: Known, at: datetime) -> bool:
    """Whether the article was there already, as far as its dates tell."""
    dated_at = known.dated_at
    seen = known.first_seen_at
    return dated_at is not None and dated_at <= at and (seen is None or seen <= at)


def _then(known: Known, sent: frozenset[StoryKey]) -> Known:
    """Give an article as it was before its digest: its flag may have been set since."""
    if known.article.story_key not in sent:
        return known
    return Known(article=known.article, first_seen_at=known.first_seen_at, is_written_back=True)


def _compared(digest: Past, items: Sequence[Item]) -> Change:
    chosen = {key for item in items for key in item.story_keys}
    ids = {story_id(key) for key in chosen}
    return Change(
        at=digest.at,
        kept=tuple(line for line in digest.lines if line.story in ids),
        dropped=tuple(line for line in digest.lines if line.story not in ids),
        added=tuple(told(item) for item in items if digest.keys.isdisjoint(item.story_keys)),
    )
