"""Three content systems with different templates: every public article is found by each way alone, and nothing else is.

WordPress has tests of its own for REST, feed with sitemap, and listings (test_crawl_wordpress.py, test_discovery.py).
Pelican and Wagtail have no API, so here the ways are feed with sitemap, and listings; no robots.txt of theirs names a
sitemap in the stead of a listing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pipeline.text import tokens
from tests.integration.cms import CmsSite, missing_for_pelican, missing_for_wagtail, pelican, wagtail
from tests.integration.rig import require
from tests.integration.runs import Mecmua, source_file, token_f1

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def pelican_site() -> Iterator[CmsSite]:
    require(missing_for_pelican())
    with pelican() as site:
        yield site


@pytest.fixture(scope="module")
def wagtail_site() -> Iterator[CmsSite]:
    require(missing_for_wagtail())
    with wagtail() as site:
        yield site


def crawl(site: CmsSite, engine_url: str, home: Path, name: str, paths: list[tuple[str, str]], **more: Any) -> Any:
    """One crawl with these endpoints: the report, and the documents by URL."""
    mecmua = Mecmua(home, engine_url, f"cms-{name}-{secrets.token_hex(4)}")
    endpoints = [{"type": form, "url": site.url + path} for form, path in paths]
    report = mecmua.crawl(source_file(home / "sources", name, site.url + "/", endpoints, **more))
    documents = mecmua.documents()
    found = {document["url"]: document for document in documents}
    assert len(found) == len(documents), "an article was indexed twice"
    return report, found


def judge(site: CmsSite, found: dict[str, Any], *, body: float = 0.99) -> None:
    """Every public article and nothing else; language, title and day as they were written."""
    assert found.keys() - site.posts.keys() == set(), "indexed what is no public article"
    assert site.posts.keys() - found.keys() == set(), "public articles are missing"
    assert not site.hidden & found.keys()
    pairs = [(post, found[url]) for url, post in site.posts.items()]
    assert share(document["language"] == post.language for post, document in pairs) >= 0.99
    assert share(tokens(document["title"]) == tokens(post.title) for post, document in pairs) >= 0.99
    assert share(document["published_day"] == post.day.isoformat() for post, document in pairs) >= 0.99
    assert sum(token_f1(document["text"], post.text) for post, document in pairs) / len(pairs) >= body


def share(claims: Iterator[bool]) -> float:
    every = list(claims)
    return sum(every) / len(every)


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("pelican-feed", [("feed", "/feeds/all.atom.xml"), ("sitemap", "/sitemap.xml")]),
        ("pelican-list", [("listing", "/")]),
    ],
)
def test_pelican(
    name: str, paths: list[tuple[str, str]], pelican_site: CmsSite, engine_url: str, tmp_path: Path
) -> None:
    report, found = crawl(pelican_site, engine_url, tmp_path, name, paths)
    judge(pelican_site, found)
    assert report["sources"][0]["error"] is None


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("wagtail-feed", [("feed", "/rss/"), ("sitemap", "/sitemap.xml")]),
        ("wagtail-list", [("listing", path) for path in ("/tr/analizler/", "/tr/yorumlar/", "/en/analyses/")]),
        ("wagtail-door", [("listing", "/")]),
    ],
)
def test_wagtail(
    name: str, paths: list[tuple[str, str]], wagtail_site: CmsSite, engine_url: str, tmp_path: Path
) -> None:
    """``wagtail-door``: the front page alone, which pages nowhere; its sections are the last resort."""
    report, found = crawl(wagtail_site, engine_url, tmp_path, name, paths)
    judge(wagtail_site, found)
    assert report["sources"][0]["error"] is None
    assert not [url for url in found if re.match(r"/(?:etiket|tr/\w+/$|en/\w+/$)", urlsplit(url).path)]
