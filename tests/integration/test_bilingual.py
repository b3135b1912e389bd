"""Two languages of a site: what its sitemap and its addresses say of them ends as pairs in the state."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from pipeline import demo
from pipeline.demo.article import articles
from tests.integration.runs import Mecmua, source_file
from tests.integration.site import Answer, Site, serving

pytestmark = pytest.mark.integration
SPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
TEXTS = {language: [one for one in articles() if one.language == language and one.text] for language in ("tr", "en")}
#: Number of the text in its language, path, and the paths that the sitemap calls its other languages'.
PAGES = (
    ("tr", 0, "/yeni-denge-arayisi", {"en": "/the-search-for-balance"}),
    ("en", 0, "/the-search-for-balance", {}),
    ("tr", 1, "/tr/enerji-koridorlari", {}),
    ("en", 1, "/en/enerji-koridorlari", {}),
    ("tr", 2, "/tr/baska-bir-yazi", {}),
    ("en", 2, "/en/something-else", {}),
)


def build(site: Site) -> None:
    entries = []
    for language, number, path, forms in PAGES:
        paragraphs = TEXTS[language][number].text.split("\n")
        day = f"202{number}-0{len(path) % 9 + 1}-0{number + 1}"
        page = demo.wrap(path, f"Yazar {number}{language}", day, paragraphs, base_url=site.url, slug=path.strip("/"))
        site.answers[path] = Answer(page.replace(f"{path}.html", path).encode())
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{site.url}{other}"/>' for code, other in forms.items()
        )
        entries.append(f"<url><loc>{site.url}{path}</loc>{links}</url>")
    body = f"<urlset {SPACES}>{''.join(entries)}</urlset>"
    site.answers["/sitemap.xml"] = Answer(body.encode(), headers={"Content-Type": "application/xml"})


def test_pairs_come_from_hreflang_and_from_paths(tmp_path: Path) -> None:
    with serving() as site:
        build(site)
        mecmua = Mecmua(tmp_path, "http://127.0.0.1:9", "none")
        listed = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        report = mecmua.crawl(source_file(tmp_path, "iki", site.url, listed), check=1)  # there is no engine
        assert report["outcomes"] == {"new": len(PAGES)}
        pairs = "SELECT one.url, other.url, basis FROM translations JOIN articles one ON article_id = one.id"
        engine = create_engine(f"sqlite:///{tmp_path / 'state.db'}")
        with engine.connect() as connection:
            rows = connection.execute(text(f"{pairs} JOIN articles other ON other_id = other.id")).all()
        engine.dispose()
    expected = {
        ("/yeni-denge-arayisi", "/the-search-for-balance", "hreflang"),
        ("/tr/enerji-koridorlari", "/en/enerji-koridorlari", "path"),
    }
    found = {(one.removeprefix(site.url), other.removeprefix(site.url), basis) for one, other, basis in rows}
    assert found == expected | {(other, one, basis) for one, other, basis in expected}
