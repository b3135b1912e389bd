"""Index versions under construction, and what must never be fetched again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=20), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("finished_at", sa.String(27), nullable=True),
        sa.Column("seen_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_forgotten")),
    )
    op.create_index(op.f("ix_forgotten_source"), "forgotten", ["source"], unique=False)
    op.create_table(
        "rollouts",
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("alias", sa.String(length=255), nullable=False),
        sa.Column("previous", sa.String(length=255), nullable=True),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("started", sa.String(27), nullable=False),
        sa.Column("finished", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rollouts")),
    )
    op.create_table(
        "rebuilt",
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("article_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.Column("behind", sa.Boolean(), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("extractor_version", sa.Integer(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("article", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("version", "article_id", name=op.f("pk_rebuilt")),
    )
