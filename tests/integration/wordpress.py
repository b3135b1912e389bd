"""Debian's WordPress 6.1 in Turkish, as a think tank runs it, with MariaDB, php-fpm and nginx of its own, on loopback.

with wordpress() as site:
    site.url, site.posts          # the address, and every public post with its gold
    site.close_rest()             # REST answers 401 to anonymous readers
    site.wp("wp_delete_post(%d);" % site.posts[0].id)
    site.requests()               # what a crawler asked
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.integration.seed import vocabulary
from tests.integration.seed.markup import image_path, png, stored_content
from tests.integration.seed.posts import PASSWORD, missing_corpus, write_site
from tests.integration.seed.writing import IMAGES, Writing
from tests.integration.servers import INSTALL, Server, free_port, hand_over, launch, private_folder, program, run

CORE = Path("/usr/share/wordpress")
THEMES = ("twentytwentyone", "twentytwentytwo", "twentytwentythree")
PERMALINKS = "/%postname%.html"
_TEMPLATES = Path(__file__).parent / "seed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Writing):
    """A post as the site holds it."""

    id: int
    url: str


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request from nginx's access log."""

    method: str
    path: str  # with its query
    status: int
    agent: str
    if_none_match: str
    if_modified_since: str
    accept: str
    bytes: int
    at: float  # seconds since 1970, when the answer was complete


@dataclass(frozen=True, slots=True)
class WordPress:
    """A running, seeded site. Lists are in the order of writing: oldest public post first."""

    url: str
    folder: Path
    every: tuple[Post, ...]
    attachment_urls: tuple[str, ...]
    servers: tuple[Server, ...]

    @property
    def posts(self) -> list[Post]:
        """What anonymous readers may read in full: the posts an index should hold, and nothing else."""
        return [post for post in self.every if post.status == "publish" and not post.is_page]

    @property
    def pages(self) -> list[Post]:
        """The static pages (Hakkımızda, İletişim …)."""
        return [post for post in self.every if post.is_page]

    @property
    def protected_urls(self) -> list[str]:
        """Posts that sitemap, feed and REST list but that show a password form."""
        return [post.url for post in self.every if post.status == "protected"]

    @property
    def private_urls(self) -> list[str]:
        """Posts that no anonymous reader gets: private, drafts, pending, scheduled, in the trash."""
        return [post.url for post in self.every if post.status not in ("publish", "protected")]

    def wp(self, code: str) -> str:
        """Run PHP with WordPress loaded, as its administrator; returns what it printed. Raises ServerFailed."""
        loaded = f"require '{self.folder}/site/wp-load.php'; wp_set_current_user(1); kses_remove_filters(); {code}"
        return run([_need("php"), "-d", "display_errors=stderr", "-r", loaded], cwd=self.folder)

    def switch_theme(self, theme: str) -> None:
        """Give the site another of `THEMES`."""
        self.wp(f"switch_theme('{theme}');")

    def close_rest(self) -> None:
        """From now on REST answers 401 to anonymous readers."""
        self._rest_switch.touch()

    def open_rest(self) -> None:
        """REST answers everybody again."""
        self._rest_switch.unlink(missing_ok=True)

    def requests(self) -> list[LoggedRequest]:
        """What was asked since the start or the last `clear_log`."""
        lines = self._settled_log().read_text(encoding="utf-8", errors="replace").splitlines()
        return [LoggedRequest(**json.loads(line)) for line in lines]

    def clear_log(self) -> None:
        """Forget the requests so far."""
        with self._settled_log().open("r+b") as log:  # nginx appends, so it goes on at the new end
            log.truncate(0)

    @property
    def _rest_switch(self) -> Path:
        return self.folder / "site/wp-content/rest-closed"

    def _settled_log(self) -> Path:
        """The access log once it stopped growing: nginx writes a line after the client has its answer."""
        log, size = self.folder / "access.log", -1
        while size != (size := log.stat().st_size):
            time.sleep(0.05)
        return log


def missing_for_wordpress() -> str | None:
    """Why no WordPress can be started here, with the remedy; None when it can."""
    lacking = [name for name in ("php", "php-fpm", "mariadbd", "mariadb", "nginx") if _find(name) is None]
    files = [CORE / "wp-load.php", CORE / "wp-content/languages/tr_TR.mo"]
    files += [CORE / "wp-content/themes" / theme for theme in THEMES]
    lacking += [path.name for path in files if not path.exists()]
    return f"WordPress is not installed ({', '.join(lacking)}); {INSTALL}" if lacking else missing_corpus()


@contextmanager
def wordpress(
    theme: str = "twentytwentythree", *, rest: bool = True, now: datetime | None = None
) -> Iterator[WordPress]:
    """A seeded site of the test's own, in a stock theme; ``rest=False`` closes REST from the start.

    ``now`` dates what is scheduled for the future. Raises ServerFailed when a server or the seeding fails.
    """
    with private_folder("wp") as folder, ExitStack() as running:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        writings = write_site(now or datetime.now(UTC))
        _lay_out(folder, url, port, _plan(writings, theme))
        servers = _start(folder, running)
        made = json.loads(run([_need("php"), folder / "site/seed.php", folder / "seed.json"], cwd=folder))
        posts = tuple(_placed(writing, made["posts"][writing.key]) for writing in writings)
        site = WordPress(url, folder, posts, tuple(made["attachments"]), servers)
        if not rest:
            site.close_rest()
        site.clear_log()  # WordPress asked itself whether permalinks work
        yield site


def _placed(writing: Writing, place: dict[str, Any]) -> Post:
    return Post(**{item.name: getattr(writing, item.name) for item in fields(writing)}, **place)


# --- what is seeded --------------------------------------------------------------------------------------------------


def _plan(writings: Sequence[Writing], theme: str) -> dict[str, Any]:
    """What seed.php reads."""
    return {
        "name": "Bölge Araştırmaları Merkezi",
        "theme": theme,
        "permalinks": PERMALINKS,
        "options": {
            "timezone_string": "Europe/Istanbul",
            "blogdescription": "Kafkasya, Karadeniz ve Ortadoğu üzerine",
            "posts_per_page": 10,
            "blog_public": 1,
        },
        "users": [{"login": user.login, "display_name": user.display_name} for user in vocabulary.USERS],
        "categories": vocabulary.CATEGORIES,
        "tags": vocabulary.TAGS,
        "images": [{"path": image_path(number), "title": f"Görsel {number}"} for number in range(IMAGES)],
        "posts": [_stored(writing) for writing in writings],
    }


def _stored(writing: Writing) -> dict[str, Any]:
    return {
        "key": writing.key,
        "type": "page" if writing.is_page else "post",
        "status": writing.status,
        "password": PASSWORD,
        "title": writing.title,
        "content": stored_content(writing),
        "excerpt": writing.excerpt,
        "author": writing.author.login,
        "date": _local(writing.published),
        "modified": _local(writing.modified),
        "categories": writing.categories,
        "tags": writing.tags,
        "image": writing.image,
        "sticky": writing.sticky,
        "comments": [
            {"author": comment.author, "text": comment.text, "date": _local(writing.published + comment.after)}
            for comment in writing.comments
        ],
    }


def _local(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


# --- its files and processes -----------------------------------------------------------------------------------------


def _lay_out(folder: Path, url: str, port: int, plan: dict[str, Any]) -> None:
    """The site's folder: core is linked from Debian's package, content and configuration are its own."""
    site, content = folder / "site", folder / "site/wp-content"
    uploads = content / "uploads"
    for path in (content / "mu-plugins", content / "plugins", uploads, folder / "data"):
        path.mkdir(parents=True)
    for path in CORE.glob("*.php"):  # copied: WordPress finds its configuration beside the real wp-load.php
        shutil.copyfile(path, site / path.name)
    for name in ("wp-includes", "wp-admin", "wp-content/themes", "wp-content/languages"):
        (site / name).symlink_to(CORE / name)
    for number in range(IMAGES):
        (uploads / image_path(number)).parent.mkdir(parents=True, exist_ok=True)
        (uploads / image_path(number)).write_bytes(png(number))
    (folder / "seed.json").write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    shutil.copyfile(_TEMPLATES / "seed.php", site / "seed.php")
    shutil.copyfile(_TEMPLATES / "mu-plugin.php", content / "mu-plugins/rest.php")
    values = {"FOLDER": str(folder), "PORT": str(port), "URL": url, "SOCKET": str(folder / "db.sock")}
    for name, target in (("wp-config.php", site), ("php-fpm.conf", folder), ("nginx.conf", folder)):
        (target / name).write_text(_filled((_TEMPLATES / name).read_text(encoding="utf-8"), values), encoding="utf-8")
    hand_over(folder)


def _filled(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def _start(folder: Path, running: ExitStack) -> tuple[Server, ...]:
    """Start the three servers and wait for each; ``running`` stops them in reverse order."""
    database = launch("mariadb", _mariadb_argv(folder), folder)
    running.callback(database.stop)
    php = launch("php-fpm", [_need("php-fpm"), "--nodaemonize", "--fpm-config", folder / "php-fpm.conf"], folder)
    running.callback(php.stop)
    web = launch("nginx", [_need("nginx"), "-c", folder / "nginx.conf", "-e", folder / "nginx-errors.log"], folder)
    running.callback(web.stop)
    php.await_ready((folder / "php.sock").exists)
    web.await_ready((folder / "nginx.pid").exists)
    database.await_ready((folder / "db.sock").exists)
    run([_need("mariadb"), "--no-defaults", f"--socket={folder / 'db.sock'}", "-e", "CREATE DATABASE wordpress"])
    return database, php, web


def _mariadb_argv(folder: Path) -> list[str | Path]:
    """Without grant tables it needs no installed system database, which saves two seconds; it listens on no port."""
    return [
        _need("mariadbd"),
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        f"--socket={folder / 'db.sock'}",
        f"--pid-file={folder / 'db.pid'}",
        f"--tmpdir={folder}",
        "--skip-networking",
        "--skip-grant-tables",
        "--skip-log-bin",
        "--performance-schema=OFF",
        "--character-set-server=utf8mb4",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--innodb-fast-shutdown=2",
        "--innodb-log-file-size=32M",
        "--innodb-buffer-pool-size=64M",
    ]


def _find(name: str) -> Path | None:
    return program(name, f"sbin/{name}[0-9]*") if name == "php-fpm" else program(name)


def _need(name: str) -> Path:
    path = _find(name)
    if path is None:
        raise FileNotFoundError(f"{name} is not installed; {INSTALL}")
    return path
