"""Pages that scripts make, in a real Chromium: what they show is read, and nothing they do gets past the guard."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline.errors import ConfigurationError, Rejected
from pipeline.fetch.browser import Browser, Manner, executable
from pipeline.fetch.tab import Bounds
from pipeline.jobs import show
from pipeline.models import Page
from pipeline.settings import Settings
from pipeline.store import articles
from pipeline.store.database import open_store
from tests.integration.raw_server import RawSite, answer, head, serving
from tests.integration.rig import require
from tests.integration.runs import Mecmua, source_file

pytestmark = pytest.mark.integration
SHORT = Bounds(step=3.0, own=4.0, whole=20.0, document=1_000_000, memory=600_000_000)
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
TEXTS = [
    "\n".join(
        f"Bu {number}. yazının {part}. paragrafı, bölgedeki gelişmeleri {number * 7 + part} yönüyle ele alıyor ve "
        f"taraflar arasındaki {number + part} görüşmenin sonuçlarını değerlendiriyor."
        for part in range(4)
    )
    for number in range(4)
]
#: Everything by which a page might reach PORT, where it must not go; then it says that it came to its end.
ATTACK = """
const port = PORT, gone = `http://127.0.0.1:${port}`, say = text => document.body.append(text + '; ');
const add = (name, values) => document.body.append(Object.assign(document.createElement(name), values));
(async () => {
  try { say(await (await fetch(gone + '/fetch')).text()) } catch { say('fetch refused') }
  try { say(await (await fetch('/gizli.json')).text()) } catch { say('robots kept') }
  try { say(await (await fetch('/leads-away')).text()) } catch { say('redirect refused') }
  try { say(await (await fetch('/post', {method: 'POST', body: 'x'})).text()) } catch { say('no post') }
  new WebSocket(`ws://127.0.0.1:${port}/ws`); new EventSource(gone + '/events');
  navigator.sendBeacon(gone + '/beacon', 'x');
  new Worker(URL.createObjectURL(new Blob([`fetch('${gone}/worker')`])));
  add('img', {src: gone + '/image'}); add('iframe', {src: gone + '/frame'}); add('script', {src: gone + '/script.js'});
  add('video', {src: gone + '/film.mp4'}); add('object', {data: gone + '/object'}); window.open(gone + '/window');
  for (const rel of ['preconnect', 'prefetch', 'preload', 'stylesheet', 'modulepreload', 'prerender'])
    document.head.append(Object.assign(document.createElement('link'), {rel, href: gone + '/' + rel, as: 'script'}));
  const peers = new RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:${port}`}]});
  peers.createDataChannel('x'); peers.setLocalDescription(await peers.createOffer());
  document.cookie = 'seen=1'; await new Promise(done => setTimeout(done, 400));
  say('at its end'); location.href = gone + '/elsewhere';
})();
"""


@pytest.fixture(scope="module", autouse=True)
def chromium() -> None:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = any(shutil.which(name) for name in names)
    require(None if found else "no Chromium: sh tests/integration/install_servers.sh installs Debian's")


@pytest.fixture
def site() -> Iterator[RawSite]:
    with serving() as served:
        yield served


def page(script: str, body: str = "") -> bytes:
    return f"<!doctype html><html><title>x</title><body>{body}<script>{script}</script></body></html>".encode()


def rendered(*bodies: bytes, bounds: Bounds = SHORT, scroll: bool = False) -> list[str | Rejected]:
    """What one browser makes of pages that ask for nothing, one after the other."""

    async def nothing(_url: str) -> Page | None:
        return None

    async def everything() -> list[str | Rejected]:
        browser, found = Browser(Settings(), bounds), list[str | Rejected]()
        try:
            for body in bodies:
                served = Page("http://ornek.example/yazi", body)
                try:
                    found.append((await browser.render(served, nothing, Manner(scroll=scroll))).decode())
                except Rejected as error:
                    found.append(error)
        finally:
            await browser.close()
        return found

    return asyncio.run(everything())


def browsers() -> list[str]:
    family = psutil.Process().children(recursive=True)
    return [one.name() for one in family if "chrom" in one.name() and one.status() != psutil.STATUS_ZOMBIE]


def test_hostile_scripts_cost_bounded_time_and_their_page_alone() -> None:
    sound = page("setTimeout(() => document.body.append('geldi'), 300)")
    began = time.monotonic()
    found = rendered(
        page("while (true) {}"),
        page("const kept = []; setInterval(() => document.body.append(kept.push(new Uint8Array(5e7).fill(1))), 10)"),
        page("setInterval(() => document.body.append('tik '), 50)"),
        page("document.body.append('x'.repeat(2e6))"),
        page("if (!document.cookie) { document.cookie = 'a=1'; location.reload() } else document.body.append('içeri')"),
        page("location.reload()"),
        page("alert('dur'); document.body.append(confirm('?') + prompt('?') + navigator.userAgent)"),
        sound,
    )
    assert time.monotonic() - began < 90
    reasons = [one.reason if isinstance(one, Rejected) else None for one in found]
    assert reasons == ["render_timeout", "render_crash", None, "too_large", None, None, None, None]
    assert "tik" in str(found[2]), "what never rests is taken as it is"
    assert "içeri" in str(found[4]), "a page may load itself anew"
    assert "0mecmua/" in str(found[6])
    assert "geldi" in str(found[7])
    assert browsers() == []


def test_a_fresh_browser_after_some_pages_and_two_at_once() -> None:
    async def everything() -> list[bytes]:
        async def nothing(_url: str) -> Page | None:
            return None

        browser = Browser(Settings(), Bounds(pages=2))
        try:
            pages = [Page(f"http://ornek.example/{n}", page(f"document.body.append('sayfa {n}')")) for n in range(5)]
            return await asyncio.gather(*(browser.render(one, nothing, Manner()) for one in pages))
        finally:
            await browser.close()

    assert [f"sayfa {n}" in document.decode() for n, document in enumerate(asyncio.run(everything()))] == [True] * 5
    assert browsers() == []


def test_dates_are_the_sources_own() -> None:
    async def nothing(_url: str) -> Page | None:
        return None

    async def one() -> bytes:
        browser = Browser(Settings(), SHORT)
        try:
            served = Page(
                "http://ornek.example/", page("document.body.append(new Date('2025-03-03T22:30Z').getDate())")
            )
            return await browser.render(served, nothing, Manner(timezone="Europe/Istanbul"))
        finally:
            await browser.close()

    assert b">4</body>" in asyncio.run(one()).replace(b"</script>", b">")


def test_no_browser_is_said() -> None:
    with pytest.raises(ConfigurationError, match="MECMUA_CHROMIUM: /nowhere is no program"):
        executable(Settings(chromium=Path("/nowhere")))
    with pytest.raises(ConfigurationError, match="does not start"):
        asyncio.run(Browser(Settings(chromium=Path("/bin/false"))).render(Page("http://a/", b""), None, Manner()))  # type: ignore[arg-type]  # never asked


# --- a crawl ---------------------------------------------------------------------------------------------------------


def article(site: RawSite, number: int, script: str = "") -> None:
    """A page whose article comes with a script that asks for it."""
    made = f"""
    const lines = text => text.split('\\n').map(line => `<p>${{line}}</p>`).join('');
    fetch('/api/{number}.json').then(answer => answer.json()).then(one => {{
      document.title = one.title;
      document.getElementById('root').innerHTML = `<article><h1>${{one.title}}</h1>`
        + `<time datetime="${{one.day}}">${{one.day}}</time>` + lines(one.text) + '</article>';
    }});{script}"""
    site.answers[f"/yazi-{number}"] = answer(page(made, '<div id="root">Yükleniyor…</div>'), ETag='"shell"')
    story = {"title": f"Bölgesel değerlendirme {number}", "day": f"2025-03-0{number + 1}", "text": TEXTS[number]}
    site.answers[f"/api/{number}.json"] = answer(json.dumps(story), kind="application/json")


def build(site: RawSite) -> None:
    """A list that grows while it is scrolled, and its articles."""
    grows = """
    let shown = 0;
    const more = () => { while (shown < 4 && document.documentElement.scrollHeight - scrollY < 2 * innerHeight)
      { document.getElementById('root').insertAdjacentHTML('beforeend',
        `<article style="height: 2500px"><a href="/yazi-${shown}">Değerlendirme ${shown++}</a></article>`) } };
    addEventListener('scroll', more); more();"""
    site.answers["/yazilar"] = answer(page(grows, '<main id="root"></main>'))
    for number in range(4):
        article(site, number)


def archived(home: Path, url: str) -> str:
    """What `mecmua show --archived` gives."""
    settings = Settings(home=home)
    store = open_store(settings.state_url)
    try:
        return show.archived(store, settings, url).body.decode()
    finally:
        store.close()


def stored(home: Path) -> dict[str, str]:
    """The newest text of each article, by path."""
    store = open_store(Settings(home=home).state_url)
    with store.read() as connection:
        newest = [articles.current(connection, one) for one in articles.ids(connection, "kabuk")]
    store.close()
    return {"/" + one.article.url.rpartition("/")[2]: one.article.text for one in newest if one}


def records(home: Path) -> list[tuple[str, str]]:
    """Type and URL of every record in the archive."""
    found = []
    for file in sorted((home / "archive").rglob("*.warc.gz")):
        with file.open("rb") as stream:
            found += [(one.rec_type, one.rec_headers.get_header("WARC-Target-URI")) for one in ArchiveIterator(stream)]
    return found


def test_a_site_that_only_a_browser_can_read(site: RawSite, tmp_path: Path) -> None:
    build(site)
    mecmua = Mecmua(tmp_path, "http://127.0.0.1:9", "none")
    listed: list[dict[str, Any]] = [{"type": "listing", "url": f"{site.url}/yazilar", "article": "/yazi-"}]
    source = source_file(tmp_path, "kabuk", site.url, listed, render=True)
    assert mecmua.crawl(source, check=1)["outcomes"] == {"new": 4}  # 1: there is no engine
    assert stored(tmp_path) == {f"/yazi-{number}": TEXTS[number] for number in range(4)}
    assert sorted(site.paths()) == sorted(site.answers.keys() | {"/robots.txt"}), "each asked for once"
    assert TEXTS[3].split("\n")[0] in archived(tmp_path, f"{site.url}/yazi-3")
    kinds = records(tmp_path)
    here = [kind for kind, url in kinds if url == f"{site.url}/yazi-3"]
    assert here == ["request", "response", "conversion"], "what was served, and what was made of it"
    assert ("response", f"{site.url}/api/3.json") in kinds

    more = "\nYeni bir son söz eklendi."
    story = {"title": "Bölgesel değerlendirme 3", "day": "2025-03-04", "text": TEXTS[3] + more}
    site.answers["/api/3.json"] = answer(json.dumps(story), kind="application/json")
    again = mecmua.crawl(source, "--now", "2028-01-01T02:00:00Z", check=1)["outcomes"]
    assert again == {"changed": 1, "unchanged": 3}, "the served page, a shell, says nothing of what its scripts ask for"
    assert stored(tmp_path)["/yazi-3"].endswith(more)


def test_nothing_gets_past_the_guard(site: RawSite, tmp_path: Path) -> None:
    with serving() as canary, closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as datagrams:
        datagrams.bind(("127.0.0.1", canary.port))
        datagrams.setblocking(False)
        site.answers["/robots.txt"] = answer("User-agent: *\nDisallow: /gizli", kind="text/plain")
        site.answers["/gizli.json"] = answer("gizli", kind="application/json")
        site.answers["/leads-away"] = head("302 x", f"Location: {canary.url}/away", "Content-Length: 0")
        article(site, 0, ATTACK.replace("PORT", str(canary.port)))
        one = f"<urlset {SPACE}><url><loc>{site.url}/yazi-0</loc></url></urlset>"
        site.answers["/sitemap.xml"] = answer(one, kind="application/xml")
        allowed = {"MECMUA_ALLOW_PRIVATE_HOSTS": f"127.0.0.1:{site.port}"}
        mecmua = Mecmua(tmp_path, "http://127.0.0.1:9", "none", allowed)
        listed = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        source = source_file(tmp_path, "kabuk", site.url, listed, render=True)
        assert mecmua.crawl(source, check=1)["outcomes"] == {"new": 1}
        shown = archived(tmp_path, f"{site.url}/yazi-0")
        assert TEXTS[0].split("\n")[1] in shown
        said = ("fetch refused", "robots kept", "redirect refused", "no post", "at its end")
        assert [one for one in said if one + "; " not in shown] == []
        assert canary.connections == 0
        with pytest.raises(BlockingIOError):
            datagrams.recv(100)
        assert not {"/gizli.json", "/post"} & set(site.paths())
        assert all("cookie" not in headers for _, _, headers in site.log)
        assert all(headers["user-agent"].startswith("mecmua/") for _, _, headers in site.log)
