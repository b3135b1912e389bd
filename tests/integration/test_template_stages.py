"""What a source's pages have in common is learned from the archive, however a crawl came by them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import demo
from pipeline.extract.template import Template
from pipeline.jobs.crawl import Wanted, crawl
from pipeline.models import Revision, unpack
from pipeline.settings import Settings
from pipeline.sources.registry import load_sources
from pipeline.store import articles, templates
from pipeline.store.database import open_store
from tests.integration.runs import source_file
from tests.integration.site import Answer, Site, serving

pytestmark = pytest.mark.integration
NIGHT = datetime(2026, 5, 1, 2, tzinfo=UTC)
SYLLABLES = "ka le mi no ru sa te vi zo bar den gül kır lan men pel sor tun yaz".split()


@pytest.fixture
def site() -> Iterator[Site]:
    """Nine articles of one layout and nothing else in common."""
    with serving() as running:
        for number in range(9):
            chance = random.Random(number)
            words = ["".join(chance.sample(SYLLABLES, 3)) for _ in range(120)]
            text = [" ".join(words[part : part + 30]).capitalize() + "." for part in range(0, 120, 30)]
            day = f"2026-04-{number + 1:02}T10:00:00+03:00"
            page = demo.wrap(f"Yazı {words[0]}", "Ayşe Demir", day, text, base_url=running.url, slug=f"y{number}")
            running.answers[f"/y{number}.html"] = Answer(page.encode())
        entries = "".join(f"<url><loc>{running.url}{path}</loc></url>" for path in running.answers)
        sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
        running.answers["/sitemap.xml"] = Answer(sitemap.encode(), headers={"Content-Type": "application/xml"})
        yield running


class Home:
    """One installation whose only source is the site."""

    def __init__(self, folder: Path, site: Site, engine_url: str) -> None:
        self.settings = Settings(
            home=folder,
            elasticsearch_url=engine_url,
            index=f"stages-{folder.name}",
            allow_private_hosts=("127.0.0.1",),
            workers=1,
        )
        endpoints = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        self.sources = load_sources(source_file(folder / "sources", "kurum", site.url, endpoints))

    def crawl(self, wanted: Wanted, night: int = 0) -> None:
        report = crawl(self.settings, self.sources, wanted, now=NIGHT + timedelta(days=night))
        assert report.sources[0].error is None

    def learned(self) -> tuple[list[Template], dict[str, Revision]]:
        """The templates, newest first, and each article's newest revision by its path."""
        store = open_store(self.settings.state_url)
        try:
            with store.read() as connection:
                known = [unpack(Template, one.packed) for one in templates.latest(connection, "kurum", 9)]
                found = [articles.current(connection, one) for one in articles.ids(connection, "kurum")]
        finally:
            store.close()
        return known, {one.article.url.rpartition("/")[2]: one for one in found if one}


def test_stages_apart_learn_what_a_whole_crawl_does(site: Site, tmp_path: Path, engine_url: str) -> None:
    whole, apart = (Home(tmp_path / name, site, engine_url) for name in ("whole", "apart"))
    whole.crawl(Wanted())
    apart.crawl(Wanted(stage="fetch"))
    assert apart.learned() == ([], {})
    apart.crawl(Wanted(stage="extract"))
    (templates_of_one, one), (templates_of_other, other) = whole.learned(), apart.learned()
    assert templates_of_one == templates_of_other
    assert [template.pages for template in templates_of_one] == [9]
    assert {path: read.article.text for path, read in one.items()} == {
        path: read.article.text for path, read in other.items()
    }
    assert {read.template_version for read in (*one.values(), *other.values())} == {1}
    assert len(one) == 9


def test_a_limited_crawl_fetches_no_more_and_learns_once_there_is_enough(
    site: Site, tmp_path: Path, engine_url: str
) -> None:
    home = Home(tmp_path / "limited", site, engine_url)
    home.crawl(Wanted(limit=3))
    known, read = home.learned()
    assert (known, [one.template_version for one in read.values()]) == ([], [0, 0, 0])
    assert sum(path.startswith("/y") for path in site.paths()) == 3
    home.crawl(Wanted(limit=3), night=1)
    known, read = home.learned()
    assert [template.pages for template in known] == [6]
    assert [(one.template_version, one.number) for one in read.values()] == [(1, 1)] * 6, "read alone, then again"
    assert len({path for path in site.paths() if path.startswith("/y")}) == 6
