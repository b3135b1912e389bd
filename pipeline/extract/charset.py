"""Bytes to text, as browsers do it and a little better for Turkish.

Order: byte order mark, HTTP header, meta (WHATWG encoding sniffing), then detection. ISO-8859-9 is read as
windows-1254, its superset (WHATWG), and so is Latin-1 whose letters only make sense in Turkish: mislabelled pages are
common on old Turkish sites.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_SNIFF_BYTES = 4096
_TURKISH = {"iso8859-9", "iso-8859-9", "cp1254"}
_WESTERN = {"iso8859-1", "iso-8859-1", "cp1252", "ascii", "iso8859-15"}
#: Bytes that are ı ş ğ İ Ş Ğ in windows-1254 and ý þ ð Ý Þ Ð (Icelandic) in Latin-1.
_TURKISH_BYTES = re.compile(
    rb"[A-Za-z\xe7\xf6\xfc\xc7\xd6\xdc][\xfd\xfe\xf0\xdd\xde\xd0]|[\xfd\xfe\xf0\xdd\xde\xd0][a-z]"
)
_MOJIBAKE = re.compile("Ã[¼¶§œ\u0096\u009c\u0087]|Ä[±°\u009f\u009eŸž]|Å[Ÿž\u009f\u009e]|â€[™œ\u009d\u0153]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text in NFC with the name of its encoding; `mojibake` says that it was encoded twice somewhere and mended, or
    holds replacement characters."""

    text: str
    encoding: str
    mojibake: bool = False


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of a page. Never raises: undecodable bytes become U+FFFD and are flagged."""
    encoding = _bom(body) or _declared(body, content_type) or _detected(body)
    text = body.decode(encoding, errors="replace").lstrip("\ufeff").replace("\x00", "")
    mended = _mend(text)
    damaged = mended is not None or text.count("\ufffd") > 2
    return Decoded(unicodedata.normalize("NFC", mended or text), encoding, damaged)


def _bom(body: bytes) -> str | None:
    return next((encoding for mark, encoding in _BOMS if body.startswith(mark)), None)


def _declared(body: bytes, content_type: str) -> str | None:
    head = body[:_SNIFF_BYTES]
    found = (
        _HEADER.search(content_type),
        _META.search(head),
        _XML.search(head),
    )
    for match in found:
        if match is None:
            continue
        label = match.group(1)
        name = _codec(label if isinstance(label, str) else label.decode("ascii"))
        if name and (name != "utf-8" or _is_utf8(body) or _mostly_utf8(body)):
            return _turkish_twin(name, body)
    return None


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    if name.startswith("utf-16"):  # a meta that could be read as ASCII is lying (WHATWG)
        return "utf-8"
    try:
        "a".encode(name)
    except (LookupError, UnicodeError, TypeError):  # codecs that are no character sets, such as base64 or idna
        return None
    return name if isinstance(b"a".decode(name, "replace"), str) else None


def _turkish_twin(name: str, body: bytes) -> str:
    """What a declared single-byte encoding means in truth: UTF-8 where the bytes are (by accident they never are),
    windows-1254 for ISO-8859-9 and for Latin-1 with Turkish letters."""
    if name not in _WESTERN and name not in _TURKISH:
        return name
    if any(byte > 127 for byte in body) and _is_utf8(body):
        return "utf-8"
    turkish = name in _TURKISH or len(_TURKISH_BYTES.findall(body)) >= 3
    return "cp1254" if turkish else "cp1252"


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(body) - 3  # cut in the middle of a character
    return True


def _mostly_utf8(body: bytes) -> bool:
    """A stray byte or two in a UTF-8 page; more than one in a hundred non-ASCII bytes means another encoding."""
    wrong = body.decode("utf-8", errors="replace").count("\ufffd")
    high = sum(byte > 127 for byte in body)
    return wrong * 100 <= max(high, 100)


def _detected(body: bytes) -> str:
    if _is_utf8(body):
        return "utf-8"
    if len(_TURKISH_BYTES.findall(body)) >= 3:
        return "cp1254"
    from charset_normalizer import from_bytes

    best = from_bytes(body[: 1 << 16]).best()
    return _turkish_twin(best.encoding, body) if best else "cp1252"


def _mend(text: str) -> str | None:
    """UTF-8 that was read as windows-1252 or 1254 and encoded again, put right; None when it was not."""
    if not any(mark in text for mark in ("Ã", "Ä", "Å", "â€")) or len(_MOJIBAKE.findall(text)) < 3:
        return None
    for name in ("cp1252", "cp1254", "latin-1"):
        try:
            mended = text.encode(name).decode("utf-8")
        except UnicodeError:
            continue
        if not _MOJIBAKE.search(mended):
            return mended
    return None
