"""Several chats that get one and the same post: what they want together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.domain.subscription import Hours, Subscription

T = TypeVar("T")


def together(wishes: Sequence[Subscription]) -> Subscription:
    """Give one wish for chats that share a post.

    What one of them refuses (topics, sources, words, pictures, a sound) none gets; what one follows
    comes first; the smallest size counts. In everything else they are taken at their word where
    they agree, else it is as the publication does it.
    """
    first = wishes[0]

    def agreed(read: Callable[[Subscription], T | None]) -> T | None:
        said = read(first)
        return said if all(read(one) == said for one in wishes) else None

    sizes = [one.size for one in wishes if one.size is not None]
    muted = _all(one.muted for one in wishes)
    words_out = _all(one.words_out for one in wishes)
    return replace(
        Subscription(chat_id=first.chat_id, chat_kind=first.chat_kind),
        followed=tuple(one for one in _all(w.followed for w in wishes) if one not in muted),
        muted=muted,
        muted_providers=_all(one.muted_providers for one in wishes),
        words_in=tuple(one for one in _all(w.words_in for w in wishes) if one not in words_out),
        words_out=words_out,
        size=min(sizes, default=None),
        layout=agreed(lambda one: one.layout),
        sections=agreed(lambda one: one.sections),
        provider_cap=agreed(lambda one: one.provider_cap),
        topic_cap=agreed(lambda one: one.topic_cap),
        weights=agreed(lambda one: one.weights),
        has_pictures=False if any(one.has_pictures is False for one in wishes) else None,
        is_silent=True if any(one.is_silent for one in wishes) else None,
        language=agreed(lambda one: one.reading_language),
        hours=Hours(zone=agreed(lambda one: one.hours.zone)),
        leanings=agreed(lambda one: one.bent) or frozenset(),
    )


def _all(said: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({one for some in said for one in some}))
