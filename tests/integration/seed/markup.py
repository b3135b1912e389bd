"""Puts a body into the forms in which WordPress stores it: the classic editor's, or the block editor's."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from html import escape

from tests.integration.seed.writing import IMAGES, Block, Writing

_BLOCK_EDITOR_SINCE = 2019  # posts of earlier years are in the classic editor's form
#: Where content names the site's own address; the seeding script fills it in, so a body does not depend on a port.
SITE = "{{site}}"


def stored_content(writing: Writing) -> str:
    """A post's ``post_content``."""
    render = _in_blocks if writing.published.year >= _BLOCK_EDITOR_SINCE else _classic
    return "\n\n".join(render(block, place) for place, block in enumerate(writing.blocks))


def image_path(number: int) -> str:
    """Where image ``number`` lies below ``wp-content/uploads``."""
    return f"2015/06/gorsel-{number:02}.png"


def png(number: int, width: int = 640, height: int = 360) -> bytes:
    """A picture of one colour; large enough that themes show it, small enough to be made in no time."""
    row = b"\0" + bytes((20 * number % 256, 90, 160)) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * height)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _classic(block: Block, place: int) -> str:
    text = [escape(line, quote=False) for line in block.lines]
    match block.kind:
        case "heading":
            return f"<h3>{text[0]}</h3>"
        case "quote":
            return f"<blockquote>{text[0]}</blockquote>"
        case "list":
            return "<ul>\n" + "\n".join(f" \t<li>{item}</li>" for item in text) + "\n</ul>"
        case "table":
            return f"<table>\n<tbody>\n{_rows(text)}\n</tbody>\n</table>"
        case "image":
            picture = f'<img class="size-full" src="{_image(place)}" alt="" width="640" height="360" />'
            return f'[caption id="" align="aligncenter" width="640"]{picture} {text[0]}[/caption]'
        case "page_break":
            return "<!--nextpage-->"
        case "more":
            return "<!--more-->"
        case _:
            return text[0]


def _in_blocks(block: Block, place: int) -> str:
    text = [escape(line, quote=False) for line in block.lines]
    match block.kind:
        case "heading":
            return _wrapped("heading", f"<h2>{text[0]}</h2>")
        case "quote":
            return _wrapped("quote", f'<blockquote class="wp-block-quote"><p>{text[0]}</p></blockquote>')
        case "list":
            return _wrapped("list", "<ul>" + "".join(f"<li>{item}</li>" for item in text) + "</ul>")
        case "table":
            table = f"<table><tbody>{_rows(text)}</tbody></table>"
            return _wrapped("table", f'<figure class="wp-block-table">{table}</figure>')
        case "image":
            figure = f'<img src="{_image(place)}" alt=""/><figcaption>{text[0]}</figcaption>'
            return _wrapped("image", f'<figure class="wp-block-image size-large">{figure}</figure>')
        case "page_break":
            return _wrapped("nextpage", "<!--nextpage-->")
        case "more":
            return _wrapped("more", "<!--more-->")
        case _:
            return _wrapped("paragraph", f"<p>{text[0]}</p>")


def _wrapped(name: str, html: str) -> str:
    return f"<!-- wp:{name} -->\n{html}\n<!-- /wp:{name} -->"


def _rows(cells: Sequence[str], columns: int = 2) -> str:
    rows = (cells[start : start + columns] for start in range(0, len(cells), columns))
    return "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)


def _image(place: int) -> str:
    return f"{SITE}/wp-content/uploads/{image_path(place % IMAGES)}"
