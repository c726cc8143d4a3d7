"""What a subscription may want by itself: hours, words, sections, caps, weights, manners.

Reason: readers shape the publication by a panel of settings; NULL means as the publication does
it, so that every older subscription stays as it was.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Json, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, all of them empty."""
    for column in (
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
        sa.Column("times", sa.Text()),
        sa.Column("days", sa.Text()),
        sa.Column("zone", sa.Text()),
        sa.Column("quiet", sa.Text()),
        sa.Column("hours_since", Moment()),
        sa.Column("paused_until", Moment()),
    ):
        op.add_column("subscriptions", column)
