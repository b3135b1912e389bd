"""The pages: each parses what was asked, calls the library, renders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from pipeline.search.cite import CITED, cite, plain
from pipeline.search.facets import Facet, FacetValue, Histogram
from pipeline.search.filters import FACETS
from pipeline.search.query import MAX_RESULTS
from pipeline.web.asked import PAGE_SIZE, Asked
from pipeline.web.copies import copy_of
from pipeline.web.feed import feed
from pipeline.web.library import Library, NoSuchDocument
from pipeline.web.rendering import page, wording_of
from pipeline.web.wording import Wording

router = APIRouter(include_in_schema=False)
_FEED_SIZE = 50
#: What a search is exported as, by the format's name in the API.
EXPORTS = {"csv": "CSV (Excel)", "ris": "RIS (Zotero, EndNote)", "bibtex": "BibTeX", "csl-json": "CSL-JSON",
           "jsonl": "JSON Lines"}  # fmt: skip
#: How exactly a bar's first day is said, by the unit of its width.
_PRECISIONS = {"y": "year", "M": "month"}
#: Values of a facet that are shown before "more".
_VALUES_AT_ONCE = 6
#: Further than this nobody pages; the engine goes no further.
_LAST_PAGE = MAX_RESULTS // PAGE_SIZE


async def library_of(request: Request) -> Library:
    """What the application shows. Async, so that no thread has to be found for it."""
    library: Library = request.app.state.library
    return library


Shelf = Annotated[Library, Depends(library_of)]
Search = Annotated[Asked, Query()]
Identity = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="Id of a document.")]
Number = Annotated[int, Path(ge=1, le=999_999, description="Number of a revision.")]
Edition = Annotated[int | None, Query(ge=1, le=999_999, description="Number of a revision; default: the newest.")]


@router.get("/")
def results(request: Request, library: Shelf, asked: Search) -> Response:
    """The result list."""
    found = library.search(asked, facet_names=FACETS, histogram=True)
    say = wording_of(request)
    return page(
        request,
        "results.html",
        asked=asked,
        typed=asked.q,
        is_home=not asked.q.strip() and not asked.is_narrowed and asked.page == 1,
        chips=chips(asked, found.facets, say),
        exports=EXPORTS,
        found=found,
        first_place=(asked.page - 1) * PAGE_SIZE + 1,
        facets=[_shown(facet, say) for facet in found.facets if facet.values],
        bars=_bars(found.histogram, asked, say),
        suggestion=library.suggestion(asked, found.total) if asked.page == 1 else None,
        last_page=min(-(-found.total // PAGE_SIZE), _LAST_PAGE),
    )


class _ShownFacet(NamedTuple):
    """A facet in words. A page has a hundred and fifty values, so they come to the template as plain rows: value,
    label, count, whether it is picked."""

    name: str
    title: str
    first: list[tuple[str, str, str, bool]]
    rest: list[tuple[str, str, str, bool]]
    others: str


def _shown(facet: Facet, say: Wording) -> _ShownFacet:
    rows = [(one.value, say.label(facet.name, one), say.number(one.count), one.selected) for one in facet.values]
    first = [row for place, row in enumerate(rows) if place < _VALUES_AT_ONCE or row[3]]
    rest = [row for row in rows[_VALUES_AT_ONCE:] if not row[3]]
    others = say("others", say.number(facet.others)) if facet.others else ""
    return _ShownFacet(facet.name, say(facet.name), first, rest, others)


def chips(asked: Asked, facets: Iterable[Facet], say: Wording) -> list[tuple[str, str]]:
    """What narrows a search, in words, each with the address of the search without it."""
    values = {(facet.name, value.value): value for facet in facets for value in facet.values}
    found = []
    for name in FACETS:
        for chosen in getattr(asked, name):
            value = values.get((name, str(chosen)), FacetValue(str(chosen), str(chosen), 0))
            rest = tuple(other for other in getattr(asked, name) if other != chosen)
            found.append((f"{say(name)}: {say.label(name, value)}", asked.link("/", **{name: rest})))
    found += [(f"{say(name)}: {day}", asked.link(**{name: ""})) for name in ("since", "until")
              if (day := getattr(asked, name))]  # fmt: skip
    return [*found, (say("removed_too"), asked.link(removed=False))] if asked.removed else found


class _ShownBar(NamedTuple):
    """A bar: its first and last day, the first in words, how many documents there are ("" for none), its height of 60,
    the search narrowed to it."""

    first: str
    last: str
    day: str
    documents: str
    height: float
    link: str


def _bars(histogram: Histogram | None, asked: Asked, say: Wording) -> list[_ShownBar]:
    if histogram is None or not histogram.bars:
        return []
    precision = _PRECISIONS.get(histogram.interval[-1])
    ends = [*(_before(bar.day) for bar in histogram.bars[1:]), asked.until]
    most = max(bar.count for bar in histogram.bars) or 1
    return [
        _ShownBar(
            bar.day,
            end,
            say.day(bar.day, precision),
            say.number(bar.count) if bar.count else "",
            round(2 + 56 * bar.count / most, 1),
            asked.link(since=bar.day, until=end) if bar.count else "",
        )
        for bar, end in zip(histogram.bars, ends, strict=True)
    ]


def _before(day: str) -> str:
    """The day before an ISO date; "" for none, or for what no calendar has."""
    try:
        return datetime.fromordinal(datetime.fromisoformat(day).toordinal() - 1).date().isoformat()
    except ValueError:
        return ""


@router.get("/feed.atom")
def atom(request: Request, library: Shelf, asked: Search) -> Response:
    """The newest articles of a search."""
    found = library.search(asked.model_copy(update={"sort": "newest", "page": 1}), size=_FEED_SIZE)
    title = f"Mecmua: {asked.q}" if asked.q else "Mecmua"
    body = feed(title, str(request.base_url).rstrip("/"), str(request.url), found.hits)
    return Response(body, media_type="application/atom+xml")


@router.get("/sources")
def sources(request: Request, library: Shelf) -> Response:
    """How every source does, with new articles over the last runs."""
    reports = library.reports()
    parts = [{part["id"]: part for part in report["sources"]} for report in reversed(reports)]
    names = {source.id: source for source in library.catalogue}
    new = {name: [run[name]["outcomes"].get("new", 0) if name in run else 0 for run in parts] for name in names}
    last = {name: part for run in parts for name, part in run.items()}
    states = library.health(datetime.now(UTC))
    return page(request, "sources.html", states=states, sources=names, new=new, last=last)


@router.get("/doc/{identity}@{number}")
def document_at(request: Request, library: Shelf, identity: Identity, number: Number) -> Response:
    """A document as of one revision."""
    return _document(request, library, identity, number)


@router.get("/doc/{identity}")
def document(request: Request, library: Shelf, identity: Identity) -> Response:
    """A document as it is now."""
    return _document(request, library, identity, None)


def _document(request: Request, library: Library, identity: str, number: int | None) -> Response:
    shown = library.document(identity, number)
    citation = plain(shown.document, wording_of(request).tongue)
    similar = library.similar(identity)
    return page(
        request,
        "document.html",
        doc=shown.document,
        shown=shown,
        citation=citation,
        similar=similar,
        formats=CITED,
    )


@router.get("/doc/{identity}/pdf/{number}/{page_number}")
def pdf_page(
    request: Request, library: Shelf, identity: Identity, number: Number, page_number: Number, revision: Edition = None
) -> Response:
    """The text of one page of one of a document's PDFs, both counted from 1."""
    shown = library.document(identity, revision)
    url, texts = library.pdf(identity, shown.document["revision"], number)
    if page_number > len(texts):
        raise NoSuchDocument(f"This PDF has {len(texts)} pages.")
    return page(
        request,
        "pdf.html",
        doc=shown.document,
        shown=shown,
        url=url,
        text=texts[page_number - 1],
        number=number,
        page=page_number,
        pages=len(texts),
    )


@router.get("/doc/{identity}/diff/{first}/{second}")
def diff(request: Request, library: Shelf, identity: Identity, first: Number, second: Number) -> Response:
    """What changed between two revisions."""
    lines = [line for line in library.difference(identity, first, second)[2:] if line]
    return page(request, "diff.html", identity=identity, first=first, second=second, lines=lines)


@router.get("/doc/{identity}/cite/{format_name}")
def citation(library: Shelf, identity: Identity, format_name: str, revision: Edition = None) -> Response:
    """A citation as a file. Its format is one of `CITED`."""
    if format_name not in CITED:
        raise NoSuchDocument(f"There is no citation format {format_name!r}. Formats are {', '.join(CITED)}.")
    media, suffix = CITED[format_name]
    named = {"Content-Disposition": f'attachment; filename="{identity}.{suffix}"'}
    return Response(cite(library.document(identity, revision).document, format_name), headers=named, media_type=media)


@router.get("/doc/{identity}/archived")
def archived(library: Shelf, identity: Identity, revision: Edition = None) -> Response:
    """The page as it was, for a sandboxed frame."""
    return copy_of(library.archived(identity, revision), identity)
