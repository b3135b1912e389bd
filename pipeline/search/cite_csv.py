"""Rows for spreadsheets. Excel opens them by a double click: UTF-8 with a byte order mark, CRLF, every cell quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.search.cite_record import citation, iso, one_line

#: Marks the file as UTF-8 for Excel.
MARK = "\ufeff"
COLUMNS = (
    "id", "key", "kind", "title", "subtitle", "authors", "organisations", "published", "published_precision", "year",
    "source", "source_name", "language", "url", "accessed", "abstract", "tags", "categories", "word_count",
    "cluster_id", "removed_at", "pdf",
)  # fmt: skip
# OWASP, CSV injection: what starts so may be computed (full-width forms too). In Excel's Turkish set-up a semicolon
# parts cells, so behind one a cell may begin as well.
_FORMULA = re.compile(r"(^|;)(\s*)(?=[=+\-@＝＋－＠\t\r])")


def header() -> str:
    """The first row, behind the byte order mark."""
    return MARK + _row(COLUMNS)


def row(document: Mapping[str, Any]) -> str:
    """A search document as one row, without its line end."""
    entry = citation(document)
    computed = {
        "key": entry.key,
        "authors": "; ".join(_listed(document, "authors")),
        "published": iso(entry.issued),
        "year": str(entry.issued[0]) if entry.issued else "",
        "accessed": iso(entry.accessed),
        "abstract": entry.abstract,
        "pdf": "; ".join(map(one_line, (document.get("pdf") or {}).get("url") or ())),
        **{name: "; ".join(_listed(document, name)) for name in ("organisations", "tags", "categories")},
    }
    return _row([computed[name] if name in computed else one_line(document.get(name)) for name in COLUMNS])


def neutral(cell: str) -> str:
    """A cell that no spreadsheet computes: what may be a formula gets an apostrophe before it."""
    return _FORMULA.sub(r"\1\2'", cell)


def _listed(document: Mapping[str, Any], name: str) -> list[str]:
    return [one_line(value) for value in document.get(name) or ()]


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return ",".join('"' + neutral(cell).replace('"', '""') + '"' for cell in cells)
