"""The tables. What is known lives here; what was seen lives in the archive; the index can be made again from both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

_WIDTH = len("2026-11-24T02:00:00.000000Z")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant as fixed-width ISO text: sorts as time does, and reads the same on SQLite and PostgreSQL."""

    impl = String(_WIDTH)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}: the state holds aware times only")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        # zeros: states of before 2026-12 may hold the year 1 as "1-01-01T…", as strftime wrote it
        return None if value is None else datetime.fromisoformat(value.zfill(_WIDTH))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _pointer_columns(prefix: str) -> list[Column[Any]]:
    """Where a WARC record lies, as `models.Pointer` has it."""
    return [
        Column(f"{prefix}_file", Text),
        Column(f"{prefix}_offset", Integer),
        Column(f"{prefix}_id", String(64)),
    ]


# One row per canonical URL ever named. It is frontier (due_at), outbox of the fetcher (fetched_at > read_at) and
# alias table (article_id) in one, so that a run that was cut finds its place by looking here and nowhere else.
urls = Table(
    "urls",
    metadata,
    Column("key", String(20), primary_key=True),  # article_id(url)
    Column("url", Text, nullable=False),
    Column("source", String(64), nullable=False),
    Column("article_id", String(20), index=True),
    Column("found_in", JSON, nullable=False, default=list),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("due_at", Instant),  # null: not to be looked at again
    Column("published_hint", Instant),
    Column("modified_hint", Instant),  # what the endpoint said at the last naming
    Column("modified_read", Instant),  # what it said when the page was last read
    Column("kind_hint", String(16)),
    Column("alternates", JSON(none_as_null=True)),  # [[hreflang, URL], …] that an endpoint gives beside it
    *_pointer_columns("rest"),
    Column("rest_post", Integer),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("payload_digest", String(64)),
    Column("http_status", Integer),
    Column("final_url", Text),
    Column("content_type", Text),
    Column("truncated", Boolean, nullable=False, default=False),
    Column("fetched_at", Instant),
    Column("read_at", Instant),  # when the fetched bytes were judged; null or older than fetched_at: still to read
    *_pointer_columns("page"),
    Column("outcome", String(16)),
    Column("reason", Text),
    Column("failures", Integer, nullable=False, default=0),
    Index("ix_urls_source_due_at", "source", "due_at"),
)

articles = Table(
    "articles",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("source", String(64), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("cluster_id", String(20), nullable=False, index=True),
    Column("content_hash", String(64), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("indexed_revision", Integer, nullable=False, default=0),
    Column("changed_at", Instant, nullable=False),  # of this row; guards the acknowledgement against a newer change
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("published_day", String(10)),
    Column(
        "gone_nights", Integer, nullable=False, default=0
    ),  # nights on which a look found it gone, since it was there
    Column("gone_night", String(10)),  # the last of them, a local date of the source
    Column("merged_into", String(20)),  # another article turned out to be this one under a new address
    Index("ix_articles_source_indexed", "source", "indexed_revision", "revision"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("article_id", String(20), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("seen_at", Instant, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("http_status", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("extractor_version", Integer, nullable=False),
    Column("template_version", Integer, nullable=False, default=0),
    *_pointer_columns("page"),
    Column("article", LargeBinary, nullable=False),  # models.pack(Article)
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("payload_digest", String(64)),
    Column("complete", Boolean, nullable=False, default=False),
    Column("full_at", Instant),  # when it was last read from end to end
    Column("newest", Instant),
    Column("checked_at", Instant),
    Column("http_status", Integer),
    Column("problem", Text),
    *_pointer_columns("page"),  # the last answer that could be read; a 304 means that it still holds
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("holder", String(255), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ready_at", Instant, nullable=False),  # a host lane: not before this instant, whoever holds it
    Column("wanted_at", Instant),  # when another last asked in vain
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
    Column("report", JSON),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source", String(64), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("stage", String(16), nullable=False),  # fetch, extract, index
    Column("reason", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("times", Integer, nullable=False, default=1),
)

# What the pages of a source have in common, as learned from a sample of them (extract.template.Template).
templates = Table(
    "templates",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("learned_at", Instant, nullable=False),
    Column("template", LargeBinary, nullable=False),
)

# Which PDFs belong to which article. How they were fetched stands in their rows of `urls`.
attachments = Table(
    "attachments",
    metadata,
    Column("article_id", String(20), primary_key=True),
    Column("key", String(20), primary_key=True, index=True),  # of `urls`
    Column("basis", String(8), nullable=False),  # page: linked there; media: uploaded to its post
    Column("record_id", String(64)),  # the record that the article's text of it was read from
)

# PDFs of WordPress media lists, with the post that each was uploaded to.
media = Table(
    "media",
    metadata,
    Column("key", String(20), primary_key=True),  # article_id(url)
    Column("source", String(64), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("post", Integer, nullable=False),
)

# Single values that must survive: which physical index the acknowledgements in `articles` are about.
facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# What `models.Fingerprint` holds; the number is what its anchors name, for twenty hex digits would double their table.
fingerprints = Table(
    "fingerprints",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("article_id", String(20), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("words", Integer, nullable=False),
    Column("shingles", Integer, nullable=False),
    Column("sketch", LargeBinary, nullable=False),
)

# The smallest hashes of each fingerprint: looking them up finds near texts.
anchors = Table(
    "anchors",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Both directions of each pair, with what says that one is the other's translation.
translations = Table(
    "translations",
    metadata,
    Column("article_id", String(20), primary_key=True),
    Column("other_id", String(20), primary_key=True),
    Column("basis", String(16), nullable=False),
)

# What an article and its translation may have in common (an address, a PDF, author and day), hashed: looking them up
# finds translations.
clues = Table(
    "clues",
    metadata,
    Column("clue", BigInteger, primary_key=True, autoincrement=False),
    Column("article_id", String(20), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# URLs (and whole sources) that must never be fetched again: what a publisher or a law asked to be erased.
forgotten = Table(
    "forgotten",
    metadata,
    Column("key", String(20), primary_key=True),  # article_id(url); of a source: article_id("source:" + its id)
    Column("source", String(64), nullable=False, index=True),
    Column("article_id", String(20)),
    Column("url", Text),  # null once the erasure is complete: an address often spells the title
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("finished_at", Instant),  # null: the erasure was cut and goes on when it is asked for again
    Column("seen_at", Instant),  # an endpoint named it again, so archived answers hold it again
)

# Index versions that were or are being built beside the current one.
rollouts = Table(
    "rollouts",
    metadata,
    Column("version", String(255), primary_key=True),  # the physical index
    Column("alias", String(255), nullable=False),
    Column("previous", String(255)),  # what the alias named before
    Column("sources", JSON, nullable=False),  # ids whose pages are read again; the others' documents come as stored
    Column("phase", String(16), nullable=False),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
)

# One row per document of such a version: it is the progress of the build, the outbox of the version, and holds the
# newly read article until the version is promoted (afterwards the one it replaced, for going back).
rebuilt = Table(
    "rebuilt",
    metadata,
    Column("version", String(255), primary_key=True),
    Column("article_id", String(20), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),  # the article's, when the document was written
    Column("behind", Boolean, nullable=False, default=False),  # the version before had not acknowledged it
    Column("applied", Boolean, nullable=False, default=False),  # the article below changed places with the revision's
    Column("problem", Text),
    Column("content_hash", String(64)),
    Column("extractor_version", Integer),
    Column("template_version", Integer),
    Column("article", LargeBinary),  # null: the stored one stands
)
