"""What Alembic runs; the connection is handed in, for the address is none of its business."""

from __future__ import annotations

from alembic import context

from bot.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    # The caller's transaction holds everything: a failed migration leaves nothing behind.
    transactional_ddl=False,
)
with context.begin_transaction():
    context.run_migrations()
