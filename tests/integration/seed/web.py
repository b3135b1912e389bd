"""Bodies as plain HTML, addresses as slugs: what content systems other than WordPress are seeded with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from pipeline.text import fold
from tests.integration.seed.writing import Block, Writing


def body_html(writing: Writing) -> str:
    """The body as an editor's plain HTML; captions are left out, for these sites have no pictures."""
    return "\n".join(filter(None, (_html(block) for block in writing.blocks)))


def summary(writing: Writing) -> str:
    """A teaser: the excerpt, or the first words of the text."""
    return writing.excerpt or " ".join(writing.text.split()[:25]) + " …"


def slugs(writings: Iterable[Writing]) -> Iterator[tuple[Writing, str]]:
    """Each writing with a slug of its title that no other has; a title without Latin letters gives the key."""
    taken: dict[str, int] = {}
    for writing in writings:
        slug = re.sub(r"[^a-z0-9]+", "-", fold(writing.title)).strip("-")[:80].rstrip("-") or writing.key
        taken[slug] = taken.get(slug, 0) + 1
        yield writing, slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"


def _html(block: Block) -> str:
    text = [escape(line, quote=False) for line in block.lines]
    match block.kind:
        case "heading":
            return f"<h3>{text[0]}</h3>"
        case "quote":
            return f"<blockquote><p>{text[0]}</p></blockquote>"
        case "list":
            return "<ul>" + "".join(f"<li>{item}</li>" for item in text) + "</ul>"
        case "table":
            rows = ("".join(f"<td>{cell}</td>" for cell in text[at : at + 2]) for at in range(0, len(text), 2))
            return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
        case "image" | "page_break" | "more":
            return ""
        case _:
            return f"<p>{text[0]}</p>"
