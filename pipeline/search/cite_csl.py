"""CSL-JSON 1.0.2, the input of citeproc processors, Zotero, Pandoc and Word's plug-ins."""

from __future__ import annotations

import json
from typing import Any

from pipeline.search.cite_record import Citation, Name

_TYPES = {"report": "report", "news": "article-newspaper", "interview": "interview", "web": "webpage"}


def csl(entry: Citation) -> dict[str, Any]:
    """One item; what is unknown has no key."""
    # A report is published by its institute; everything else appeared on (in) its site.
    host = "publisher" if entry.type == "report" else "container-title"
    item: dict[str, Any] = {
        "id": entry.id,
        "citation-key": entry.key,
        "type": _TYPES[entry.type],
        "title": entry.title,
        "author": [_name(name) for name in entry.authors],
        "issued": {"date-parts": [list(entry.issued)]} if entry.issued else None,
        "accessed": {"date-parts": [list(entry.accessed)]} if entry.accessed else None,
        host: entry.publisher,
        "language": entry.language,
        "URL": entry.url,
        "abstract": entry.abstract,
        "keyword": ", ".join(entry.keywords),
    }
    return {key: value for key, value in item.items() if value}


def csl_json(entry: Citation) -> str:
    """One item as JSON on one line, letters as they are."""
    return json.dumps(csl(entry), ensure_ascii=False, separators=(",", ":"))


def _name(name: Name) -> dict[str, str]:
    if name.literal:
        return {"literal": name.literal}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {key: value for key, value in parts.items() if value}
