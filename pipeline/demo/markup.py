"""The small markup that the demonstration articles are written in: what it means as HTML, and as plain paragraphs.

Blocks are separated by blank lines: ``## heading``, ``- item``, ``1. item``, ``> quote``, ``| cell | cell |``; anything
else is a paragraph. Inside a block: ``**strong**``, ``*emphasis*``, ``[link](/address)``.
"""

from __future__ import annotations

import re
from html import escape

_STRONG = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"\*(.+?)\*")
_LINK = re.compile(r"\[(.+?)\]\((.+?)\)")
_HEADING = re.compile(r"(#{2,3}) +")
_ITEM = re.compile(r"- +")
_STEP = re.compile(r"\d+\. +")
_QUOTE = re.compile(r"> ?")
_RULE_ROW = re.compile(r"\|[\s|:-]+\|")


def to_paragraphs(body: str) -> tuple[str, ...]:
    """The text a reader sees: one string per paragraph, heading, list item, quoted paragraph or table row.

    Cells of a row are joined by " | ".
    """
    return tuple(_plain(line) for block in _blocks(body) for line in _lines(block))


def to_html(body: str) -> str:
    """The body as HTML, as a content management system would store it."""
    return "\n".join(_block_html(block) for block in _blocks(body))


def plain_html(paragraphs: tuple[str, ...]) -> str:
    """Plain paragraphs as HTML, with no markup read into them."""
    return "\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)


def _blocks(body: str) -> list[str]:
    return [block.strip() for block in re.split(r"\n\s*\n", body.strip())]


def _lines(block: str) -> list[str]:
    """The block's units without their markers; a wrapped paragraph is one unit."""
    lines = block.splitlines()
    if block.startswith("|"):
        return [" | ".join(_cells(line)) for line in lines if not _RULE_ROW.fullmatch(line.strip())]
    for marker in (_ITEM, _STEP, _QUOTE):
        if marker.match(block):
            return [marker.sub("", line, count=1) for line in lines]
    return [_HEADING.sub("", " ".join(lines), count=1)]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _plain(text: str) -> str:
    return _EMPHASIS.sub(r"\1", _STRONG.sub(r"\1", _LINK.sub(r"\1", text)))


def _inline(text: str) -> str:
    linked = _LINK.sub(r'<a href="\2">\1</a>', escape(text, quote=False))
    return _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", linked))


def _block_html(block: str) -> str:
    if block.startswith("|"):
        return _table_html(block)
    lines = [_inline(line) for line in _lines(block)]
    if heading := _HEADING.match(block):
        level = len(heading[1])
        return f"<h{level}>{lines[0]}</h{level}>"
    for marker, tag in ((_ITEM, "ul"), (_STEP, "ol")):
        if marker.match(block):
            return f"<{tag}>\n" + "\n".join(f"<li>{line}</li>" for line in lines) + f"\n</{tag}>"
    paragraphs = "\n".join(f"<p>{line}</p>" for line in lines)
    return f"<blockquote>\n{paragraphs}\n</blockquote>" if _QUOTE.match(block) else paragraphs


def _table_html(block: str) -> str:
    rows = []
    for number, line in enumerate(_lines(block)):
        tag = "td" if number else "th"
        rows.append("<tr>" + "".join(f"<{tag}>{_inline(cell)}</{tag}>" for cell in _cells(line)) + "</tr>")
    return "<table>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"
