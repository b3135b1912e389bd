"""A post as it is meant to be: what the site is given, and what extraction should find on its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tests.integration.seed.vocabulary import User

SITE_ZONE = ZoneInfo("Europe/Istanbul")
IMAGES = 12
Status = Literal["publish", "draft", "private", "protected", "pending", "future", "trash"]
BlockKind = Literal["paragraph", "heading", "list", "quote", "table", "image", "page_break", "more"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a body: its lines of text (a list's items, a table's cells row by row); an image has a caption."""

    kind: BlockKind
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """A reader's comment and how long after the post it came."""

    author: str
    text: str
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One post as it is meant to be: what extraction should find on its page."""

    key: str
    status: Status
    title: str
    language: str
    author: User
    published: datetime  # aware, Europe/Istanbul
    modified: datetime
    blocks: tuple[Block, ...]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    excerpt: str = ""
    comments: tuple[Comment, ...] = ()
    image: int | None = None  # number of the featured image
    sticky: bool = False
    is_page: bool = False

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text, a block's line each, in reading order; captions are not in it."""
        return tuple(line for block in self.blocks if block.kind != "image" for line in block.lines)

    @property
    def text(self) -> str:
        """All paragraphs, separated by line breaks."""
        return "\n".join(self.paragraphs)

    @property
    def day(self) -> date:
        """The date its readers see."""
        return self.published.date()

    @property
    def authors(self) -> tuple[str, ...]:
        """The persons, without academic titles."""
        return self.author.authors

    @property
    def organisations(self) -> tuple[str, ...]:
        """Who signed when no person did."""
        return self.author.organisations

    @property
    def byline(self) -> str:
        """The author as printed."""
        return self.author.display_name
