"""What a search answers, as frozen values that a page, an API and the command line show alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.search import highlight
from pipeline.search.facets import Facet, Histogram

_CONTRACT = ("id", "url", "title", "language", "source", "published", "score")
_MORE = ("source_name", "source_country", "kind", "authors", "published_day", "excerpt", "tags", "pdf", "removed_at")


@dataclass(frozen=True, slots=True)
class PageMatch:
    """A fragment of a PDF with its marks, and where it stands: the PDF's URL, its number among the article's, and the
    page, both from 1."""

    url: str
    pdf: int
    page: int
    fragment: str

    @property
    def label(self) -> str:
        """How `highlights` names the page: ``PDF, page 12``, or ``PDF 2, page 12`` for a further one."""
        return f"PDF{f' {self.pdf}' if self.pdf > 1 else ''}, page {self.page}"


@dataclass(frozen=True, slots=True)
class Hit:
    """One article. ``published`` is as its source wrote it, ``score`` null where sorting is by date.

    ``highlights`` maps a field to its fragments (marks: see `pipeline.search.highlight`); a hit that was found by its
    words has some, in the text or where else they stand. ``also`` names documents with the same text (id, url, source,
    source_name), the first twenty of them. ``pages`` are matches in its PDFs.
    """

    id: str
    url: str
    title: str
    language: str
    source: str
    published: str | None
    score: float | None
    highlights: Mapping[str, list[str]] = field(default_factory=dict)
    also: tuple[Mapping[str, str], ...] = ()
    source_name: str | None = None
    source_country: str | None = None
    kind: str | None = None
    authors: tuple[str, ...] = ()
    published_day: str | None = None
    excerpt: str | None = None
    tags: tuple[str, ...] = ()
    pdf: bool = False
    removed_at: str | None = None
    pages: tuple[PageMatch, ...] = ()

    def to_dict(self, *, full: bool = False) -> dict[str, Any]:
        """The hit as the contract spells it; highlights are HTML, escaped, with matches in <mark>.

        A match in a PDF stands under the name of its page (``PDF, page 12``). ``full`` adds what a result list shows
        beside it, ``also``, and ``pages``.
        """
        plain: dict[str, Any] = {name: getattr(self, name) for name in _CONTRACT}
        plain["highlights"] = {
            name: [highlight.as_html(part) for part in parts] for name, parts in self.highlights.items()
        }
        for match in self.pages:
            plain["highlights"].setdefault(match.label, []).append(highlight.as_html(match.fragment))
        if not full:
            return plain
        pages = [
            {"url": match.url, "pdf": match.pdf, "page": match.page, "fragment": highlight.as_html(match.fragment)}
            for match in self.pages
        ]
        more = {name: getattr(self, name) for name in _MORE}
        lists = {name: list(value) for name, value in more.items() if isinstance(value, tuple)}
        return {**plain, **more, **lists, "also": [dict(other) for other in self.also], "pages": pages}


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits. ``total`` counts articles, documents with the same text as one, as the hits show them."""

    total: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...] = ()
    histogram: Histogram | None = None

    def to_dict(self, *, full: bool = False) -> dict[str, Any]:
        """The answer of ``mecmua search`` as JSON types; ``full`` adds facets, histogram and all of each hit."""
        plain = {"total": self.total, "hits": [hit.to_dict(full=full) for hit in self.hits]}
        if not full:
            return plain
        return {
            **plain,
            "facets": [facet.to_dict() for facet in self.facets],
            "histogram": self.histogram.to_dict() if self.histogram else None,
        }
