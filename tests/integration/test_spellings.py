"""Endpoints that spell an article's address differently: it is asked for once, and each of them is named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.integration.runs import Mecmua, source_file
from tests.integration.site import Answer, add_articles, serving

pytestmark = pytest.mark.integration
XML = {"Content-Type": "application/xml"}


def test_an_article_is_asked_for_once_under_all_its_spellings(tmp_path: Path) -> None:
    with serving() as site:
        urls = add_articles(site, 6)
        items = []
        for url in urls:
            bare = url.removesuffix(".html")
            path = bare.removeprefix(site.url)
            site.answers[path] = site.answers[f"{path}/"] = site.answers.pop(f"{path}.html")
            body = site.answers[path].body.decode().replace(f"{path}.html", path)  # type: ignore[union-attr]  # no script
            site.answers[path] = site.answers[f"{path}/"] = Answer(body.replace('rel="canonical"', "").encode())
            items.append(f"<item><title>x</title><link>{bare}/</link></item>")
        sitemap = site.answers["/sitemap.xml"].body.replace(b".html", b"")  # type: ignore[union-attr]  # no script
        site.answers["/sitemap.xml"] = Answer(sitemap, headers=XML)
        feed = f'<rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'
        site.answers["/feed"] = Answer(feed.encode(), headers=XML)
        listed = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}, {"type": "feed", "url": f"{site.url}/feed"}]
        mecmua = Mecmua(tmp_path, "http://127.0.0.1:9", "none")
        report = mecmua.crawl(source_file(tmp_path, "iki", site.url, listed), check=1)  # there is no engine
        asked = Counter(path.rstrip("/") for path in site.paths() if path.startswith("/yazi-"))
    assert report["outcomes"] == {"new": 6, "duplicate": 6}
    assert set(asked.values()) == {1}
    engine = create_engine(f"sqlite:///{tmp_path / 'state.db'}")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT article_id, found_in FROM urls")).all()
    engine.dispose()
    assert len({row.article_id for row in found}) == 6
    assert Counter(row.found_in.partition(":")[0] for row in found) == {'["sitemap': 6, '["feed': 6}
