"""The interface in Turkish and English, and values as a reader of either writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Literal

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from pipeline.search.cite_plain import Tongue, date_text
from pipeline.search.cite_record import date_parts
from pipeline.web.turkish import turkish

COOKIE = "ui"
_TONGUES: dict[str | None, Tongue] = {"tr": "tr", "en": "en"}
_LOCALES = {"tr": Locale("tr"), "en": Locale("en", "GB")}

#: Key → (Turkish, English).
WORDS: Mapping[str, tuple[str, str]] = {
    "tagline": ("Düşünce kuruluşlarının yazılarında arama", "Search the writings of think tanks"),
    "holds": ("{} yazı; özgün metniyle, kaynağıyla, geçmişiyle.", "{} articles, each with its text, source and past."),
    "newest_articles": ("En yeni yazılar", "Newest articles"),
    "found_for": ("“{}” için", "For “{}”"),
    "all_articles": ("Bütün yazılar", "All articles"),
    "skip": ("İçeriğe geç", "Skip to content"),
    "search": ("Ara", "Search"),
    "search_label": ("Aranacak sözler", "Words to search for"),
    "how_to": ("Nasıl aranır", "How to search"),
    "how_phrase": ("sözcükler yan yana", "the words side by side"),
    "how_near": ("aralarında en çok beş sözcük", "with up to five words in between"),
    "how_or": ("biri ya da öteki", "either"),
    "how_not": ("bu geçmesin", "without it"),
    "how_exact": ("tam bu harfler; çini değil", "these very letters; not çini"),
    "how_star": ("böyle başlayan sözcükler", "words that begin so"),
    "how_field": ("başlıkta, yazarda, kaynakta", "in the title, by an author, from a source"),
    "how_narrow": ("dil, tür, etiket, PDF, site", "language, kind, tag, PDF, site"),
    "how_date": ("bu tarihler arasında yayımlanmış", "published between these dates"),
    "how_typed": (
        "Türkçe harfler, büyük harf ve ekler fark etmez; “Eastern Mediterranean” yazınca Doğu Akdeniz de bulunur.",
        "Diacritics, capitals and suffixes do not matter; “Doğu Akdeniz” finds Eastern Mediterranean too.",
    ),
    "footer": ("Mecmua · her metin arşivlenmiş kaynağıyla", "Mecmua · every text with its archived source"),
    "api": ("JSON API (OpenAPI)", "JSON API (OpenAPI)"),
    "save": ("Kaydet", "Save"),
    "saved": ("Kayıtlı aramalar", "Saved searches"),
    "saved_none": (
        "Henüz kayıtlı arama yok. Bir arama yapın, sonra “Kaydet”e basın.",
        "Nothing is saved yet. Search for something, then choose “Save”.",
    ),
    "saved_hint": (
        "Her gece taramasından sonra, seçtiyseniz, yalnızca yeni bulunanlar gönderilir.",
        "After each nightly crawl what is new to a search is sent, where you asked for it.",
    ),
    "save_this": ("Bu aramayı kaydet", "Save this search"),
    "save_title": ("Adı", "Its name"),
    "save_query": ("Arama", "Search"),
    "everything": ("(bütün yazılar)", "(all articles)"),
    "save_alert": ("Yeniler nereye bildirilsin?", "Where should new finds go?"),
    "save_alert_hint": ("Hepsi isteğe bağlı.", "All of these are optional."),
    "channel_atom": ("Bildirim beslemesi (Atom)", "Feed of digests (Atom)"),
    "channel_email": ("E-posta adresleri, boşlukla ayrılmış", "E-mail addresses, parted by spaces"),
    "channel_webhook": ("Web adresi (webhook)", "Web address (webhook)"),
    "smtp_none": (
        "E-posta için yöneticinin MECMUA_SMTP_HOST ve MECMUA_SMTP_FROM ayarlarını vermesi gerekir.",
        "E-mail needs the operator to set MECMUA_SMTP_HOST and MECMUA_SMTP_FROM.",
    ),
    "delete": ("Sil", "Delete"),
    "delete_this": ("“{}” aramasını sil", "Delete “{}”"),
    "from_file": ("alerts.yaml dosyasından", "from alerts.yaml"),
    "last_digest": ("Son bildirim: {}, {} yazı", "Last digest: {}, {} articles"),
    "no_digest": ("Henüz bildirim yok", "No digest yet"),
    "undelivered": ("Gönderilemedi: {}", "Not delivered: {}"),
    "digests": ("Bildirimler (Atom)", "Digests (Atom)"),
    "feed_long": ("Bu aramanın beslemesi (Atom)", "Feed of this search (Atom)"),
    "export": ("Dışa aktar", "Export"),
    "take_away": ("{}: süzgeci kaldır", "{}: take this filter away"),
    "more": ("Daha çok", "More"),
    "about": ("Yazı hakkında", "About the article"),
    "sources_hint": ("{} kaynak; sorunlu olanlar önce.", "{} sources, those in trouble first."),
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
    "feed": ("Besleme", "Feed"),
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
    "error_403": ("Buna izin yok", "This is not allowed"),
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
        self._named: dict[str, Callable[[str], str]] = {
            "language": self.language,
            "country": self.country,
            "kind": self,
            "pdf": self,
        }

    def __call__(self, key: str, *values: object) -> str:
        """The words of a key, or the key itself where it is a value that nobody translated."""
        pair = WORDS.get(key)
        text = pair[self.tongue == "en"] if pair else key
        return text.format(*values) if values else text

    def said(self, text: str) -> Markup:
        """What another part says in English, in this language, escaped; marked as English where it stays so."""
        translated = turkish(text) if self.tongue == "tr" else text
        return escape(translated) if translated is not None else Markup('<span lang="en">{}</span>').format(text)

    def number(self, value: int) -> str:
        """Digits grouped as this language groups them."""
        return _grouped(value, self.tongue)

    def language(self, code: str) -> str:
        """The name of a language, or its code."""
        return _names(self.tongue, "languages").get(code, code)

    def country(self, code: str) -> str:
        """The name of a country, or its code."""
        return _names(self.tongue, "territories").get(code, code)

    def day(self, day: str | None, precision: str | None = None) -> str:
        """A date as far as it is known, in words; "" without one."""
        return _day(str(day) if day else None, precision, self.tongue)

    def instant(self, value: str | datetime | None) -> str:
        """An instant in UTC, in words; "" without one."""
        if not value:
            return ""
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return format_datetime(at.astimezone(UTC), "d MMMM y, HH:mm 'UTC'", locale=self._locale)

    def label(self, facet: str, value: Any) -> str:
        """A facet's value as a reader knows it."""
        named = self._named.get(facet)
        return named(value.value) if named else str(value.label)


# --- what a page of results asks for hundreds of times ----------------------------------------------------------------


@lru_cache(maxsize=4096)
def _grouped(value: int, tongue: Tongue) -> str:
    return format_decimal(value, locale=_LOCALES[tongue])


@lru_cache(maxsize=4096)
def _day(day: str | None, precision: str | None, tongue: Tongue) -> str:
    return date_text(date_parts(day, precision), tongue)


@cache
def _names(tongue: Tongue, kind: Literal["languages", "territories"]) -> dict[str, str]:
    return {str(code): str(name) for code, name in getattr(_LOCALES[tongue], kind).items()}
