"""How a subscription's wishes lie in its row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import fields
from datetime import time
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.quick import quick
from bot.domain.rules import Leaning, Weights
from bot.domain.sections import Section
from bot.domain.subscription import ChatId, ChatKind, Hours, Layout, Subscription
from bot.store.database import Row
from bot.store.schema import chats, subscriptions

_BETWEEN = "\x1f"
"""Stands between columns; no column holds it unescaped."""
_ONLY_WHEN = ("hours_since", "paused_until", "times", "days", "quiet", "has_flash")
"""Columns that decide when something comes, not what."""
_ALWAYS = ("followed", "muted", "muted_providers")
"""Columns that every chat has."""
_WEIGHTS = ("heat", "freshness", "quality", "follows")


def wishes(subscription: Subscription) -> dict[str, Any]:
    """Give the columns that say what a chat wants."""
    hours = subscription.hours
    return {
        "followed": list(subscription.followed),
        "muted": list(subscription.muted),
        "muted_providers": list(subscription.muted_providers),
        "words_in": list(subscription.words_in) or None,
        "words_out": list(subscription.words_out) or None,
        "size": subscription.size,
        "layout": subscription.layout.value if subscription.layout else None,
        "sections": _sections(subscription.sections),
        "provider_cap": subscription.provider_cap,
        "topic_cap": subscription.topic_cap,
        "weights": _weights(subscription.weights),
        "has_pictures": subscription.has_pictures,
        "is_silent": subscription.is_silent,
        "has_flash": subscription.has_flash,
        "is_learning": subscription.is_learning,
        "language": subscription.language,
        "times": _times(hours.times),
        "days": "".join(map(str, sorted(hours.days))) if hours.days else None,
        "zone": hours.zone,
        "quiet": "-".join(f"{one:%H:%M}" for one in hours.quiet) if hours.quiet else None,
        "hours_since": subscription.hours_since,
        "paused_until": subscription.paused_until,
        "schedule_key": hours.key,
    }


def select() -> sa.Select[Any]:
    """Give all of a subscription, with the kind of its chat and what its person speaks.

    What is each chat's own comes first: `_ALONE`.
    """
    alone = (subscriptions.c[name] for name in _ALONE)
    alike = (subscriptions.c[name] for name in ("leanings", *_COLUMNS))
    spoken = chats.c.language.label("spoken")
    return sa.select(*alone, chats.c.kind, spoken, *alike).join(
        chats, chats.c.id == subscriptions.c.chat_id
    )


def told_apart_by() -> sa.ColumnElement[str]:
    """Give all that decides what a subscription gets as one text, alike for alike ones.

    In it stand the columns as they lie in the database, and what its person speaks.
    """
    shared = sa.case((chats.c.kind == ChatKind.PRIVATE.value, "p"), else_="s")
    seldom = [
        subscriptions.c[name]
        for name in ("leanings", *_COLUMNS)
        if name not in (*_ONLY_WHEN, *_ALWAYS)
    ]
    # Nearly all chats have none of these: to write out that each is missing took as long as all
    # the rest of reading a million chats.
    rest = sa.case(
        (sa.and_(*(column.is_(None) for column in seldom)), ""), else_=_joined_text(seldom)
    )
    return _joined_text(
        [shared, chats.c.language, *(subscriptions.c[name] for name in _ALWAYS), rest]
    )


def _joined_text(parts: Iterable[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
    text: sa.ColumnElement[str] = sa.literal("")
    for part in parts:
        value = sa.func.coalesce(sa.cast(part, sa.Text()), "")
        text = text.op("||")(value).op("||")(_BETWEEN)
    return text


async def stream(
    connection: AsyncConnection, query: sa.Select[Any]
) -> AsyncIterator[list[Subscription]]:
    """Read many subscriptions by a query that begins with `select`, part by part.

    Nearly all chats want what others want: what is alike is read once for all of them.
    """
    columns = tuple(query.selected_columns)
    names = [str(column.key) for column in columns]
    readers = [_reader(column, connection.dialect) for column in columns]
    as_stored = (sa.type_coerce(column, sa.types.NullType()) for column in columns)
    plain = query.with_only_columns(*as_stored, maintain_column_froms=True)
    known: dict[tuple[Any, ...], dict[str, Any]] = {}
    async for rows in (await connection.stream(plain)).partitions(1000):
        found = []
        for row in map(tuple, rows):
            alike = row[len(_ALONE) :]
            shared = known.get(alike)
            if shared is None:
                one = from_row(SimpleNamespace(**_read(names, readers, row)))
                shared = known[alike] = {name: getattr(one, name) for name in _SHARED}
            found.append(_made(**_read(_ALONE, readers, row), **shared))
        yield found


def _reader(column: sa.ColumnElement[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """Give what makes a column's value of what the database has; None: nothing is to be done."""
    kind = column.type.dialect_impl(dialect)
    return kind.result_processor(dialect, None)


def _read(
    names: Sequence[str], readers: Sequence[Callable[[Any], Any] | None], row: Sequence[Any]
) -> dict[str, Any]:
    return {
        name: value if read is None else read(value)
        for name, read, value in zip(names, readers, row, strict=False)
    }


def from_row(row: Row | SimpleNamespace) -> Subscription:
    """Read a subscription."""
    return Subscription(
        chat_id=ChatId(row.chat_id),
        thread_id=row.thread_id,
        chat_kind=ChatKind(row.kind),
        is_active=row.is_active,
        followed=tuple(row.followed),
        muted=tuple(row.muted),
        muted_providers=tuple(row.muted_providers),
        words_in=tuple(row.words_in or ()),
        words_out=tuple(row.words_out or ()),
        size=row.size,
        layout=Layout(row.layout) if row.layout else None,
        sections=_sections_of(row.sections),
        provider_cap=row.provider_cap,
        topic_cap=row.topic_cap,
        weights=None if row.weights is None else Weights(**row.weights),
        has_pictures=row.has_pictures,
        is_silent=row.is_silent,
        has_flash=row.has_flash,
        is_learning=row.is_learning,
        language=row.language,
        spoken=row.spoken,
        hours=_hours(row),
        hours_since=row.hours_since,
        paused_until=row.paused_until,
        leanings=leanings_of(row.leanings),
        created_at=row.created_at,
    )


def leanings_json(leanings: Iterable[Leaning]) -> list[list[Any]]:
    """Write leanings, in an order of their own: alike ones are stored alike."""
    return sorted([one.name, one.is_provider, one.steps] for one in leanings)


def leanings_of(stored: list[list[Any]] | None) -> frozenset[Leaning]:
    """Read leanings."""
    return frozenset(
        Leaning(name=name, is_provider=is_provider, steps=steps)
        for name, is_provider, steps in stored or ()
    )


def _hours(row: Row | SimpleNamespace) -> Hours:
    quiet = None
    if row.quiet:
        begin, _, end = row.quiet.partition("-")
        quiet = (time.fromisoformat(begin), time.fromisoformat(end))
    return Hours(
        times=tuple(map(time.fromisoformat, row.times.split(","))) if row.times else None,
        days=frozenset(map(int, row.days)) if row.days else None,
        zone=row.zone,
        quiet=quiet,
    )


def _times(times: tuple[time, ...] | None) -> str | None:
    return ",".join(f"{one:%H:%M}" for one in times) if times else None


def _weights(weights: Weights | None) -> dict[str, float] | None:
    return None if weights is None else {name: getattr(weights, name) for name in _WEIGHTS}


def _sections(sections: tuple[Section, ...] | None) -> list[list[Any]] | None:
    if sections is None:
        return None
    return [[list(one.kinds), one.budget, one.heading] for one in sections]


def _sections_of(stored: list[list[Any]] | None) -> tuple[Section, ...] | None:
    if stored is None:
        return None
    return tuple(
        Section(kinds=tuple(kinds), budget=budget, heading=heading)
        for kinds, budget, heading in stored
    )


_ALONE = ("chat_id", "thread_id", "is_active", "created_at", "hours_since", "paused_until")
_COLUMNS = tuple(
    name
    for name in wishes(Subscription(chat_id=ChatId(0)))
    if name not in ("schedule_key", *_ALONE)
)
_SHARED = tuple(one.name for one in fields(Subscription) if one.name not in _ALONE)
_made = quick(Subscription)
