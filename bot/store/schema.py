"""The tables as they are now; how they came to be so is told by the migrations.

Facts and status are kept apart: `articles` is replaced whole whenever its file changes, `stories`
outlives every file. Constraints are named, so that later migrations can address them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.store.columns import Json, Key, Moment, RowNumber, Words

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


# Partial indexes hold open rows only, so that a claim costs the same however long the history is.
# Their conditions are literals because neither database matches a bound value with a condition.
PENDING: sa.ColumnElement[str] = sa.literal_column("'pending'")
SENDING: sa.ColumnElement[str] = sa.literal_column("'sending'")
REFUSED: sa.ColumnElement[str] = sa.literal_column("'refused'")
EXPIRED: sa.ColumnElement[str] = sa.literal_column("'expired'")
CANCELLED: sa.ColumnElement[str] = sa.literal_column("'cancelled'")
OPEN: sa.ColumnElement[str] = sa.literal_column("'open'")
STARTED: sa.ColumnElement[str] = sa.literal_column("'started'")
HELD = 100
"""Added to the priority of what a paused send holds back."""
IS_REMOVED: sa.ColumnElement[bool] = sa.literal_column("is_removed", sa.Boolean())
AWAKE: sa.ColumnElement[str] = sa.literal_column("'awake'")
NOBODYS_CHAT = 0
"""Stands in deliveries to chats that asked to be forgotten: they count, and are nobody's."""


def is_open(state: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Say that a row is not final, in the words of the partial index."""
    return state.in_([PENDING, SENDING])


def was_not_received(row: Any) -> sa.ColumnElement[bool]:
    """Say that a row's chat has not had its message, in the words of the partial index.

    One by one: for a list of three SQLite makes a table at every INSERT, half as dear as the row.
    """
    missed: sa.ColumnElement[bool] = sa.or_(
        row.state == REFUSED, row.state == EXPIRED, row.state == CANCELLED
    )
    return missed


def was_tried(row: Any) -> sa.ColumnElement[bool]:
    """Say that a row is in flight or waits for another try, in the words of the partial index.

    Rows that were never tried are not in that index: a million of them cost nothing there.
    """
    tried: sa.ColumnElement[bool] = row.sending_at.is_not(None)
    return is_open(row.state) & tried


def _where(condition: sa.ColumnElement[bool]) -> dict[str, Any]:
    return {"sqlite_where": condition, "postgresql_where": condition}


def _digest() -> sa.Column[int]:
    """Name the digest that a row belongs to."""
    return sa.Column("digest_id", RowNumber, sa.ForeignKey("digests.id"), nullable=False)


files = sa.Table(
    "files",
    metadata,
    # Apart from the facts because every start reads all of them: narrow rows, few pages.
    sa.Column("path", Key(), primary_key=True),
    sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
    sa.Column("size", sa.BigInteger(), nullable=False),
    sa.Column("inode", sa.Text(), nullable=False),  # unsigned 64 bits on some file systems
    sqlite_with_rowid=False,
)

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("path", Key(), primary_key=True),
    sa.Column("story_key", Key(), nullable=False, index=True),
    sa.Column("title", Words(), nullable=False),
    sa.Column("dated_at", Moment(), index=True),
    sa.Column("heat", sa.Integer()),
    sa.Column("quality", sa.Integer()),
    sa.Column("marked_published", sa.Boolean()),
    sa.Column("is_removed", sa.Boolean(), nullable=False),
    sa.Column("provider_key", Key()),
    sa.Column("read_at", Moment(), nullable=False),
    # All of the article; the columns above repeat what is searched or sorted by.
    sa.Column("facts", sa.Text(), nullable=False),
)

sa.Index("ix_articles_removed", articles.c.story_key, **_where(IS_REMOVED))

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("story_key", Key(), primary_key=True),
    sa.Column("story_id", sa.Text(), nullable=False, index=True),
    sa.Column("first_seen_at", Moment()),  # NULL: there before we first looked
    sa.Column("posted_at", Moment()),
    sa.Column("written_back_at", Moment()),
    sa.Column("posted_heat", sa.Integer()),  # how hot it was then; NULL: not known
    sa.Column("flashed_at", Moment()),
    sa.Column("followed_up_at", Moment()),
    sa.Column("retired_at", Moment()),  # from then on nobody knows who has received it
)

problems = sa.Table(
    "problems",
    metadata,
    sa.Column("path", Key(), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.Column("line", sa.Integer()),
    sa.Column("column", sa.Integer()),
    sa.Column("key", Words()),
    sa.Column("problem", Words(), nullable=False),
    sa.Column("mend", Words(), nullable=False),
    sa.Column("is_fatal", sa.Boolean(), nullable=False),
)

chats = sa.Table(
    "chats",
    metadata,
    sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("title", Words(), nullable=False),
    sa.Column("username", Words()),
    sa.Column("language", sa.Text()),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("state_reason", Words()),
    sa.Column("state_at", Moment(), nullable=False),
    sa.Column("created_at", Moment(), nullable=False),
    sa.Column("forgotten_at", Moment()),  # asked to be forgotten, and has not subscribed since
    sa.Column("rich_refused_at", Moment()),
)

# Few chats sleep: to look for one among them is quicker than to look it up among all.
sa.Index("ix_chats_silent", chats.c.id, **_where(chats.c.state != AWAKE))

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("chat_id", sa.BigInteger(), sa.ForeignKey("chats.id"), primary_key=True),
    sa.Column("thread_id", sa.BigInteger(), primary_key=True),
    sa.Column("is_active", sa.Boolean(), nullable=False),
    sa.Column("followed", Json(), nullable=False),
    sa.Column("muted", Json(), nullable=False),
    sa.Column("muted_providers", Json(), nullable=False),
    sa.Column("size", sa.Integer()),
    sa.Column("layout", sa.Text()),
    sa.Column("schedule_key", sa.Text(), nullable=False, server_default=""),  # of its own hours
    sa.Column("created_at", Moment(), nullable=False),
    sa.Column("ended_at", Moment()),
    # NULL: the publication's, or none.
    sa.Column("words_in", Json()),
    sa.Column("words_out", Json()),
    sa.Column("sections", Json()),
    sa.Column("provider_cap", sa.Integer()),
    sa.Column("topic_cap", sa.Integer()),
    sa.Column("weights", Json()),
    sa.Column("has_pictures", sa.Boolean()),
    sa.Column("is_silent", sa.Boolean()),
    sa.Column("has_flash", sa.Boolean()),
    sa.Column("is_learning", sa.Boolean()),
    sa.Column("language", sa.Text()),
    sa.Column("times", sa.Text()),  # 08:00,18:30
    sa.Column("days", sa.Text()),  # ISO weekdays: 12345
    sa.Column("zone", sa.Text()),
    sa.Column("quiet", sa.Text()),  # 22:00-07:00; begin = end: none
    sa.Column("hours_since", Moment()),
    sa.Column("paused_until", Moment()),
    sa.Column("leanings", Json()),  # what its votes sum up to
    sa.Column("shut_at", Moment()),  # its thread was closed
)

# Whoever keeps some hours is found by them, in the order of the ledger.
sa.Index(
    "ix_subscriptions_schedule",
    subscriptions.c.schedule_key,
    subscriptions.c.chat_id,
    subscriptions.c.thread_id,
)

timetables = sa.Table(
    "timetables",
    metadata,
    # One row for all chats that keep the same hours; "" are the publication's.
    sa.Column("hours_key", sa.Text(), primary_key=True),
    sa.Column("slot_key", Key(), index=True),  # of their slots; NULL: not known yet
    sa.Column("looked_at", Moment(), nullable=False),
    sa.Column("next_at", Moment(), nullable=False, index=True),
)

votes = sa.Table(
    "votes",
    metadata,
    sa.Column("chat_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("story_key", Key(), primary_key=True),
    sa.Column("points", sa.Integer(), nullable=False),
    sa.Column("source", sa.Text(), nullable=False),
    sa.Column("topics", Json(), nullable=False),
    sa.Column("provider", Key()),
    sa.Column("changed_at", Moment(), nullable=False),
)

saved = sa.Table(
    "saved",
    metadata,
    sa.Column("chat_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("story_key", Key(), primary_key=True),
    sa.Column("story_id", sa.Text(), nullable=False),
    # Repeated from the article, which may go.
    sa.Column("title", Words(), nullable=False),
    sa.Column("source", Words(), nullable=False),
    sa.Column("url", Words()),
    sa.Column("wording", Words(), nullable=False),  # folded, to be looked through
    sa.Column("saved_at", Moment(), nullable=False),
)

reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("chat_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("story_key", Key(), primary_key=True),
    sa.Column("story_id", sa.Text(), nullable=False),
    sa.Column("due_at", Moment(), nullable=False, index=True),
    sa.Column("created_at", Moment(), nullable=False),
)

slots = sa.Table(
    "slots",
    metadata,
    # The key is what makes one process win a slot.
    sa.Column("schedule_key", Key(), primary_key=True),
    sa.Column("due_at", Moment(), primary_key=True),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("taken_at", Moment(), nullable=False),
    sa.Column("note", Words(), nullable=False, server_default=""),
    sa.Column("send_id", sa.BigInteger()),  # that grows, or grew, out of it
)

# Few slots are unfinished: each slice of a growing send looks for its own.
sa.Index("ix_slots_started", slots.c.send_id, **_where(slots.c.state == STARTED))

digests = sa.Table(
    "digests",
    metadata,
    sa.Column("id", RowNumber, primary_key=True),
    sa.Column("hash", sa.Text(), nullable=False, index=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("priority", sa.SmallInteger(), nullable=False),
    sa.Column("schedule_key", Key()),
    sa.Column("due_at", Moment()),
    sa.Column("items", Json(), nullable=False),
    sa.Column("message_count", sa.Integer(), nullable=False),
    sa.Column("made_by", sa.BigInteger()),
    sa.Column("approved_by", sa.BigInteger()),
    sa.Column("created_at", Moment(), nullable=False),
    sa.Column("done_at", Moment()),
    sa.Column("send_id", sa.BigInteger()),  # NULL: not sent (yet)
    sqlite_autoincrement=True,  # an id stands in buttons and must never mean another digest
)

sa.Index("ix_digests_open", digests.c.priority, digests.c.id, **_where(digests.c.state == OPEN))
sa.Index("ix_digests_send_id", digests.c.send_id)

sends = sa.Table(
    "sends",
    metadata,
    # The id of its first digest; the row outlives its digests.
    sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("priority", sa.SmallInteger(), nullable=False),
    sa.Column("title", Words(), nullable=False),
    sa.Column("due_at", Moment()),
    sa.Column("started_at", Moment(), nullable=False),
    sa.Column("changed_at", Moment(), nullable=False),
    sa.Column("changed_by", sa.BigInteger()),
    sa.Column("alarm", Words()),  # why it paused by itself
    sa.Column("done_at", Moment()),
    sa.Column("counts", Json()),  # of its deliveries by state, once it is through
    sa.Column("shrunk_at", Moment()),  # its digests and deliveries are gone
    sa.Column("to_come", sa.BigInteger()),  # deliveries not stored yet; NULL: it is whole
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", RowNumber, primary_key=True),
    sa.Column("owner", sa.BigInteger(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    _digest(),
    sa.Column("sheet", Json(), nullable=False),
    sa.Column("addresses", Json(), nullable=False),  # to whom it was shown to go
    sa.Column("awaits", sa.Text(), nullable=False, server_default=""),
    sa.Column("panel_id", sa.BigInteger()),  # messages in the owner's private chat
    sa.Column("preview_ids", Json(), nullable=False),
    sa.Column("shown_hash", sa.Text(), nullable=False, server_default=""),
    sa.Column("changed_at", Moment(), nullable=False),
    sa.UniqueConstraint("owner", name="uq_drafts_owner"),  # one draft each
    sqlite_autoincrement=True,  # an id stands in buttons and must never mean another draft
)

digest_messages = sa.Table(
    "digest_messages",
    metadata,
    _digest(),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Column("method", sa.Text(), nullable=False),
    sa.Column("parameters", Json(), nullable=False),
    sa.Column("stories", Json(), nullable=False),
    sa.PrimaryKeyConstraint("digest_id", "position"),
    sa.Column("follows", Key()),  # the story whose message in the chat it replies to
)

digest_stories = sa.Table(
    "digest_stories",
    metadata,
    _digest(),
    sa.Column("position", sa.Integer(), nullable=False),  # of the message that shows the story
    sa.Column("story_key", Key(), nullable=False),
    sa.Column("is_lead", sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint("digest_id", "position", "story_key"),
)

sa.Index("ix_digest_stories_story_key", digest_stories.c.story_key)

recalls = sa.Table(
    "recalls",
    metadata,
    sa.Column("story_key", Key(), primary_key=True),
    sa.Column("title", Words(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("asked_at", Moment(), nullable=False),
    sa.Column("told_at", Moment()),  # NULL: operators have not heard of it yet
    sa.Column("begun_at", Moment()),
    sa.Column("begun_by", sa.BigInteger()),
    sa.Column("done_at", Moment()),
)

recall_results = sa.Table(
    "recall_results",
    metadata,
    sa.Column("story_key", Key(), primary_key=True),
    sa.Column("delivery_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("outcome", sa.Text(), nullable=False),
    sa.Column("reason", Words()),
    sa.Column("at", Moment(), nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", RowNumber, primary_key=True),
    _digest(),
    sa.Column("chat_id", sa.BigInteger(), nullable=False),
    sa.Column("thread_id", sa.BigInteger(), nullable=False),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Column("resend_of", sa.BigInteger(), nullable=False),  # 0: not a resend
    sa.Column("resends", sa.Integer(), nullable=False),  # uncertain rows that came before
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("priority", sa.SmallInteger(), nullable=False),
    sa.Column("due_at", Moment(), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
    sa.Column("created_at", Moment(), nullable=False),
    sa.Column("sending_at", Moment()),
    sa.Column("settled_at", Moment()),
    sa.Column("lease_until", Moment()),
    sa.Column("owner", sa.Text()),
    sa.Column("is_reshaped", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("override_message", Json()),
    sa.Column("message_ids", Json()),
    sa.Column("reason", Words()),
    # The chat comes first: the same index answers what a chat has had.
    sa.UniqueConstraint(
        "chat_id", "thread_id", "digest_id", "position", "resend_of", name="uq_deliveries_once"
    ),
    sa.Column("undecided_since", Moment()),  # uncertain, and an operator is asked
    sqlite_autoincrement=True,
)

_row = deliveries.c
# The claim walks along it from digest to digest; it counts a digest's rows, too.
sa.Index("ix_deliveries_digest", _row.digest_id, _row.state, _row.due_at, _row.id)
sa.Index("ix_deliveries_tried", _row.chat_id, _row.thread_id, **_where(was_tried(_row)))
# Few chats have such rows: of all others the history stands in the index by chat alone.
sa.Index("ix_deliveries_missed", _row.chat_id, _row.thread_id, **_where(was_not_received(_row)))
sa.Index("ix_deliveries_undecided", _row.digest_id, **_where(_row.undecided_since.is_not(None)))
sa.Index("ix_deliveries_sending_at", _row.sending_at, **_where(_row.sending_at.is_not(None)))

file_ids = sa.Table(
    "file_ids",
    metadata,
    sa.Column("bot_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("picture", Key(), primary_key=True),
    sa.Column("file_id", sa.Text(), nullable=False),
    sa.Column("used_at", Moment(), nullable=False),
)

paid_days = sa.Table(
    "paid_days",
    metadata,
    sa.Column("day", sa.Text(), primary_key=True),  # of UTC, as in 2026-03-01
    sa.Column("messages", sa.BigInteger(), nullable=False),
)

tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("day", sa.Text(), primary_key=True),  # of UTC, as in 2026-03-01
    sa.Column("what", sa.Text(), primary_key=True),
    sa.Column("number", sa.BigInteger(), nullable=False),
)

operators = sa.Table(
    "operators",
    metadata,
    sa.Column("user_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("role", sa.Text(), nullable=False),
    sa.Column("name", Words(), nullable=False, server_default=""),
    sa.Column("added_at", Moment(), nullable=False),
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("token_hash", sa.Text(), primary_key=True),
    sa.Column("created_at", Moment(), nullable=False),
    sa.Column("expires_at", Moment(), nullable=False),
    sa.Column("used_by", sa.BigInteger()),
    sa.Column("used_at", Moment()),
)

awaited = sa.Table(
    "awaited",
    metadata,
    sa.Column("chat_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    # 0 where one person writes; the panel that must be answered where several do.
    sa.Column("panel_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("message_id", sa.BigInteger(), nullable=False),
    sa.Column("ask", sa.Text(), nullable=False),
    sa.Column("is_last", sa.Boolean(), nullable=False),
    sa.Column("at", Moment(), nullable=False),
)

queries = sa.Table(
    "queries",
    metadata,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("words", Words(), nullable=False),
    sa.Column("created_at", Moment(), nullable=False),
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text(), primary_key=True),
    sa.Column("value", Words(), nullable=False),
)
