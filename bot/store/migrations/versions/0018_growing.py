"""What a send that is stored slice by slice still lacks, and which slots it grows out of.

Reason: nobody else could write while a million deliveries were stored in one transaction. Between
two slices a kill must leave enough to go on from.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; every send that is there is whole."""
    op.add_column("sends", sa.Column("to_come", sa.BigInteger()))
    op.add_column("slots", sa.Column("send_id", sa.BigInteger()))
    started = sa.text("state = 'started'")
    op.create_index(
        "ix_slots_started",
        "slots",
        ["send_id"],
        sqlite_where=started,
        postgresql_where=started,
    )
