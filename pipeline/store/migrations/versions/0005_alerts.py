"""Saved searches: what they matched, the digests made of it, and where these still have to go."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "alert_searches",
        sa.Column("alert", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("alert", name=op.f("pk_alert_searches")),
    )
    op.create_table(
        "alert_matches",
        sa.Column("alert", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=20), nullable=False),
        sa.Column("cluster_id", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("alert", "document_id", name=op.f("pk_alert_matches")),
    )
    op.create_index("ix_alert_matches_alert_cluster_id", "alert_matches", ["alert", "cluster_id"], unique=False)
    op.create_table(
        "alert_digests",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("alert", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_digests")),
    )
    op.create_index(op.f("ix_alert_digests_alert"), "alert_digests", ["alert"], unique=False)
    op.create_table(
        "alert_deliveries",
        sa.Column("digest_id", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.String(27), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("digest_id", "channel", name=op.f("pk_alert_deliveries")),
    )
    op.create_index(op.f("ix_alert_deliveries_delivered_at"), "alert_deliveries", ["delivered_at"], unique=False)
