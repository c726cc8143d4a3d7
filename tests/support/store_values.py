"""Articles, digests and chats for store tests, each with everything but the point defaulted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.article import Article
from bot.domain.delivery import Delivery, State
from bot.domain.digest import Digest, Item
from bot.domain.message import Message
from bot.domain.subscription import Chat, ChatId, ChatKind
from bot.store.articles import Articles, StoredFile
from bot.store.digest_rows import NewDigest

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
ANNA, BEN, CLEO = ChatId(7_000_000_001), ChatId(7_000_000_002), ChatId(7_000_000_003)
GROUP, SUPERGROUP = ChatId(-4_000_001), ChatId(-1_001_234_567_890)


def an_article(name: str = "tea", **facts: Any) -> Article:
    """Give an article whose path and address come from its name."""
    usual: dict[str, Any] = {
        "path": f"_news/{name}.md",
        "title": name.title(),
        "web_url": f"https://example.org/{name}",
        "dated_at": NOW,
        "heat": 50,
        "marked_published": False,
    }
    return Article(**(usual | facts))


def a_file(article: Article, *, stamp: int = 1) -> StoredFile:
    """Give a good reading of an article's file."""
    return StoredFile(path=article.path, stamp=(stamp, 100, 2**64 - 1), article=article)


async def import_articles(articles: Articles, *names: str, now: datetime = NOW) -> None:
    """Store articles by their names."""
    await articles.apply([a_file(an_article(name)) for name in names], now=now)


def a_message(*names: str, text: str | None = None) -> Message:
    """Give a message that shows the named articles."""
    words = " · ".join(names) if text is None else text
    return Message(
        method="sendMessage",
        parameters={"text": words},
        stories=tuple(an_article(name).story_key for name in names),
    )


def a_digest(*messages: Iterable[str]) -> Digest:
    """Give a digest with one message for each group of names."""
    groups = [tuple(names) for names in messages] or [("tea",)]
    items = tuple(Item(article=an_article(n), score=1.0) for names in groups for n in names)
    return Digest(items=items, messages=tuple(a_message(*names) for names in groups))


def new_digest(*messages: Iterable[str], to: Iterable[ChatId] = (ANNA,), **rest: Any) -> NewDigest:
    """Give a digest to be stored, for whole chats."""
    recipients = tuple((chat_id, 0) for chat_id in to)
    return NewDigest(digest=a_digest(*messages), recipients=recipients, **rest)


def a_chat(chat_id: ChatId, **facts: Any) -> Chat:
    """Give a chat; negative ids are groups."""
    kind = ChatKind.PRIVATE if chat_id > 0 else ChatKind.GROUP
    return replace(Chat(id=chat_id, kind=kind), **facts)


def in_flight(delivery: Delivery) -> Delivery:
    """Give a delivery as it is after `mark_sending`."""
    return replace(delivery, state=State.SENDING, attempts=delivery.attempts + 1)
