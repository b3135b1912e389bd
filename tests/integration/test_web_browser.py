"""Every page in Chromium, as a reader has it: phone and desktop, light and dark, with and without JavaScript.

Playwright drives Debian's own Chromium: the browser that Playwright would download comes from a host of its own, which
a closed network does not reach. axe-core comes with axe-playwright-python. Screenshots are kept under ``artefacts/``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from pipeline.settings import Settings
from tests.integration.library import ARTICLES, IDS, library, served
from tests.integration.rig import require

pytestmark = pytest.mark.integration
ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "screenshots"
WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
#: What the law asks for: WCAG 2.0 to 2.2, levels A and AA.
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
#: Bytes of a page with all it loads, before compression.
WEIGHT = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, one) => sum + one.decodedBodySize, 0)"""
PAGES = {
    "home": "/",
    "results": "/?q=gaz&since=2020",
    "hostile-results": "/?q=alert",
    "nothing": "/?q=qqqqqqqq&language=tr",
    "suggestion": "/?q=gorusmelrde",
    "document": f"/doc/{IDS['gas']}",
    "hostile-document": f"/doc/{IDS['evil']}",
    "revision": f"/doc/{IDS['gas']}@1",
    "diff": f"/doc/{IDS['gas']}/diff/1/2",
    "sources": "/sources",
    "saved": "/saved?q=gaz&language=tr",
    "error-400": "/?q=kind:poem",
    "error-404": "/doc/none",
}


@dataclass
class Seen:
    """What a browser did that no page of ours may make it do."""

    base: str
    outside: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def route(self, route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(self.base).netloc:
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def watch(self, page: Page) -> None:
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require(None if binary else "no Chromium: sh tests/integration/install_servers.sh installs Debian's")
    with sync_playwright() as playwright:
        is_root = os.geteuid() == 0
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"] if is_root else [])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def settings(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with library(engine_url, tmp_path_factory.mktemp("browser")) as settings:
        yield settings


@pytest.fixture(scope="module")
def base(settings: Settings) -> Iterator[str]:
    with served(settings) as base:
        yield base


@contextmanager
def reading(browser: Browser, base: str, **more: Any) -> Iterator[tuple[Page, Seen]]:
    values: dict[str, Any] = {"viewport": WIDTHS["desktop"], "locale": "tr-TR", "base_url": base, **more}
    context: BrowserContext = browser.new_context(**values)
    context.set_default_timeout(60_000)
    seen = Seen(base)
    context.route("**/*", seen.route)
    page = context.new_page()
    seen.watch(page)
    yield page, seen
    context.unroute_all(behavior="ignoreErrors")
    context.close()


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    with reading(browser, base) as (page, seen):
        yield page
        assert (seen.outside, seen.dialogs, seen.complaints) == ([], [], [])


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_sound_light_and_dark(browser: Browser, base: str, width: str) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    axe, problems = Axe(), []
    with reading(browser, base, viewport=WIDTHS[width]) as (page, seen):
        for name, path in PAGES.items():
            seen.complaints.clear()
            page.goto(path)
            if not 10_000 < (weight := page.evaluate(WEIGHT)) < 100_000:
                problems.append(f"{name}: {weight} bytes")
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                problems.append(f"{name}: wider than the screen")
            problems += [f"{name}: {said}" for said in seen.complaints if "400" not in said and "404" not in said]
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.screenshot(path=ARTEFACTS / f"{name}-{width}-{scheme}.png", full_page=True)
                for found in axe.run(page, options=WCAG).response["violations"]:
                    where = [node["html"][:200] for node in found["nodes"][:3]]
                    problems.append(f"{name} {scheme}: {found['id']}: {found['help']} {where}")
        assert (seen.outside, seen.dialogs) == ([], [])
        assert page.evaluate("window.pwned") is None
    assert problems == []


def test_axe_sees_what_is_wrong(page: Page) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('input[type=search]').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('input[type=search]').removeAttribute('placeholder')")
    assert "label" in {found["id"] for found in Axe().run(page, options=WCAG).response["violations"]}


def test_archived_copy_does_nothing(browser: Browser, base: str) -> None:
    with reading(browser, base) as (page, seen):
        page.goto(f"/doc/{IDS['evil']}")
        page.locator("details:has(iframe) summary").click()
        frame = page.frame_locator("iframe")
        frame.get_by_text("Eski").wait_for()
        page.screenshot(path=ARTEFACTS / "archived-desktop-light.png", full_page=True)
        assert page.url.endswith(f"/doc/{IDS['evil']}")
        page.goto(f"/doc/{IDS['evil']}/archived")
        assert page.get_by_text("Eski").is_visible()
        assert page.url.endswith("/archived")
        assert (seen.outside, seen.dialogs) == ([], [])


def test_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'content'")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == first
    page.keyboard.press("/")
    page.keyboard.type("gas")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("/?q=gas"))
    page.goto("/")
    order = []
    for _ in range(6):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name"))
    assert order == ["İçeriğe geç", "Mecmua", "q", "Ara", "Kayıtlı aramalar", "Kaynaklar"]


def test_filters_act_at_once_and_can_be_taken_away(page: Page) -> None:
    page.goto("/")
    page.get_by_role("checkbox", name="İngilizce").check()
    chip = page.get_by_role("link", name="Dil: İngilizce: süzgeci kaldır")
    chip.wait_for()
    assert page.evaluate("document.activeElement.value") == "en", "the focus stays where it was"
    assert page.locator(".list li").count() == 1
    assert "language=en" in page.url
    chip.click()
    page.wait_for_url(lambda url: "language" not in url)
    assert page.locator(".list li").count() == 3


def test_histogram_is_brushed(page: Page) -> None:
    page.goto("/")
    bars = page.locator(".time [data-since]")
    first, last = bars.first.bounding_box(), bars.nth(bars.count() - 2).bounding_box()
    assert first
    assert last
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + 20, steps=5)
    page.mouse.up()
    page.wait_for_url("**/?*since=*until=*")
    page.locator(".chips").wait_for()
    assert page.locator(".list li").count() == 1, "the newest bar is left out"


def test_names_are_completed(page: Page) -> None:
    page.goto("/")
    page.locator("input[type=search]").press_sequentially("gaz author:ay")
    page.locator("#names option").first.wait_for(state="attached")
    assert page.locator("#names option").first.get_attribute("value") == 'gaz author:"Ayşe Demir"'


def test_a_search_is_saved_and_forgotten_without_javascript(browser: Browser, base: str) -> None:
    with reading(browser, base, java_script_enabled=False) as (page, seen):
        page.goto("/")
        page.locator("input[type=search]").fill("gaz")
        page.get_by_role("button", name="Ara").click()
        page.get_by_role("checkbox", name="Türkçe").check()
        page.get_by_role("button", name="Uygula").click()
        page.wait_for_url("**language=tr*")
        assert page.locator(".list li").count() == 1
        page.get_by_role("link", name="Kaydet").click()
        page.get_by_label("Adı").fill("Gaz <script>alert(1)</script>")
        page.get_by_label("E-posta adresleri").fill("kimse değil")
        page.get_by_role("button", name="Kaydet").click()
        assert "kullanılamaz" in page.get_by_role("alert").inner_text()
        page.get_by_label("E-posta adresleri").fill("")
        page.get_by_label("Bildirim beslemesi").check()
        page.get_by_role("button", name="Kaydet").click()
        page.wait_for_url("**/saved")
        page.screenshot(path=ARTEFACTS / "saved-list-desktop-light.png", full_page=True)
        page.get_by_role("link", name="Gaz <script>").click()
        assert page.locator(".list li").count() == 1
        page.go_back()
        page.get_by_role("button", name="“Gaz <script>alert(1)</script>” aramasını sil").click()
        assert page.locator(".saved li").count() == 0
        page.goto("/")
        page.locator(".time a").first.click()
        page.wait_for_url("**since=*")
        assert 0 < page.locator(".list li").count() < len(ARTICLES)
        assert (seen.outside, seen.dialogs) == ([], [])


def test_switch_of_language_stays(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="English").click()
    page.get_by_role("heading", name="Search the writings of think tanks").wait_for()
    page.goto("/sources")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_text("no run has looked at it yet").is_visible()
    page.get_by_role("link", name="Türkçe").click()
    assert page.get_by_text("henüz hiçbir çalışmada bakılmadı").is_visible()
