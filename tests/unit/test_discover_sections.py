"""The last resort: a site without feed, sitemap or paging is walked through its sections; no trap holds the walk."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

import pytest

from pipeline.discover import Watermark, budget, read, sections, start
from pipeline.discover.addresses import may_be_section
from pipeline.models import Endpoint, Page, Source

HOME = "https://example.org/"
DOOR = Endpoint("listing", HOME)
MENU = (
    '<nav><a href="/analizler/">Analizler</a> <a href="/raporlar/">Raporlar</a> <a href="/hakkimizda/">Hakkımızda</a>'
    ' <a href="/etiket/enerji/">enerji</a> <a href="/orta-dogu-calismalari-programi/">Orta Doğu</a></nav>'
)


def card(slug: str) -> str:
    title = slug.replace("-", " ").capitalize()
    return f'<article><h2><a href="/{slug}.html">{title}</a></h2><p>Özet</p></article>'


def page_of(*slugs: str, more: str = "") -> str:
    return f"<html><body>{MENU}<main>{''.join(map(card, slugs))}</main>{more}</body></html>"


SITE = {
    "/": page_of("secim-sonrasi-gundem-notlari"),
    "/analizler": page_of(
        "karabag-sonrasi-guney-kafkasya", more='<a class="next" rel="next" href="/analizler/sayfa/2/">›</a>'
    ),
    "/analizler/sayfa/2": page_of("enerji-koridorunda-yeni-donem"),
    "/raporlar": page_of(more='<ul class="menu"><li><a href="/raporlar/su/">Su</a></li></ul>'),
    "/raporlar/su": page_of("sinir-asan-sular-raporu-2024"),
    "/orta-dogu-calismalari-programi": page_of("irak-ta-secim-ve-sonrasi"),
}
EVERY = {
    "secim-sonrasi-gundem-notlari",
    "karabag-sonrasi-guney-kafkasya",
    "enerji-koridorunda-yeni-donem",
    "sinir-asan-sular-raporu-2024",
    "irak-ta-secim-ve-sonrasi",
}


def walk(
    answer: Callable[[str], str | None], endpoint: Endpoint = DOOR, **more: tuple[str, ...]
) -> tuple[set[str], list[str]]:
    """The slugs found and the paths asked, driven as the job drives: no URL twice, sections within the budget."""
    source = Source("example", "Example", HOME, (endpoint,), **more)  # type: ignore[arg-type]  # allow and deny
    known, waiting = Watermark(), deque(start(endpoint, Watermark()))
    found, asked, left = set(), [], budget(endpoint)
    seen: set[str] = set()
    while waiting:
        one = waiting.popleft()
        if one.url in seen or (one.depth and left <= 0):
            continue
        seen.add(one.url)
        left -= one.depth > 0
        path = one.url.removeprefix("https://example.org")
        asked.append(path)
        body = answer(path)
        page = Page(one.url, (body or "").encode(), status=200 if body else 404)
        gave = read(endpoint, source, one, page, None, known)
        found |= {re.sub(r".*/|\.html", "", candidate.url) for candidate in gave.candidates}
        waiting.extend(gave.asks)
    return found, asked


def static(path: str) -> str | None:
    return SITE.get(path.rstrip("/") or "/")


def test_sections_behind_the_front_door_are_read_with_their_pages() -> None:
    found, asked = walk(static)
    assert found == EVERY
    assert not [path for path in asked if "hakkimizda" in path or "etiket" in path]


def test_a_listing_that_says_what_articles_look_like_goes_nowhere_else() -> None:
    found, asked = walk(static, Endpoint("listing", HOME, article=r"\.html$"))
    assert asked == ["/"]
    assert found == {"secim-sonrasi-gundem-notlari"}


def test_scope_and_budget_hold() -> None:
    assert not any("raporlar" in path for path in walk(static, deny=("/raporlar",))[1])
    _, asked = walk(static, Endpoint("listing", HOME, max_pages=2))
    assert len(asked) == 3, "the door and two sections"


def _calendar(path: str) -> str:
    year, month = re.findall(r"\d+", path) or (2026, 1)
    return page_of(more=f'<a href="/program/{int(year)}-{int(month) + 1}/">sonraki ay</a>')


@pytest.mark.parametrize(
    "trap",
    [
        lambda path: page_of(more=f'<a href="{path.rstrip("/")}/{len(path)}/">daha</a>'),
        lambda path: page_of(more=f'<a href="/bolum/?sid={hash(path) & 0xFFFFFF:x}">Bölüm</a>'),
        lambda path: page_of(more=f'<a href="{path}kat/kat/">Kat</a>'),
        lambda path: page_of(more="".join(f'<a href="/liste/{n}/?sirala={n}">x</a>' for n in range(500))),
        lambda path: page_of(more="".join(f'<a href="{path.rstrip("/")}/b{n}/">x</a>' for n in range(500))),
        lambda path: page_of(
            more="".join(f'<a href="/takvim/{y}/{m}/">x</a>' for y in range(1900, 2100) for m in (1, 2))
        ),
        lambda path: page_of(f"yazi-{len(path)}-baslik", more=f'<a href="/k{len(path)}{path.count("/")}/">x</a>'),
    ],
)
def test_traps_cost_little(trap: Callable[[str], str]) -> None:
    _, asked = walk(trap)
    assert len(asked) <= sections.BUDGET + 1
    assert max(path.count("/") for path in asked) <= 7


@pytest.mark.parametrize(
    "url",
    [
        HOME,
        "https://example.org/2024/05/",
        "https://example.org/2024/05/01/",
        "https://example.org/takvim/",
        "https://example.org/etkinlik/2026-11-24/",
        "https://example.org/a/b/a/b/",
        "https://example.org/analiz/?sort=asc",
        "https://example.org/analiz/0123456789abcdef0123/",
        "https://example.org/foto.jpg",
        "https://example.org/rapor.pdf",
        "https://example.org/1/2/3/4/5/6/",
    ],
)
def test_what_never_is_a_section(url: str) -> None:
    assert not may_be_section(url)


def test_what_may_be_one() -> None:
    paths = ("analizler/", "kategori/guney-kafkasya/", "tr/yayinlar/rapor/", "index.php?kategori=7", "en/")
    assert all(may_be_section(HOME + path) for path in paths)
