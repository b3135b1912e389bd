"""One page to one article: parse once, read the metadata, take the furniture out, find the body, say what it is.

`extract` is pure: the same bytes, rules and hints give the same answer, in any order and process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from pipeline.errors import Rejected
from pipeline.extract import charset, headline, kinds, markup, structured, verdict, when, who
from pipeline.extract.body import excerpt_of, paragraphs_of, trimmed
from pipeline.extract.dates import Stamp, parse_date
from pipeline.extract.language import identify
from pipeline.extract.places import Places
from pipeline.extract.prune import prune, silence
from pipeline.extract.rest import Post
from pipeline.extract.structured import Structured
from pipeline.extract.survey import Survey
from pipeline.models import Article, Extraction, Kind, Page, Source
from pipeline.sources.selectors import compile_selector
from pipeline.text import content_hash, tidy, word_count
from pipeline.urls import resolve

SHORT_BODY_WORDS = 80


@dataclass(frozen=True, slots=True)
class Hints:
    """What discovery and REST said of a page; REST fields win where they exist."""

    published: datetime | None = None  # from a feed or a news sitemap
    title: str | None = None
    kind: Kind | None = None
    post: Post | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """A parsed page with all that its parts gave."""

    url: str
    tree: HtmlElement
    said: Structured
    title: str
    title_basis: str | None
    dates: when.When
    claims: list[who.Claim]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    paragraphs: list[str]
    mojibake: bool


def extract(page: Page, source: Source, *, now: datetime | None = None, hints: Hints | None = None) -> Extraction:
    """The article on a page, with its verdict. Raises Rejected (unparsable, too_large).

    `now` (aware) bounds what dates are plausible and resolves "3 gün önce". With a REST post among the hints its
    fields win; without page bytes (an empty body) it is read alone.
    """
    hints = hints or Hints()
    if hints.post is not None and not page.body:
        return _from_post(page.url, source, hints, now)
    decoded = charset.decode(page.body, page.content_type)
    tree = markup.parse(decoded.text)
    said = structured.read(tree)
    noindex = verdict.asks_noindex(page, said)
    refusal = verdict.before_reading(page, tree, said, page.url)
    reading = _read(page, tree, said, source, now, decoded.mojibake)
    if hints.post is None:
        refusal = refusal or verdict.after_reading(tree, said, reading.title, reading.paragraphs)
    elif hints.post.protected:
        refusal = "password_protected"
    elif refusal in ("listing", "static_page", "homepage", "members_only"):
        refusal = None  # REST says that it is a post
    article = _article(reading, page, source, hints, now)
    flags = article.quality_flags if refusal is None else (*article.quality_flags, "not_article", refusal)
    return Extraction(replace(article, quality_flags=flags), refusal, noindex)


def _read(
    page: Page, tree: HtmlElement, said: Structured, source: Source, now: datetime | None, mojibake: bool
) -> _Reading:
    rules = source.extraction
    marked = [element for selector in rules.body for element in select(tree, selector)]
    unwanted = [element for selector in rules.prune for element in select(tree, selector)]
    ruled = _texts(tree, rules.title), _texts(tree, rules.date), _texts(tree, rules.author)
    categories, tags = _categories(tree, said), _tags(tree, said)
    silence(tree)
    survey = Survey(tree)
    places = Places(survey)
    title = headline.title_of(places, said)
    dates = when.when(places, said, title.number, timezone=source.timezone, now=now, chosen=ruled[1])
    claims = [*([(ruled[2], "rule")] if ruled[2] else []), *who.claims_of(places, said, title.number)]
    if ruled[0]:
        title = headline.Title(ruled[0][0], "rule")
    prune(survey, page.url, unwanted)
    if marked:
        paragraphs = trimmed([line for part in marked for line in markup.lines_of(part)], title.text)
    else:
        paragraphs, _basis = paragraphs_of(survey, page.url, title.text)
    return _Reading(
        page.url, tree, said, title.text, title.basis, dates, claims, categories, tags, paragraphs, mojibake
    )


def select(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a source's CSS selector or XPath expression finds; the catalogue has checked its syntax."""
    try:
        found = compile_selector(selector)(tree)
    except etree.XPathError:
        return []
    return [element for element in found if isinstance(element, HtmlElement)] if isinstance(found, list) else []


def _texts(tree: HtmlElement, selectors: Sequence[str]) -> list[str]:
    elements = [element for selector in selectors for element in select(tree, selector)]
    return [text for element in elements if (text := element.get("datetime") or markup.text_of(element))]


def _article(reading: _Reading, page: Page, source: Source, hints: Hints, now: datetime | None) -> Article:
    post, said = hints.post, reading.said
    paragraphs = list(post.paragraphs) if post and post.paragraphs else reading.paragraphs
    title, title_basis = (post.title, "rest") if post and post.title else (reading.title, reading.title_basis)
    if not title and hints.title:
        title, title_basis = hints.title, "feed"
    site = [name for name in (source.name, source.id, headline.site_name(said)) if name]
    stated: list[who.Claim] = [(post.authors, "rest")] if post and post.authors else []
    rule = [claim for claim in reading.claims if claim[1] == "rule"]
    others = [claim for claim in reading.claims if claim not in rule]
    writers = who.who([*rule, *stated, *others], paragraphs, site, title)
    categories = post.categories if post else reading.categories
    base = Article(
        url=page.url,
        subtitle=said.ld_text("alternativeHeadline"),
        authors=writers.authors,
        organisations=writers.organisations,
        byline=writers.byline,
        author_basis=writers.basis,
        kind=kinds.kind_of(page.url, categories, (), hints.kind),
        excerpt=(post.excerpt if post else None)
        or said.first("og:description", "description")
        or excerpt_of(paragraphs),
        image=(post.image if post else None) or _image(said, page.url),
        categories=categories,
        tags=post.tags if post else reading.tags,
        canonical_url=_canonical_link(reading.tree, page.url),
        alternates=_alternates(reading.tree, page.url),
        pdfs=_pdfs(reading.tree, page.url),
    )
    flags = _page_flags(page, reading, body_from_page=not (post and post.paragraphs))
    return finished(base, title, title_basis, paragraphs, _dated(reading, hints, source, now), flags)


@dataclass(frozen=True, slots=True)
class _Dated:
    published: Stamp | None
    basis: str | None
    modified: Stamp | None


def _dated(reading: _Reading, hints: Hints, source: Source, now: datetime | None) -> _Dated:
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
    text = "\n".join(paragraphs)
    language = identify(text)
    words = word_count(text)
    published = dated.published
    found = [
        *flags,
        *(["short_body"] if words < SHORT_BODY_WORDS else []),
        *(["no_title"] if not title else []),
        *(["no_date"] if published is None else []),
        *(["date_guessed"] if published and (published.guessed or dated.basis == "url") else []),
        *(["language_uncertain"] if language.uncertain else []),
    ]
    return replace(
        base,
        title=title,
        title_basis=title_basis,
        text=text,
        published=published.instant if published else None,
        published_day=published.day if published else None,
        published_precision=published.precision if published else None,
        date_basis=dated.basis,
        modified=_not_before(dated.modified, published),
        language=language.code,
        language_confidence=round(language.confidence, 4),
        language_basis=language.basis,
        languages=language.languages,
        language_shares={code: round(share, 4) for code, share in language.shares.items()},
        word_count=words,
        content_hash=content_hash(title, text),
        quality_flags=tuple(dict.fromkeys(found)),
    )


def _not_before(modified: Stamp | None, published: Stamp | None) -> datetime | None:
    if modified is None or (published is not None and modified.instant < published.instant):
        return None
    return modified.instant.astimezone(UTC)


def _page_flags(page: Page, reading: _Reading, *, body_from_page: bool) -> Iterator[str]:
    if reading.mojibake and body_from_page:
        yield "mojibake"
    if page.truncated and body_from_page:
        yield "truncated"


def _categories(tree: HtmlElement, said: Structured) -> tuple[str, ...]:
    named = [tidy(value) for value in said.ld("articleSection") if isinstance(value, str)]
    sections = said.all("article:section", "og:article:section")
    return tuple(dict.fromkeys((*named, *sections, *_linked(tree, "category"))))[:12]


def _tags(tree: HtmlElement, said: Structured) -> tuple[str, ...]:
    keywords = [value for value in said.ld("keywords") if isinstance(value, str)]
    split = [tidy(part) for value in keywords or said.all("news_keywords", "keywords") for part in value.split(",")]
    tags = [*said.all("article:tag", "og:article:tag"), *split, *_linked(tree, "tag")]
    return tuple(dict.fromkeys(tag for tag in tags if 1 < len(tag) <= 80))[:40]


def _linked(tree: HtmlElement, kind: str) -> Iterator[str]:
    """Names of terms that the page links with rel="tag"; WordPress marks categories "category tag"."""
    for link in tree.iter("a"):
        rel = (link.get("rel") or "").lower().split()
        if "tag" in rel and ("category" in rel) == (kind == "category") and (name := markup.text_of(link)):
            yield name


def _description(said: Structured) -> str | None:
    return said.first("og:description", "description")


def _image(said: Structured, url: str) -> str | None:
    image = said.first("og:image", "og:image:url", "twitter:image")
    return resolve(url, image) if image else None


def _canonical_link(tree: HtmlElement, url: str) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return resolve(url, link.get("href"))
    return None


def _alternates(tree: HtmlElement, url: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for link in tree.iter("link"):
        code = (link.get("hreflang") or "").lower()
        if code and code != "x-default" and "alternate" in (link.get("rel") or "").lower().split():
            target = resolve(url, link.get("href") or "")
            if target:
                found[code] = target
    return found


def _pdfs(tree: HtmlElement, url: str) -> tuple[str, ...]:
    targets = (resolve(url, link.get("href")) for link in tree.iter("a") if link.get("href"))
    return tuple(dict.fromkeys(t for t in targets if t and urlsplit(t).path.lower().endswith(".pdf")))[:20]


def explained(page: Page, source: Source, *, now: datetime | None = None) -> dict[str, Any]:
    """What was removed from a page and how its body was found, for `mecmua extract --explain`."""
    decoded = charset.decode(page.body, page.content_type)
    tree = markup.parse(decoded.text)
    said = structured.read(tree)
    chosen = [element for selector in source.extraction.prune for element in select(tree, selector)]
    silence(tree)
    survey = Survey(tree)
    title = headline.title_of(Places(survey), said).text
    removed = prune(survey, page.url, chosen)
    _paragraphs, basis = paragraphs_of(survey, page.url, title)
    return {"encoding": decoded.encoding, "body_basis": basis, "removed": removed}
