"""What narrows a search beside its text: dates, sources, languages and whatever facet a reader picked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

Clause = dict[str, Any]

#: Facets and the field each counts, in the order in which a page shows them.
FACETS = {
    "source": "source",
    "country": "source_country",
    "language": "language",
    "kind": "kind",
    "author": "authors.keyword",
    "tag": "tags.keyword",
    "year": "published_day",
    "pdf": "pdf.url",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Days are local days of the source, both included; of several values in one facet any may hold.

    ``pdf``: True for articles with a PDF, False for those without, None for both.
    """

    language: str | None = None
    source: str | None = None
    since: date | None = None
    until: date | None = None
    removed: bool = False
    sources: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    pdf: bool | None = None

    def clauses(self) -> list[Clause]:
        """All filters in the engine's query language."""
        return [*self.base(), *self.picked().values()]

    def base(self) -> list[Clause]:
        """Those that narrow every facet's counts too: everything but what was picked in a facet."""
        found: list[Clause] = []
        if self.language:
            found.append({"term": {"language": self.language.lower()}})
        if self.source:
            found.append({"term": {"source": self.source}})
        if self.since or self.until:
            days = {"gte": self.since, "lte": self.until}
            found.append({"range": {"published_day": {key: day.isoformat() for key, day in days.items() if day}}})
        if not self.removed:
            found.append({"bool": {"must_not": {"exists": {"field": "removed_at"}}}})
        return found

    def picked(self) -> dict[str, Clause]:
        """What was picked, by facet. A facet's own counts leave its clause out, so that more of it can be picked."""
        values = self.values()
        found: dict[str, Clause] = {
            name: {"terms": {FACETS[name]: list(chosen)}}
            for name, chosen in values.items()
            if chosen and name not in ("year", "pdf")
        }
        if self.years:
            found["year"] = any_of(*(_year(year) for year in self.years))
        if self.pdf is not None:
            there: Clause = {"exists": {"field": FACETS["pdf"]}}
            found["pdf"] = there if self.pdf else {"bool": {"must_not": there}}
        return found

    def values(self) -> dict[str, tuple[str, ...]]:
        """The values picked in each facet, as the facets spell them."""
        return {
            "source": self.sources,
            "country": self.countries,
            "language": self.languages,
            "kind": self.kinds,
            "author": self.authors,
            "tag": self.tags,
            "year": tuple(map(str, self.years)),
            "pdf": () if self.pdf is None else (str(self.pdf).lower(),),
        }

    def between(self, since: date | None, until: date | None) -> Filters:
        """The same filters with other days: what brushing the histogram does."""
        return replace(self, since=since, until=until)


def _year(year: int) -> Clause:
    bounded = min(max(year, 1), 9999)
    return {"range": {"published_day": {"gte": f"{bounded:04}-01-01", "lte": f"{bounded:04}-12-31"}}}


def any_of(*clauses: Clause) -> Clause:
    """One of the clauses must hold."""
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}
