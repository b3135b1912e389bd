"""What discovery works with: the next request, what earlier runs know, what one answer gave. All picklable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

from dateutil.parser import parse as parse_date

from pipeline.models import Candidate, Endpoint, Page, Pointer, Source
from pipeline.text import fold
from pipeline.urls import twin_keys

_WEEKDAYS = re.compile(
    r"\b(?:pazartesi|sali|carsamba|persembe|cuma|cumartesi|pazar|pzt|sal|car|per|cum|cmt|paz)\b\.?,?"
)
#: What dateutil does not know; "mart" begins as its own "mar" does.
_MONTHS = dict(
    pair.split(":")
    for pair in (
        "oca:jan sub:feb nis:apr mayis:may haz:jun tem:jul agu:aug eyl:sep eki:oct ekm:oct kas:nov ara:dec".split()
    )
)
#: The year of Go's zero time, not of a zone: parsedate_to_datetime would make 2001 of it.
_YEAR_ONE = re.compile(r"(?<![\d.+-])0001(?!\d)")
Role = Literal["feed", "sitemap", "types", "posts", "media", "listing"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request a discoverer wants next.

    ``page`` is how deep it lies in paging (for a sitemap: in indexes of indexes). ``after`` marks the page it follows,
    so that a server which answers every page number with the same page is noticed. ``patient``: with neither lastmod
    nor validators to go by, this part changes seldom and may wait for a weekly look. ``stands``: an answer of the last
    week is read again rather than asked for again, for what it names is needed every night and hardly ever changes.
    ``depth``: how many sections lie between a listing and this page of the same site; 0 for the listing itself.
    """

    url: str
    role: Role
    page: int = 1
    after: str = ""
    patient: bool = False
    stands: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Watermark:
    """What earlier runs know of an endpoint: whether it was once read to its end, the newest change seen by then."""

    complete: bool = False
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one answer gave: candidates, and the requests to make next, in their order.

    ``problem`` is one clear sentence when the answer was not what the endpoint should give. ``final`` is False when
    something was left unread (a problem, a limit, what lies before ``since``): then the endpoint is not complete.
    ``uploads``: PDFs that were uploaded to a post or page, behind its number.
    """

    candidates: tuple[Candidate, ...] = ()
    asks: tuple[Ask, ...] = ()
    problem: str | None = None
    final: bool = True
    uploads: tuple[tuple[int, Candidate], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Everything that reading one answer may look at."""

    endpoint: Endpoint
    source: Source
    ask: Ask
    page: Page
    record: Pointer | None = None
    known: Watermark = Watermark()
    known_urls: frozenset[str] = frozenset()
    since: datetime | None = None

    def knows(self, url: str) -> bool:
        """Whether earlier runs named this page, under any of its usual forms."""
        return url in self.known_urls or any(twin in self.known_urls for twin in twin_keys(url))

    def too_deep(self, default: int) -> bool:
        """Whether paging has reached the endpoint's ``max_pages`` (or the discoverer's own limit)."""
        return self.ask.page >= (self.endpoint.max_pages or default)


def named_by(endpoint: Endpoint) -> tuple[str, ...]:
    """How the candidates of an endpoint say where they were found: its type and address."""
    return (f"{endpoint.type}:{endpoint.url}",)


def shown(url: str) -> str:
    """A URL as messages show it: the long queries of an API cut short."""
    return url if len(url) <= 100 else url[:99] + "…"


def trouble(problem: str) -> Found:
    """An answer that gave nothing usable, and why."""
    return Found(problem=problem, final=False)


def refusal(page: Page, what: str, *, part: bool = False) -> Found:
    """An answer with an error status, said in words.

    A ``part`` that is closed or gone for good is reported, but does not keep the rest from being complete.
    """
    meanings = {401: "asks for a login", 403: "refuses us", 404: "does not exist", 410: "is gone for good"}
    meaning = meanings.get(page.status, "answers with an error")
    problem = f"{what} {shown(page.url)} {meaning} (status {page.status})"
    return Found(problem=problem, final=part and page.status in meanings)


def fingerprint(urls: Iterable[str]) -> str:
    """A short mark of a page's URLs, to notice the page that repeats."""
    return blake2b("\n".join(urls).encode(), digest_size=8).hexdigest()


def all_older(candidates: Iterable[Candidate], since: datetime | None) -> bool:
    """Whether every candidate says that it was published and modified before ``since``; False where one is undated."""
    dates = [candidate.modified or candidate.published for candidate in candidates]
    return since is not None and bool(dates) and all(date is not None and date < since for date in dates)


def instant(moment: tuple[int, ...] | None) -> datetime | None:
    """An aware UTC instant from the first six fields of a UTC struct_time, or None where they are no date.

    Up to 1970 is no date either: Hugo's feeds give an undated page the first of January of the year 1.
    """
    try:
        year, month, day, hour, minute, second = moment[:6] if moment else ()
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) if year > 1970 else None
    except (ValueError, OverflowError, TypeError):
        return None


@lru_cache(maxsize=4096)
def w3c_instant(text: str) -> datetime | None:
    """A UTC instant from a W3C date (year, month, day or time), an RFC 5322 one, or what sites write in their stead.

    UTC where no zone is named; None for what is no date, and for the year 1970, which systems give for none.
    """
    text = text.strip()[:100]
    if _YEAR_ONE.search(text):
        return None
    for form in (_w3c, parsedate_to_datetime, _loose):
        try:
            read = form(text)
            found = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
        except (ValueError, IndexError, TypeError, OverflowError):
            continue
        return found if found.year > 1970 else None
    return None


def _loose(text: str) -> datetime:
    """Dates as people write them: day first, Turkish months, one digit, a zone in brackets or behind a blank."""
    plain = re.sub(r"\[.*\]$|\bgmt(?=[+-])", "", fold(text)).strip()
    plain = re.sub(r"z(?=[+-]\d\d:?\d\d$)", "", re.sub(r" (?=\d\d:\d\d$)(?<=:\d\d )", "+", plain))
    plain = _WEEKDAYS.sub("", plain)
    for month, english in _MONTHS.items():
        plain = re.sub(rf"\b{month}[a-z]*", english, plain)
    iso = re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", plain)
    if iso:
        plain = f"{iso[1]}-{int(iso[2]):02}-{int(iso[3]):02}{plain[iso.end() :]}".replace("t24:00", "t00:00")
    # what a text leaves out comes from the default: a year of its own says that it had one
    return parse_date(plain, dayfirst=iso is None, default=datetime(1, 1, 1))  # noqa: DTZ001  (its zone is the text's)


def _w3c(text: str) -> datetime:
    if re.fullmatch(r"\d{4}(-\d{1,2})?", text):
        year, _, month = text.partition("-")
        return datetime(int(year), int(month or 1), 1, tzinfo=UTC)
    # "2024-05-01 10:00:00 +0300" is common and nearly ISO 8601
    return datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", text))
