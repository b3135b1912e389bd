"""The search document: its strict mapping, the settings of its index, and how it is made from a revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pipeline import glossary, models
from pipeline.index.analysis import CHAINS, EXACT, GLOSSARY_CHAINS, analysis
from pipeline.models import Outcome

#: Version of mapping and analysis together; part of the physical index's name. Any change here raises it.
SCHEMA = 7

#: Fields indexed in all three chains, and those that are names or terms and only need folding.
PROSE = ("title", "text", "subtitle")
EXACT_FIELDS = ("title", "text")
PDF_TEXT = "pdf.text"
#: Characters of its PDFs that a document carries: some 800 pages. What lies behind is in the state alone, and flagged.
MOST_PDF_TEXT = 2_000_000
NAMES = ("authors", "organisations", "byline", "tags", "categories", "source_name")

# Lucene refuses terms over 32,766 bytes; UTF-8 takes up to four for a character. Longer values stay in the document,
# unindexed, instead of costing it.
_URL_LIMIT = 8191
_NAME_LIMIT = 1024
_KEYWORD: dict[str, Any] = {"type": "keyword", "ignore_above": _NAME_LIMIT}
_URL: dict[str, Any] = {"type": "keyword", "ignore_above": _URL_LIMIT}
# Unique to each article, so that nobody counts or sorts them: addresses are asked for as a whole, the others never.
# What engines keep for more than that is 5 % of the index (tests.bench.index_size).
_ADDRESS: dict[str, Any] = {**_URL, "doc_values": False}
_SHOWN: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}
_DATE: dict[str, Any] = {"type": "date", "format": "strict_date_optional_time"}


def default_fields() -> list[str]:
    """What a query without a field searches, Kibana's included: every chain of the prose, and the names."""
    chains = [name + chain for name in (*PROSE, PDF_TEXT) for chain in ("", ".tr", ".en")]
    return [*chains, "excerpt", *NAMES]


def index_body(synonyms: Sequence[str] | None = None, shards: int = 1) -> dict[str, Any]:
    """Settings and mappings of a physical article index, as the create-index call takes them.

    ``synonyms`` are the glossary's rules that act while searching; without them, those of the shipped glossary.
    """
    rules = glossary.shipped().rules() if synonyms is None else synonyms
    return {"settings": _settings(default_fields(), rules, shards), "mappings": mappings()}


def mappings() -> dict[str, Any]:
    """The strict mapping: a document with a field it does not name is refused."""
    return {"dynamic": "strict", "_meta": {"schema": SCHEMA}, "properties": _properties()}


def runs_body() -> dict[str, Any]:
    """Settings and mappings of the run-report index; `pipeline.index.reports` says what is in it."""
    count, seconds, said = {"type": "integer"}, {"type": "float"}, {"type": "text", "analyzer": "folded"}
    properties: dict[str, Any] = {
        **dict.fromkeys(("run_id", "scope", "source", "error_type", "health"), _KEYWORD),
        **dict.fromkeys(("started", "newest"), _DATE),
        **dict.fromkeys(("requests", "failures"), count),
        **dict.fromkeys(("evidence", "advice"), said),
        "error": {**said, "fields": {"keyword": _KEYWORD}},
        "seconds": seconds,
        "bytes": {"type": "long"},
        "latency": {"properties": dict.fromkeys(("median", "p95", "longest"), seconds)},
        "outcomes": {"properties": dict.fromkeys(map(str, Outcome), count)},
        "report": {"type": "object", "enabled": False},
    }
    return {
        "settings": _settings(["error"], ()),
        "mappings": {"dynamic": "strict", "_meta": {"schema": SCHEMA}, "properties": properties},
    }


def document(known: models.Known, revision: models.Revision, indexed_at: datetime) -> dict[str, Any]:
    """The search document of one revision: plain JSON types, every field of the mapping present, unknown ones null."""
    article = models.dump(revision.article)
    for name in ("alternates", "pdfs", "page_starts", "attachments", "part_records"):
        article.pop(name)
    pdf = _pdf(revision.article)
    if pdf and len(pdf["text"]) < sum(filter(None, pdf["pages"])) and not pdf["starts"]:
        article["quality_flags"].append("pdf_cut")
    state = models.dump(known)
    return {
        **article,
        **state,
        # pydantic's JSON drops the seconds of historic offsets (Istanbul's was +01:56:56 until 1910).
        "published": _iso(revision.article.published),
        "modified": _iso(revision.article.modified),
        "revision": revision.number,
        "content_hash": revision.content_hash,
        "fetched_at": _iso(revision.fetched_at),
        "indexed_at": _iso(indexed_at),
        "http_status": revision.http_status,
        "archive": models.dump(revision.record) if revision.record else None,
        "extractor": {"name": "mecmua", "version": revision.extractor_version},
        "template_version": revision.template_version,
        "pdf": pdf,
    }


def _pdf(article: models.Article) -> dict[str, Any] | None:
    """An article's PDFs: their URLs, how many pages each has (null: not read), and the text of all pages in order, one
    string a page. An article that is a PDF itself has its text in ``text``; ``starts`` says where pages begin there."""
    if article.page_starts:
        starts = list(article.page_starts)
        return {"url": [article.url], "pages": [len(starts)], "text": [], "starts": starts}
    held = {each.url: each for each in article.attachments}
    urls = list(dict.fromkeys((*held, *article.pdfs)))
    if not urls:
        return None
    pages = [len(held[url].pages) or None if url in held else None for url in urls]
    return {"url": urls, "pages": pages, "text": list(_page_texts(article)), "starts": []}


def _page_texts(article: models.Article) -> Iterator[str]:
    left = MOST_PDF_TEXT
    for attachment in article.attachments:
        for text in attachment.pages:
            left -= len(text)
            if left < 0:
                return
            yield text


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _settings(fields: list[str], synonyms: Sequence[str], shards: int = 1) -> dict[str, Any]:
    return {
        "number_of_shards": shards,
        # A laptop's single node stays green, a cluster gets its copy.
        "number_of_replicas": 0,
        "auto_expand_replicas": "0-1",
        # The engine's own codec: best_compression takes 1.1 KB less an article, and some milliseconds more a page of
        # hits, whose texts have to be unpacked to be shown.
        "codec": "default",
        "query": {"default_field": fields},
        "analysis": analysis(synonyms),
    }


def _prose(*, marked: bool) -> dict[str, Any]:
    """A field in all three chains; ``marked``: on every hit, and asked for by its exact letters."""
    # Offsets in the postings let the unified highlighter mark long reports without analysing them again, which engines
    # refuse beyond a million characters. They are a quarter of the index; fields that are marked only where
    # nothing else is need none.
    chain: dict[str, Any] = {"type": "text", **({"index_options": "offsets"} if marked else {})}
    subfields: dict[str, Any] = {name: {**chain, **_analysers(name)} for name in CHAINS if name}
    if marked:  # by the folded chain's offsets, so the exact one needs none of its own
        subfields[EXACT] = {"type": "text", "analyzer": EXACT, "norms": False}
    return {**chain, **_analysers(""), "fields": subfields}


def _analysers(chain: str) -> dict[str, str]:
    return {"analyzer": CHAINS[chain], "search_analyzer": GLOSSARY_CHAINS[chain]}


def _name() -> dict[str, Any]:
    return {"type": "text", **_analysers(""), "fields": {"keyword": _KEYWORD}}


def _properties() -> dict[str, Any]:
    keywords = (
        "id", "source", "source_country", "kind", "published_precision", "date_basis", "title_basis", "author_basis",
        "language", "language_basis", "languages", "cluster_id", "translations", "quality_flags",
    )  # fmt: skip
    dates = ("published", "modified", "first_seen", "last_seen", "removed_at", "fetched_at", "indexed_at")
    return {
        **dict.fromkeys(keywords, _KEYWORD),
        **dict.fromkeys(("canonical_url", "aliases"), _ADDRESS),
        **dict.fromkeys(("content_hash", "image"), _SHOWN),
        **dict.fromkeys(dates, _DATE),
        "found_in": _URL,
        # asked by site:, by any ending of the host name
        "url": {
            **_ADDRESS,
            "fields": {"host": {"type": "text", "analyzer": "host", "norms": False, "index_options": "docs"}},
        },
        **{name: _prose(marked=name in EXACT_FIELDS) for name in PROSE},
        "excerpt": {"type": "text", **_analysers("")},  # most are the text's beginning, which is stemmed
        **{name: _name() for name in NAMES},
        "published_day": {"type": "date", "format": "strict_date"},
        "language_confidence": {"type": "float"},
        # Its keys are language codes: kept, not mapped, because a strict mapping would refuse a new one.
        "language_shares": {"type": "object", "enabled": False},
        "word_count": {"type": "integer"},
        "revision": {"type": "integer"},
        "http_status": {"type": "short"},
        "template_version": {"type": "integer"},
        "archive": {"properties": {"file": _KEYWORD, "offset": {**_SHOWN, "type": "long"}, "record_id": _SHOWN}},
        "extractor": {"properties": {"name": _KEYWORD, "version": {"type": "integer"}}},
        "pdf": {
            "properties": {
                "url": _URL,
                "pages": {"type": "integer"},
                "text": _prose(marked=True),
                "starts": {"type": "integer", "index": False, "doc_values": False},
            }
        },
    }
