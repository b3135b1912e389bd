"""A digest as feed, e-mail and JSON. Made from what is stored alone, so that a second try sends the same bytes."""

from __future__ import annotations

import html
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree

from pipeline.jobs.alert_rules import Alert, Channel
from pipeline.search.cite_plain import Tongue, date_text
from pipeline.search.cite_record import citation, date_parts
from pipeline.settings import HOMEPAGE, VERSION
from pipeline.store.alerts import Digest

Entry = Mapping[str, Any]
_ATOM = "http://www.w3.org/2005/Atom"
_WORDS = {
    "tr": {"new": "{} yeni yazı", "also": "Aynı metin: {}", "untitled": "Başlıksız", "why": "Kayıtlı arama: {}"},
    "en": {"new": "{} new", "also": "Same text: {}", "untitled": "Untitled", "why": "Saved search: {}"},
}


def entry(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One new cluster: its document first seen, and where else the text stands. Plain JSON."""
    first, *others = sorted(documents, key=lambda document: (document.get("first_seen") or "", document["id"]))
    cited = citation(first)
    return {
        "id": cited.id,
        "cluster_id": first["cluster_id"],
        "title": cited.title,
        "url": cited.url,
        "source": first.get("source"),
        "source_name": cited.publisher,
        "authors": [name.shown for name in cited.authors],
        "published_day": first.get("published_day"),
        "published_precision": first.get("published_precision"),
        "language": cited.language,
        "excerpt": cited.abstract,
        "also": [{"id": cited.id, "url": cited.url, "source_name": cited.publisher} for cited in map(citation, others)],
    }


def key(digest: Digest, channel: Channel) -> str:
    """The name of one delivery, the same at every try: Message-ID and Idempotency-Key are made of it."""
    return f"{digest.id}.{channel.key.rpartition(':')[2]}"


def payload(alert: Alert, digest: Digest) -> bytes:
    """What a webhook gets: JSON in UTF-8."""
    body = {
        "digest": digest.id,
        "alert": alert.name,
        "title": alert.heading,
        "created": digest.created_at.isoformat(),
        "count": len(digest.entries),
        "entries": [dict(each) for each in digest.entries],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def message(alert: Alert, digest: Digest, channel: Channel, sender: str) -> EmailMessage:
    """The e-mail to one mailbox: text, and HTML in which whatever a document holds is text."""
    words = _WORDS[alert.language]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Mecmua", addr_spec=sender)
    mail["To"] = Address(addr_spec=channel.target)
    mail["Subject"] = f"{alert.heading}: {words['new'].format(len(digest.entries))}"
    mail["Date"] = format_datetime(digest.created_at)
    mail["Message-ID"] = f"<{key(digest, channel)}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps holiday notes from answering
    why = words["why"].format(alert.query)
    mail.set_content("\n\n".join([*(_text(each, alert.language) for each in digest.entries), f"-- \n{why}"]))
    items = "\n".join(_item(each, alert.language) for each in digest.entries)
    mail.add_alternative(
        f'<!DOCTYPE html><html lang="{alert.language}"><body><h1>{html.escape(mail["Subject"])}</h1>\n'
        f"<ol>\n{items}\n</ol><p>{html.escape(why)}</p></body></html>",
        subtype="html",
    )
    mail.set_boundary(f"=_{digest.id}")  # a random one would make another mail of each try
    return mail


def feed(alert: Alert, digests: Iterable[Digest], now: datetime) -> bytes:
    """The Atom feed (RFC 4287) of the digests, an entry a cluster, newest first."""
    ElementTree.register_namespace("", _ATOM)
    kept = tuple(digests)
    root = ElementTree.Element(f"{{{_ATOM}}}feed", {"xml:lang": alert.language})
    _child(root, "id", _identity(alert.name))
    _child(root, "title", alert.heading)
    _child(root, "subtitle", _WORDS[alert.language]["why"].format(alert.query))
    _child(root, "updated", (kept[0].created_at if kept else now).isoformat())
    _child(_child(root, "author"), "name", "Mecmua")
    _child(root, "generator", "Mecmua", uri=HOMEPAGE, version=VERSION)
    for digest in kept:
        for each in digest.entries:
            _feed_entry(root, alert, digest, each)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _feed_entry(root: ElementTree.Element, alert: Alert, digest: Digest, each: Entry) -> None:
    node = _child(root, "entry")
    # Named after the document, for a cluster takes another name when an earlier copy turns up.
    _child(node, "id", _identity(f"{alert.name}/{each['id']}"))
    _child(node, "title", _title(each, alert.language))
    _child(node, "link", rel="alternate", href=each["url"])
    _child(node, "updated", digest.created_at.isoformat())
    for name in each["authors"] or [each["source_name"]]:
        _child(_child(node, "author"), "name", name)
    _child(node, "summary", "\n".join(line for line in _lines(each, alert.language) if line))


def _child(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    node = ElementTree.SubElement(parent, f"{{{_ATOM}}}{tag}", attributes)
    node.text = text
    return node


def _identity(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{HOMEPAGE}/alerts/{name}").urn


def _title(each: Entry, tongue: Tongue) -> str:
    return str(each["title"] or _WORDS[tongue]["untitled"])


def _lines(each: Entry, tongue: Tongue) -> tuple[str, ...]:
    """Byline, excerpt, and where else the text stands."""
    day = date_text(date_parts(each["published_day"], each["published_precision"]), tongue)
    byline = ", ".join(part for part in (*each["authors"], each["source_name"], day) if part)
    also = ", ".join(other["url"] for other in each["also"])
    return byline, each["excerpt"], _WORDS[tongue]["also"].format(also) if also else ""


def _text(each: Entry, tongue: Tongue) -> str:
    return "\n".join(line for line in (_title(each, tongue), *_lines(each, tongue), each["url"]) if line)


def _item(each: Entry, tongue: Tongue) -> str:
    lines = "".join(f"<br>{html.escape(line)}" for line in _lines(each, tongue) if line)
    title = html.escape(_title(each, tongue))
    # Only web addresses are links: a document's URL is the source's word.
    is_web = str(each["url"]).startswith(("http://", "https://"))
    return f'<li><a href="{html.escape(each["url"])}">{title}</a>{lines}</li>' if is_web else f"<li>{title}{lines}</li>"
