"""Fingerprints of texts with their anchors, translations with their clues; made for older articles by the next run."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("shingles", sa.Integer(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_fingerprints")),
        sa.UniqueConstraint("article_id", name=op.f("uq_fingerprints_article_id")),
    )
    op.create_table(
        "anchors",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("hash", "number", name=op.f("pk_anchors")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "translations",
        sa.Column("article_id", sa.String(length=20), nullable=False),
        sa.Column("other_id", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "other_id", name=op.f("pk_translations")),
    )
    op.create_table(
        "clues",
        sa.Column("clue", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("clue", "article_id", name=op.f("pk_clues")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_clues_article_id"), "clues", ["article_id"], unique=False)
