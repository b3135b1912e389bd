"""The requests that a WordPress API is asked with: where it lies, and what to try where a request is too much for it.

Facts of wp-includes/rest-api: with ``_fields`` embedding needs ``_links`` kept; ``modified_after`` (since 5.7) honours
an offset, older versions ignore it; ``per_page`` is 100 at most, and sites lower it; what a request may not have is
named in ``data.params`` of the answer 400.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import html

from pipeline.discover.documents import html_tree
from pipeline.models import Page
from pipeline.urls import resolve

PER_PAGE = 100
_ROUTE = re.compile(r"(?:/wp-json/|[?&]rest_route=/?|/(?=wp/v2/))")
_LINK = re.compile(r"<([^<>]+)>\s*;[^,]*rel=[\"']?https://api\.w\.org/", re.IGNORECASE)
_LARGEST = re.compile(r"between 1 [^0-9]*and (\d+)")


def api_roots(root: str) -> tuple[str, ...]:
    """Where a site's API may lie, the usual place first: pretty permalinks on, off, and off without a front page."""
    root = root.rstrip("/")
    return f"{root}/wp-json/", f"{root}/?rest_route=/", f"{root}/index.php?rest_route=/"


def root_of(url: str) -> str:
    """The API's root that a request went to, as `api_roots` spells it."""
    found = _ROUTE.search(url)
    return url[: found.end()] if found else url


def named_root(page: Page) -> str | None:
    """The API's root that a page of the site names, in its Link header (RFC 8288) or its head."""
    header = next((_LINK.search(value) for name, value in page.headers if name.lower() == "link"), None)
    if header:
        return resolve(page.url, header[1])
    tree = html_tree(page)
    links: Iterator[html.HtmlElement] = tree.iter("link") if tree is not None else iter(())
    named = next((link.get("href") for link in links if link.get("rel") == "https://api.w.org/"), None)
    return resolve(page.url, named) if named else None


def collection(root: str, path: str, parameters: dict[str, str]) -> str:
    """A request for a collection under an API's root."""
    return with_parameters(f"{root}{path}", parameters)


def with_parameters(url: str, parameters: dict[str, str]) -> str:
    """The URL with these parameters set."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **parameters}
    return urlunsplit(parts._replace(query=urlencode(query, safe=":,/")))


def gentler(url: str, plain: Any) -> str | None:
    """The request after the first page of a collection was refused or too much: without what the answer names, then
    without embedded documents, at last in the plainest form there is; None behind that."""
    query = dict(parse_qsl(urlsplit(url).query))
    data = plain.get("data") if isinstance(plain, dict) else None
    refused = data.get("params") if isinstance(data, dict) else None
    named = {name: str(said) for name, said in refused.items() if name in query} if isinstance(refused, dict) else {}
    kept = {name: value for name, value in query.items() if name not in named}
    largest = _LARGEST.search(named.get("per_page", ""))
    if largest and int(largest[1]) > 0:
        kept["per_page"] = largest[1]
    if named and kept.keys() & {"_fields", "_embed", "orderby", "modified_after"}:
        return _asked(url, kept)
    if "_embed" in query:
        return _asked(url, {name: value for name, value in query.items() if name != "_embed"})
    plainest = {name: query[name] for name in ("rest_route",) if name in query} | {"per_page": "10", "page": "1"}
    return _asked(url, plainest) if plainest != query else None


def pieces(url: str) -> tuple[str, ...]:
    """A page of a collection that a server cannot give, in ten smaller ones: one broken post must not hide the others.
    None of a single post."""
    query = dict(parse_qsl(urlsplit(url).query))
    size, number = int(query.get("per_page", "10")), int(query.get("page", "1"))
    if "_embed" in query:
        return (_asked(url, {name: value for name, value in query.items() if name != "_embed"}),)
    if size < 10:
        return ()
    small = size // 10
    first = (number - 1) * size // small + 1
    return tuple(
        _asked(url, {**query, "per_page": str(small), "page": str(first + one)}) for one in range(size // small)
    )


def _asked(url: str, query: dict[str, str]) -> str:
    return urlunsplit(urlsplit(url)._replace(query=urlencode(query, safe=":,/")))
