"""Demonstration pages as HTML: one article, or a list of them, inside the site's template.

The template has the shape of a Turkish think tank's WordPress theme: breadcrumb, byline printed twice, reading time,
view and comment counts, share buttons, related cards, readers' comments, a comment form, a sidebar, a cookie notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

import yaml

from pipeline.demo.article import DemoArticle, Edition, draw, edition
from pipeline.demo.markup import plain_html
from pipeline.text import fold, tokens, word_count

SITE_NAME = "Kafkasya ve Akdeniz Araştırmaları Merkezi"
ZONE = ZoneInfo("Europe/Istanbul")
PREVIEW_URL = "http://127.0.0.1"
_MENU = ("Gündem", "Kafkasya", "Doğu Akdeniz", "Orta Asya", "Enerji", "Savunma", "Göç", "Raporlar", "Söyleşi")
_MONTHS = (
    *("Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran"),
    *("Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"),
)
#: Facebook's advice for og:title, which many themes obey with scissors.
_OG_TITLE_LENGTH = 70
_WORDS_A_MINUTE = 100  # the theme flatters its authors: "7 dk okuma süresi" for 700 words


def render(
    article: DemoArticle, *, base_url: str = PREVIEW_URL, shown: Edition | None = None, password_form: bool = False
) -> str:
    """The whole page of an article; its cards and sidebar come from the edition ``shown``, by default the standard."""
    shown = shown or edition()
    if password_form:
        article = replace(article, title=f"Korumalı: {article.title}")
    main = _fill("article", **_article_values(article, base_url, shown, _fill("password") if password_form else None))
    return _shell(article.title, main, base_url, shown, head=_head(article, base_url), body_class="single single-post")


def wrap(
    title: str,
    byline: str,
    published_time: str | datetime | None,
    paragraphs: Sequence[str],
    *,
    base_url: str = PREVIEW_URL,
    slug: str | None = None,
    category: str = "Gündem",
    language: str = "tr",
) -> str:
    """A page of this site around a foreign text: plain paragraphs in the template, with everything that surrounds them.

    ``published_time`` becomes ``article:published_time`` (naive means Istanbul's time); None leaves the page undated.
    """
    when = datetime.fromisoformat(published_time) if isinstance(published_time, str) else published_time
    dated = when if when is None or when.tzinfo else when.replace(tzinfo=ZONE)
    undated = datetime(2016, 8, 16, tzinfo=ZONE)  # only orders the comments of an undated page
    article = DemoArticle(
        slug=slug or slugify(title),
        title=title,
        language=language,
        languages=(language,),
        authors=(byline,),
        organisations=(),
        byline=byline,
        published=dated or undated,
        modified=dated or undated,
        categories=(category,),
        tags=(),
        kind="article",
        paragraphs=tuple(paragraphs),
        html=plain_html(tuple(paragraphs)),
    )
    return _undate(render(article, base_url=base_url), article) if dated is None else render(article, base_url=base_url)


def render_listing(
    title: str, page: Sequence[DemoArticle], pager: Mapping[str, str], *, base_url: str, shown: Edition, path: str
) -> str:
    """An archive page: cards of its articles, and the pager's links (label to path)."""
    cards = "\n".join(_card(article, base_url, words=40) for article in page)
    links = "\n".join(f'  <a class="page-numbers" href="{base_url}{to}">{label}</a>' for label, to in pager.items())
    main = _fill("listing", title=escape(title, quote=False), cards=cards, pager=links)
    head = f'<link rel="canonical" href="{base_url}{path}">\n<meta property="og:type" content="website">'
    return _shell(title, main, base_url, shown, head=head, body_class="archive")


def render_static(title: str, template: str, *, base_url: str, shown: Edition) -> str:
    """One of the site's pages that are no articles (``about``, ``contact``)."""
    head = '<meta property="og:type" content="website">'
    return _shell(title, _fill(template, site_name=SITE_NAME), base_url, shown, head=head, body_class="page")


def render_missing(base_url: str, shown: Edition) -> str:
    """What the site shows where nothing is."""
    main = "<h1>Sayfa bulunamadı</h1>\n<p>Aradığınız sayfa taşınmış ya da hiç var olmamış olabilir.</p>"
    return _shell("Sayfa bulunamadı", main, base_url, shown, head="", body_class="error404")


def stylesheet() -> str:
    """The site's CSS."""
    return _read("style.css")


def slugify(words: str) -> str:
    """A title, name or term as part of an address, the way WordPress writes it."""
    return "-".join(tokens(fold(words).replace("'", "")))


def turkish_date(moment: datetime) -> str:
    """A date as Turkish sites print it: 16 Ağustos 2016."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def excerpt(article: DemoArticle, words: int) -> str:
    """The first words of the body, with an ellipsis where it goes on."""
    running = " ".join(article.paragraphs).split()
    return " ".join(running[:words]) + ("…" if len(running) > words else "")


def _article_values(article: DemoArticle, base_url: str, shown: Edition, form: str | None) -> dict[str, str]:
    comments = "" if form else _comments(article)
    category = article.categories[0]
    return {
        "base_url": base_url,
        "post_id": str(1000 + draw(article.slug, "id") % 9000),
        "title": escape(article.title, quote=False),
        "category": category,
        "category_url": f"{base_url}/kategori/{slugify(category)}/",
        "byline_links": _byline_links(article, base_url),
        "date_line": _date_line(article),
        "minutes": str(max(1, round(word_count(article.text) / _WORDS_A_MINUTE))),
        "views": str(article.views),
        "comment_count": str(comments.count('<li class="comment">')),
        "body": form or article.html,
        "category_links": _term_links("kategori", article.categories, base_url),
        "tag_links": _term_links("etiket", article.tags, base_url),
        "related": "\n".join(_card(other, base_url, words=28) for other in _related(article, shown)),
        "comments": comments,
    }


def _head(article: DemoArticle, base_url: str) -> str:
    lines = [
        f'<link rel="canonical" href="{base_url}{article.path}">',
        '<meta property="og:locale" content="tr_TR">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{escape(article.title[:_OG_TITLE_LENGTH])}">',
        f'<meta property="og:url" content="{base_url}{article.path}">',
        f'<meta property="og:site_name" content="{SITE_NAME}">',
    ]
    if article.visibility != "protected":
        lines.append(f'<meta property="og:description" content="{escape(excerpt(article, 30))}">')
    if article.visibility == "noindex":
        lines.append('<meta name="robots" content="noindex, follow">')
    if not article.date_printed_only:
        lines.append(_published_meta(article))
    if article.modified != article.published:
        lines.append(f'<meta property="article:modified_time" content="{article.modified.isoformat()}">')
    if article.translation:
        lines.append(_alternate(article.language, article.path, base_url))
        other = "en" if article.language == "tr" else "tr"
        lines.append(_alternate(other, f"/{article.translation}.html", base_url))
    return "\n".join(lines)


def _alternate(language: str, path: str, base_url: str) -> str:
    return f'<link rel="alternate" hreflang="{language}" href="{base_url}{path}">'


def _published_meta(article: DemoArticle) -> str:
    return f'<meta property="article:published_time" content="{article.published.isoformat()}">'


def _undate(html: str, article: DemoArticle) -> str:
    return html.replace(_published_meta(article) + "\n", "").replace(_published_meta(article), "")


def _date_line(article: DemoArticle) -> str:
    return f'<span class="entry-date">{turkish_date(article.published) if article.date_printed_only else ""}</span>'


def _byline_links(article: DemoArticle, base_url: str) -> str:
    """The name twice, once for the avatar and once for the text, as the theme prints it."""
    address = f"{base_url}/yazar/{slugify(article.byline)}/"
    link = f'<a class="url fn" href="{address}">{escape(article.byline, quote=False)}</a>'
    return f"{link} {link}"


def _term_links(kind: str, terms: Sequence[str], base_url: str) -> str:
    rel = "category tag" if kind == "kategori" else "tag"
    return ", ".join(f'<a href="{base_url}/{kind}/{slugify(term)}/" rel="{rel}">{term}</a>' for term in terms)


def _related(article: DemoArticle, shown: Edition) -> list[DemoArticle]:
    """Three Turkish articles, those of the same category first: under an English text too, as on the real sites."""
    others = [other for other in shown.articles if other.language == "tr" and other.slug != article.slug]
    strangers = [not set(other.categories) & set(article.categories) for other in others]
    ranked = sorted(zip(strangers, others, strict=True), key=lambda pair: (pair[0], draw(article.slug, pair[1].slug)))
    return [other for _, other in ranked[:3]]


def _card(article: DemoArticle, base_url: str, *, words: int) -> str:
    return _fill(
        "card",
        category=article.categories[0],
        url=f"{base_url}{article.path}",
        title=escape(article.title, quote=False),
        teaser=escape(excerpt(article, words), quote=False),
        date=turkish_date(article.published),
    )


def _comments(article: DemoArticle) -> str:
    """What readers wrote, drawn from the slug: two articles in three have up to three comments."""
    pool = _reader_comments()
    count = draw(article.slug, "comments") % 6
    if count > 3:
        return ""
    first = draw(article.slug, "first comment")
    items = []
    for number in range(count):
        when = article.published + timedelta(days=1 + number, hours=5 * number + 2, minutes=17)
        said = pool[(first + number * 5) % len(pool)]
        date = f"{turkish_date(when)}, {when:%H:%M}"
        items.append(_fill("comment", name=said["name"], iso=when.isoformat(), date=date, text=said["text"]))
    title = f'  <h2 class="comments-title">“{escape(article.title, quote=False)}” üzerine {count} yorum</h2>\n'
    return title + '  <ol class="comment-list">\n' + "\n".join(items) + "\n  </ol>" if items else ""


def _shell(title: str, main: str, base_url: str, shown: Edition, *, head: str, body_class: str) -> str:
    popular = sorted(shown.articles, key=lambda article: -article.views)[:5]
    return _fill(
        "page",
        head_title=f"{escape(title, quote=False)} - {SITE_NAME}",
        site_name=SITE_NAME,
        base_url=base_url,
        head=head,
        body_class=body_class,
        menu="\n".join(_menu_item(name, base_url) for name in _MENU),
        main=main,
        recent="\n".join(_sidebar_item(article, base_url) for article in shown.articles[:5]),
        popular="\n".join(_sidebar_item(article, base_url) for article in popular),
    )


def _menu_item(name: str, base_url: str) -> str:
    return f'      <li class="menu-item"><a href="{base_url}/kategori/{slugify(name)}/">{name}</a></li>'


def _sidebar_item(article: DemoArticle, base_url: str) -> str:
    link = f'<a href="{base_url}{article.path}">{escape(article.title, quote=False)}</a>'
    return f'      <li>{link} <span class="post-date">{turkish_date(article.published)}</span></li>'


def _fill(name: str, /, **values: str) -> str:
    return _template(name).substitute(values).rstrip("\n")


@cache
def _template(name: str) -> Template:
    return Template(_read(f"{name}.html"))


@cache
def _reader_comments() -> list[dict[str, str]]:
    loaded: list[dict[str, str]] = yaml.safe_load(_read("comments.yaml"))
    return loaded


def _read(name: str) -> str:
    return (files("pipeline.demo") / "template" / name).read_text(encoding="utf-8")
