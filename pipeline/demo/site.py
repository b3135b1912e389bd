"""The whole demonstration site as a table: every address, and what it answers. Built once, served many times."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain
from xml.sax.saxutils import escape

from pipeline.demo.article import DemoArticle, Edition, Variant, edition
from pipeline.demo.page import (
    SITE_NAME,
    excerpt,
    render,
    render_listing,
    render_missing,
    render_static,
    slugify,
    stylesheet,
)

PER_PAGE = 10
_HTML = "text/html; charset=UTF-8"
_XML = "text/xml; charset=UTF-8"
_SITEMAP_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Answer:
    """What one address answers."""

    body: bytes
    content_type: str = _HTML
    status: int = 200
    last_modified: datetime | None = None
    location: str | None = None
    retry_after: int | None = None
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "etag", f'"{hashlib.sha256(self.body).hexdigest()[:16]}"')


@dataclass(frozen=True, slots=True)
class Site:
    """Every address of one variant."""

    answers: dict[str, Answer]
    missing: Answer

    def answer(self, path: str) -> Answer:
        """What a path answers; a query string is the caller's to cut off. Never raises."""
        return self.answers.get(path, self.missing)


def build(base_url: str, variant: Variant = "standard") -> Site:
    """The site of a variant, as it stands at a base URL."""
    if variant == "closed":
        notice = "Sitemiz bakımdadır, lütfen daha sonra yeniden deneyin.".encode()
        return Site({}, Answer(notice, "text/plain; charset=UTF-8", status=503, retry_after=60))
    shown = edition(variant)
    pages = chain(_article_answers(base_url, shown), _archive_answers(base_url, shown), _plain_answers(base_url, shown))
    return Site(dict(pages), Answer(render_missing(base_url, shown).encode(), status=404))


def feed(base_url: str, shown: Edition) -> str:
    """RSS 2.0 of the newest ten, the way WordPress writes it: excerpts, and times in UTC."""
    newest = shown.articles[:PER_PAGE]
    items = "\n".join(_feed_item(article, base_url) for article in newest)
    return (
        f'{_PROLOGUE}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n<title>{SITE_NAME}</title>\n'
        f'<atom:link href="{base_url}/feed/" rel="self" type="application/rss+xml" />\n<link>{base_url}/</link>\n'
        f"<description>Bölgeyi yerinden okumak</description>\n"
        f"<lastBuildDate>{_rfc822(_newest(newest))}</lastBuildDate>\n<language>tr</language>\n{items}\n"
        f"</channel>\n</rss>\n"
    )


def _feed_item(article: DemoArticle, base_url: str) -> str:
    link = f"{base_url}{article.path}" + ("?utm_source=rss" if article.tracked_in_feed else "")
    categories = "".join(f"<category><![CDATA[{term}]]></category>" for term in (*article.categories, *article.tags))
    return (
        f"<item><title>{escape(article.title)}</title><link>{link}</link>"
        f"<dc:creator><![CDATA[{article.byline}]]></dc:creator><pubDate>{_rfc822(article.published)}</pubDate>"
        f'{categories}<guid isPermaLink="false">{base_url}/?p={article.slug}</guid>'
        f"<description><![CDATA[{excerpt(article, 40)}]]></description></item>"
    )


def _article_answers(base_url: str, shown: Edition) -> Iterator[tuple[str, Answer]]:
    visible = (*shown.articles, *(article for article in shown.withheld if article.visibility != "draft"))
    for article in visible:
        html = render(article, base_url=base_url, shown=shown, password_form=article.visibility == "protected")
        yield article.path, Answer(html.encode(), last_modified=article.modified)
        if article.former_slug:
            yield f"/{article.former_slug}.html", Answer(b"", status=301, location=f"{base_url}{article.path}")
    for article in shown.gone:
        yield article.path, Answer(render_missing(base_url, shown).encode(), status=410)


def _archive_answers(base_url: str, shown: Edition) -> Iterator[tuple[str, Answer]]:
    """The homepage and every category, tag and author, ten articles a page."""
    yield from _paged("/", SITE_NAME, shown.articles, base_url, shown)
    terms: tuple[tuple[str, Callable[[DemoArticle], Iterable[str]]], ...] = (
        ("kategori", lambda article: article.categories),
        ("etiket", lambda article: article.tags),
        ("yazar", lambda article: (article.byline,)),
    )
    for folder, terms_of in terms:
        for term in sorted(set(chain.from_iterable(map(terms_of, shown.articles)))):
            held = [article for article in shown.articles if term in terms_of(article)]
            yield from _paged(f"/{folder}/{slugify(term)}/", term, held, base_url, shown)


def _paged(
    root: str, title: str, held: Sequence[DemoArticle], base_url: str, shown: Edition
) -> Iterator[tuple[str, Answer]]:
    count = -(-len(held) // PER_PAGE)
    paths = [root if number == 1 else f"{root}sayfa/{number}/" for number in range(1, count + 1)]
    for index, path in enumerate(paths):
        page = held[index * PER_PAGE : (index + 1) * PER_PAGE]
        pager = {str(number): to for number, to in enumerate(paths, 1)} if count > 1 else {}
        if index + 1 < count:
            pager["Sonraki Sayfa"] = paths[index + 1]
        html = render_listing(title, page, pager, base_url=base_url, shown=shown, path=path)
        yield path, Answer(html.encode(), last_modified=_newest(shown.articles))


def _plain_answers(base_url: str, shown: Edition) -> Iterator[tuple[str, Answer]]:
    newest = _newest(shown.articles)
    robots = f"User-agent: *\nDisallow: /wp-admin/\n\nSitemap: {base_url}/sitemap.xml\n"
    yield "/robots.txt", Answer(robots.encode(), "text/plain; charset=UTF-8")
    feed_type = "application/rss+xml; charset=UTF-8"
    yield "/feed/", Answer(feed(base_url, shown).encode(), feed_type, last_modified=newest)
    yield "/feed", Answer(b"", status=301, location=f"{base_url}/feed/")
    yield "/style.css", Answer(stylesheet().encode(), "text/css; charset=UTF-8")
    about = render_static("Hakkımızda", "about", base_url=base_url, shown=shown)
    contact = render_static("İletişim", "contact", base_url=base_url, shown=shown)
    yield "/hakkimizda.html", Answer(about.encode())
    yield "/iletisim.html", Answer(contact.encode())
    for path, xml in _sitemaps(base_url, shown):
        yield path, Answer(xml.encode(), _XML, last_modified=newest)


def _sitemaps(base_url: str, shown: Edition) -> Iterator[tuple[str, str]]:
    """An index over two sitemaps (sitemaps.org); the posts' one names old, protected and noindex addresses as well."""
    listed = (*shown.articles, *(article for article in shown.withheld if article.visibility != "draft"))
    posts = [_located("url", base_url + article.path, article.modified) for article in listed]
    former = [f"{base_url}/{article.former_slug}.html" for article in shown.articles if article.former_slug]
    posts += [_located("url", url, None) for url in former]
    categories = sorted({f"/kategori/{slugify(term)}/" for article in shown.articles for term in article.categories})
    pages = [_located("url", base_url + path, None) for path in ("/hakkimizda.html", "/iletisim.html", *categories)]
    newest = _newest(shown.articles)
    parts = [
        _located("sitemap", f"{base_url}/sitemap-posts.xml", newest),
        _located("sitemap", f"{base_url}/sitemap-pages.xml", None),
    ]
    for path, root, entries in (
        ("/sitemap.xml", "sitemapindex", parts),
        ("/sitemap-posts.xml", "urlset", posts),
        ("/sitemap-pages.xml", "urlset", pages),
    ):
        yield path, f"{_PROLOGUE}<{root} {_SITEMAP_NS}>\n" + "\n".join(entries) + f"\n</{root}>\n"


def _located(tag: str, url: str, modified: datetime | None) -> str:
    lastmod = f"<lastmod>{modified.isoformat()}</lastmod>" if modified else ""
    return f"<{tag}><loc>{escape(url)}</loc>{lastmod}</{tag}>"


def _newest(articles: Sequence[DemoArticle]) -> datetime:
    return max(article.modified for article in articles)


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))
