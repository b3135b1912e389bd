"""Listing pages: which links lead to articles, and which one to the next page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from lxml import html

from pipeline.discover import links, sections
from pipeline.discover.addresses import may_be_article
from pipeline.discover.documents import html_tree, looks_like_html, text_of
from pipeline.discover.frames import in_frame, in_menu
from pipeline.discover.links import Link
from pipeline.discover.pagination import counted_on, next_page
from pipeline.discover.values import Ask, Found, Step, Watermark, fingerprint, named_by, refusal, trouble
from pipeline.models import Candidate, Endpoint, Page
from pipeline.sources.scope import is_own_host
from pipeline.urls import canonical, resolve

MAX_PAGES = 200


def start(endpoint: Endpoint, known: Watermark, since: datetime | None) -> tuple[Ask, ...]:
    """The listing's first page."""
    return (Ask(endpoint.url, "listing"),)


def read(step: Step) -> Found:
    """The articles that a listing page links to, the page after it until known articles are met, sections at last."""
    page = step.page
    if page.status >= 400:
        ended = (step.ask.page > 1 or step.ask.depth > 0) and page.status in (401, 403, 404, 410)
        return Found() if ended else refusal(page, "the listing")
    text = text_of(page)
    tree = html_tree(_unwrapped(page, text))
    if tree is None:
        return Found() if step.ask.page > 1 else trouble(f"the listing {page.url} holds no HTML")
    links.unveil(tree)
    base = links.base_of(tree, page.url)
    try:
        candidates = _candidates(step, tree, base)
        following = next_page(tree, page.url, step.ask.page, step.endpoint.next, base)
    except ValueError as error:
        return trouble(f"{step.source.file or step.source.id}: endpoint {step.endpoint.url}: {error}")
    if following is None and candidates and step.ask.page > 1 and not looks_like_html(text):
        following = counted_on(step.ask.url, step.ask.page)  # a piece that a button loads has no button
    behind = () if following and not step.ask.depth else sections.behind(step, _every(tree, base), candidates)
    found = _paged(step, candidates, following)
    inner = step.ask.page > 1 or step.ask.depth > 0
    if not candidates and not inner:
        found = replace(found, problem=_nothing(step), final=bool(behind))
    found = replace(found, asks=(*found.asks, *behind))
    whole = not page.truncated and sum(1 for _ in links.anchors(tree)) < links.MAX_LINKS
    return found if whole else replace(found, final=False)


def _unwrapped(page: Page, text: str) -> Page:
    """The HTML that a JSON answer carries, as "load more" buttons get it; any other page as it is."""
    if text.lstrip()[:1] not in ("{", "["):
        return page
    try:
        pieces = list(_markup(json.loads(text)))
    except (ValueError, RecursionError):
        return page
    return replace(page, body="\n".join(pieces).encode("utf-8", "replace"), content_type="text/html; charset=utf-8")


def _markup(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value,) if "<a" in value else ()
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _markup(inner)


def _nothing(step: Step) -> str:
    if step.endpoint.article:
        return f"no link on {step.page.url} matches the article pattern {step.endpoint.article}"
    return f"no links to articles on {step.page.url}; give the endpoint an article pattern, or it needs a browser"


def _paged(step: Step, candidates: tuple[Candidate, ...], following: str | None) -> Found:
    mark = fingerprint(candidate.url for candidate in candidates)
    if mark == step.ask.after:
        return Found()  # the page repeats: the site answers every number
    known = step.known.complete and all(step.knows(candidate.url) for candidate in candidates)
    if following is None or known or following == step.ask.url:
        return Found(candidates)
    if step.too_deep(MAX_PAGES):
        return Found(candidates)  # what lies beyond is never wanted, so later nights may stop where articles are known
    onward = Ask(following, "listing", step.ask.page + 1, mark, depth=step.ask.depth)
    return Found(candidates, (onward,))


# --- links -----------------------------------------------------------------------------------------------------------


def _candidates(step: Step, tree: html.HtmlElement, base: str) -> tuple[Candidate, ...]:
    """Raises ValueError when the endpoint's article pattern is no regular expression."""
    pattern = step.endpoint.article
    try:
        chosen = _matching(step, tree, base, re.compile(pattern)) if pattern else _likely(step, tree, base)
    except re.error as error:
        raise ValueError(f"the article pattern {pattern!r} is no regular expression ({error})") from error
    named, kind = named_by(step.endpoint), step.endpoint.kind
    return tuple(Candidate(one.url, named, one.published, None, one.text or None, kind) for one in links.merged(chosen))


def _matching(step: Step, tree: html.HtmlElement, base: str, pattern: re.Pattern[str]) -> Iterator[Link]:
    """The links whose URL, or whose path with query, the pattern is found in."""
    for anchor in links.anchors(tree):
        url = resolve(base, anchor.get("href"))
        if url is None or url == canonical(step.page.url):
            continue
        parts = urlsplit(url)
        path = parts.path + ("?" + parts.query if parts.query else "")
        if pattern.search(url) or pattern.search(path):
            yield Link(url, links.text_of(anchor), published=links.date_near(anchor))


def _likely(step: Step, tree: html.HtmlElement, base: str) -> Iterator[Link]:
    """The links that look like articles' by where they stand and how they are spelled."""
    itself = {canonical(url) for url in (step.page.url, step.source.homepage, step.endpoint.url)}
    found = []
    for anchor in links.anchors(tree):
        url = resolve(base, anchor.get("href"))
        if url and url not in itself and is_own_host(step.source, url) and may_be_article(url) and not in_frame(anchor):
            found.append(links.judged(url, anchor))
    return links.chosen(found)


def _every(tree: html.HtmlElement, base: str) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Every link of a page, the choices of its selections too, with the question whether it stands in a menu."""
    for anchor, reference in (*((one, one.get("href")) for one in links.anchors(tree)), *links.choices(tree)):
        url = resolve(base, reference)
        if url is not None:
            yield url, partial(in_menu, anchor)
