"""Topic questions: an index of words and topics, local and disposable, and its ranking.

Everything here is synchronous and may take more than a few milliseconds: callers run it in a
worker thread. The room knows articles and topics, nothing of chats, messages or the store.
"""

from bot.search.index import Index
from bot.search.query import Query
from bot.search.ranking import Found, Hit

__all__ = ["Found", "Hit", "Index", "Query"]
