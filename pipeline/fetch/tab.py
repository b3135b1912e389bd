"""One page in a browser that has no network of its own: each of its requests is answered by what our client got.

Scripts may ask for scripts and data (GET alone). Pictures and styles are given a placeholder, so that scripts which
wait for them go on; frames, fonts, films, sockets, beacons and other pages are refused.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pipeline.errors import MecmuaError, Rejected
from pipeline.models import Page

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Request, Route, WebSocketRoute
    from playwright.async_api import Page as View

T = TypeVar("T")
#: Gives what a page's script asks for, or None where it may not have it.
Fetch = Callable[[str], Awaitable[Page | None]]
_ASKED = frozenset(("script", "xhr", "fetch"))
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_INSTEAD = {"image": ("image/gif", _PIXEL), "stylesheet": ("text/css", b"")}
#: Who counts readers: we are none, and must not be counted.
_COUNTERS = re.compile(
    r"(?:^|\.)(?:google-analytics|googletagmanager|googlesyndication|googleadservices|doubleclick|hotjar|clarity"
    r"|scorecardresearch|mc\.yandex|gemius|chartbeat|newrelic|nr-data|segment|mixpanel|facebook|matomo|plausible"
    r"|criteo|taboola|outbrain)\.(?:com|net|ru|pl|io|cloud|ms)"
)
_LOADS = 3  # of the page itself: a cookie wall reloads it once
_SIZE = "(() => { const d = document.documentElement; return d ? d.textContent.length + document.links.length : 0 })()"
_LENGTH = "document.documentElement ? document.documentElement.outerHTML.length : 0"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What rendering may cost. Seconds and bytes."""

    step: float = 20.0  # one answer of the browser: a script that never ends blocks it
    own: float = 30.0  # of a page, while nothing is being fetched for it
    whole: float = 900.0  # of a page, with what polite fetching takes
    still: float = 0.75  # nothing asked for and nothing changed for so long: the page is done
    pieces: int = 100  # that one page may ask for
    document: int = 16_000_000
    scrolls: int = 10
    memory: int = 1_200_000_000  # of one process of the browser
    tabs: int = 2  # at once
    pages: int = 50  # of one browser; then a fresh one


@dataclass
class Tab:  # without slots: Playwright notes its wrappers of bound methods on their object
    """A served page on its way to a document."""

    page: Page
    fetch: Fetch
    bounds: Bounds
    pending: int = 0
    asked: int = 0
    loads: int = 0
    crashed: bool = False
    failure: MecmuaError | None = None
    _view: View | None = None
    _answering: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def render(self, context: BrowserContext, *, scroll: bool) -> bytes:
        """The document as HTML in UTF-8.

        Raises TimeoutError where a script blocks the page, Rejected (too_large), what `fetch` raised, and Playwright's
        errors.
        """
        await context.route("**/*", self._answer)
        await context.route_web_socket("**/*", _shut)
        try:
            return await self._document(context, scroll)
        finally:
            for task in self._answering:
                if task:
                    task.cancel()  # what is still being fetched is for nobody

    async def _document(self, context: BrowserContext, scroll: bool) -> bytes:
        self._view = view = await context.new_page()
        context.on("page", _close)
        view.on("crash", self._note_crash)
        await self._step(view.goto(self.page.url, wait_until="commit"))
        await self._until_still(view)
        if scroll:
            await self._scroll(view)
        if await self._step(view.evaluate(_LENGTH)) > self.bounds.document:
            raise Rejected("too_large", f"{self.page.url}: its scripts make more than {self.bounds.document} bytes")
        return (await self._step(view.content())).encode("utf-8", "replace")

    async def _step(self, answer: Awaitable[T]) -> T:
        return await asyncio.wait_for(answer, self.bounds.step)

    def _note_crash(self, _view: View) -> None:
        self.crashed = True

    # --- waiting -----------------------------------------------------------------------------------------------------

    async def _until_still(self, view: View) -> None:
        """Wait until nothing is asked for and nothing changes; a page that never rests is taken as it is by then."""
        from playwright.async_api import Error

        loop = asyncio.get_running_loop()
        own, size, still_since = 0.0, -1, loop.time()
        while own < self.bounds.own:
            began, waits = loop.time(), self.pending > 0
            await asyncio.sleep(0.1)
            try:
                now = await self._step(view.evaluate(_SIZE)) if not self.pending else size
            except Error as error:
                if self.crashed or "context was destroyed" not in str(error):
                    raise
                now = -1  # it loads itself anew
            if self.failure:
                raise self.failure
            if now != size or self.pending:
                size, still_since = now, loop.time()
            elif loop.time() - still_since >= self.bounds.still:
                return
            own += 0.0 if waits else loop.time() - began

    async def _scroll(self, view: View) -> None:
        """To the end of a list, and on while links are added there."""
        before = -1
        for _ in range(self.bounds.scrolls):
            links = await self._step(view.evaluate("document.links.length"))
            if links <= before:
                return
            before = links
            await self._step(view.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)"))
            await self._until_still(view)

    # --- answering ---------------------------------------------------------------------------------------------------

    async def _answer(self, route: Route, request: Request) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        self._answering.add(task)
        self.pending += 1
        try:
            with suppress(_closed()):  # the page went while this was fetched
                await self._give(route, request)
        except MecmuaError as error:
            self.failure = error
        finally:
            self.pending -= 1
            self._answering.discard(task)

    async def _give(self, route: Route, request: Request) -> None:
        kind = request.resource_type
        if request.is_navigation_request():
            await self._give_page(route, request)
        elif kind in _INSTEAD:
            media, body = _INSTEAD[kind]
            await route.fulfill(status=200, headers={"content-type": media}, body=body)
        elif kind in _ASKED and request.method == "GET" and self._may_ask(request.url):
            self.asked += 1
            await self._give_piece(route, request)
        else:
            await route.abort("blockedbyclient")

    def _may_ask(self, url: str) -> bool:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and _COUNTERS.search(parts.hostname or "") is None
        return known and self.asked < self.bounds.pieces

    async def _give_page(self, route: Route, request: Request) -> None:
        """The page that was served; no other is gone to, for where a script leads was never judged."""
        if self._is_itself(request) and self.loads < _LOADS:
            self.loads += 1
            await route.fulfill(status=200, headers={"content-type": _kind(self.page)}, body=self.page.body)
        else:
            await route.abort("aborted")

    def _is_itself(self, request: Request) -> bool:
        if self._view is None or request.method != "GET":
            return False
        with suppress(_closed()):  # Playwright raises where there is no frame yet, as in a new window
            is_mine = request.frame == self._view.main_frame
            return is_mine and (self.loads == 0 or request.url.partition("#")[0] == self._view.url.partition("#")[0])
        return False

    async def _give_piece(self, route: Route, request: Request) -> None:
        piece = await self.fetch(request.url)
        if piece is None:
            await route.abort("blockedbyclient")
            return
        # the page is the only reader, and nothing of it is a secret: what CORS guards does not arise
        origin = request.headers.get("origin") or "*"
        shared = {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
        await route.fulfill(status=piece.status, headers={"content-type": _kind(piece), **shared}, body=piece.body)


def _kind(page: Page) -> str:
    """The content type, with UTF-8 where that is what the bytes are: no browser tells it from them, and few sites that
    forgot to say it are read in another charset by people."""
    try:
        page.body.decode("utf-8")
    except UnicodeDecodeError:
        return page.content_type
    return f"{page.content_type.partition(';')[0].strip()}; charset=utf-8"


def _closed() -> type[Exception]:
    from playwright.async_api import Error

    return Error


async def _shut(socket: WebSocketRoute) -> None:
    with suppress(_closed()):
        await socket.close()


async def _close(view: View) -> None:
    """A window that a page opens is closed at once; its requests were refused."""
    with suppress(_closed()):
        await view.close()
