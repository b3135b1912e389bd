"""A site without feed, sitemap or CMS: its front page names some articles, a section lists all, each link carries
another session id whenever it is shown, and a calendar never ends."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.runs import Mecmua
from tests.integration.site import Answer, Site, serving

pytestmark = pytest.mark.integration
COUNT, ON_A_PAGE = 30, 10
WORDS = (
    "enerji boru hattı bölge politika ticaret koridor liman anlaşma seçim güvenlik müzakere Hazar gaz su iklim"
).split()
_FRONT = "<a href='/'>Araştırma Evi</a> <a href='/makaleler'>Makaleler</a> <a href='/takvim/2024/1'>Takvim</a>"
_sessions = itertools.count(10**8)


def framed(title: str, body: str) -> Answer:
    head = f"<head><title>{title} | Araştırma Evi</title></head>"
    return Answer(f"<html lang=tr>{head}<body><div class=ust>{_FRONT}</div>{body}</body></html>".encode())


def listed(number: int) -> str:
    link = f"/makale/{number}/{WORDS[number % 16].lower()}-uzerine-notlar?oturum={next(_sessions)}"
    return f"<div class=ozet><h3><a href='{link}'>{title(number)}</a></h3><p>{' '.join(WORDS[:9])}</p></div>"


def title(number: int) -> str:
    return f"{WORDS[number % 16].capitalize()} üzerine {number} numaralı notlar"


def fed() -> Answer:
    """A feed of the newest articles, as blogs have it."""
    slugs = [f"/makale/{number}/{WORDS[number % 16].lower()}-uzerine-notlar" for number in range(5)]
    items = "".join(f"<item><title>{title(n)}</title><link>{slug}</link></item>" for n, slug in enumerate(slugs))
    feed = f"<rss version='2.0'><channel><title>Blog</title>{items}</channel></rss>"
    return Answer(feed.encode(), headers={"Content-Type": "application/rss+xml"})


def shown(path: str) -> Answer:
    path, _, query = path.partition("?")
    parts = path.strip("/").split("/")
    if path == "/":
        return framed("Ana sayfa", "".join(map(listed, range(6))))
    if path == "/makaleler":
        page = int(query.removeprefix("sayfa=") or 1)
        pager = "".join(f"<a href='/makaleler?sayfa={n}'>{n}</a> " for n in range(1, 4))
        return framed("Makaleler", "".join(map(listed, range((page - 1) * ON_A_PAGE, page * ON_A_PAGE))) + pager)
    if parts[0] == "makale":
        draw = random.Random(parts[1])
        text = "".join(f"<p>{' '.join(draw.choices(WORDS, k=40)).capitalize()}.</p>" for _ in range(4))
        meta = f"<div class=kunye>Ayşe Yılmaz, {int(parts[1]) % 28 + 1}.03.2021</div>"
        return framed(title(int(parts[1])), f"<div class=yazi><h1>{title(int(parts[1]))}</h1>{meta}{text}</div>")
    if parts[0] == "takvim":
        year, month = int(parts[1]), int(parts[2])
        return framed("Takvim", f"<a href='/takvim/{year + month // 12}/{month % 12 + 1}'>Sonraki ay</a>")
    return Answer(b"yok", 404)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as served:
        served.otherwise = shown
        yield served


@pytest.mark.parametrize("feed", [False, True], ids=["nothing", "a feed of the newest"])
def test_every_article_is_found_once_night_after_night(
    site: Site, engine_url: str, tmp_path: Path, *, feed: bool
) -> None:
    if feed:
        site.answers["/rss.xml"] = fed()
    mecmua = Mecmua(tmp_path / "home", engine_url, f"bare-site-{feed}".lower())
    told = json.loads(mecmua.run("sources", "new", f"{site.url}/", "--json").stdout)
    file = tmp_path / "site.yaml"
    file.write_text(told["yaml"].replace("crawl_delay: 2", "crawl_delay: 0"), encoding="utf-8")
    before = len(site.paths())
    mecmua.crawl(file)
    asked = len(site.paths()) - before
    assert asked < 3 * COUNT, "the calendar is a trap"
    assert sorted(each["title"] for each in mecmua.documents()) == sorted(map(title, range(COUNT)))
    mecmua.crawl(file, "--now", "2031-01-02T02:00:00+03:00")
    documents = mecmua.documents()
    assert len(documents) == COUNT, "other session ids are no other articles"
    assert all(each["authors"] == ["Ayşe Yılmaz"] and each["published_day"].startswith("2021-03") for each in documents)
