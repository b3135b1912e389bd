"""An article that its site spreads over several pages, put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.extract import documents
from pipeline.extract.html import retold
from pipeline.models import Extraction


def joined(extractions: Sequence[Extraction]) -> Extraction:
    """The first page's extraction with the texts of all parts, in the order given; its title, people and dates stand.

    A part that is no article adds nothing, and neither do lines that every part repeats at its top. Raises ValueError
    without any extraction.
    """
    if not extractions:
        raise ValueError("no extraction to join")
    first, *rest = extractions
    lines = first.article.text.split("\n") if first.article.text else []
    for part in rest:
        if part.not_article in (None, "listing", "static_page"):
            lines += _without_repeated_top(part.article.text.split("\n"), first.article.text.split("\n"))
    article = retold(first.article, "\n".join(line for line in lines if line))
    pdfs = tuple(dict.fromkeys(pdf for part in extractions for pdf in part.article.pdfs))
    return replace(first, article=replace(article, pdfs=pdfs, attachments=documents.planned(pdfs)))


def _without_repeated_top(lines: Sequence[str], first: Sequence[str]) -> Sequence[str]:
    same = 0
    while same < min(len(lines), len(first)) and lines[same] == first[same]:
        same += 1
    return lines[same:]
