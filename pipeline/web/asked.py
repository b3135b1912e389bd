"""What a reader asks for, as the address bar and the API spell it."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from pipeline.search.filters import FACETS, Filters
from pipeline.search.query import MAX_RESULTS, Sort
from pipeline.search.syntax import MAX_LENGTH, first_day, last_day

PAGE_SIZE = 10
_Values = Annotated[tuple[str, ...], Field(max_length=100)]
_Year = Annotated[int, Field(ge=1, le=9999)]

# What the description promises to take; `first_day` takes a little more, such as a 29 February.
_MONTH = "(0?[1-9]|1[0-2])"
_MONTH_DAY = (
    "(0?[13578]|1[02])-(0?[1-9]|[12][0-9]|3[01])|(0?[469]|11)-(0?[1-9]|[12][0-9]|30)|0?2-(0?[1-9]|1[0-9]|2[0-8])"
)
_YEAR = "[1-9][0-9]{3}"
_DAYS: JsonDict = {"pattern": f"^({_YEAR}(-({_MONTH}|{_MONTH_DAY}))?|(0?[1-9]|1[0-9]|2[0-8])[.]{_MONTH}[.]{_YEAR})?$"}


class Asked(BaseModel):
    """A search with everything that narrows it. Facets take several values, of which any may hold."""

    model_config = ConfigDict(frozen=True)

    q: str = Field(
        "",
        description='Words, "phrases", -without, title: author: source: lang: before: after:',
        json_schema_extra={"maxLength": MAX_LENGTH},  # not max_length: the parser's message says what to do
    )
    source: _Values = Field((), description="Ids of sources.")
    country: _Values = Field((), description="ISO 3166-1 codes of the sources' countries.")
    language: _Values = Field((), description="ISO 639-1 codes of the articles' languages.")
    kind: _Values = ()
    author: _Values = ()
    tag: _Values = ()
    year: Annotated[tuple[_Year, ...], Field(max_length=100)] = ()
    pdf: tuple[Literal["true", "false"], ...] = Field((), description="With a PDF, or without one.")
    since: str = Field(
        "", description="Published on or after: 2016, 2016-08, 2016-08-14 or 14.08.2016.", json_schema_extra=_DAYS
    )
    until: str = Field("", description="Published on or before, written as since is.", json_schema_extra=_DAYS)
    removed: bool = Field(False, description="Also what is gone from its site.")
    sort: Literal["", "relevance", "newest", "oldest"] = Field("", description="Empty: relevance if there are words.")
    page: int = Field(1, ge=1, le=MAX_RESULTS // PAGE_SIZE)

    @property
    def filters(self) -> Filters:
        """What narrows the search. Raises QueryError for days that are none."""
        return Filters(
            since=first_day(self.since.strip()) if self.since.strip() else None,
            until=last_day(self.until.strip()) if self.until.strip() else None,
            removed=self.removed,
            sources=self.source,
            countries=self.country,
            languages=self.language,
            kinds=self.kind,
            authors=self.author,
            tags=self.tag,
            years=self.year,
            pdf=self.pdf[0] == "true" if len(set(self.pdf)) == 1 else None,
        )

    @property
    def order(self) -> Sort | None:
        """How hits are sorted, None for the search's own choice."""
        return self.sort or None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the words is set."""
        return any(getattr(self, name) for name in (*FACETS, "since", "until", "removed"))

    def pairs(self) -> list[tuple[str, str]]:
        """Name and value of every parameter that is set, but for the page."""
        return [
            pair for name in type(self).model_fields if name != "page" for pair in _pairs(name, getattr(self, name))
        ]

    @classmethod
    def of(cls, query: str, filters: Filters) -> Asked:
        """The search that a query and filters spell."""
        return cls(
            q=query,
            source=(*filters.sources, *((filters.source,) if filters.source else ())),
            language=(*filters.languages, *((filters.language,) if filters.language else ())),
            country=filters.countries,
            kind=filters.kinds,
            author=filters.authors,
            tag=filters.tags,
            year=filters.years,
            pdf=() if filters.pdf is None else ("true" if filters.pdf else "false",),
            since=filters.since.isoformat() if filters.since else "",
            until=filters.until.isoformat() if filters.until else "",
            removed=filters.removed,
            sort="",
            page=1,
        )

    def link(self, path: str = "/", **changes: object) -> str:
        """The address of this search after some changes; another search begins at page 1."""
        changed = {name: urlencode(_pairs(name, value)) for name, value in changes.items()}
        spelled = {**self._spelled, "page": "", **changed}
        query = "&".join(filter(None, spelled.values()))
        return f"{path}?{query}" if query else path

    @cached_property
    def _spelled(self) -> dict[str, str]:
        """Every parameter as an address spells it, for a page of results links to forty searches like this one."""
        return {name: urlencode(_pairs(name, getattr(self, name))) for name in type(self).model_fields}


def _pairs(name: str, value: object) -> list[tuple[str, str]]:
    """One parameter as a form has it; none where it is not set."""
    values = value if isinstance(value, tuple | list) else (value,)
    told = [one for one in values if one not in ("", None, False) and (name, one) != ("page", 1)]
    return [(name, str(one).lower() if isinstance(one, bool) else str(one)) for one in told]
