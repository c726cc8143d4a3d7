"""What was meant: a topic whose name is nearly what somebody typed."""

from __future__ import annotations

from bot.domain.topic import Topic, TopicTree
from bot.search.query import Query
from bot.search.ranking import Found


def topic_meant(query: Query, found: Found, topics: TopicTree) -> Topic | None:
    """Give the one topic that words name with a slip or two, when they found nothing better.

    None when stories hold all the words, corrected or not, and when more than words was asked.
    """
    if found.total and not found.is_partial:
        return None
    if found.dated_by or query.phrases or query.without or query.filters or not query.words:
        return None
    return topics.meant(" ".join(query.words))
