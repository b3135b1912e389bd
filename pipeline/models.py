"""The vocabulary: frozen values, one type per state an article passes through.

    Source ──discover──▶ Candidate ──fetch──▶ Response/Page ──extract──▶ Article ──index──▶ search document

Instants are aware UTC unless a field says that it keeps the source's own offset.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import TypeAdapter

EndpointType = Literal["feed", "sitemap", "wordpress", "listing"]
Kind = Literal["article", "report", "commentary", "analysis", "news", "interview", "event", "other"]
KINDS: tuple[Kind, ...] = ("article", "report", "commentary", "analysis", "news", "interview", "event", "other")
Precision = Literal["second", "day", "month", "year"]
Status = Literal["active", "dormant", "defunct"]
HealthState = Literal["healthy", "new", "blocked", "moved", "empty", "stale", "shrinking", "silent", "defunct"]
#: What asks nobody to do anything.
WELL: tuple[HealthState, ...] = ("healthy", "new", "defunct")
#: Tells stored revisions which rules read the page; a change here makes no new revision.
EXTRACTOR_VERSION = 1


class Outcome(StrEnum):
    """What became of one URL in one run. Every URL that discovery named, or that was due, ends in exactly one."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"  # a second URL of an article already counted
    GONE = "gone"
    DISALLOWED = "disallowed"  # robots.txt, or noindex in meta or header
    OUT_OF_SCOPE = "out_of_scope"
    NOT_ARTICLE = "not_article"
    REJECTED = "rejected"
    DEFERRED = "deferred"


# --- a source, as its YAML says it -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place where a source names its articles. For ``wordpress`` the url is the site's root."""

    type: EndpointType
    url: str
    kind: Kind | None = None
    article: str | None = None  # regular expression that article URLs match
    next: str | None = None  # CSS selector of a listing's next-page link
    max_pages: int | None = None
    verified: date | None = None  # None: never asked by us
    origin: str | None = None  # where it was named; "from" in YAML


@dataclass(frozen=True, slots=True)
class ExtractionRules:
    """CSS selectors or XPath expressions that win over what extraction finds by itself."""

    body: tuple[str, ...] = ()
    prune: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    title: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a healthy night of this source yields; less makes its task fail."""

    min_new: int | None = None
    max_age_days: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One think tank: where it publishes, and what is known of it."""

    id: str
    name: str
    homepage: str
    endpoints: tuple[Endpoint, ...]
    hosts: tuple[str, ...] = ()  # own hosts; the homepage's is always one
    country: str | None = None  # ISO 3166-1 alpha-2
    languages: tuple[str, ...] = ()
    timezone: str = "Europe/Istanbul"
    status: Status = "active"
    crawl_delay: float | None = None  # seconds between requests; robots.txt may ask for more
    pages: bool = True  # False: with REST the pages themselves are not fetched
    render: bool = False
    respect_noindex: bool = True
    allow: tuple[str, ...] = ()  # regular expressions searched in the URL
    deny: tuple[str, ...] = ()
    extraction: ExtractionRules = ExtractionRules()
    expectations: Expectations = Expectations()
    file: str | None = None  # the YAML file it came from, for messages


# --- what the network gave -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a WARC record lies: file name inside the archive, byte offset, and its WARC-Record-ID."""

    file: str
    offset: int
    record_id: str


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional request sends back: ETag and Last-Modified as they came."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The last answer that the archive holds for a request: what the next one is compared with."""

    record: Pointer
    url: str  # that gave it, after redirects
    payload_digest: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One GET that a step wants. Validators go to the URL that gave the held answer, or else to the first."""

    url: str
    validators: Validators | None = None
    accept: str | None = None
    held: Held | None = None
    page: str | None = None  # the page whose scripts ask for it


@dataclass(frozen=True, slots=True)
class Response:
    """A final answer whose bytes are in the archive; its body is read from there, never carried along."""

    url: str  # as asked
    final_url: str  # after redirects
    status: int
    headers: tuple[tuple[str, str], ...]
    record: Pointer | None  # for 304: a record that leads to the held one, where the request named it
    fetched_at: datetime
    payload_digest: str | None = None  # of the bytes as sent, as WARC-Payload-Digest has it
    redirects: tuple[str, ...] = ()
    truncated: bool = False
    seconds: float = 0.0

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Page:
    """Bytes as they were served, decompressed, with what the server said of them."""

    url: str
    body: bytes
    content_type: str = "text/html"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    fetched_at: datetime | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class RestItem:
    """A post inside an archived WordPress REST answer."""

    record: Pointer
    post_id: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that an endpoint named as a possible article, with what it said about it."""

    url: str
    found_in: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    title: str | None = None
    kind: Kind | None = None
    rest: RestItem | None = None
    alternates: tuple[tuple[str, str], ...] = ()  # what it calls the same article in other languages: hreflang, URL


# --- what extraction read --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF that an article's page links as its own: the text of each of its pages.

    ``record`` is the archived answer that the text was read from, None until there is one. ``problem`` says why it
    could not be had or read at the last try; what was read of it before stays. ``flags``: scan, mojibake, truncated.
    """

    url: str
    record: Pointer | None = None
    pages: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """The text of one page with its metadata; every claim carries its basis, and what is unknown is null or empty."""

    url: str
    title: str = ""
    text: str = ""
    subtitle: str | None = None
    kind: Kind = "article"
    authors: tuple[str, ...] = ()  # persons, without academic titles
    organisations: tuple[str, ...] = ()
    byline: str | None = None  # as printed
    published: datetime | None = None  # keeps the source's offset
    published_day: date | None = None  # the date its readers see
    published_precision: Precision | None = None
    modified: datetime | None = None
    date_basis: str | None = None
    title_basis: str | None = None
    author_basis: str | None = None
    language: str = "und"
    language_confidence: float = 0.0
    language_basis: str | None = None
    languages: tuple[str, ...] = ()
    language_shares: Mapping[str, float] = field(default_factory=dict)
    excerpt: str | None = None
    image: str | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    word_count: int = 0
    content_hash: str = ""
    canonical_url: str | None = None
    alternates: Mapping[str, str] = field(default_factory=dict)  # hreflang → URL
    pdfs: tuple[str, ...] = ()  # its own documents: see `pipeline.extract.documents`
    page_starts: tuple[int, ...] = ()  # of an article that is a PDF: where in its text each page begins
    attachments: tuple[Attachment, ...] = ()
    part_records: tuple[Pointer, ...] = ()  # the archived further pages that the text was joined from
    quality_flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """What reading one page gave: an article, or the reason why it is none.

    ``not_article`` is a short reason (``password_protected``, ``listing`` …) or None; ``noindex`` says that the page
    asked search engines to leave it out. ``parts``: the addresses of the article's further pages, in order.
    ``template``: the version of the source's template that it was read with; 0: of none.
    """

    article: Article
    not_article: str | None = None
    noindex: bool = False
    parts: tuple[str, ...] = ()
    template: int = 0


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A bottom-k sketch of a text: its smallest shingle hashes, ascending, eight bytes each (little-endian).

    ``shingles`` is how many different ones the text has; 0 marks a short text, whose only hash is that of the whole.
    """

    version: int
    words: int
    shingles: int
    sketch: bytes

    @property
    def hashes(self) -> tuple[int, ...]:
        return struct.unpack(f"<{len(self.sketch) // 8}Q", self.sketch)

    def similarity(self, other: Fingerprint) -> float:
        """The estimated share of the smaller text's shingles that the other has, 0 to 1."""
        if not (self.shingles and other.shingles):
            return float(bool(self.sketch) and (self.shingles, self.sketch) == (other.shingles, other.sketch))
        one, two = set(self.hashes), set(other.hashes)
        # within the union's own sketch, what both have is a fair sample of what the texts share
        sample = sorted(one | two)[: max(len(one), len(two))]
        resemblance = sum(value in one and value in two for value in sample) / len(sample)
        shared = resemblance / (1 + resemblance) * (self.shingles + other.shingles)
        return min(shared / min(self.shingles, other.shingles), 1.0)


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of an article over time, as the store keeps it."""

    article_id: str
    number: int
    seen_at: datetime
    fetched_at: datetime
    http_status: int
    content_hash: str
    extractor_version: int
    template_version: int
    record: Pointer | None
    article: Article


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a source's hosts took to answer, in seconds from asking to the last byte."""

    median: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one run did with one source. ``error`` is the one clear message when it failed, else None."""

    id: str
    outcomes: Mapping[str, int] = field(default_factory=dict)
    newest: str | None = None  # published_day of the newest article seen
    seconds: float = 0.0
    error: str | None = None
    error_type: str | None = None  # the class in pipeline.errors
    requests: int = 0
    failures: int = 0  # requests without an answer, or with one that asks to come again
    bytes: int = 0  # of bodies as they were sent
    latency: Latency | None = None  # None: nothing was answered


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did; ``outcomes`` sums the sources'."""

    run_id: str
    started: datetime
    seconds: float
    sources: tuple[SourceReport, ...]

    @property
    def outcomes(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for source in self.sources:
            for name, count in source.outcomes.items():
                total[name] = total.get(name, 0) + count
        return total

    def to_dict(self) -> dict[str, Any]:
        """The report as the contract spells it, ready for JSON."""
        plain: dict[str, Any] = dump(self)
        plain["outcomes"] = self.outcomes
        return plain


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one source does: its state, the evidence in a sentence, and what to do."""

    id: str
    state: HealthState
    newest: date | None
    last_run: str | None
    evidence: str
    advice: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the state holds of an article when its search document is built from a revision."""

    id: str
    source: str
    source_name: str
    source_country: str | None
    url: str
    aliases: tuple[str, ...]
    cluster_id: str
    first_seen: datetime
    last_seen: datetime
    removed_at: datetime | None
    found_in: tuple[str, ...]
    translations: tuple[str, ...] = ()


# --- to and from JSON ------------------------------------------------------------------------------------------------


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    """Built on first use: each costs milliseconds, and a worker needs few of them."""
    if cls not in _ADAPTERS:
        _ADAPTERS[cls] = TypeAdapter(cls)
    return _ADAPTERS[cls]


def dump(value: Any) -> Any:
    """A model as plain JSON types (ISO 8601 instants, lists for tuples)."""
    return _adapter(type(value)).dump_python(value, mode="json")


def load(cls: type[Any], plain: Any) -> Any:
    """The model that `dump` made plain. Raises pydantic.ValidationError where it does not fit."""
    return _adapter(cls).validate_python(plain)


def pack(value: Any) -> bytes:
    """A model as compressed JSON, for the state."""
    return zlib.compress(json.dumps(dump(value), ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(cls: type[Any], blob: bytes) -> Any:
    """The model that `pack` compressed."""
    return load(cls, json.loads(zlib.decompress(blob)))


__all__ = [
    "EXTRACTOR_VERSION",
    "KINDS",
    "WELL",
    "Article",
    "Attachment",
    "Candidate",
    "Endpoint",
    "EndpointType",
    "Expectations",
    "Extraction",
    "ExtractionRules",
    "Fingerprint",
    "HealthState",
    "Held",
    "Kind",
    "Known",
    "Latency",
    "Outcome",
    "Page",
    "Pointer",
    "Precision",
    "Request",
    "Response",
    "RestItem",
    "Revision",
    "RunReport",
    "Source",
    "SourceHealth",
    "SourceReport",
    "Validators",
    "dump",
    "load",
    "pack",
    "replace",
    "unpack",
]
