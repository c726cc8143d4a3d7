"""Lines: weighed articles become one line per event; no provider, topic or kind fills a digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.article import Article
from bot.domain.digest import Item
from bot.domain.events import Links
from bot.domain.known import Left
from bot.domain.rules import Rules
from bot.domain.sections import section_of
from bot.domain.weighing import Entry

UPDATE_AFTER = timedelta(hours=12)
"""What is told so much later than the newest that was sent may be news; before, it is the same."""
SENT_EVENT = "its event was sent, and this is nothing newer"
FULL = "the digest is full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An article that the chat has received; `dated_at` as far as anything tells."""

    article: Article
    dated_at: datetime | None


class Asking(Protocol):
    """One reader's question, as far as lines need it."""

    def wanted(self) -> Iterator[Entry]:
        """Give what the reader may get, best first."""

    def candidate(self, path: str) -> Entry | None:
        """Give an article if the reader may get it."""

    def sent(self, path: str) -> Sent | None:
        """Give an article if the reader has received it."""

    def place(self, entry: Entry) -> tuple[float, int]:
        """Give what `wanted` is sorted by."""

    def account(self, entry: Entry) -> Item:
        """Give an article as an item, with the account of its score."""


class Events:
    """Events as many choices ask for them: what touches an article is found once."""

    def __init__(self, links: Links) -> None:
        self.links = links
        self._near = _components(links)

    def near(self, path: str) -> Sequence[str]:
        """Give the paths that could share a line with an article, itself among them."""
        return self._near.get(path) or (path,)


class Lines:
    """Gives lines, best first, as far as they are asked for; `left` grows with what makes none.

    An event of which something was sent makes a line only when there is later news of it: hot, or
    at least as hot as what was sent, and `UPDATE_AFTER` later. It is led by the best of these.
    Only likeness holds an article back: a page that both list may belong to two stories.
    """

    def __init__(self, asking: Asking, events: Events, *, hot_heat: int) -> None:
        self._asking = asking
        self._events = events
        self._hot_heat = hot_heat
        self.left: list[Left] = []

    def __iter__(self) -> Iterator[tuple[Item, Entry]]:
        """Give each line and the entry that leads it."""
        met: set[str] = set()
        made: dict[str, Item] = {}
        for entry in self._asking.wanted():
            path = entry.article.path
            if path not in met:
                near = self._events.near(path)
                met.update(near)
                if len(near) == 1:
                    item = self._asking.account(entry)
                    yield item.accounted({"event": []}), entry
                    continue
                made.update((line.article.path, line) for line in self._made(near))
            if path in made:
                yield made.pop(path), entry

    def _made(self, near: Sequence[str]) -> Iterator[Item]:
        """Fold articles that touch one another into lines, one for each event."""
        entries = [one for one in map(self._asking.candidate, near) if one is not None]
        entries.sort(key=self._asking.place)
        items = {entry.article.path: self._asking.account(entry) for entry in entries}
        sent = {
            path: one
            for path in near
            if path not in items and (one := self._asking.sent(path)) is not None
        }
        articles = [*(entry.article for entry in entries), *(one.article for one in sent.values())]
        for group in self._events.links.groups(articles):
            mine = [items[article.path] for article in group if article.path in items]
            before = [sent[article.path] for article in group if article.path in sent]
            line = self._line(mine, before) if mine else None
            if line is not None:
                yield line

    def _line(self, items: Sequence[Item], before: Sequence[Sent]) -> Item | None:
        """Make the line of one event; None when it would tell nothing newer than was sent."""
        links = self._events.links
        if not before:
            return _line(items[0], items, links)
        newest = max(before, key=_newest)
        told = {item.article.path for item in items if _is_told(item, before, links)}
        lead = next(
            (
                item
                for item in items
                if item.article.path not in told or _is_news(item, before, hot_heat=self._hot_heat)
            ),
            None,
        )
        if lead is None:
            self.left.extend(
                Left(article=one.article, reason=SENT_EVENT, score=one.score, reasons=one.reasons)
                for one in items
            )
            return None
        line = _line(lead, items, links)
        if lead.article.path not in told:
            return line
        reasons = {**line.reasons, "update_of": newest.article.path}
        return replace(line, update_of=newest.article.story_key, reasons=reasons)


def within_caps(
    lines: Iterable[tuple[Item, Entry]],
    rules: Rules,
    *,
    main_topic: Callable[[Entry], str | None],
    counts: Sequence[int] = (),
    accounts: bool = True,
) -> tuple[tuple[Item, ...], tuple[Left, ...]]:
    """Take lines, best first, until the digest is full.

    Each provider at most `provider_cap`, each section at most its budget. Each topic at most
    `topic_cap` while others are there, and the main part what the sections leave; places that
    would stay empty are filled with the best that had to wait. `counts`: of articles that there
    may be for each section, so that no places are kept for nobody. `accounts` False: no more is
    looked at once the digest is full.
    """
    filling = _Filling(rules, counts)
    for number, (item, entry) in enumerate(lines, start=1):
        filling.offer(number, item, main_topic(entry))
        if filling.is_full and not accounts:
            break
    return filling.result()


class _Filling:
    """A digest that is being filled."""

    def __init__(self, rules: Rules, counts: Sequence[int]) -> None:
        self._rules = rules
        self._quota = _quotas(rules, counts)
        self._main = rules.size - sum(self._quota)
        self._taken: dict[tuple[int, int], Item] = {}
        self._waiting: list[tuple[int, Item, str]] = []
        self._left: list[Left] = []
        self._per_provider: Counter[str | None] = Counter()
        self._per_topic: Counter[str | None] = Counter()
        self._per_section: Counter[int | None] = Counter()

    @property
    def is_full(self) -> bool:
        return len(self._taken) >= self._rules.size

    def offer(self, number: int, item: Item, topic: str | None) -> None:
        """Take a line, let it wait, or leave it out."""
        rules = self._rules
        part = section_of(item.article, rules.sections) if rules.sections else None
        if part is None:
            item = item.accounted({"rank": number})
        else:
            section = rules.sections[part]
            item = item.accounted({"rank": number, "section": str(section)}, section=section)
        has_room = self._per_section[part] < (self._main if part is None else self._quota[part])
        if self.is_full:
            self._leave(item, FULL)
        elif self._is_spent(part):
            self._leave(item, f"{rules.sections[part or 0].budget} of its section")
        elif topic is not None and self._per_topic[topic] >= rules.topic_cap:
            self._waiting.append((number, item, f"{rules.topic_cap} of its topic"))
        elif not has_room:
            self._waiting.append((number, item, FULL))
        elif self._take(number, item, part):
            self._per_topic[topic] += 1

    def result(self) -> tuple[tuple[Item, ...], tuple[Left, ...]]:
        """Fill what would stay empty; give the lines in their order and what was left out."""
        for number, item, reason in self._waiting:
            part = None if item.section is None else self._rules.sections.index(item.section)
            if self.is_full or self._is_spent(part):
                self._leave(item, reason)
            elif reason == FULL:
                self._take(number, item, part)
            else:
                beyond = {**item.reasons, "beyond_topic_cap": True}
                self._take(number, replace(item, reasons=beyond), part)
        return tuple(self._taken[at] for at in sorted(self._taken)), tuple(self._left)

    def _is_spent(self, part: int | None) -> bool:
        """Whether a section has all the stories that it may have."""
        return part is not None and self._per_section[part] >= self._rules.sections[part].budget

    def _take(self, number: int, item: Item, part: int | None) -> bool:
        provider, cap = item.article.provider_key, self._rules.provider_cap
        if provider is not None and self._per_provider[provider] >= cap:
            self._leave(item, f"{cap} of its provider")
            return False
        self._per_provider[provider] += 1
        self._per_section[part] += 1
        self._taken[-1 if part is None else part, number] = item
        return True

    def _leave(self, item: Item, reason: str) -> None:
        """Leave out a whole line: the others of its event go with the article that led it."""
        self._left.append(
            Left(article=item.article, reason=reason, score=item.score, reasons=item.reasons)
        )
        self._left.extend(Left(article=article, reason=reason) for article in item.also)


def _quotas(rules: Rules, counts: Sequence[int]) -> tuple[int, ...]:
    """Say how many places each section may fill; the main part keeps one at least."""
    room = rules.size - 1
    quotas = []
    for number, section in enumerate(rules.sections):
        wanted = section.budget if number >= len(counts) else min(section.budget, counts[number])
        quotas.append(min(wanted, room))
        room -= quotas[-1]
    return tuple(quotas)


def _components(links: Links) -> dict[str, tuple[str, ...]]:
    """Give for each article that touches another all that touch it, through others too."""
    leader: dict[str, str] = {}

    def find(knot: str) -> str:
        while (above := leader.get(knot, knot)) != knot:
            leader[knot] = leader.get(above, above)
            knot = above
        return knot

    for knot, others in links.neighbours.items():
        for other in others:
            first, second = sorted((find(knot), find(other)))
            leader[second] = first
    members: dict[str, list[str]] = {}
    for path, knot in links.knots.items():
        members.setdefault(find(knot), []).append(path)
    return {
        path: tuple(sorted(paths)) for paths in members.values() if len(paths) > 1 for path in paths
    }


def _line(lead: Item, items: Sequence[Item], events: Links) -> Item:
    others = tuple(item.article for item in items if item is not lead)
    reasons: dict[str, Any] = {**lead.reasons, "event": [other.path for other in others]}
    if others:
        reasons["joined"] = [_joined(lead.article, other, events) for other in others]
    return replace(lead, also=others, reasons=reasons)


def _joined(lead: Article, other: Article, events: Links) -> dict[str, Any]:
    """Tell why an article stands in the line of another."""
    tie = events.tie(lead, other)
    if tie is None:  # both are like the middle one of the event
        return {"path": other.path, "by": "event"}
    account: dict[str, Any] = {"path": other.path, "by": tie.by}
    if tie.score is not None:
        account |= {"likeness": round(tie.score, 2), "words": list(tie.shared)}
    return account


def _newest(sent: Sent) -> tuple[float, str]:
    return (sent.dated_at.timestamp() if sent.dated_at else 0.0, sent.article.path)


def _is_told(item: Item, before: Sequence[Sent], events: Links) -> bool:
    """Whether the words of an article tell what was sent."""
    ties = (events.tie(item.article, one.article) for one in before)
    return any(tie is not None and tie.by == "words" for tie in ties)


def _is_news(item: Item, before: Sequence[Sent], *, hot_heat: int) -> bool:
    """Whether an article is later and hot enough to tell of an event again."""
    dated_at = item.article.dated_at
    times = [one.dated_at for one in before if one.dated_at is not None]
    if dated_at is None or not times or dated_at - max(times) < UPDATE_AFTER:
        return False
    heat = item.reasons["heat_used"]
    hottest = max((one.article.heat or 0 for one in before), default=0)
    return bool(heat >= min(hot_heat, hottest))
