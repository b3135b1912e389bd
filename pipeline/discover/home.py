"""What a home page says of its site: system, feeds, API, languages, name; and what sort of endpoint a page is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import html

from pipeline.discover.documents import html_tree, looks_like_html, text_of
from pipeline.discover.feeds import feeds_in
from pipeline.models import EndpointType, Page
from pipeline.text import tidy
from pipeline.urls import resolve

#: Content systems by what their pages carry; the generator they name themselves comes first.
_MARKS: tuple[tuple[str, str], ...] = (
    ("WordPress", r"/wp-(?:content|includes|json)/"),
    ("Drupal", r"/sites/(?:default|all)/(?:files|themes|modules)/|data-drupal-|/core/misc/drupal"),
    ("Joomla", r"/components/com_\w+|/media/(?:system|jui)/js/"),
    ("TYPO3", r"/typo3(?:conf|temp)/"),
    ("Wagtail", r"/_util/(?:login|authenticate)|wagtailuserbar"),
    ("Plone", r"\+\+(?:theme|resource|plone)\+\+|plone-toolbar"),
    ("Ghost", r"/ghost/api/|content=\"Ghost "),
    ("Next.js", r"/_next/(?:static|data)/"),
    ("Squarespace", r"static1?\.squarespace\.com"),
    ("Wix", r"static\.(?:wixstatic|parastorage)\.com"),
    ("ASP.NET", r"__VIEWSTATE"),
)
_MAPPED = re.compile(r"<(?:[\w-]+:)?(?:urlset|sitemapindex)[\s>]")
_FED = re.compile(r"<(?:[\w-]+:)?(?:rss|feed|RDF)[\s>]")
_LANGUAGE_PATH = re.compile(r"^/([a-z]{2})(?:-[a-z]{2})?(?:/|$)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s+[|–—»•·:-]\s+")


@dataclass(frozen=True, slots=True)
class Home:
    """A home page's account of its site. ``languages``: ISO 639 codes that it declares or links editions in."""

    cms: str | None
    name: str
    languages: tuple[str, ...]
    feeds: tuple[str, ...]
    api: str | None  # the root of a WordPress REST interface, where the page names it


def read_home(page: Page) -> Home:
    """What the page says; what it does not say is empty or None."""
    tree, text = html_tree(page), text_of(page)[:2_000_000]
    if tree is None:
        return Home(_cms(text, page), urlsplit(page.url).hostname or "", (), (), None)
    api = next((link.get("href") for link in tree.iter("link") if link.get("rel") == "https://api.w.org/"), None)
    root = re.sub(r"/wp-json/?$|/?\?rest_route=.*$", "/", api) if api else None
    return Home(
        _cms(text, page), _name(tree, page.url), _languages(tree, page.url), feeds_in(page.body, page.url), root
    )


def type_of(page: Page) -> EndpointType:
    """What sort of endpoint an answer looks like: feed, sitemap, WordPress's API, or a page that lists."""
    head = text_of(page)[:4096].lstrip()
    if "/wp-json" in page.url or "rest_route=" in page.url:
        return "wordpress"
    if page.body.startswith(b"\x1f\x8b") or _MAPPED.search(head):
        return "sitemap"
    if _FED.search(head) or (head.startswith("{") and "jsonfeed.org" in head):
        return "feed"
    is_list = head.startswith("http") and not looks_like_html(head)
    return "sitemap" if is_list else "listing"


def _cms(text: str, page: Page) -> str | None:
    named = re.search(r"<meta[^>]{0,80}name=[\"']generator[\"'][^>]{0,200}", text, re.IGNORECASE)
    said = re.search(r"content=[\"']([^\"']{2,60})", named[0]) if named else None
    if said:
        return re.split(r"[\s/,;(]+[\dv]|\s*[(,;]", said[1])[0].strip()
    headers = " ".join(f"{name}: {value}" for name, value in page.headers)
    generator = re.search(r"x-generator: (\w+)", headers, re.IGNORECASE)
    found = next((system for system, mark in _MARKS if re.search(mark, text)), None)
    return generator[1] if generator else found


def _name(tree: html.HtmlElement, url: str) -> str:
    """``og:site_name``, or the title's shortest part that is no mere "Ana sayfa"; the host at last."""
    site = tree.xpath("string(//meta[@property='og:site_name']/@content)")
    if tidy(site):
        return tidy(site)
    parts = [tidy(part) for part in _BETWEEN.split(tidy(tree.findtext(".//title") or ""))]
    wanted = [part for part in parts if part and not re.fullmatch(r"(?i)ana ?sayfa|home(?: ?page)?|index", part)]
    return wanted[0] if wanted else urlsplit(url).hostname or url


def _languages(tree: html.HtmlElement, url: str) -> tuple[str, ...]:
    said = [tree.get("lang") or ""]
    said += [link.get("hreflang") or "" for link in tree.iter("link", "a") if link.get("hreflang")]
    host = urlsplit(url).hostname
    for anchor in tree.iter("a"):
        target = resolve(url, anchor.get("href") or "")
        path = _LANGUAGE_PATH.match(urlsplit(target).path) if target and urlsplit(target).hostname == host else None
        if path and path[1].lower() in ("tr", "en", "ru", "az", "de", "fr", "ar", "fa", "hy", "ka", "es", "it", "kk"):
            said.append(path[1])
    codes = (code.partition("-")[0].partition("_")[0].lower() for code in said)
    return tuple(dict.fromkeys(code for code in codes if re.fullmatch(r"[a-z]{2}", code)))
