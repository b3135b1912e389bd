"""The interface in Turkish and English, and values as a reader of either writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal

from pipeline.search.cite_plain import Tongue, date_text
from pipeline.search.cite_record import date_parts

COOKIE = "ui"
_TONGUES: dict[str | None, Tongue] = {"tr": "tr", "en": "en"}
_LOCALES = {"tr": Locale("tr"), "en": Locale("en", "GB")}

#: Key → (Turkish, English).
WORDS: Mapping[str, tuple[str, str]] = {
    "tagline": ("Düşünce kuruluşlarının yazılarında arama", "Search the writings of think tanks"),
    "skip": ("İçeriğe geç", "Skip to content"),
    "search": ("Ara", "Search"),
    "search_label": ("Aranacak sözler", "Words to search for"),
    "hint": (
        'sözler, "söz öbekleri", -istenmeyen, title: author: source: lang: kind: tag: site: before: after:',
        'words, "phrases", -without, title: author: source: lang: kind: tag: site: before: after:',
    ),
    "sources": ("Kaynaklar", "Sources"),
    "results": ("{} yazı", "{} articles"),
    "none": ("Hiçbir yazı bulunamadı.", "No article was found."),
    "none_hint": (
        "Daha az söz yazın ya da süzgeçleri kaldırın.",
        "Try fewer words, or take filters away.",
    ),
    "mean": ("Bunu mu demek istediniz:", "Did you mean:"),
    "sort": ("Sırala", "Sort by"),
    "relevance": ("İlgi", "Relevance"),
    "newest": ("En yeni", "Newest"),
    "oldest": ("En eski", "Oldest"),
    "filters": ("Süzgeçler", "Filters"),
    "apply": ("Uygula", "Apply"),
    "clear": ("Süzgeçleri kaldır", "Clear filters"),
    "since": ("Başlangıç", "From"),
    "until": ("Bitiş", "To"),
    "date_hint": ("2016, 2016-08 ya da 14.08.2016", "2016, 2016-08 or 2016-08-14"),
    "removed_too": ("Sitesinden kaldırılanlar da", "Also what is gone from its site"),
    "source": ("Kaynak", "Source"),
    "country": ("Ülke", "Country"),
    "language": ("Dil", "Language"),
    "kind": ("Tür", "Kind"),
    "author": ("Yazar", "Author"),
    "tag": ("Etiket", "Tag"),
    "year": ("Yıl", "Year"),
    "pdf": ("PDF", "PDF"),
    "true": ("Var", "With"),
    "false": ("Yok", "Without"),
    "others": ("ve {} belge daha", "and {} more documents"),
    "all_languages": ("Tüm diller", "All languages"),
    "over_time": ("Zaman içinde", "Over time"),
    "also": ("Aynı metin:", "Also at:"),
    "previous": ("Önceki", "Previous"),
    "next": ("Sonraki", "Next"),
    "pages": ("Sayfalar", "Pages"),
    "page": ("Sayfa {}", "Page {}"),
    "feed": ("Bu aramanın beslemesi (Atom)", "Feed of this search (Atom)"),
    "untitled": ("Başlıksız", "Untitled"),
    "undated": ("tarihsiz", "undated"),
    "removed": ("Sitesinden kaldırıldı", "Gone from its site"),
    "original": ("Kaynağında aç", "Open at its source"),
    "permalink": ("Kalıcı bağlantı", "Permalink"),
    "provenance": ("Nereden geldi", "Where it comes from"),
    "found_in": ("Bulunduğu yer", "Found in"),
    "first_seen": ("İlk görülme", "First seen"),
    "last_seen": ("Son görülme", "Last seen"),
    "fetched_at": ("İndirilme", "Fetched"),
    "http_status": ("HTTP durumu", "HTTP status"),
    "content_hash": ("Metnin özeti (hash)", "Hash of the text"),
    "extractor": ("Metni çıkaran", "Extractor"),
    "template": ("şablon {}", "template {}"),
    "archive": ("Arşiv kaydı", "Archive record"),
    "bases": ("Dayanaklar", "Read from"),
    "title": ("başlık", "title"),
    "date": ("tarih", "date"),
    "quality_flags": ("Nitelik işaretleri", "Quality flags"),
    "aliases": ("Öteki adresler", "Other addresses"),
    "words": ("Sözcük", "Words"),
    "confidence": ("güven", "confidence"),
    "revisions": ("Sürümler", "Revisions"),
    "revision": ("Sürüm {}", "Revision {}"),
    "old_revision": (
        "Bu, yazının eski bir sürümüdür ({}).",
        "This is an earlier revision of the article ({}).",
    ),
    "current": ("Güncel sürüm", "Current revision"),
    "changes": ("bir öncekine göre değişenler", "changes against the one before"),
    "diff": ("Sürüm {} ile {} arasındaki fark", "Changes from revision {} to {}"),
    "same": ("Başlık ve metin aynı.", "Title and text are the same."),
    "duplicates": ("Aynı metni taşıyanlar", "With the same text"),
    "translations": ("Çevirileri", "Translations"),
    "similar": ("Benzer yazılar", "Similar articles"),
    "cite": ("Kaynak göster", "Cite"),
    "archived": ("Arşivdeki kopya", "Archived copy"),
    "archived_hint": (
        "Sayfanın o günkü hâli; betikler çalışmaz, dışarıdan hiçbir şey yüklenmez.",
        "The page as it was; no script runs, nothing is loaded from outside.",
    ),
    "archived_open": ("Kopyayı tek başına aç", "Open the copy on its own"),
    "text": ("Metin", "Text"),
    "pdf_page": ("PDF, sayfa {}", "PDF, page {}"),
    "pdf_read": ("Metni oku ({} sayfa)", "Read its text ({} pages)"),
    "pdf_empty": ("Bu sayfada okunabilen metin yok.", "No text could be read on this page."),
    "pdfs": ("PDF dosyaları", "PDF files"),
    "state": ("Durum", "State"),
    "evidence": ("Gerekçe", "Evidence"),
    "advice": ("Ne yapmalı", "What to do"),
    "last_run": ("Son çalışma", "Last run"),
    "last_error": ("Son hata", "Last error"),
    "newest_article": ("En yeni yazı", "Newest article"),
    "new_per_run": ("Çalışma başına yeni yazı", "New articles per run"),
    "healthy": ("sağlıklı", "healthy"),
    "new": ("yeni", "new"),
    "blocked": ("engelli", "blocked"),
    "moved": ("taşınmış", "moved"),
    "empty": ("boş", "empty"),
    "stale": ("eskimiş", "stale"),
    "shrinking": ("azalıyor", "shrinking"),
    "silent": ("suskun", "silent"),
    "defunct": ("kapanmış", "defunct"),
    "error_400": ("Bu sorgu anlaşılamadı", "This query cannot be answered"),
    "error_404": ("Böyle bir sayfa yok", "There is no such page"),
    "error_503": ("Şu anda yanıt verilemiyor", "No answer can be given now"),
    "back": ("Aramaya dön", "Back to the search"),
    "article": ("makale", "article"),
    "report": ("rapor", "report"),
    "commentary": ("yorum", "commentary"),
    "analysis": ("analiz", "analysis"),
    "news": ("haber", "news"),
    "interview": ("söyleşi", "interview"),
    "event": ("etkinlik", "event"),
    "other": ("diğer", "other"),
}


def spoken(asked: str | None, cookie: str | None, accepted: str | None) -> Tongue:
    """The interface's language: as asked for, as chosen before, or the first of Accept-Language that there is."""
    for choice in (asked, cookie, *_by_preference(accepted or "")):
        if choice in _TONGUES:
            return _TONGUES[choice]
    return "en"


def _by_preference(accepted: str) -> list[str]:
    """Primary subtags of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first."""
    weighed = []
    for part in accepted.split(",")[:20]:
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        if quality > 0:
            weighed.append((quality, tag.strip().lower().split("-")[0]))
    return [tag for _, tag in sorted(weighed, key=lambda pair: -pair[0])]


class Wording:
    """Words and values in one language, as the templates call for them."""

    def __init__(self, tongue: Tongue) -> None:
        self.tongue: Tongue = tongue
        self._locale = _LOCALES[tongue]

    def __call__(self, key: str, *values: object) -> str:
        """The words of a key, or the key itself where it is a value that nobody translated."""
        pair = WORDS.get(key)
        text = pair[self.tongue == "en"] if pair else key
        return text.format(*values) if values else text

    def number(self, value: int) -> str:
        """Digits grouped as this language groups them."""
        return format_decimal(value, locale=self._locale)

    def language(self, code: str) -> str:
        """The name of a language, or its code."""
        return str(self._locale.languages.get(code, code))

    def country(self, code: str) -> str:
        """The name of a country, or its code."""
        return str(self._locale.territories.get(code, code))

    def day(self, day: str | None, precision: str | None = None) -> str:
        """A date as far as it is known, in words; "" without one."""
        return date_text(date_parts(str(day) if day else None, precision), self.tongue)

    def instant(self, value: str | datetime | None) -> str:
        """An instant in UTC, in words; "" without one."""
        if not value:
            return ""
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return format_datetime(at.astimezone(UTC), "d MMMM y, HH:mm 'UTC'", locale=self._locale)

    def label(self, facet: str, value: Any) -> str:
        """A facet's value as a reader knows it."""
        named: dict[str, Callable[[str], str]] = {
            "language": self.language,
            "country": self.country,
            "kind": self,
            "pdf": self,
        }
        return named[facet](value.value) if facet in named else str(value.label)
