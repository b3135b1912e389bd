"""PDFs that belong to articles."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("article_id", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("article_id", "key", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_key"), "attachments", ["key"], unique=False)
    op.create_table(
        "media",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_source"), "media", ["source"], unique=False)
