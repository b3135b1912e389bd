"""What dates are made of: month and weekday names, labels, zones, and patterns over folded text.

Month and weekday names come from Unicode CLDR, through babel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from babel import Locale

from pipeline.text import fold

LOCALES = ("tr", "en", "az", "ru", "uk", "de", "fr", "ka", "hy")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@cache
def month_numbers() -> Mapping[str, int]:
    """Folded month names and abbreviations of all `LOCALES`, with their numbers; the first locale wins."""
    numbers = {"sept": 9, "agst": 8, "ekm": 10, "kasm": 11}  # met on sites, unknown to CLDR
    for locale in map(Locale, LOCALES):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    numbers.setdefault(fold(name).strip("."), number)
    return numbers


@cache
def weekday_numbers() -> Mapping[str, frozenset[int]]:
    """Folded weekday names and abbreviations of all `LOCALES`, those of one letter left out, with the days that they
    may be (0 is Monday)."""
    numbers = {"tues": {1}, "weds": {2}, "thur": {3}, "thurs": {3}}
    for locale in map(Locale, LOCALES):
        for width in ("wide", "abbreviated"):
            for number, printed in locale.days["format"][width].items():
                name = fold(printed).strip(".")
                if len(name) > 1 and "." not in name:
                    numbers.setdefault(name, set()).add(number)
    return {name: frozenset(found) for name, found in numbers.items()}


@cache
def weekday_names() -> frozenset[str]:
    """The names of `weekday_numbers`."""
    return frozenset(weekday_numbers())


MODIFIED_WORDS = _words(
    """
    guncelleme guncellenme guncellendi guncellenmistir guncel duzenleme duzenlenme duzenlendi degisiklik
    degistirilme degistirildi updated update modified edited revised changed reviewed yenilenib yenilenme yenilendi
    обновлено обновлен обновлена изменено изменен обновление оновлено aktualisiert
    """
)
PUBLISHED_WORDS = _words(
    """
    yayin yayinlanma yayinlandi yayinlanmis yayinlanmistir yayim yayimlanma yayimlandi yayimlanmis yayimlanmistir giris
    eklenme eklendi
    olusturulma olusturuldu kayit yazilma posted published publication publish created added released release issued
    originally first опубликовано опубликована опубликован размещено публикации публикация добавлено опубліковано
    derc nesr paylasilib edilib yayinlanib veroffentlicht erstellt publie
    """
)
LABEL_WORDS = (
    MODIFIED_WORDS
    | PUBLISHED_WORDS
    | _words(
        """
    tarih tarihi tarihinde tarihli zamani saat saati haber haberi yazi yazinin makale icerik son en ve itibariyla
    date time on last at the of this article post was is page story dated as tarix tarixi дата от последнее
    последняя le am om pubdate datepublished datemodified datecreated
    """
    )
)
RELATIVE_UNITS: Mapping[str, str] = {
    "minutes": r"saniye|sn|dakika|dk|deqiqe|seconds?|secs?|minutes?|mins?|секунд[уы]?|минут[уы]?",
    "hours": r"saat|sa|hours?|hrs?|h|час(?:а|ов)?",
    "days": r"gun|days?|d|день|дня|днеи",
    "weeks": r"hafta|hefte|weeks?|wks?|w|недел[юиь]",
    "months": r"ay|months?|mos?|месяц(?:а|ев)?",
    "years": r"yil|sene|il|years?|yrs?|y|года?|лет",
}
DAYS_BACK: Mapping[str, int] = {
    **dict.fromkeys(("bugun", "bu gun", "az once", "biraz once", "today", "just now", "сегодня"), 0),
    **dict.fromkeys(("dun", "dunen", "yesterday", "вчера"), 1),
    **dict.fromkeys(("evvelsi gun", "onceki gun"), 2),
}
_ONES = ("bir", "a", "an", "one")
#: Minutes east of UTC. RFC 822 section 5.1 (North America), and what European and Turkish sites print.
ZONE_MINUTES: Mapping[str, int] = {
    **dict.fromkeys(("z", "utc", "gmt", "ut", "wet"), 0),
    "est": -300,
    "edt": -240,
    "cst": -360,
    "cdt": -300,
    "mst": -420,
    "mdt": -360,
    "pst": -480,
    "pdt": -420,
    "bst": 60,
    "west": 60,
    "cet": 60,
    "cest": 120,
    "eet": 120,
    "eest": 180,
    "trt": 180,
    "msk": 180,
    "azt": 240,
}
#: Local time said in words: Türkiye saatiyle, East.
LOCAL_ZONES = ("tsi", "et")


# --- the grammar, on folded text --------------------------------------------------------------------------------------


def _any_of(names: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


def _time(name: str, colon: str) -> str:
    """A time of day with its groups named by a suffix, since it may stand before or after the date."""
    zones = _any_of((*ZONE_MINUTES, *LOCAL_ZONES))
    return (
        rf"(?P<hour{name}>[0-9]{{1,2}}){colon}(?P<minute{name}>[0-5][0-9])"
        rf"(?:{colon}(?P<second{name}>[0-6][0-9])(?:[.,](?P<fraction{name}>[0-9]{{1,9}}))?)?"
        rf"(?:\s?(?P<half{name}>[ap]\.?m\b\.?|o[os]\b))?"
        rf"(?:\s?\(?(?P<zone{name}>(?:(?:utc|gmt)\s?)?[+-](?:0?[0-9]|1[0-4])(?::?[0-5][0-9])?(?![0-9:])"
        rf"|(?:{zones}|(?(second{name})[a-ik-y]|(?!)))(?![^\W_]))\)?(?:\s?[(\[][a-z/_ ]{{1,40}}[)\]])?)?"
    )


@cache
def date_forms() -> tuple[re.Pattern[str], ...]:
    """One pattern a form; all are tried and the leftmost, then longest, match wins."""
    month, weekday = rf"(?P<name>{_any_of(month_numbers())})", rf"(?:{_any_of(weekday_names())})\b"
    year, number = r"(?P<year>(?:19|20)[0-9]{2})(?:\s?г(?:ода?)?\b\.?|-c[iu]\sil\b)?", r"[0-9]{1,2}"
    day = rf"(?P<day>{number})(?:\s?(?:st|nd|rd|th|'?(?:inci|nci|uncu)))?"
    short_year = rf"(?:{year}|'?(?P<short>[0-9]{{2}})(?![:.]?[0-9]))"
    gap, between = r"[\s.,/_-]{0,3}", r"\s?(?P<mark>[./-])\s?"
    dates = (
        rf"{year}{between}(?P<month>{number})\s?(?P=mark)\s?(?P<day>{number})",
        rf"(?P<day>{number}){between}(?P<month>{number})\s?(?P=mark)\s?{year}",
        rf"(?P<day>{number})(?P<mark>[./])(?P<month>{number})(?P=mark)(?P<short>[0-9]{{2}})(?![:.]?[0-9])",
        rf"{day}\.?{gap}(?:of\s)?{month}(?![^\W\d_]){gap}{short_year}",
        rf"{month}(?![^\W\d_]){gap}{day}(?:[\s.,-]{{1,3}}){year}",
        rf"{year}{gap}{month}(?![^\W\d_]){gap}{day}",
        rf"(?<![0-9]\s){month}(?![^\W\d_]){gap}{year}",  # not the end of 12-14 Ağustos 2016
        rf"{year}-(?P<month>[01][0-9])(?![0-9-])",
        rf"(?P<month>[01]?[0-9])[./]{year}",
    )
    filler = rf"(?:[\s,.|/•·@(;-]|\bsaat\b|\bat\b|\bв\b|t(?=[0-9])|\b{weekday}){{0,8}}"
    before, after = rf"(?:{_time('_before', ':')}{filler})?", rf"(?:{filler}:?\s?{_time('', '[:.]')})?"
    lead = rf"(?<![0-9])(?<![0-9][./:-])(?:\b{weekday}[\s,.]{{0,3}})?{before}(?:\b{weekday}[\s,.]{{0,3}})?(?<![^\W\d_])"
    forms = [re.compile(rf"{lead}{date}{after}(?![0-9])(?!['][a-z])") for date in dates]
    # asctime and the Unix date command: Fri Aug 12 14:30:00 EEST 2016
    forms.append(re.compile(rf"(?:\b{weekday}\s)?\b{month}\s{{1,2}}{day}\s{_time('', ':')}\s{year}(?![0-9])"))
    units = "|".join(rf"(?P<{unit}>{words})" for unit, words in RELATIVE_UNITS.items())
    forms.append(
        re.compile(
            rf"(?<!\w)(?:(?P<count>[0-9]{{1,3}}|{_any_of(_ONES)})\s?(?:{units})\s(?:once|evvel|ago|назад)"
            rf"|(?P<back>{_any_of(DAYS_BACK)}))(?:{filler}{_time('', ':')})?(?!\w)"
        )
    )
    return tuple(forms)


#: ISO 8601 with or without separators (and 20160812143000), the most frequent form; its empty group tells it apart.
ISO = re.compile(
    r"(?P<iso>)(?P<year>(?:19|20)[0-9]{2})-?(?P<month>[01][0-9])-?(?P<day>[0-3][0-9])"
    r"(?:[t ]?(?P<hour>[0-2][0-9]):?(?P<minute>[0-5][0-9])"
    r"(?::?(?P<second>[0-6][0-9])(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"\s?(?P<zone>z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?(?:\[[a-z/_+-]{1,40}\])?)?"
)
#: ISO 8601's week dates: 2016-W32-5, 2016W32.
ISO_WEEK = re.compile(r"(?P<year>(?:19|20)[0-9]{2})-?w(?P<week>[0-5][0-9])(?:-?(?P<weekday>[1-7]))?")
#: A date that is another one where the month stands first: 08/12/2016.
EITHER_WAY = re.compile(r"(?<![0-9/])(?:0?[1-9]|1[0-2])\s?/\s?(?:0?[1-9]|1[0-2])\s?/\s?(?:19|20)[0-9]{2}(?![0-9])")
#: An issue's or a volume's number, which is no day: Sayı 12, Ağustos 2016.
ISSUE = re.compile(r"\b(?:sayi|cilt|no|issue|vol(?:ume)?)\b[.:\s]{0,3}[0-9]{1,4}(?=\s?[,;(|/–-])")
YEAR_ONLY = re.compile(r"(?P<year>(?:19|20)[0-9]{2})")
UNIX = re.compile(r"[0-9]{9,10}(?:\.[0-9]{1,6})?|[0-9]{12,13}")
