"""Pages as a browser makes them, for sources whose pages are empty without one (``render: true``).

Chromium opens no connection: see `tab`. What would go past that (its maker's services, WebRTC, speculation) meets a
proxy that lets nothing through. Each page has a context of its own, without cookies and storage of others. Playwright
is an extra: it is imported only when a page is rendered.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError, Rejected
from pipeline.fetch.tab import Bounds, Fetch, Tab
from pipeline.models import Page, Source
from pipeline.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_ARGUMENTS = (
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--js-flags=--max-old-space-size=512",
)
_WATCH_SECONDS = 0.5
_PATIENCE = 5.0  # a browser that does not close by itself is killed


@dataclass(frozen=True, slots=True)
class Manner:
    """How a source's pages are rendered. ``scroll``: to the end, and on while more appears (a list that grows)."""

    timezone: str = "UTC"
    scroll: bool = False


def manner_of(source: Source, *, scroll: bool = False) -> Manner | None:
    """How a source's pages are to be rendered; None where they are taken as they are served."""
    return Manner(source.timezone, scroll) if source.render else None


class Browser:
    """One headless Chromium for a run, started with its first page. Use within one event loop."""

    def __init__(self, settings: Settings, bounds: Bounds | None = None) -> None:
        self._settings = settings
        self._bounds = bounds or Bounds()
        self._places = asyncio.Semaphore(self._bounds.tabs)
        self._starting = asyncio.Lock()
        self._running: _Running | None = None

    async def render(self, page: Page, fetch: Fetch, manner: Manner) -> bytes:
        """The document that its scripts make of a served page, as HTML in UTF-8.

        Raises ConfigurationError where there is no browser, Rejected (render_timeout, render_crash, too_large), and
        what `fetch` raises.
        """
        async with self._places:
            for _ in range(2):
                async with self._taken() as running:
                    document = await self._rendered(running, page, fetch, manner)
                if document is not None:
                    return document
        raise Rejected("render_crash", f"{page.url}: the browser ended twice while it rendered it")

    async def close(self) -> None:
        """End the browser, if there is one."""
        running, self._running = self._running, None
        if running:
            await running.end()

    async def _rendered(self, running: _Running, page: Page, fetch: Fetch, manner: Manner) -> bytes | None:
        """The document; None where the browser ended for another page's sake."""
        from playwright.async_api import Error

        tab = Tab(page, fetch, self._bounds)
        try:
            async with asyncio.timeout(self._bounds.whole):
                context = await running.chromium.new_context(
                    service_workers="block",
                    accept_downloads=False,
                    user_agent=self._settings.agent,
                    locale="tr-TR",
                    timezone_id=manner.timezone,
                    viewport={"width": 1280, "height": 2400},
                    reduced_motion="reduce",
                )
                try:
                    return await tab.render(context, scroll=manner.scroll)
                finally:
                    async with asyncio.timeout(_PATIENCE):
                        await context.close()
        except TimeoutError as error:
            await self._drop(running)
            raise Rejected("render_timeout", f"{page.url}: its scripts come to no end") from error
        except Error as error:
            if not tab.crashed and not running.chromium.is_connected():
                return None
            said = str(error).partition("\n")[0]
            raise Rejected(
                "render_crash", f"{page.url}: the browser gave up on it or grew too large ({said})"
            ) from error

    @asynccontextmanager
    async def _taken(self) -> AsyncIterator[_Running]:
        async with self._starting:
            if self._running and not self._running.is_fit(self._bounds):
                await self._retire(self._running)
            self._running = self._running or await _start(self._settings, self._bounds)
            running = self._running
            running.pages += 1
            running.users += 1
        try:
            yield running
        finally:
            running.users -= 1
            if running is not self._running and not running.users:
                await running.end()

    async def _retire(self, running: _Running) -> None:
        """No page more for it; it ends with its last one."""
        self._running = None
        if not running.users:
            await running.end()

    async def _drop(self, running: _Running) -> None:
        if self._running is running:
            self._running = None
        await running.end()


# --- processes -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Running:
    """A browser and what keeps it in its bounds."""

    playwright: Playwright
    chromium: Chromium
    door: asyncio.Server
    process: Any  # psutil.Process
    watcher: asyncio.Task[None] | None = None
    pages: int = 0
    users: int = 0
    _ending: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ended: bool = False

    def is_fit(self, bounds: Bounds) -> bool:
        return not self._ended and self.pages < bounds.pages and self.chromium.is_connected()

    async def end(self) -> None:
        """Close it, by force where it does not listen. May be called twice."""
        async with self._ending:
            if self._ended:
                return
            self._ended = True
            if self.watcher:
                self.watcher.cancel()
            with suppress(Exception):  # whatever it says at its end, it is killed next
                await asyncio.wait_for(self.chromium.close(), _PATIENCE)
            await asyncio.to_thread(_kill, self.process)
            with suppress(Exception):
                await asyncio.wait_for(self.playwright.stop(), _PATIENCE)
            self.door.close()


async def _start(settings: Settings, bounds: Bounds) -> _Running:
    try:
        import psutil  # noqa: F401  (needed later: to be missed here)
        from playwright.async_api import Error, async_playwright
    except ImportError as error:
        raise ConfigurationError(
            f"a source with 'render: true' needs a browser; {error.name} is not installed: pip install 'mecmua[render]'"
        ) from error
    binary = executable(settings)
    mark = f"--mecmua={uuid.uuid4()}"  # Chromium passes over switches that it does not know
    door = await asyncio.start_server(_shut, "127.0.0.1", 0)
    playwright = await async_playwright().start()
    try:
        chromium = await playwright.chromium.launch(
            executable_path=binary,
            chromium_sandbox=settings.chromium_sandbox and os.geteuid() != 0,  # Chromium has none for root
            proxy={"server": f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}"},
            args=[*_ARGUMENTS, mark],
        )
    except Error as error:
        await playwright.stop()
        door.close()
        raise ConfigurationError(f"{binary}: does not start. {_reason(str(error))}") from error
    running = _Running(playwright, chromium, door, await asyncio.to_thread(_process, mark))
    running.watcher = asyncio.create_task(_watch(running, bounds))
    return running


def executable(settings: Settings) -> str:
    """The browser to run: the one that the settings name, else the first Chromium or Chrome on the PATH. Raises
    ConfigurationError."""
    if settings.chromium:
        if not os.access(settings.chromium, os.X_OK):
            raise ConfigurationError(f"MECMUA_CHROMIUM: {settings.chromium} is no program that can be run")
        return str(settings.chromium)
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise ConfigurationError(
            "a source with 'render: true' needs Chromium, and there is none: install it (Debian: apt-get install "
            "chromium) or name it in MECMUA_CHROMIUM"
        )
    return found


async def _shut(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def _reason(said: str) -> str:
    """What a browser's last words mean."""
    if "sandbox" in said.lower():
        return (
            "Its sandbox needs user namespaces, which this machine forbids: allow them (in Docker: a seccomp profile "
            "for Chromium) or, where every source is trusted, set MECMUA_CHROMIUM_SANDBOX=false"
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[0] if lines else "It says nothing")[:300]


def _process(mark: str) -> Any:
    """The browser's first process, of which all others are children; None where it is gone already."""
    import psutil

    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if mark in process.cmdline() and not any(part.startswith("--type=") for part in process.cmdline()):
                return process
    return None


async def _watch(running: _Running, bounds: Bounds) -> None:
    """End every process of the browser that grows too large; the page that it showed crashes."""
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        await asyncio.to_thread(_prune, running.process, bounds.memory)


def _prune(process: Any, limit: int) -> None:
    import psutil

    for one in _family(process):
        with suppress(psutil.Error):
            if one.memory_info().rss > limit:
                one.kill()


def _kill(process: Any) -> None:
    import psutil

    for one in _family(process):
        with suppress(psutil.Error):
            one.kill()


def _family(process: Any) -> list[Any]:
    import psutil

    if process is None:
        return []
    with suppress(psutil.Error):
        return [*process.children(recursive=True), process]
    return []
