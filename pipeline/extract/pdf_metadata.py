"""What a PDF says of itself: title, writers and dates, from its properties and its first pages.

Properties are what an office program left there: a file's name, a typist, "user". They count only where they can be
meant. What is printed on the first page counts by its place: the largest type is the title, short lines under it are
writers and date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from lxml import etree

from pipeline.extract.dates import Stamp, find_dates, parse_date
from pipeline.extract.pdf_text import FrontLine, PdfText
from pipeline.extract.people import split_byline
from pipeline.text import fold, tidy, tokens

#: Longer lines are prose; a byline or a date does not stand in prose.
LONGEST_LABEL, LONGEST_DATE_LINE = 120, 80
#: Lines behind the title among which writers are sought.
BYLINES = 8
LONGEST_TITLE = 300
_FILE_NAME = re.compile(
    r"\.(?:docx?|rtf|odt|pdf|pptx?|xlsx?|indd|qxp|qxd|pub|tex|dvi|html?|txt|p65|ai|cdr)\b|^file:|[\\/]\w+[\\/]"
)
_PROGRAM = re.compile(r"microsoft (?:office )?(?:word|power ?point|excel|publisher)\s*-\s*")
_NAMELESS = re.compile(
    r"(?:untitled|power ?point (?:sunusu|presentation)|slayt|slide|"
    r"ads[iı]z|isimsiz|basliksiz|no title|title|baslik|document|dokuman|belge|yeni|new|"
    r"presentation|sunu|kopya|copy|taslak|draft|layout|sayfa|page|kapak|cover|report|rapor|final|son|print|test)?"
    r"[\W\d_]*(?:document|belge|page|hali)?[\W\d_]*"
)
_NOBODY = frozenset(
    "user users kullanici windows admin administrator owner pc hp asus acer casper dell lenovo toshiba sony vaio msi "
    "exper home ev microsoft office author yazar unknown bilinmiyor anonymous default guest test "
    "grafik tasarim designer matbaa dizgi mac macbook imac adobe canva server sekreter system xp win7 win10 "
    "notebook laptop ofis bilgisayar".split()
)
_PDF_DATE = re.compile(
    r"(?:D:)?(?P<Y>\d{4})(?P<M>\d\d)?(?P<D>\d\d)?(?P<h>\d\d)?(?P<m>\d\d)?(?P<s>\d\d)?"
    r"(?:(?P<utc>Z)|(?P<sign>[+-])(?P<zh>\d\d)(?:'?(?P<zm>\d\d))?)?"
)
_XMP_BYTES, _XMP_PACKETS = 1_000_000, 20
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
}


@dataclass(frozen=True, slots=True)
class Properties:
    """What the information dictionary and the XMP packet say, where it is plausible; dates are ISO 8601."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    created: str | None = None
    modified: str | None = None


# --- properties ------------------------------------------------------------------------------------------------------


def properties(info: Mapping[str, str], body: bytes) -> Properties:
    """The plausible properties of a PDF: of its information dictionary first, then of an XMP packet (ISO 16684-1)."""
    titles, names = xmp(body)
    title = next((text for each in (info.get("Title", ""), *titles) if (text := plausible_title(each))), None)
    writers = [name for each in (info.get("Author", ""), *names) if (name := tidy(each)) and is_plausible_author(name)]
    return Properties(
        title=title,
        authors=tuple(dict.fromkeys(writers)),
        created=iso_date(info.get("CreationDate", "")),
        modified=iso_date(info.get("ModDate", "")),
    )


def plausible_title(text: str) -> str | None:
    """A title property without "Microsoft Word - "; None for a file's name, a program's and for what names nothing."""
    title = tidy(text)
    folded = fold(title)
    if start := _PROGRAM.match(folded):
        title, folded = title[start.end() :], folded[start.end() :]
    words = tokens(title)
    nothing = len(title) < 4 or len(title) > LONGEST_TITLE or not any(char.isalpha() for char in title)
    if nothing or _FILE_NAME.search(folded) or _NAMELESS.fullmatch(folded) or "\ufffd" in title:
        return None
    # a file's name without its ending: rapor_2016_son, KafkasRaporu-v3
    return None if len(words) == 1 and ("_" in title or any(char.isdigit() for char in title)) else title


def is_plausible_author(text: str) -> bool:
    """Whether an author property can be a writer's name rather than a computer's, a program's or a place-holder."""
    words = [word for word in tokens(text) if not word.isdigit()]
    return len(words) > 1 and not _NOBODY.intersection(words) and not re.search(r"[\d@\\_]", text)


def iso_date(text: str) -> str | None:
    """A PDF date (``D:20160816143000+03'00'``, PDF 1.7 section 7.9.4) as ISO 8601 with its offset, or None."""
    match = _PDF_DATE.match(text.strip())
    if not match:
        return None
    part = match.groupdict()
    if not part["M"]:
        return part["Y"]
    date = f"{part['Y']}-{part['M']}-{part['D'] or '01'}"
    if not part["h"]:
        return date
    zone = "Z" if part["utc"] else f"{part['sign']}{part['zh']}:{part['zm'] or '00'}" if part["sign"] else ""
    return f"{date}T{part['h']}:{part['m'] or '00'}:{part['s'] or '00'}{zone}"


def xmp(body: bytes) -> tuple[list[str], list[str]]:
    """Titles and creators of the file's own XMP packet, where it is not compressed; pictures' packets do not count."""
    for packet in _packets(body):
        try:
            tree = etree.fromstring(packet, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
        except (etree.XMLSyntaxError, ValueError):
            continue
        if tree.xpath("//pdf:Producer|//@pdf:Producer", namespaces=_NAMESPACES):
            return _items(tree, "title"), _items(tree, "creator")
    return [], []


def _packets(body: bytes) -> Iterator[bytes]:
    """The last XMP packets of a file, newest first: an update is written behind what it replaces."""
    end = len(body)
    for _ in range(_XMP_PACKETS):
        end = body.rfind(b"</x:xmpmeta>", 0, end)
        start = body.rfind(b"<x:xmpmeta", max(0, end - _XMP_BYTES), max(0, end))
        if end < 0:
            return
        if start >= 0:
            yield body[start : end + len(b"</x:xmpmeta>")]


def _items(tree: etree._Element, name: str) -> list[str]:
    found = tree.xpath(f"//dc:{name}//rdf:li/text()", namespaces=_NAMESPACES)
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


# --- first pages -----------------------------------------------------------------------------------------------------


def printed_title(text: PdfText, site_names: Iterable[str] = ()) -> str | None:
    """The largest type on the first page that has any to spare; the second page's, where the first is but a cover.

    A publisher's name in larger type is none, nor are single letters and numbers.
    """
    known = {fold(name) for name in site_names}
    for page in (0, 1):
        blocks = [block for block in _blocks(text.front, page) if _can_be_title(block, known)]
        larger = [block for block in blocks if block[0].height >= 1.12 * text.body_height]
        if larger:
            return _text(max(larger, key=lambda block: block[0].height))
    first = next(iter(_blocks(text.front, 0)), None)
    return _text(first) if first and _can_be_title(first, known) and _text(first)[-1] not in ".,;:" else None


def _blocks(front: Sequence[FrontLine], page: int) -> list[list[FrontLine]]:
    """Neighbouring lines of one size; sizes that differ by rounding are one."""
    lines = [line for line in front if line.page == page and not line.running]
    return [list(group) for _, group in groupby(lines, key=lambda line: round(line.height * 2) / 2)]


def _text(block: Sequence[FrontLine]) -> str:
    return tidy(" ".join(line.text for line in block))


def _can_be_title(block: Sequence[FrontLine], known: set[str]) -> bool:
    title = _text(block)
    letters = sum(char.isalpha() for char in title)
    return 6 <= len(title) <= LONGEST_TITLE and letters >= 0.5 * len(title) and fold(title) not in known


def confirmed(title: str, text: PdfText) -> bool:
    """Whether the first pages print a title property; the title of a template or of a former report is absent."""
    printed = set(tokens(" ".join(line.text for line in text.front)))
    words = set(tokens(title))
    return bool(words) and len(words & printed) >= 0.75 * len(words)


def bylines(text: PdfText, title: str) -> Iterator[str]:
    """Short lines behind the title up to the first prose: writers sign there."""
    words = set(tokens(title))
    found, persons = 0, False
    for page, lines in groupby((line for line in text.front if not line.running), key=lambda line: line.page):
        behind = page > 0 and not found
        for line in lines:
            if words and words.issuperset(tokens(line.text)) and not found:
                behind = True
                continue
            if not behind:
                continue
            if len(line.text) > LONGEST_LABEL or found >= BYLINES or _is_prose(line, text):
                return
            found += 1
            signed = split_byline(line.text)
            if signed.authors or not persons:  # an institution under a name is where that person works
                yield line.text
            persons = persons or bool(signed.authors)


def _is_prose(line: FrontLine, text: PdfText) -> bool:
    """A line of body type that is as long as a sentence's lines are."""
    return len(line.text) > 60 and abs(line.height - text.body_height) < 0.05 * text.body_height


def printed_date(text: PdfText, *, timezone: str, now: datetime | None) -> tuple[Stamp | None, Stamp | None]:
    """Publication and modification dates that the first two pages print on short lines, running lines included."""
    published: Stamp | None = None
    modified: Stamp | None = None
    for line in text.front:
        if len(line.text) > LONGEST_DATE_LINE:
            continue
        for found in find_dates(line.text, timezone=timezone, now=now):
            if not _is_label(line.text, found.end - found.start):
                continue
            if found.role == "modified":
                modified = modified or found.stamp
            elif published is None or (published.precision in ("month", "year") and _refines(found.stamp, published)):
                published = found.stamp
    return published, modified


def _is_label(line: str, length: int) -> bool:
    """Whether a date is what its line is about: no sentence, and few words beside it."""
    return line.rstrip()[-1:] not in ".!?;" and len(line) - length <= 45


def _refines(stamp: Stamp, rough: Stamp) -> bool:
    same_year = stamp.day.year == rough.day.year
    return (
        stamp.precision in ("second", "day")
        and same_year
        and (rough.precision == "year" or stamp.day.month == rough.day.month)
    )


def property_date(text: str | None, *, timezone: str, now: datetime | None) -> Stamp | None:
    """A date property as a guess: it says when the file was made, which may be long after it was published."""
    stamp = parse_date(text, timezone=timezone, now=now) if text else None
    return replace(stamp, guessed=True) if stamp else None
