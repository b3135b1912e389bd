"""What kind of text an article is, from what the site calls it (category, type, path), in Turkish and English."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from pipeline.models import Kind
from pipeline.text import fold

#: Folded stems; the first that starts a word of a category, type or path segment decides, in this order.
_STEMS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("interview", ("soylesi", "roportaj", "mulakat", "interview", "musahibe")),
    ("report", ("rapor", "report", "policy-paper", "working-paper", "policy-brief", "white-paper", "politika-not")),
    ("event", ("etkinlik", "event", "konferans", "conference", "panel", "semin", "webinar", "calistay", "workshop")),
    ("commentary", ("yorum", "gorus", "commentar", "opinion", "op-ed", "kose-yazi", "blog", "perspekti")),
    ("analysis", ("analiz", "analys", "degerlendirme", "assessment", "inceleme", "brief", "insight")),
    ("news", ("haber", "news", "duyuru", "announcement", "press-release", "basin-bulten", "bulten")),
)  # fmt: skip
_PARTS = re.compile(r"[^\w]+|_")


def kind_of(url: str, categories: Iterable[str], types: Iterable[str], stated: Kind | None) -> Kind:
    """The kind an endpoint states, else the one that categories, structured types or the path name, else article."""
    if stated:
        return stated
    segments = unquote(urlsplit(url).path).split("/")[:-1]
    for name in (*categories, *types, *segments):
        joined = "-".join(part for part in _PARTS.split(fold(name)) if part)
        if joined and len(joined) <= 60 and (kind := _kind(joined)):
            return kind
    return "article"


def _kind(joined: str) -> Kind | None:
    for kind, stems in _STEMS:
        if any(joined.startswith(stem) or f"-{stem}" in joined for stem in stems):
            return kind
    return None
