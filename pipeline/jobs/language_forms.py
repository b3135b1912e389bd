"""Addresses without their language: what /tr/yazi, en.ornek.org/yazi and /yazi?lang=en have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

#: Path segments, first host labels and parameter values that name a language, as Turkish and other sites spell them.
_SPELLINGS = {
    "tr": "tr tur trk turkish turkce türkçe tr-tr",
    "en": "en eng ing english ingilizce en-us en-gb",
    "az": "az aze azerbaycanca",
    "ru": "ru rus russian rusca",
    "de": "de deu ger deutsch almanca",
    "fr": "fr fra french fransizca",
    "ar": "ar ara arabic arapca",
    **{code: code for code in "fa hy ka kk es it uk el bg ro ku sq bs pt pl zh ja ko he".split()},
}
_MARKERS = {spelling: code for code, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_PARAMETERS = frozenset({"lang", "language", "dil", "hl", "locale", "lng", "l"})
_SUFFIX = re.compile(r"[-_](tr|en|ru|az|de|fr|ar)(?=(?:\.[a-z]{3,5})?\Z)")
_NUMBER = re.compile(r"(?<![0-9])[0-9]{2,}(?![0-9])")
_DATE_PART = re.compile(r"(?:19|20)[0-9]{2}|0[1-9]|[12][0-9]|3[01]")


@dataclass(frozen=True, slots=True)
class LanguageForm:
    """An address taken apart. ``marker`` is the language that it names, '' when none; ``site`` and ``rest`` are equal
    for the forms of one page; ``numbers`` are those in the path that can be a record's, not a date's."""

    site: str
    rest: str
    marker: str
    numbers: frozenset[str]

    @property
    def name(self) -> str:
        """The last segment without its ending, which is the page's own name on most sites."""
        last = self.rest.partition("?")[0].rstrip("/").rpartition("/")[2]
        return re.sub(r"\.[a-z]{3,5}\Z", "", last)

    @property
    def is_telling(self) -> bool:
        """Whether the rest can only be one page's: a slug, not a bare number, section or file."""
        words = re.findall(r"[^\W\d_]{2,}", self.name)
        return len(words) >= 2 or sum(map(len, words)) >= 12


def page_key(url: str) -> str:
    """One spelling for http and https, with www. and without, final slash or not."""
    host, path, query = _parts(url)
    return f"{host}{path.rstrip('/')}{'?' + query if query else ''}"


def language_form(url: str) -> LanguageForm:
    """A canonical URL without the language in its host, path or query."""
    host, path, query = _parts(url)
    markers: list[str] = []
    label, _, parent = host.partition(".")
    if label in _MARKERS and "." in parent:
        markers.append(_MARKERS[label])
        host = parent
    segments = []
    for position, segment in enumerate(path.strip("/").split("/")):
        if position < 3 and segment.lower() in _MARKERS:
            markers.append(_MARKERS[segment.lower()])
        else:
            segments.append(segment)
    if found := _SUFFIX.search(segments[-1] if segments else ""):
        markers.append(found[1])
        segments[-1] = segments[-1][: found.start()] + segments[-1][found.end() :]
    pairs = parse_qsl(query, keep_blank_values=True)
    markers += [_MARKERS[value.lower()] for name, value in pairs if name in _PARAMETERS and value.lower() in _MARKERS]
    kept = urlencode([(name, value) for name, value in pairs if name not in _PARAMETERS])
    rest = "/".join(segments) + (f"?{kept}" if kept else "")
    return LanguageForm(host, rest, markers[0] if markers else "", _record_numbers(rest))


def _parts(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.netloc.removeprefix("www."), parts.path, parts.query


def _record_numbers(rest: str) -> frozenset[str]:
    return frozenset(number for number in _NUMBER.findall(rest) if not _DATE_PART.fullmatch(number))
