"""A citation as one reads it in a footnote, in Turkish or English."""

from __future__ import annotations

from datetime import date
from typing import Literal

from babel.dates import format_date

from pipeline.search.cite_record import Citation, DateParts, Name

Tongue = Literal["tr", "en"]
_WORDS = {
    "tr": {
        "and": "ve",
        "others": "vd.",
        "undated": "tarihsiz",
        "accessed": "erişim tarihi: {}",
        "untitled": "Başlıksız",
    },
    "en": {"and": "and", "others": "et al.", "undated": "n.d.", "accessed": "accessed {}", "untitled": "Untitled"},
}
#: CLDR patterns for a day, a month and a year.
_PATTERNS = {3: "d MMMM y", 2: "MMMM y", 1: "y"}
#: More authors than this are "et al.".
_NAMED = 3


def plain(entry: Citation, tongue: Tongue | None = None) -> str:
    """``Author, “Title”, Source, date, URL (accessed date).``

    In Turkish for a Turkish document and in English for others, unless ``tongue`` says which.
    """
    spoken: Tongue = tongue or ("tr" if entry.language == "tr" else "en")
    words = _WORDS[spoken]
    parts = (
        _names(entry.authors, words),
        f"“{entry.title or words['untitled']}”",
        entry.publisher,
        date_text(entry.issued, spoken) or words["undated"],
        entry.url,
    )
    accessed = words["accessed"].format(date_text(entry.accessed, spoken))
    return ", ".join(part for part in parts if part) + (f" ({accessed})." if entry.accessed else ".")


def date_text(parts: DateParts, tongue: Tongue) -> str:
    """``16 Ağustos 2016`` or ``16 August 2016``, as far as the date is known; ``""`` without one."""
    if not parts:
        return ""
    day = date(*(*parts, 1, 1)[:3])
    return format_date(day, _PATTERNS[len(parts)], locale="tr" if tongue == "tr" else "en_GB")


def _names(names: tuple[Name, ...], words: dict[str, str]) -> str:
    shown = [name.shown for name in names]
    if len(shown) > _NAMED:
        return f"{shown[0]} {words['others']}"
    *first, last = shown or [""]
    return f"{', '.join(first)} {words['and']} {last}" if first else last
