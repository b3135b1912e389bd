"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("cluster_id", sa.String(length=20), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("indexed_revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.Column("first_seen", sa.String(27), nullable=False),
        sa.Column("last_seen", sa.String(27), nullable=False),
        sa.Column("removed_at", sa.String(27), nullable=True),
        sa.Column("published_day", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
    )
    op.create_index(op.f("ix_articles_cluster_id"), "articles", ["cluster_id"], unique=False)
    op.create_index(op.f("ix_articles_content_hash"), "articles", ["content_hash"], unique=False)
    op.create_index(op.f("ix_articles_source"), "articles", ["source"], unique=False)
    op.create_index("ix_articles_source_indexed", "articles", ["source", "indexed_revision", "revision"], unique=False)
    op.create_table(
        "endpoints",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("payload_digest", sa.String(length=64), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("newest", sa.String(27), nullable=True),
        sa.Column("checked_at", sa.String(27), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("page_file", sa.Text(), nullable=True),
        sa.Column("page_offset", sa.Integer(), nullable=True),
        sa.Column("page_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("source", "url", name=op.f("pk_endpoints")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("holder", sa.String(length=255), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("ready_at", sa.String(27), nullable=False),
        sa.Column("wanted_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_source"), "quarantine", ["source"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("article_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=False),
        sa.Column("fetched_at", sa.String(27), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("extractor_version", sa.Integer(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("page_file", sa.Text(), nullable=True),
        sa.Column("page_offset", sa.Integer(), nullable=True),
        sa.Column("page_id", sa.String(length=64), nullable=True),
        sa.Column("article", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "number", name=op.f("pk_revisions")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("started", sa.String(27), nullable=False),
        sa.Column("finished", sa.String(27), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_table(
        "urls",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=20), nullable=True),
        sa.Column("found_in", sa.JSON(), nullable=False),
        sa.Column("first_seen", sa.String(27), nullable=False),
        sa.Column("last_seen", sa.String(27), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=True),
        sa.Column("published_hint", sa.String(27), nullable=True),
        sa.Column("modified_hint", sa.String(27), nullable=True),
        sa.Column("modified_read", sa.String(27), nullable=True),
        sa.Column("kind_hint", sa.String(length=16), nullable=True),
        sa.Column("rest_file", sa.Text(), nullable=True),
        sa.Column("rest_offset", sa.Integer(), nullable=True),
        sa.Column("rest_id", sa.String(length=64), nullable=True),
        sa.Column("rest_post", sa.Integer(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("payload_digest", sa.String(length=64), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("final_url", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("fetched_at", sa.String(27), nullable=True),
        sa.Column("read_at", sa.String(27), nullable=True),
        sa.Column("page_file", sa.Text(), nullable=True),
        sa.Column("page_offset", sa.Integer(), nullable=True),
        sa.Column("page_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_urls")),
    )
    op.create_index(op.f("ix_urls_article_id"), "urls", ["article_id"], unique=False)
    op.create_index("ix_urls_source_due_at", "urls", ["source", "due_at"], unique=False)
