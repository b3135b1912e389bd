"""Two content systems beside WordPress, seeded with the same writings and served on loopback.

Pelican, a static generator, in a stock theme with its usual feeds and sitemap; Wagtail, a Django CMS, in a house theme
with cards, sections by language, drafts, and pages behind a password or a login.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pipeline.urls import canonical
from tests.integration.seed import web
from tests.integration.seed.posts import missing_corpus, write_site
from tests.integration.seed.writing import Writing
from tests.integration.servers import Server, free_port, is_listening

ROOT = Path(__file__).parents[2]
_SEED = Path(__file__).parent / "seed"
#: States that these systems have; WordPress's others become drafts.
_HIDDEN = {"draft", "private", "protected"}


@dataclass(frozen=True)
class CmsSite:
    """A running, seeded site: public posts by canonical URL, and what must never be indexed."""

    url: str
    name: str
    posts: dict[str, Writing]
    hidden: frozenset[str]
    folder: Path
    log: list[str] = field(default_factory=list)  # paths asked, where this process serves them


def missing_for_pelican() -> str | None:
    """Why no Pelican site can be built here; None when it can."""
    return _missing("pelican") or missing_corpus()


def missing_for_wagtail() -> str | None:
    """Why no Wagtail site can be run here; None when it can."""
    return _missing("wagtail") or missing_corpus()


@contextmanager
def pelican(theme: str = "notmyidea") -> Iterator[CmsSite]:
    """A Pelican site in a stock theme (notmyidea, simple), served with Last-Modified as static servers do."""
    with _folder("pelican") as folder, _static(folder / "output") as (url, log):
        writings = _writings()
        placed = {writing.key: slug for writing, slug in web.slugs(writings)}
        _write_content(folder / "content", writings, placed)
        shutil.copyfile(_SEED / "pelicanconf.py", folder / "pelicanconf.py")
        _run([sys.executable, "-m", "pelican", "-s", "pelicanconf.py", "-o", "output"], folder, url, theme)
        posts = {
            _spelled(f"{url}/{_pelican_path(writing, placed)}"): writing for writing in writings if _is_public(writing)
        }
        hidden = [writing for writing in writings if writing.status in _HIDDEN]
        paths = [f"{url}/{form}{_pelican_path(writing, placed)}" for writing in hidden for form in ("", "drafts/")]
        yield CmsSite(url, "Karadeniz İncelemeleri", posts, frozenset(map(_spelled, paths)), folder, log)


@contextmanager
def wagtail() -> Iterator[CmsSite]:
    """A Wagtail site in a process of its own."""
    with _folder("wagtail") as folder:
        writings = _writings()
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        (folder / "plan.json").write_text(json.dumps(_plan(writings), ensure_ascii=False), encoding="utf-8")
        server = _launch(folder, url)
        try:
            server.await_ready(lambda: (folder / "places.json").exists() and is_listening(port), timeout=60)
            places = json.loads((folder / "places.json").read_text(encoding="utf-8"))
            posts = {_spelled(places[one.key]): one for one in writings if _is_public(one)}
            hidden = frozenset(_spelled(places[one.key]) for one in writings if one.status in _HIDDEN)
            yield CmsSite(url, "Avrasya Politika Enstitüsü", posts, hidden, folder)
        finally:
            server.stop()


# --- what is seeded --------------------------------------------------------------------------------------------------


def _writings() -> list[Writing]:
    """The public posts, the static pages, and of the hidden ones those whose state every system has."""
    every = write_site(datetime(2026, 7, 1, tzinfo=UTC))
    return [one for one in every if one.status == "publish" or one.status in _HIDDEN]


def _is_public(writing: Writing) -> bool:
    return writing.status == "publish" and not writing.is_page


def _pelican_path(writing: Writing, placed: dict[str, str]) -> str:
    """Pelican puts the language behind the slug of what is not in the site's own."""
    return f"{placed[writing.key]}{'' if writing.language == 'tr' else '-' + writing.language}.html"


def _write_content(content: Path, writings: Sequence[Writing], placed: dict[str, str]) -> None:
    for name in ("pages", "articles"):
        (content / name).mkdir(parents=True)
    for writing in writings:
        name = "pages" if writing.is_page else "articles"
        status = {"publish": "published", "protected": "draft", "private": "draft"}.get(writing.status, writing.status)
        said = {
            "date": writing.published.isoformat(),
            "modified": writing.modified.isoformat(),
            "slug": placed[writing.key],
            "lang": writing.language,
            "authors": "; ".join(writing.byline.split(" & ")),
            "category": (writing.categories or ("Kurumsal",))[0],
            "tags": ", ".join(writing.tags),
            "status": status,
            "summary": web.summary(writing),
        }
        metas = "".join(f'<meta name="{key}" content="{escape(value)}">' for key, value in said.items() if value)
        head = f"<title>{escape(writing.title)}</title>{metas}"
        page = f"<html><head>{head}</head><body>{web.body_html(writing)}</body></html>"
        (content / name / f"{writing.key}.html").write_text(page, encoding="utf-8")


def _plan(writings: Sequence[Writing]) -> dict[str, object]:
    placed = {writing.key: slug for writing, slug in web.slugs(writings)}
    return {
        "pages": [
            {"title": one.title, "slug": placed[one.key], "body": web.body_html(one)} for one in writings if one.is_page
        ],
        "posts": [
            {
                "key": one.key,
                "title": one.title,
                "slug": placed[one.key],
                "language": one.language,
                "author": one.byline,
                "published": one.published.isoformat(),
                "modified": one.modified.isoformat(),
                "summary": web.summary(one),
                "body": web.body_html(one),
                "tags": one.tags,
                "status": one.status,
                "comments": [{"author": comment.author, "text": comment.text} for comment in one.comments],
            }
            for one in writings
            if not one.is_page
        ],
    }


# --- processes -------------------------------------------------------------------------------------------------------


def _missing(module: str) -> str | None:
    return None if importlib.util.find_spec(module) else f"{module} is not installed; install the test extra"


def _spelled(url: str) -> str:
    return canonical(url) or url


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"mecmua-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(argv: list[str], folder: Path, url: str, theme: str) -> None:
    environment = {**os.environ, "SITEURL": url, "THEME": theme}
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)} exited {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _launch(folder: Path, url: str) -> Server:
    """As the test's own user: the interpreter and its packages may be readable to nobody else."""
    log = folder / "wagtail.log"
    argv = ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "tests.integration.seed.wagtail_site.serve"]
    with log.open("ab") as sink:
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env={**os.environ, "SITE_FOLDER": str(folder), "SITE_URL": url},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    return Server("wagtail", process, log)


@contextmanager
def _static(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A static file server on loopback: its address, and the paths it is asked for."""
    log: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # as in site.py

        def do_GET(self) -> None:
            log.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class StaticServer(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that left is no news."""

    server = StaticServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", log
    finally:
        server.shutdown()
        server.server_close()
