"""One page to one article: parse once, read the metadata, take the furniture out, find the body, say what it is.

`extract` is pure: the same bytes, rules and hints give the same answer, in any order and process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import Rejected
from pipeline.extract import charset, documents, kinds, markup, structured, verdict, when, who
from pipeline.extract.body import excerpt_of
from pipeline.extract.dates import Stamp, parse_date
from pipeline.extract.language import identify
from pipeline.extract.reading import Reading, read, site_names
from pipeline.extract.rest import Post
from pipeline.extract.template import Template
from pipeline.models import Article, Extraction, Kind, Page, Source
from pipeline.text import content_hash, fold, tokens, word_count

SHORT_BODY_WORDS = 80


@dataclass(frozen=True, slots=True)
class Hints:
    """What discovery and REST said of a page; REST fields win where they exist."""

    published: datetime | None = None  # from a feed or a news sitemap
    title: str | None = None
    kind: Kind | None = None
    post: Post | None = None
    listed: bool = False  # by an endpoint that names articles alone: a feed, a listing with a pattern for them


def extract(
    page: Page,
    source: Source,
    *,
    now: datetime | None = None,
    hints: Hints | None = None,
    templates: Sequence[Template] = (),
) -> Extraction:
    """The article on a page, with its verdict. Raises Rejected (unparsable, too_large).

    `now` (aware) bounds what dates are plausible and resolves "3 gün önce". With a REST post among the hints its
    fields win; without page bytes (an empty body) it is read alone. `templates` are what the source's pages
    have in common (`pipeline.extract.template.learn`), newest first; a page that none of them fits is read alone.
    """
    hints = hints or Hints()
    if hints.post is not None and not page.body:
        return _from_post(page.url, source, hints, now)
    decoded = charset.decode(page.body, page.content_type)
    tree = markup.parse(decoded.text)
    said = structured.read(tree)
    noindex = verdict.asks_noindex(page, said)
    refusal = verdict.before_reading(page, tree, said, page.url)
    reading = read(tree, said, page.url, source, now=now, templates=templates)
    if hints.post is not None:
        # REST says that it is a post
        overruled = ("listing", "static_page", "homepage", "members_only")
        refusal = "password_protected" if hints.post.protected else None if refusal in overruled else refusal
    else:
        is_listed = hints.listed or hints.published is not None
        refusal = None if is_listed and refusal == "static_page" else refusal
        refusal = refusal or verdict.after_reading(reading, site_names(source, said), is_listed=is_listed)
    article = _article(reading, page, source, hints, now, mojibake=decoded.mojibake)
    flags = article.quality_flags if refusal is None else (*article.quality_flags, "not_article", refusal)
    parts = reading.links.parts if refusal is None and hints.post is None else ()
    used = reading.template.version if reading.template else 0
    return Extraction(replace(article, quality_flags=flags), refusal, noindex, parts, used)


def _article(
    reading: Reading, page: Page, source: Source, hints: Hints, now: datetime | None, *, mojibake: bool
) -> Article:
    post, said, links = hints.post, reading.said, reading.links
    paragraphs = post.paragraphs if post and post.paragraphs else reading.paragraphs
    title, title_basis = (post.title, "rest") if post and post.title else (reading.title.text, reading.title.basis)
    if not title and hints.title:
        title, title_basis = hints.title, "feed"
    site = site_names(source, said)
    stated: list[who.Claim] = [(post.authors, "rest")] if post and post.authors else []
    rule = [claim for claim in reading.claims if claim[1] == "rule"]
    others = [claim for claim in reading.claims if claim not in rule]
    writers = who.who([*rule, *stated, *others], paragraphs, site, title)
    categories = post.categories if post else links.categories
    said_to_be = (*reading.embedded, *links.offered, *(post.embedded if post else ()))
    pdfs = documents.own(source, (*links.pdfs, *(post.pdfs if post else ())), said_to_be)
    base = Article(
        url=page.url,
        subtitle=_subtitle(reading, title, paragraphs),
        authors=writers.authors,
        organisations=writers.organisations,
        byline=writers.byline,
        author_basis=writers.basis,
        kind=kinds.kind_of(page.url, categories, (), hints.kind),
        excerpt=(post.excerpt if post else None)
        or said.first("og:description", "description")
        or excerpt_of(paragraphs),
        image=(post.image if post else None) or links.image,
        categories=categories,
        tags=post.tags if post else links.tags,
        canonical_url=links.canonical,
        alternates=links.alternates,
        pdfs=pdfs,
        attachments=documents.planned(pdfs),
    )
    flags = () if post and post.paragraphs else _page_flags(page, mojibake=mojibake)
    return finished(base, title, title_basis, paragraphs, _dated(reading, hints, source, now), flags)


def _subtitle(reading: Reading, title: str, paragraphs: Sequence[str]) -> str | None:
    """The title's second line, stated or printed; not what the title says already, nor, printed, what the text does."""
    printed = fold(reading.standfirst or "")
    apart = reading.standfirst if not any(printed in fold(paragraph) for paragraph in paragraphs[:5]) else None
    found = reading.said.ld_text("alternativeHeadline") or apart
    return found if found and tokens(found) != tokens(title) else None


@dataclass(frozen=True, slots=True)
class _Dated:
    published: Stamp | None
    basis: str | None
    modified: Stamp | None


def _dated(reading: Reading, hints: Hints, source: Source, now: datetime | None) -> _Dated:
    """REST's dates, else the page's, else the feed's, else the one in the URL (a guess)."""
    stated = _post_dates(hints.post, source, now)
    if stated.published:
        return stated
    published, basis = reading.dates.published, reading.dates.basis
    if published is None and hints.published is not None:
        published, basis = parse_date(hints.published.isoformat(), timezone=source.timezone, now=now), "feed"
    if published is None:
        published, basis = when.from_url(reading.url, timezone=source.timezone), "url"
    return _Dated(published, basis if published else None, reading.dates.modified)


def _post_dates(post: Post | None, source: Source, now: datetime | None) -> _Dated:
    """``date`` is local to the site and ``date_gmt`` is UTC: together they give the site's own offset."""
    if post is None or not (post.date or post.date_gmt):
        return _Dated(None, None, None)
    modified = parse_date(f"{post.modified_gmt}Z", timezone=source.timezone, now=now) if post.modified_gmt else None
    local, utc = _naive(post.date), _naive(post.date_gmt)
    if local and utc and abs((local - utc).total_seconds()) <= 15 * 3600:
        offset = round((local - utc).total_seconds() / 60)
        sign, minutes = "-" if offset < 0 else "+", abs(offset)
        text = f"{local.isoformat()}{sign}{minutes // 60:02}:{minutes % 60:02}"
        stamp = parse_date(text, timezone=source.timezone, now=now)
        return _Dated(replace(stamp, day=local.date()) if stamp else None, "rest", modified)
    stamp = parse_date(post.date or f"{post.date_gmt}Z", timezone=source.timezone, now=now)
    return _Dated(stamp, "rest", modified)


def _naive(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None


def _from_post(url: str, source: Source, hints: Hints, now: datetime | None) -> Extraction:
    """An article from REST alone, its page never fetched."""
    post = hints.post
    if post is None:
        raise Rejected("unparsable", f"{url}: neither a page nor a REST post")
    paragraphs = list(post.paragraphs)
    writers = who.who([(post.authors, "rest")] if post.authors else [], paragraphs, [source.name, source.id])
    pdfs = documents.own(source, post.pdfs, post.embedded)
    base = Article(
        url=url,
        authors=writers.authors,
        organisations=writers.organisations,
        byline=writers.byline,
        author_basis=writers.basis,
        kind=kinds.kind_of(url, post.categories, (), hints.kind),
        excerpt=post.excerpt or excerpt_of(paragraphs),
        image=post.image,
        categories=post.categories,
        tags=post.tags,
        pdfs=pdfs,
        attachments=documents.planned(pdfs),
    )
    refusal = "password_protected" if post.protected else (None if paragraphs else "no_text")
    flags = ("not_article", refusal) if refusal else ()
    article = finished(
        base, post.title, "rest" if post.title else None, paragraphs, _post_dates(post, source, now), flags
    )
    return Extraction(article, refusal)


def finished(
    base: Article,
    title: str,
    title_basis: str | None,
    paragraphs: Sequence[str],
    dated: _Dated | when.When,
    flags: Iterable[str],
) -> Article:
    """An article with what follows from its text: language, counts, hash and quality flags."""
    published = dated.published
    found = [
        *flags,
        *(["no_title"] if not title else []),
        *(["no_date"] if published is None else []),
        *(["date_guessed"] if published and (published.guessed or dated.basis == "url") else []),
    ]
    article = replace(
        base,
        title=title,
        title_basis=title_basis,
        published=published.instant if published else None,
        published_day=published.day if published else None,
        published_precision=published.precision if published else None,
        date_basis=dated.basis,
        modified=_not_before(dated.modified, published),
        quality_flags=tuple(found),
    )
    return retold(article, "\n".join(paragraphs))


def retold(article: Article, text: str) -> Article:
    """An article with another text, and what follows from it: language, word count, hash and the flags of both."""
    language = identify(text)
    words = word_count(text)
    flags = [
        *(flag for flag in article.quality_flags if flag not in ("short_body", "language_uncertain")),
        *(["short_body"] if words < SHORT_BODY_WORDS else []),
        *(["language_uncertain"] if language.uncertain else []),
    ]
    return replace(
        article,
        text=text,
        language=language.code,
        language_confidence=round(language.confidence, 4),
        language_basis=language.basis,
        languages=language.languages,
        language_shares={code: round(share, 4) for code, share in language.shares.items()},
        word_count=words,
        content_hash=content_hash(article.title, text),
        quality_flags=tuple(dict.fromkeys(flags)),
    )


def _not_before(modified: Stamp | None, published: Stamp | None) -> datetime | None:
    if modified is None or (published is not None and modified.instant < published.instant):
        return None
    return modified.instant.astimezone(UTC)


def _page_flags(page: Page, *, mojibake: bool) -> Iterator[str]:
    if mojibake:
        yield "mojibake"
    if page.truncated:
        yield "truncated"


def explained(
    page: Page, source: Source, *, now: datetime | None = None, templates: Sequence[Template] = ()
) -> dict[str, Any]:
    """How a page was read, for `mecmua extract --explain`: its encoding, what was removed and why, how the body was
    found, where each field came from, and which template was used."""
    decoded = charset.decode(page.body, page.content_type)
    tree = markup.parse(decoded.text)
    reading = read(tree, structured.read(tree), page.url, source, now=now, templates=templates)
    article = _article(reading, page, source, Hints(), now, mojibake=decoded.mojibake)
    used = reading.template
    return {
        "encoding": decoded.encoding,
        "body_basis": reading.body_basis,
        "title_basis": article.title_basis,
        "author_basis": article.author_basis,
        "date_basis": article.date_basis,
        "language_basis": article.language_basis,
        "template": {"version": used.version, "pages": used.pages} if used else None,
        "parts": list(reading.links.parts),
        "removed": list(reading.removed),
    }
