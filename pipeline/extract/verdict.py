"""Is a page an article? Reasons why not, and whether it asks to be left out of indexes.

Shortness alone never decides. Stock sitemaps list protected posts, members' pages, static pages and archives, so the
page itself has to say what it is: its content system's body class, its structured data, its forms, its make-up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from pipeline.extract.structured import Structured
from pipeline.extract.survey import Survey
from pipeline.models import Page
from pipeline.text import fold

_LISTING_CLASSES = frozenset(
    "archive category tag author search search-results blog date home post-type-archive tax-archive paged".split()
)
_ARTICLE_CLASSES = frozenset("single single-post single-format-standard node-type-article postid".split())
_LISTING_PATH = re.compile(
    r"^/(?:[a-z]{2}/)?(?:category|kategori|kategoriler|tag|tags|etiket|etiketler|author|yazar|authors|topic|"
    r"topics|konu|page|sayfa|search|arama|archive|arsiv|feed)(?:/|$)"
)
_STATIC_SLUGS = re.compile(
    r"(?:hakkimizda|hakkinda|biz-kimiz|about(?:-us)?|iletisim|bize-ulasin|contact(?:-us)?|kunye|imprint|impressum|gizlilik(?:-politikasi)?|"
    r"privacy(?:-policy)?|kvkk(?:-.*)?|cerez-politikasi|cookie-policy|terms(?:-of-(?:use|service))?|kullanim-kosullari|site-haritasi|"
    r"sitemap|uye-girisi|uye-ol|giris|login|register|kayit|kariyer|careers|yonetim-kurulu|ekibimiz|our-team|bagis|donate)"
)
_GONE_WORDS = re.compile(
    r"(?:404\b.*|.*\b404|.*(?:sayfa|icerik|yazi) bulunamad\w*.*|.*(?:aradiginiz|istediginiz) (?:sayfa|"
    r"icerik).{0,40}(?:bulunam|yok)\w*.*|.*page (?:not found|cannot be found|does not exist).*|not found|"
    r"error 404.*|nothing found|.*sayfa mevcut degil.*)"
)
_MEMBERS_WORDS = re.compile(
    r"(?:bu (?:icerik|yazi|sayfa).{0,40}(?:uyelere|abonelere|sifre|parola)|(?:uye|abone) (?:girisi|olmaniz)|"
    r"(?:this (?:content|page|article) is|available) (?:password protected|for (?:members|subscribers) only)|"
    r"members only|(?:please|you must) (?:log|sign) in|giris yapmaniz gerek|oturum acmaniz gerek)"
)
_CONSENT_WORDS = re.compile(r"(?:cerez|cookie)")


def asks_noindex(page: Page, structured: Structured) -> bool:
    """True when meta robots or X-Robots-Tag say ``noindex`` or ``none``, to all or to us by name."""
    metas = structured.all("robots", "mecmua", "googlebot")
    headers = [value for name, value in page.headers if name.lower() == "x-robots-tag"]
    return any(_says_noindex(value) for value in metas) or any(_header_says_noindex(value) for value in headers)


def _says_noindex(value: str) -> bool:
    return bool({"noindex", "none"} & {part.strip().lower() for part in value.split(",")})


def _header_says_noindex(value: str) -> bool:
    """``X-Robots-Tag: otherbot: noindex`` is not for us."""
    agent, colon, rules = value.partition(":")
    if colon and agent.strip().lower() not in ("mecmua", "noindex", "none", "unavailable_after"):
        return False
    return _says_noindex(rules if colon and agent.strip().lower() == "mecmua" else value)


def before_reading(page: Page, tree: HtmlElement, structured: Structured, url: str) -> str | None:
    """Why a page cannot be an article, as far as its frame tells; None when it may be one."""
    body = tree.find(".//body")
    tokens = frozenset(((body.get("class") or "") if body is not None else "").lower().split())
    if "error404" in tokens or page.status in (404, 410):
        return "soft_404" if page.status == 200 else "gone"
    if tree.find(".//form[@class='post-password-form']") is not None or _password_form(tree):
        return "password_protected"
    is_article = bool(tokens & _ARTICLE_CLASSES) or bool(structured.articles)
    if not is_article:
        if tokens & _LISTING_CLASSES or structured.is_listing:
            return "listing"
        if "page" in tokens and any(token.startswith("page-id-") for token in tokens):
            return "static_page"
    if "attachment" in tokens:
        return "attachment"
    return None if is_article else _by_url(url)


def _by_url(url: str) -> str | None:
    parts = urlsplit(url)
    path = fold(unquote(parts.path))
    if path in ("", "/", "/index.html", "/index.php") and not re.search(r"(?:^|&)(?:p|id|haber|yazi)=\d", parts.query):
        return "homepage"
    if _LISTING_PATH.match(path):
        return "listing"
    slug = path.rstrip("/").rpartition("/")[2].rpartition(".")[0] or path.rstrip("/").rpartition("/")[2]
    return "static_page" if _STATIC_SLUGS.fullmatch(slug) else None


def _password_form(tree: HtmlElement) -> bool:
    """A password field in the main part of a page that says little besides."""
    for field in tree.iter("input"):
        if (field.get("type") or "").lower() != "password":
            continue
        if any(node.tag in ("header", "nav", "footer", "aside") for node in field.iterancestors()):
            continue
        prose = sum(len("".join(part.itertext())) for part in tree.iter("p"))
        if prose < 600:
            return True
    return False


def after_reading(survey: Survey, structured: Structured, title: str, paragraphs: Sequence[str]) -> str | None:
    """Why a page is no article, now that its text is known; None when it is one. `survey` is the pruned page's."""
    text = " ".join(paragraphs)
    folded = fold(text[:2000])
    if _GONE_WORDS.fullmatch(fold(title)) or (len(text) < 400 and _GONE_WORDS.fullmatch(folded)):
        return "soft_404"
    if not paragraphs:
        return "no_text"
    if len(text) < 500 and _MEMBERS_WORDS.search(folded):
        return "members_only"
    if len(text) < 400 and len(_CONSENT_WORDS.findall(folded)) >= 2:
        return "cookie_wall"
    if not structured.articles and structured.first("og:type") != "article" and _is_list_of_links(survey, text):
        return "listing"
    return None


def _is_list_of_links(survey: Survey, text: str) -> bool:
    linked_headings = sum(
        1
        for number, element in enumerate(survey.elements)
        if element.tag in ("h2", "h3", "h4") and survey.linked(number) > 0.5 and not survey.is_gone(number)
    )
    linked = survey.linked(0)
    many = linked_headings >= 5 and len(text) < 400 * linked_headings and linked > 0.25
    return many or (linked > 0.7 and survey.size(0) > 300)
