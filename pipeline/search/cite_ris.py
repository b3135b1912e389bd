"""RIS, as Zotero's RIS translator, EndNote and Mendeley read it: ``TAG  - value`` lines ended by CRLF."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.search.cite_record import Citation, DateParts, Name

#: ELEC becomes a web page, NEWS a newspaper article, RPRT a report. RIS has no interview (PCOMM becomes a letter).
_TYPES = {"report": "RPRT", "news": "NEWS", "interview": "ELEC", "web": "ELEC"}


def ris(entry: Citation) -> str:
    """One RIS record: lines joined by CRLF, an empty line at its end."""
    return "\r\n".join((*(f"{tag}  - {value}" for tag, value in _fields(entry) if value), "ER  - ", ""))


def _fields(entry: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", _TYPES[entry.type]
    yield "TI", entry.title
    for name in entry.authors:
        yield "AU", _author(name)
    # A report's T2 would be read as the title of its series.
    yield ("PB" if entry.type == "report" else "T2"), entry.publisher
    yield "M3", "Interview" if entry.type == "interview" else ""
    yield "AB", entry.abstract
    yield "DA", _date(entry.issued)
    yield "PY", f"{entry.issued[0]:04d}" if entry.issued else ""
    yield "LA", entry.language
    yield "UR", entry.url
    yield "Y2", _date(entry.accessed)
    for keyword in entry.keywords:
        yield "KW", keyword.replace(";", ",")  # a semicolon parts keywords
    yield "ID", entry.key


def _author(name: Name) -> str:
    """``Family, Given, Suffix``. What has no comma but at its end is one name: an institution.

    RIS cannot quote a comma, so one inside an institution's name becomes a semicolon.
    """
    if name.literal:
        return name.literal.replace(",", ";") + ","
    family = f"{name.particle} {name.family}".strip()
    return ", ".join(part for part in (family, name.given, name.suffix) if part)


def _date(parts: DateParts) -> str:
    """``YYYY/MM/DD/`` where unknown parts are empty but keep their slashes."""
    if not parts:
        return ""
    filled = [f"{part:0{2 if place else 4}d}" for place, part in enumerate(parts)]
    return "/".join((*filled, *[""] * (4 - len(filled))))
