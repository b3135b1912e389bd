"""What a URL's spelling says: whether it can be an article's, and whether it looks like one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

from pipeline.text import fold


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


#: Path segments of pages about articles, in Turkish and English: with one more segment behind them they still list.
_ABOUT = _words(
    "category categories kategori kategoriler tag tags etiket etiketler konu-etiketi topic topics author authors yazar",
    "yazarlar user users uye page sayfa search arama ara feed rss comments archive archives arsiv login giris register",
    "kayit taxonomy uzman uzmanlar uzmanlarimiz expert experts person staff ekip ekibimiz profile profiles kisi",
    "kisiler",
)
#: Single pages that every site has.
_STANDING = _words(
    "about about-us contact contact-us hakkimizda hakkinda iletisim kunye gizlilik gizlilik-politikasi privacy",
    "privacy-policy terms terms-of-use kvkk cerez-politikasi cookie-policy ekip ekibimiz team our-team people staff",
    "uzmanlar experts kariyer careers jobs donate bagis subscribe abone newsletter e-bulten bulten-kayit sitemap",
    "site-haritasi index index.html index.php anasayfa home sss faq yonetim kurumsal vizyon misyon support destek",
    "press basin",
)
#: Parameters of lists, searches and archives.
_LISTING_PARAMETERS = _words("cat tag author paged s q m page sayfa etiket kategori yazar ara")
#: Of these the ones that hand-made sites also give the name of a program: ?sayfa=haber_detay&id=12.
_ROUTES = _words("page sayfa s m")
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|css|js|zip|rar|mp[34]|docx?|xlsx?|pptx?|ics|xml|rss|exe)$", re.IGNORECASE
)
_DATE_ARCHIVE = re.compile(r"/(?:19|20)\d\d(?:/\d{1,2}(?:/\d{1,2})?)?/?")
#: Sections that hold no articles or never end: calendars, shops, log-ins, searches, printed and mailed forms.
_NO_SECTION = _words(
    "takvim etkinlik-takvimi calendar ajanda agenda ical events etkinlikler sepet cart checkout shop magaza account",
    "hesap wp-json wp-admin wp-login wp-login.php wp-content cgi-bin cdn-cgi print yazdir email paylas share galeri",
    "gallery video videolar api oembed xmlrpc.php trackback sifre password logout cikis uyelik",
)
#: Parameters that name a section; any other sorts, filters, counts or marks a session, and multiplies pages.
_SECTION_PARAMETERS = _words("cat category kategori id cid tur type konu topic section bolum page_id lang dil")
_SESSION = re.compile(r"[0-9a-f]{16,}|\(\w\([^)]*\)\)", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-_]\d{1,2}){0,2}")
_ARCHIVE = re.compile(r"(?:[a-z][a-z-]*/){0,3}((?:19|20)\d\d)(?:[/_-](0?[1-9]|1[0-2]))?")
_DEEPEST = 5  # segments of a section's path
_CROWD = 5  # so many URLs below make one a section
_FRONT = re.compile(r"/?|/[a-z]{2}(?:-[a-z]{2})?/?|/(?:.*/)?index\d*\.(?:html?|php|aspx?)", re.IGNORECASE)
_TERM = re.compile(
    r"/(?:[a-z]{2}(?:-[a-z]{2})?/)?(?:[a-z-]+/)?(?:(?:tag|etiket|author|yazar|category|kategori)/[^/]+/?|"
    r"(?:tags|etiketler|authors|yazarlar|categories|kategoriler)(?:\.html|/[^/]+)?/?|archives(?:\.html|/(?:19|20)\d\d)?/?)|"
    r"/(?:[a-z]{2}(?:-[a-z]{2})?/)?(?:taxonomy/term|user)/\d+/?"
)
#: WordPress without pretty permalinks: ?cat=3 and its like (?p= and ?page_id= are pages).
_TERM_PARAMETERS = _words("cat tag author s paged m")
_NUMBERED = re.compile(r"\d{3,}|(?:^|[=/_-])\d+$|^\d+-")


def may_be_article(url: str) -> bool:
    """Whether a URL can be an article's at all: no home page, category, tag, author, date archive or media file.

    A PDF can: one listed without a page is an article itself.
    """
    parts = urlsplit(url)
    segments = [fold(unquote(segment)) for segment in parts.path.split("/") if segment]
    if (not segments and not parts.query) or _FILE.search(parts.path) or _DATE_ARCHIVE.fullmatch(parts.path):
        return False
    if not _ABOUT.isdisjoint(segments) or (segments and segments[-1] in _STANDING and not parts.query):
        return False
    return not any(_lists(name.lower(), value) for name, value in parse_qsl(parts.query))


def _lists(name: str, value: str) -> bool:
    return name in _LISTING_PARAMETERS and not (name in _ROUTES and re.search(r"[^\W\d_]{3}", value))


def is_no_article(url: str) -> bool:
    """Whether a URL cannot be an article's, whoever names it: a front page, a tag's or author's page, a media file.

    Narrower than `may_be_article`, for sitemaps, where every URL that is passed over is one that nobody asks again.
    """
    parts = urlsplit(url)
    if parts.query:
        named = parse_qsl(parts.query)
        return len(named) == 1 and named[0][0] in _TERM_PARAMETERS and parts.path in ("/", "/index.php")
    return bool(_FRONT.fullmatch(parts.path) or _TERM.fullmatch(fold(unquote(parts.path))) or _FILE.search(parts.path))


def sections_of(urls: Iterable[str]) -> frozenset[str]:
    """Those URLs that are sections, since many others lie below them; a title's slug with chapters below is none."""
    every = list(urls)
    below: Counter[str] = Counter()
    for url in every:
        path = url.rstrip("/")
        for _ in range(_DEEPEST):
            path = path.rpartition("/")[0]
            below[path] += 1
    return frozenset(url for url in every if below[url.rstrip("/")] >= _CROWD and not is_slug(url))


def is_archive(url: str, today: date | None = None) -> bool:
    """Whether a URL is that of a past year's or month's articles (/2024/05/, /arsiv/2024-05), as of a day."""
    parts = urlsplit(url)
    segments = [fold(unquote(segment)) for segment in parts.path.split("/") if segment]
    found = _ARCHIVE.fullmatch("/".join(segments))
    if found is None or parts.query or not _NO_SECTION.isdisjoint(segments):
        return False
    last = today or date.max
    return (1990, 0) <= (int(found[1]), int(found[2] or 0)) <= (last.year, last.month)


def may_be_section(url: str) -> bool:
    """Whether a URL can be that of a section that lists articles: none of a calendar, a tag, a session, a sorted list.

    What is refused here is what makes a crawl endless: paths that repeat themselves, dates, unknown parameters. For
    the past's own dates see `is_archive`.
    """
    parts = urlsplit(url)
    segments = [fold(unquote(segment)) for segment in parts.path.split("/") if segment]
    named = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if not (segments or named) or len(segments) > _DEEPEST or len(set(segments)) < len(segments) or len(url) > 200:
        return False
    if _FILE.search(parts.path) or parts.path.lower().endswith(".pdf") or not named <= _SECTION_PARAMETERS:
        return False
    if any(_SESSION.search(segment) or _YEAR.fullmatch(segment) for segment in segments):
        return False
    words = set(segments)
    about = _ABOUT - {
        "category",
        "categories",
        "kategori",
        "kategoriler",
        "topic",
        "topics",
        "arsiv",
        "archive",
        "archives",
    }
    return words.isdisjoint(_NO_SECTION | about) and (bool(named) or words.isdisjoint(_STANDING))


def is_slug(url: str) -> bool:
    """Whether the last part of a URL is made of three words or more, or carries a number as content systems give."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2]
    words = [word for word in re.split(r"[-_+]|%20", re.sub(r"\.\w{2,5}$", "", last)) if word]
    return len(words) >= 3 or is_numbered(url)


def is_numbered(url: str) -> bool:
    """Whether the last part of a URL, or its query, carries a number as content systems give to records."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2]
    return bool(_NUMBERED.search(last.partition(".")[0])) or bool(_NUMBERED.search(parts.query))
