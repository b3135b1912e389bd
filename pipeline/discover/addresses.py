"""What a URL's spelling says: whether it can be an article's, and whether it looks like one."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from pipeline.text import fold


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


#: Path segments of pages about articles, in Turkish and English: with one more segment behind them they still list.
_ABOUT = _words(
    "category categories kategori kategoriler tag tags etiket etiketler konu-etiketi topic topics author authors yazar",
    "yazarlar user users uye page sayfa search arama ara feed rss comments archive archives arsiv login giris register",
    "kayit",
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
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|css|js|zip|rar|mp[34]|docx?|xlsx?|pptx?|ics|xml|rss|exe)$", re.IGNORECASE
)
_DATE_ARCHIVE = re.compile(r"/(?:19|20)\d\d(?:/\d{1,2}(?:/\d{1,2})?)?/?")
_NUMBERED = re.compile(r"\d{3,}|(?:^|[=/_-])\d+$")


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
    return _LISTING_PARAMETERS.isdisjoint(name.lower() for name, _ in parse_qsl(parts.query))


def is_slug(url: str) -> bool:
    """Whether the last part of a URL is made of three words or more, or carries a number as content systems give."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2]
    words = [word for word in re.split(r"[-_+]|%20", re.sub(r"\.\w{2,5}$", "", last)) if word]
    return len(words) >= 3 or bool(_NUMBERED.search(last.partition(".")[0])) or bool(_NUMBERED.search(parts.query))
