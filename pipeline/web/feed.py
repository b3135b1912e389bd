"""Any search as an Atom feed (RFC 4287)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree import ElementTree  # only written, never parsed

from pipeline.search.cite_record import one_line
from pipeline.search.results import Hit
from pipeline.settings import HOMEPAGE, VERSION

_ATOM = "http://www.w3.org/2005/Atom"
#: Atom wants a date of every entry; this one says that the source gave none.
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def feed(title: str, base: str, address: str, hits: Iterable[Hit]) -> bytes:
    """The hits as a feed. ``base`` is the address of the search page, ``address`` that of the feed itself."""
    ElementTree.register_namespace("", _ATOM)
    entries = tuple(hits)
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _child(root, "id", _identity(f"feed/{address.partition('?')[2]}"))
    _child(root, "title", one_line(title))
    _child(root, "link", rel="self", href=one_line(address))
    _child(root, "updated", max((_instant(hit) for hit in entries), default=_UNDATED).isoformat())
    _child(_child(root, "author"), "name", "Mecmua")
    _child(root, "generator", "Mecmua", uri=HOMEPAGE, version=VERSION)
    for hit in entries:
        _entry(root, base, hit)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: ElementTree.Element, base: str, hit: Hit) -> None:
    node = _child(root, "entry")
    _child(node, "id", _identity(f"doc/{hit.id}"))
    _child(node, "title", one_line(hit.title) or one_line(hit.url))
    _child(node, "link", rel="alternate", href=f"{base}/doc/{hit.id}")
    _child(node, "link", rel="via", href=one_line(hit.url))
    _child(node, "updated", _instant(hit).isoformat())
    for name in hit.authors or (hit.source_name or hit.source,):
        _child(_child(node, "author"), "name", one_line(name))
    for tag in hit.tags:
        _child(node, "category", term=one_line(tag))
    _child(node, "summary", one_line(hit.excerpt))


def _child(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    node = ElementTree.SubElement(parent, f"{{{_ATOM}}}{tag}", attributes)
    node.text = text
    return node


def _identity(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{HOMEPAGE}/{name}").urn


def _instant(hit: Hit) -> datetime:
    """When it was published, in UTC: sources' historic offsets have seconds, which RFC 3339 does not know."""
    try:
        return datetime.fromisoformat(hit.published or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return _UNDATED
