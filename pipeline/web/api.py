"""The JSON API: the same searches and documents for programs, described by OpenAPI at /api/openapi.json."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel

from pipeline.search.discover import Completed
from pipeline.search.export import FORMATS, SERVED
from pipeline.search.filters import FACETS
from pipeline.search.syntax import MAX_LENGTH
from pipeline.web.pages import Edition, Identity, Search, Shelf


class Problem(BaseModel):
    """What went wrong, and what to do about it."""

    detail: str


class FacetValue(BaseModel):
    value: str
    label: str
    count: int
    selected: bool


class Facet(BaseModel):
    """``others`` counts documents with values that are not listed."""

    name: str
    values: list[FacetValue]
    others: int


class Bar(BaseModel):
    day: str
    count: int


class Histogram(BaseModel):
    interval: str
    bars: list[Bar]


class PageMatch(BaseModel):
    """A match in a PDF: its URL, its number among the article's, the page (from 1), and the fragment as HTML."""

    url: str
    pdf: int
    page: int
    fragment: str


class Hit(BaseModel):
    """One article. Highlights are HTML: text escaped, matches in <mark>. ``also`` names documents with its text."""

    id: str
    url: str
    title: str
    language: str
    source: str
    published: str | None
    score: float | None
    highlights: dict[str, list[str]]
    source_name: str | None
    source_country: str | None
    kind: str | None
    authors: list[str]
    published_day: str | None
    excerpt: str | None
    tags: list[str]
    pdf: bool
    removed_at: str | None
    also: list[dict[str, str | None]]
    pages: list[PageMatch]


class Found(BaseModel):
    """A page of hits; ``total`` counts articles, those with the same text as one."""

    total: int
    hits: list[Hit]
    facets: list[Facet]
    histogram: Histogram | None


class Change(BaseModel):
    typed: str
    suggested: str


class Suggested(BaseModel):
    """A query spelled otherwise, and each word that changed."""

    query: str
    changes: list[Change]


class Completion(BaseModel):
    value: str
    label: str
    count: int


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The query is wrong."},
    503: {"model": Problem, "description": "The search engine, the state or the archive is away."},
}
_DOCUMENT_PROBLEMS = {**_PROBLEMS, 404: {"model": Problem, "description": "There is no such document."}}
_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {media.partition(";")[0]: {} for media, _ in SERVED.values()}},
}
_LINES_A_CHUNK = 50
ExportFormat = Literal["csv", "ris", "bibtex", "csl-json", "jsonl"]
router = APIRouter(prefix="/api", responses=_PROBLEMS)


@router.get("/search", response_model=Found)
def search(library: Shelf, asked: Search) -> Response:
    """Articles that match, twenty a page, with facets and a histogram of all that match."""
    # Answered as it is: to check and copy every value by its model takes as long as half a search.
    return JSONResponse(library.search(asked, facet_names=FACETS, histogram=True).to_dict(full=True))


@router.get("/facets", response_model=list[Facet])
def facets(library: Shelf, asked: Search) -> list[dict[str, Any]]:
    """Counts by source, country, language, kind, author, tag, year and PDF."""
    return [facet.to_dict() for facet in library.facets(asked)]


@router.get("/complete/{kind}", response_model=list[Completion])
def complete(
    library: Shelf, kind: Completed, typed: Annotated[str, Query(max_length=MAX_LENGTH)] = ""
) -> list[dict[str, Any]]:
    """Authors, tags or sources one of whose words begins as typed, the most frequent first."""
    return [found.to_dict() for found in library.complete(kind, typed)]


@router.get("/suggest", response_model=Suggested | None)
def suggest(library: Shelf, asked: Search) -> dict[str, Any] | None:
    """The query as it may have been meant; null where nothing is misspelled or enough is found."""
    found = library.suggestion(asked, library.search(asked, size=0).total)
    return found.to_dict() if found else None


@router.get("/export/{format_name}", response_class=StreamingResponse, responses=_EXPORTED)
def export(library: Shelf, asked: Search, format_name: ExportFormat) -> StreamingResponse:
    """Everything that a search finds, without a limit: ``page`` and ``sort`` do not matter. An answer that ends without
    its last chunk was cut off by an error."""
    documents = library.export(asked)
    # what is wrong with the query, or away, comes up here: once the stream has begun, it could only be cut off
    first = list(islice(documents, 1))
    media, suffix = SERVED[format_name]
    named = {"Content-Disposition": f'attachment; filename="mecmua.{suffix}"'}
    lines = FORMATS[format_name](chain(first, documents))
    return StreamingResponse(_chunks(lines), headers=named, media_type=media)


def _chunks(lines: Iterator[str]) -> Iterator[str]:
    """Lines with their ends, some at once: a chunk costs more than a line."""
    while some := list(islice(lines, _LINES_A_CHUNK)):
        yield "".join(f"{line}\n" for line in some)


@router.get("/doc/{identity}/similar", response_model=list[Hit])
def similar(library: Shelf, identity: Identity) -> list[dict[str, Any]]:
    """Articles whose words are those that set this one apart; none while the search engine is away."""
    return [hit.to_dict(full=True) for hit in library.similar(identity)]


@router.get("/doc/{identity}", responses=_DOCUMENT_PROBLEMS)
def document(library: Shelf, identity: Identity, revision: Edition = None) -> dict[str, Any]:
    """The search document as of one revision, and all its revisions."""
    shown = library.document(identity, revision)
    return {**shown.document, "revisions": shown.revisions}
