"""Which PDFs are an article's own, and how they are carried by it. Pure.

A PDF is an article's attachment when its page links it in the article's part (no card, menu, sidebar, comment) and it
lies on one of the source's own hosts; on a foreign one only when the page says that it is the article itself: shown in
a frame, offered with ``download``, named by ``citation_pdf_url`` (Highwire's, which Google Scholar reads) or by
``<link rel="alternate" type="application/pdf">``. A report that an article merely quotes stays a link.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from pipeline.extract.structured import Structured
from pipeline.models import Article, Attachment, Source
from pipeline.sources.scope import is_denied, is_own_host
from pipeline.urls import article_id, canonical, is_pdf, resolve

#: So many PDFs of one article are fetched; a page with more is a list of publications.
MOST = 10
_FRAMES = {"iframe": "src", "embed": "src", "object": "data"}
_APART = frozenset(("aside", "nav", "footer"))


def embedded(tree: HtmlElement, said: Structured, url: str) -> tuple[str, ...]:
    """The PDFs that a page shows in frames or names as itself in another form; to be read before frames go."""
    return _pdfs(url, [*said.all("citation_pdf_url"), *_alternates(tree), *_framed(tree)])


def framed(content: HtmlElement, url: str) -> tuple[str, ...]:
    """The PDFs that a piece of HTML shows in frames."""
    return _pdfs(url, _framed(content))


def linked(content: HtmlElement, url: str) -> tuple[str, ...]:
    """The PDFs that a piece of HTML links."""
    return _pdfs(url, (link.get("href") or "" for link in content.iter("a")))


def _pdfs(base: str, named: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(target for name in named if (target := _pdf(base, name))))


def _alternates(tree: HtmlElement) -> Iterator[str]:
    for link in tree.iter("link"):
        kind, rel = (link.get("type") or "").lower(), (link.get("rel") or "").lower().split()
        if kind == "application/pdf" and "alternate" in rel:
            yield link.get("href") or ""


def _framed(tree: HtmlElement) -> Iterator[str]:
    """What frames show, also through a viewer: ``viewer.html?file=/rapor.pdf``, ``…/viewer?url=https://…/rapor.pdf``."""
    for frame in tree.iter(*_FRAMES):
        source = frame.get(_FRAMES[frame.tag]) or ""
        if ".pdf" in source.lower() and not any(parent.tag in _APART for parent in frame.iterancestors()):
            shown = [value for name, value in parse_qsl(urlsplit(source).query) if name in ("file", "url", "src")]
            yield next((value for value in shown if ".pdf" in value.lower()), source)


def _pdf(base: str, reference: str) -> str | None:
    target = resolve(base, reference.strip()) if reference.strip() else None
    return target if target and is_pdf(target) else None


def own(source: Source, linked: Iterable[str], said_to_be: Iterable[str]) -> tuple[str, ...]:
    """The article's own documents among the PDFs that its page links, and those that it says to be the article."""
    explicit = tuple(said_to_be)
    found = [canonical(url) for url in (*explicit, *linked) if url in explicit or is_own_host(source, url)]
    return tuple(dict.fromkeys(url for url in found if url and not is_denied(source, url)))


def planned(pdfs: Sequence[str]) -> tuple[Attachment, ...]:
    """Attachments that are still to be fetched."""
    return tuple(map(Attachment, pdfs[:MOST]))


def carried(article: Article, before: Iterable[Attachment], uploads: Collection[str]) -> Article:
    """An article that was read again, its PDFs as they were read last. Those in `uploads` (keys of URLs) belong to it
    whether its page links them or not: its site's media list says so."""
    held = {attachment.url: attachment for attachment in before}
    linked = [held.pop(attachment.url, attachment) for attachment in article.attachments]
    uploaded = [attachment for url, attachment in held.items() if article_id(url) in uploads]
    return with_attachments(article, [*linked, *uploaded])


def with_attachments(article: Article, attachments: Iterable[Attachment]) -> Article:
    """An article with these attachments, and the quality flags that they give it.

    Its text, word count, language and content hash are the page's alone.
    """
    kept = tuple(attachments)
    own_flags = [flag for flag in article.quality_flags if not flag.startswith("pdf_")]
    flags = {f"pdf_{flag}" for attachment in kept for flag in attachment.flags}
    flags |= {"pdf_unavailable" for attachment in kept if attachment.problem}
    return replace(article, attachments=kept, quality_flags=(*own_flags, *sorted(flags)))


def with_attachment(article: Article, attachment: Attachment) -> Article:
    """An article with one of its attachments read anew, or with one more."""
    others = {each.url: each for each in article.attachments}
    return with_attachments(article, {**others, attachment.url: attachment}.values())


def attachment_of(article: Article, url: str) -> Attachment | None:
    """The attachment at a URL."""
    return next((each for each in article.attachments if each.url == url), None)


def is_one(article: Article) -> bool:
    """Whether the article is a PDF itself; those read before ``page_starts`` was noted name themselves."""
    return bool(article.page_starts) or article.url in article.pdfs


def names(article: Article) -> frozenset[str]:
    """What the article's PDFs are called, cache busters aside: where these differ, a link is new or gone."""
    return frozenset(url.partition("?")[0] for url in article.pdfs)
