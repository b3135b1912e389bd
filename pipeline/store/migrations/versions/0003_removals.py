"""Removals, merged articles, and when an endpoint was last read from end to end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _add("articles", sa.Column("gone_nights", sa.Integer(), nullable=False, server_default="0"))
    _add("articles", sa.Column("gone_night", sa.String(length=10), nullable=True))
    _add("articles", sa.Column("merged_into", sa.String(length=20), nullable=True))
    _add("endpoints", sa.Column("full_at", sa.String(27), nullable=True))


def _add(table: str, column: "sa.Column[object]") -> None:
    """Add a column, unless a version between two releases made it already."""
    there = {found["name"] for found in sa.inspect(op.get_bind()).get_columns(table)}
    if column.name not in there:
        op.add_column(table, column)
