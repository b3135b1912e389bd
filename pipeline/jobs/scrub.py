"""What is left of an archived answer when some articles must not be in it: REST lists without their posts, feeds
without their items, sitemaps without their entries. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lxml import etree

from pipeline.fetch.erasure import Seen
from pipeline.store.forgotten import keys_of
from pipeline.urls import resolve

_ITEMS = {"item", "entry", "url"}
_ADDRESSES = {"link", "guid", "id", "loc", "origlink"}


@dataclass(frozen=True, slots=True)
class Doomed:
    """What must go: keys of URLs, numbers of WordPress posts, and records by id."""

    keys: frozenset[str]
    posts: frozenset[int] = frozenset()
    records: frozenset[str] = frozenset()

    def names(self, url: str) -> bool:
        """True when this URL, in any of its usual spellings, is one of them."""
        return bool(url) and not self.keys.isdisjoint(keys_of(url))

    def decide(self, seen: Seen) -> bool | bytes | None:
        """What to do with a record: all of it goes, a part is left, or (None) it stays.

        What scripts asked for goes whatever it is: which of it carried a text cannot be told, and nothing reads it.
        """
        if seen.page:
            return True
        if not self.records.isdisjoint(seen.records) or self.names(seen.url) or self._leads_there(seen):
            return True
        if seen.kind != "response" or not seen.body:
            return None
        start = seen.body.lstrip()[:1]
        if start in (b"[", b"{") or seen.body[:3] == b"\xef\xbb\xbf":
            return self._json(seen.body)
        head = seen.body[:2000].lower()
        if start == b"<" and any(mark in head for mark in (b"<rss", b"<feed", b"<rdf", b"<urlset", b"<?xml")):
            return self._xml(seen)
        return None

    def _leads_there(self, seen: Seen) -> bool:
        target = next((value for name, value in seen.headers if name.lower() == "location"), None)
        return bool(target) and self.names(resolve(seen.url, target or "") or "")

    def _json(self, body: bytes) -> bool | bytes | None:
        try:
            answer = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
        except (ValueError, RecursionError):
            return None
        if isinstance(answer, dict):
            return True if self._is_post(answer) else None
        if not isinstance(answer, list):
            return None
        left = [item for item in answer if not self._is_post(item)]
        if len(left) == len(answer):
            return None
        return json.dumps(left, ensure_ascii=False, separators=(",", ":")).encode()

    def _is_post(self, item: Any) -> bool:
        if not isinstance(item, dict):
            return False
        guid = item.get("guid")
        named = [item.get("link"), guid.get("rendered") if isinstance(guid, dict) else guid]
        return item.get("id") in self.posts or any(isinstance(url, str) and self.names(url) for url in named)

    def _xml(self, seen: Seen) -> bytes | None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        root = etree.fromstring(seen.body, parser)
        if root is None:
            return None
        doomed = [node for node in root.iter() if _name(node) in _ITEMS and self._is_item(node, seen.url)]
        for node in doomed:
            parent = node.getparent()
            if parent is not None:
                parent.remove(node)
        if not doomed:
            return None
        declared = seen.body.lstrip()[:5] == b"<?xml"
        left: bytes = etree.tostring(root, xml_declaration=declared, encoding="utf-8")
        return left

    def _is_item(self, node: Any, base: str) -> bool:
        for child in node:
            if _name(child) in _ADDRESSES:
                for text in (child.text, child.get("href")):
                    if text and self.names(resolve(base, text) or text):
                        return True
        return False


def _name(node: Any) -> str:
    return etree.QName(node).localname.lower() if isinstance(node.tag, str) else ""
