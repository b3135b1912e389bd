"""Bytes from outside to text and trees, bounded: no entities, no DTDs, no network, no unlimited sizes."""

from __future__ import annotations

import codecs
import re

from lxml import etree, html

from pipeline.models import Page
from pipeline.text import without_attribute_bombs

MAX_HTML = 8_000_000  # a listing of 8 MB is none; what lies beyond is not read
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)["']""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What the WHATWG Encoding Standard has browsers do: Latin-1 and Latin-5 are read as the Windows sets that hold them.
_WIDER = {"iso8859-9": "cp1254", "iso8859-1": "cp1252", "ascii": "cp1252"}
#: What begins no entity, as in addresses that were written into XML as they are.
_BARE = r"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
_BARE_AMPERSAND = re.compile(_BARE.encode())
_BARE_HOST = re.compile(r"www\.[\w-]+(?:\.[\w-]+)+(?:[/?]|$)")
_CDATA_OR_BARE = re.compile(rb"<!\[CDATA\[.*?\]\]>|" + _BARE.encode(), re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: Codecs that make text of bytes whatever they are; Python has others ("rot13", "undefined", "idna") that do not.
_TEXT_CODEC = re.compile(r"utf-(8|16|32)|iso8859-\d+|cp\d+|ascii|koi8|mac-|gb|big5|shift_jis|euc|iso2022|tis-620|johab")


def charset_of(content_type: str) -> str | None:
    """The Python codec that a Content-Type names, or None when it names none that exists."""
    named = _CHARSET.search(content_type)
    return _codec(named[1]) if named else None


def text_of(page: Page) -> str:
    """A page's text without control characters.

    Read by its byte order mark, as UTF-8 when it is valid, by XML declaration or HTTP charset, as windows-1254 at last.
    """
    for mark, codec in _BOMS:
        if page.body.startswith(mark):
            return _CONTROL.sub("", page.body.decode(codec, "replace").lstrip("\ufeff"))
    try:
        return _CONTROL.sub("", page.body.decode("utf-8"))
    except UnicodeDecodeError:
        declared = _DECLARED.search(page.body[:1024])
        codec = (_codec(declared[1].decode("ascii")) if declared else None) or charset_of(page.content_type) or "cp1254"
        return _CONTROL.sub("", page.body.decode("cp1254" if codec == "utf-8" else codec, "replace"))


def with_ampersands(xml: bytes) -> bytes:
    """XML whose bare ampersands are escaped: mending parsers drop them, and with them the end of an address."""
    if _BARE_AMPERSAND.search(xml) is None:
        return xml
    return _CDATA_OR_BARE.sub(lambda found: b"&amp;" if found[0] == b"&" else found[0], xml)


def linked(reference: str) -> str:
    """A link as it is meant in XML, where readers forgive a missing ``http://``."""
    return f"https://{reference}" if _BARE_HOST.match(reference) else reference


def xml_tree(text: str) -> etree._Element | None:
    """The root of an XML text, mended where it is broken; None where nothing can be read. No entity is resolved."""
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(with_ampersands(text.encode("utf-8", "replace")), parser)
    except (etree.LxmlError, ValueError):
        return None


def html_tree(page: Page) -> html.HtmlElement | None:
    """The root of an HTML page, or None where there is no element in it."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        sound = without_attribute_bombs(text_of(page)[:MAX_HTML])
        return html.document_fromstring(sound.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def local_name(element: etree._Element) -> str:
    """An element's name without namespace, lower case; empty for comments and the like."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def looks_like_html(text: str) -> bool:
    """Whether a text begins as a web page does."""
    head = text[:4096].lower()
    return "<html" in head or "<!doctype html" in head


def _codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _WIDER.get(found, found) if _TEXT_CODEC.match(found) else None
