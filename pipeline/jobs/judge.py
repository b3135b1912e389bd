"""Pure decisions of a crawl: what we knew, what we saw, and now give what to do. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.models import EXTRACTOR_VERSION, Article, Outcome, Response, Revision
from pipeline.store.urls import UrlRow

NIGHT = timedelta(hours=20)  # less than a day, so that a run that starts a little early still looks
_LONGEST = timedelta(days=90)
MONTH = timedelta(days=30)
#: So many nights an article must be found gone before it counts as removed: one bad night must not erase it.
GONE_NIGHTS = 3
#: How much of two texts must be common for a canonical link between them to be believed.
_KINSHIP = 0.8


#: Over so long a time a source's habit is measured, and from so many articles on it counts.
HABIT = timedelta(days=90)
#: An article says something of it once it was watched so long: on a source's second night none has been edited yet.
WATCHED = timedelta(days=7)
_ENOUGH = 20
#: Share of its articles that a source edits, and the part of an article's age after which it is looked at again.
_PACES = ((0.2, 14.0), (0.01, 7.0), (0.0, 3.5))


@dataclass(frozen=True, slots=True)
class Habit:
    """How many articles of a source came within HABIT, and how many of them were seen to change since."""

    articles: int = 0
    edited: int = 0

    @property
    def pace(self) -> float:
        """The part of its age after which an article is looked at again, as a divisor."""
        share = self.edited / self.articles if self.articles >= _ENOUGH else _PACES[1][0]
        return next(pace for least, pace in _PACES if share >= least)


NO_HABIT = Habit()


def next_look(
    outcome: Outcome, now: datetime, *, row: UrlRow, published: datetime | None = None, habit: Habit = NO_HABIT
) -> datetime | None:
    """When to look at a URL again; None: not until its endpoint says that it changed.

    A young article is looked at every night, then at ever longer intervals: a seventh of the time since it was
    published, or last seen to change (`published`), so that what is edited often is looked at often; half of that where
    its source has the habit of editing, twice where it never does. Where endpoints tell modifications (REST, sitemaps
    with lastmod) a look is only insurance. What could not be fetched is due at the next run; what was refused waits
    longer each time.
    """
    if outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED):
        if row.modified_hint is not None:
            return now + MONTH
        age = now - (published or row.published_hint or row.first_seen)
        return now + min(max(age / habit.pace, NIGHT), _LONGEST)
    if outcome is Outcome.DEFERRED:
        return now
    if outcome is Outcome.REJECTED:
        return now + min(NIGHT * int(2 ** min(row.failures, 6)), MONTH)
    if outcome is Outcome.DUPLICATE:
        return None
    return now + MONTH


def status_outcome(response: Response) -> tuple[Outcome, str] | None:
    """The outcome of an answer whose body is no page, with its reason; None when the body is to be read."""
    status = response.status
    if status in (404, 410):
        return Outcome.GONE, f"HTTP {status}"
    if status in (408, 425, 429) or status >= 500:
        return Outcome.DEFERRED, f"HTTP {status}"
    if status in (401, 402, 403, 451):
        return Outcome.REJECTED, f"HTTP {status}"
    if status not in (200, 203):
        return Outcome.REJECTED, f"HTTP {status}"
    return None


def remembered(row: UrlRow) -> Outcome:
    """The outcome of a URL that discovery named and that is not due: what is known of it."""
    if row.outcome is None:
        return Outcome.DUPLICATE if row.article_id else Outcome.DEFERRED
    return Outcome.UNCHANGED if row.outcome in (Outcome.NEW, Outcome.CHANGED) else row.outcome


def is_revised(known: Revision, new: Article, same: bool | None, same_pdfs: bool | None = None) -> bool:
    """True when the article changed, so that a new revision is due.

    A PDF that both pages, read by the same rules, do not link alike is a change: `same_pdfs`. Without that comparison
    nothing is said of PDFs, for an article that was read before PDFs were has none.

    Fields that REST states are compared as they are. What was read from pages is compared as `same` has it: both pages
    by the same rules, and by words, people and day alone, for a new theme shows other terms. Without such a comparison
    (the first look after a change of the extractor finds no old page) the stored article has to do.
    """
    stated = _is_stated(known.article), _is_stated(new)
    if same_pdfs is False:
        return True
    if all(stated) and known.extractor_version == EXTRACTOR_VERSION:
        return _stated_essence(known.article) != _stated_essence(new)
    return not same if same is not None else _essence(known.article) != _essence(new)


def _is_stated(article: Article) -> bool:
    return article.title_basis == "rest"


def _essence(article: Article) -> tuple[object, ...]:
    return article.content_hash, article.authors, article.organisations, article.published_day


def _stated_essence(article: Article) -> tuple[object, ...]:
    return *_essence(article), frozenset(article.categories), frozenset(article.tags)


def are_kin(one: Article, other: Article) -> bool:
    """True when two texts are so alike that one page may be the other's canonical form; some sites name the same
    canonical URL on every page, and believing them would fold all articles into one."""
    if one.content_hash == other.content_hash:
        return True
    first, second = set(one.text.split()), set(other.text.split())
    return len(first & second) >= _KINSHIP * max(len(first | second), 1)
