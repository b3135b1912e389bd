r"""BibTeX for classical styles, biber and reference managers: UTF-8, with LaTeX's own characters escaped.

Literal braces are written as Zotero writes them (``\{\vphantom{\}}``): BibTeX counts braces even behind a backslash, so
each needs its counterpart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.search.cite_record import Citation, Name, iso

_TYPES = {"report": "techreport", "news": "article", "interview": "online", "web": "online"}
#: Where each type names its source.
_HOSTS = {"report": "institution", "news": "journal", "interview": "organization", "web": "organization"}
#: babel's names of the languages that sources write in; biblatex hyphenates and translates by them.
_LANGUAGES = {
    "ar": "arabic", "az": "azerbaijani", "bg": "bulgarian", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fa": "persian", "fr": "french", "it": "italian", "ku": "kurmanji", "ru": "russian",
    "tr": "turkish", "uk": "ukrainian",
}  # fmt: skip
_SPECIAL = {
    "\\": r"{\textbackslash}", "{": r"\{\vphantom{\}}", "}": r"\vphantom{\{}\}", "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}", "<": r"{\textless}", ">": r"{\textgreater}", "|": r"{\textbar}",
    **{char: "\\" + char for char in "#$%&_"},
}  # fmt: skip
# Two of these in a row, or a backquote behind ! or ?, are one other character to TeX.
_LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=')(?=')|(?<=`)(?=`)|(?<=,)(?=,)|(?<=[!?])(?=`)")


def bibtex(entry: Citation) -> str:
    """One entry: lines joined by LF, an empty line at its end."""
    fields = ",\n".join(f"  {name} = {{{value}}}" for name, value in _fields(entry) if value)
    return f"@{_TYPES[entry.type]}{{{entry.key},\n{fields}\n}}\n"


def _fields(entry: Citation) -> Iterator[tuple[str, str]]:
    yield "author", " and ".join(_author(name) for name in entry.authors)
    yield "title", _title(entry.title)
    yield _HOSTS[entry.type], escape(entry.publisher)
    yield "entrysubtype", "newspaper" if entry.type == "news" else ""
    # Classical styles know the year, biblatex and Zotero take the whole date; "month" beside it would confuse Zotero.
    yield "year", f"{entry.issued[0]:04d}" if entry.issued else ""
    yield "date", iso(entry.issued)
    yield "url", entry.url
    yield "urldate", iso(entry.accessed)
    yield "note", "Interview" if entry.type == "interview" else ""
    yield "language", entry.language
    yield "langid", _LANGUAGES.get(entry.language, "")
    # A comma parts keywords, and so does a semicolon for Zotero.
    yield "keywords", ", ".join(escape(" ".join(re.sub("[,;]", " ", word).split())) for word in entry.keywords)
    yield "abstract", escape(entry.abstract)


def escape(text: str) -> str:
    """Text as LaTeX source that prints as it reads."""
    return "".join(_SPECIAL.get(char, char) for char in _LIGATURE.sub("\0", text)).replace("\0", "{}")


def _title(text: str) -> str:
    """Styles put titles in lower case by English rules, which turns Irak into irak: words with capitals are braced."""
    return " ".join(_protected(word) for word in text.split(" "))


def _protected(word: str) -> str:
    return f"{{{escape(word)}}}" if word != word.lower() else escape(word)


def _author(name: Name) -> str:
    """``particle Family, Suffix, Given``; a name in braces is taken whole, commas and "and" included."""
    if name.literal:
        return f"{{{_name(name.literal)}}}"
    family = " ".join(part for part in (name.particle, _part(name.family)) if part)
    return ", ".join((family, *(_part(part) for part in (name.suffix, name.given) if part)))


def _part(text: str) -> str:
    """Part of a name. A lower-case family name would be read as a particle, and "and" or a comma as the name's end."""
    source = _name(text)
    plain = source == text and "," not in text and text[:1] == text[:1].upper()
    return source if plain and not re.search(r"(?i)\band\b", text) else f"{{{source}}}"


def _name(text: str) -> str:
    """Readers split names by braces each in its own way, so a name that holds some gets parentheses."""
    return escape(text.translate(_PARENTHESES))


_PARENTHESES = str.maketrans("{}", "()")
