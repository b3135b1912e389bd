"""How well Mecmua reads pages, beside bare trafilatura: ``python -m tests.bench.quality [--fast] [--every N]``.

benchmark    article pages of article-extraction-benchmark: the body
publishers   recorded pages of publishers: title, names, day, body
seed         the seed article in three templates, one with Turkish teasers longer than itself
wordpress    a real WordPress with REST closed, in three stock themes and a magazine's (not with ``--fast``)
others       Pelican in its two stock themes, and Wagtail in a house's templates (not with ``--fast``)
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.models import Source
from tests.bench import pages, scoring, seed_article, seeded, wordpress
from tests.bench.pages import Gold
from tests.bench.scoring import Reading
from tests.integration.cms import CmsSite, pelican, wagtail
from tests.integration.seed.writing import Writing

PELICAN_THEMES = ("notmyidea", "simple")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a figure over some cases, Mecmua's and bare trafilatura's; ``floor`` is what ours must
    reach, ``lead`` how far it must be above the other."""

    name: str
    cases: int
    ours: float
    bare: float | None = None
    floor: float | None = None
    lead: float | None = None

    @property
    def holds(self) -> bool:
        above = self.lead is None or self.bare is None or self.ours >= self.bare + self.lead
        return above and (self.floor is None or self.ours >= self.floor)


def corpus_rows(every: int = 1) -> Iterator[Row]:
    """The figures over every n-th recorded page. Floors are those of the whole corpus, and hold for it alone."""
    whole = every == 1
    bodies = list(pages.benchmark())[::every]
    yield _row("benchmark body F1", bodies, _body, floor=0.978 if whole else None, lead=0.0)
    read = list(pages.publishers())[::every]
    yield _row("publishers body F1", read, _body, floor=0.972 if whole else None, lead=0.0)
    yield _row("publishers title", read, _title, floor=0.87 if whole else None, lead=0.05 if whole else 0.0)
    named = [gold for gold in read if gold.authors is not None]
    yield _row("publishers names", named, _names, floor=0.94 if whole else None, lead=0.05 if whole else 0.0)
    yield _row("publishers day", read, _day, floor=(len(read) - 2) / len(read), lead=0.0)


def _row(
    name: str,
    golds: Sequence[Gold],
    score: Callable[[Reading, Gold], float],
    *,
    floor: float | None = None,
    lead: float | None = None,
) -> Row:
    ours = scoring.mean(score(_ours(gold), gold) for gold in golds)
    return Row(name, len(golds), ours, scoring.mean(score(_bare(gold), gold) for gold in golds), floor, lead)


_READ: dict[tuple[str, str], Reading] = {}


def _ours(gold: Gold) -> Reading:
    key = ("ours", gold.name)
    if key not in _READ:
        _READ[key] = scoring.ours(gold.page, gold.source)
    return _READ[key]


def _bare(gold: Gold) -> Reading:
    key = ("bare", gold.name)
    if key not in _READ:
        _READ[key] = scoring.bare(gold.page)
    return _READ[key]


def _body(found: Reading, gold: Gold) -> float:
    return scoring.f1(found.text, gold.text)


def _title(found: Reading, gold: Gold) -> float:
    return scoring.same_title(found.title, gold.title or "")


def _names(found: Reading, gold: Gold) -> float:
    return scoring.same_names(found.names, gold.authors or ())


def _day(found: Reading, gold: Gold) -> float:
    return found.day == gold.day


def seed_rows() -> Iterator[Row]:
    """The seed article's body, exactly, and its language."""
    text = seed_article.text()
    for name, page in seed_article.pages():
        gold = Gold(name, page, seed_article.SOURCE, text)
        exact, bare = _ours(gold).text == text, _bare(gold).text == text
        yield Row(f"seed {name}: exact body", 1, exact, bare, floor=1.0)
        yield Row(f"seed {name}: English", 1, _ours(gold).language == "en", floor=1.0)


def wordpress_rows(every: int = 1) -> Iterator[Row]:
    """The figures on a real WordPress, REST closed, with the template that its first crawl would learn."""
    with wordpress.closed_site() as site:
        for theme in wordpress.EVERY_THEME:
            with wordpress.dressed(site, theme):
                posts = {post.url: post for post in site.posts[::every]}
                yield from site_rows(theme, posts, wordpress.source_of(site))


def other_rows(every: int = 1) -> Iterator[Row]:
    """The figures on two other content systems."""
    for theme in PELICAN_THEMES:
        with pelican(theme) as site:
            yield from cms_rows(f"pelican {theme}", site, every)
    with wagtail() as site:
        yield from cms_rows("wagtail", site, every)


def cms_rows(name: str, site: CmsSite, every: int = 1) -> Iterator[Row]:
    """The figures on a running site."""
    posts = dict(list(site.posts.items())[::every])
    yield from site_rows(name, posts, Source(id="cms", name=site.name, homepage=f"{site.url}/", endpoints=()))


def site_rows(theme: str, posts: Mapping[str, Writing], source: Source) -> Iterator[Row]:
    """The figures on one template of a seeded site, with what its first crawl would learn."""
    ours, bare = seeded.read(posts, source)
    for name, floor in (("body", 0.995), ("title", 0.995), ("names", 0.99), ("day", 0.99)):
        yield Row(f"{theme} {name}", ours.posts, getattr(ours, name), getattr(bare, name), floor, 0.0)
    yield Row(f"{theme} language", ours.posts, ours.language, floor=0.99)
    clean = 1 - ours.with_comments / ours.posts
    yield Row(f"{theme} no comment", ours.posts, clean, 1 - bare.with_comments / bare.posts, floor=1.0)


def main() -> int:
    """Print the table; 1 when a figure misses its floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="recorded pages only")
    parser.add_argument("--every", type=int, default=1, help="every n-th page or post")
    chosen = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    print(f"{'':36}{'cases':>6}{'Mecmua':>9}{'bare':>9}{'floor':>9}")
    missed = 0
    served = () if chosen.fast else (wordpress_rows(chosen.every), other_rows(chosen.every))
    for rows in (corpus_rows(chosen.every), seed_rows(), *served):
        for row in rows:
            missed += not row.holds
            bare, floor = (f"{value:9.4f}" if value is not None else " " * 9 for value in (row.bare, row.floor))
            print(
                f"{row.name:36}{row.cases:6}{row.ours:9.4f}{bare}{floor}{'' if row.holds else '  MISSED'}", flush=True
            )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
