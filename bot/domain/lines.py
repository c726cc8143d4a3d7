"""Lines: scored articles become one line per event, and no provider or topic fills the digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.article import Article
from bot.domain.digest import Item
from bot.domain.events import Links

UPDATE_AFTER = timedelta(hours=12)
"""What is told so much later than the newest that was sent may be news; before, it is the same."""
SENT_EVENT = "its event was sent, and this is nothing newer"
FULL = "the digest is full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An article that is not in the digest, and the one reason that decided."""

    article: Article
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An article that the chat has received; `dated_at` as far as anything tells."""

    article: Article
    dated_at: datetime | None


def lines_of(
    scored: Sequence[Item], sent: Sequence[Sent], events: Links, *, hot_heat: int
) -> tuple[list[Item], list[Left]]:
    """Fold scored items, best first, into one line per event, led by the best.

    An event of which something was sent makes a line only when there is later news of it: hot, or
    at least as hot as what was sent, and `UPDATE_AFTER` later. It is led by the best of these.
    Only likeness holds an article back: a page that both list may belong to two stories.
    """
    by_path = {item.article.path: item for item in scored}
    sent_by_path = {one.article.path: one for one in sent if one.article.path not in by_path}
    articles = [*(item.article for item in scored), *(s.article for s in sent_by_path.values())]
    lines: list[Item] = []
    left: list[Left] = []
    for group in events.groups(articles):
        items = [by_path[article.path] for article in group if article.path in by_path]
        before = [sent_by_path[one.path] for one in group if one.path in sent_by_path]
        if not items:
            continue
        if not before:
            lines.append(_line(items[0], items, events))
            continue
        newest = max(before, key=_newest)
        told = {item.article.path for item in items if _is_told(item, before, events)}
        lead = next(
            (
                item
                for item in items
                if item.article.path not in told or _is_news(item, before, hot_heat=hot_heat)
            ),
            None,
        )
        if lead is None:
            left.extend(Left(article=item.article, reason=SENT_EVENT) for item in items)
            continue
        line = _line(lead, items, events)
        if lead.article.path not in told:
            lines.append(line)
            continue
        reasons = {**line.reasons, "update_of": newest.article.path}
        lines.append(replace(line, update_of=newest.article.story_key, reasons=reasons))
    position = {item.article.path: number for number, item in enumerate(scored)}
    return sorted(lines, key=lambda line: position[line.article.path]), left


def within_caps(
    lines: Iterable[Item],
    *,
    size: int,
    provider_cap: int,
    topic_cap: int,
    main_topic: Callable[[Article], str | None],
) -> tuple[tuple[Item, ...], tuple[Left, ...]]:
    """Take lines, best first, until the digest is full.

    Each provider at most `provider_cap`. Each topic at most `topic_cap` while others are there;
    places that would stay empty are filled with the best that had to wait.
    """
    taken: dict[int, Item] = {}
    waiting: list[tuple[int, Item]] = []
    left: list[Left] = []
    per_provider: Counter[str | None] = Counter()
    per_topic: Counter[str | None] = Counter()

    def take(number: int, item: Item) -> None:
        provider = item.article.provider_key
        if len(taken) >= size:
            left.extend(_left_line(item, FULL))
        elif provider is not None and per_provider[provider] >= provider_cap:
            left.extend(_left_line(item, f"{provider_cap} of its provider"))
        else:
            per_provider[provider] += 1
            taken[number] = item

    for number, item in enumerate(lines):
        topic = main_topic(item.article)
        if topic is not None and per_topic[topic] >= topic_cap and len(taken) < size:
            waiting.append((number, item))
            continue
        take(number, item)
        if number in taken:
            per_topic[topic] += 1
    for number, item in waiting:
        if len(taken) >= size:
            left.extend(_left_line(item, f"{topic_cap} of its topic"))
        else:
            take(number, _beyond_cap(item))
    return tuple(taken[number] for number in sorted(taken)), tuple(left)


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


def _beyond_cap(item: Item) -> Item:
    return replace(item, reasons={**item.reasons, "beyond_topic_cap": True})


def _left_line(item: Item, reason: str) -> Iterable[Left]:
    """Leave out a whole line: the others of its event go with the article that led it."""
    return (Left(article=article, reason=reason) for article in (item.article, *item.also))
