"""Backup and restore as docs/operations.md describes them: while a crawl runs, onto an empty machine, on PostgreSQL."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.rig import require
from tests.integration.runs import Mecmua, source_file, until
from tests.integration.site import Site, add_articles, serving

pytestmark = pytest.mark.integration
COUNT = 30


def installation(folder: Path, engine_url: str, index: str, site: Site, **extra: str) -> tuple[Mecmua, Path]:
    endpoints = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
    sources = source_file(folder / "sources", "site", site.url, endpoints)
    return Mecmua(folder / "home", engine_url, index, extra), sources


def copy_archive(home: Path, backup: Path) -> None:
    """What `rsync -a` does: the state was copied first, so every pointer in it leads to a file that is copied now."""
    for name in ("archive", "spool"):
        if (home / name).exists():
            shutil.copytree(home / name, backup / name, dirs_exist_ok=True)


def texts(mecmua: Mecmua) -> dict[str, str]:
    return {document["url"]: document["text"] for document in mecmua.documents()}


def test_a_backup_taken_during_a_crawl_is_restored_whole(tmp_path: Path, engine_url: str) -> None:
    backup = tmp_path / "backup"
    backup.mkdir()
    with serving() as site:
        add_articles(site, COUNT, delay=0.1)
        mecmua, sources = installation(tmp_path, engine_url, "backup", site)
        running = mecmua.start("crawl", "--sources", str(sources))
        until(lambda: sum(path.startswith("/yazi-") for path in site.paths()) >= COUNT // 3)
        mecmua.run("backup", str(backup / "state.db"))
        copy_archive(mecmua.home, backup)
        running.communicate(timeout=300)
        assert running.returncode == 0
        wanted = texts(mecmua)
        restored, _ = installation(tmp_path / "elsewhere", engine_url, "restored", site)
        shutil.copytree(backup, restored.home)
        found = json.loads(restored.run("doctor", "--repair", "--json", "--sources", str(sources), check=0).stdout)
        kinds = {finding["kind"] for finding in found["findings"] if finding["wrong"]}
        assert kinds <= {"alias"}, "nothing but the index is missing, and that is made anew"
        held = len(restored.documents())
        asked = len(site.paths())
        restored.crawl(sources)
        assert texts(restored) == wanted
        again = sum(path.startswith("/yazi-") for path in site.paths()[asked:])
        assert again <= COUNT - held + 3, "what the backup holds is not fetched again"
        restored.run("doctor", "--sources", str(sources), check=0)


def test_an_index_is_made_again_from_the_state_alone(tmp_path: Path, engine_url: str) -> None:
    with serving() as site:
        add_articles(site, 5)
        mecmua, sources = installation(tmp_path, engine_url, "backup-index", site)
        mecmua.crawl(sources)
        other = Mecmua(mecmua.home, engine_url, "backup-index-2")
        asked = len(site.paths())
        other.run("crawl", "--stage", "index", "--sources", str(sources))
        assert texts(other) == texts(mecmua) and len(texts(other)) == 5
        assert len(site.paths()) == asked


def test_a_state_older_than_archive_and_index_catches_up(tmp_path: Path, engine_url: str) -> None:
    """The state restored from last night: what the index has from today is put back, and today's pages come again."""
    with serving() as site:
        add_articles(site, 4)
        mecmua, sources = installation(tmp_path, engine_url, "backup-old", site)
        mecmua.crawl(sources)
        mecmua.run("backup", str(tmp_path / "state.db"))
        add_articles(site, 8)
        mecmua.crawl(sources)
        wanted = texts(mecmua)
        for leftover in mecmua.home.glob("state.db*"):
            leftover.unlink()
        shutil.copy(tmp_path / "state.db", mecmua.home / "state.db")
        mecmua.run("doctor", "--repair", "--sources", str(sources), check=0)
        assert len(texts(mecmua)) == 4, "documents that the state does not know are taken out"
        mecmua.crawl(sources)
        assert texts(mecmua) == wanted


def test_postgresql_is_dumped_and_restored(tmp_path: Path, engine_url: str, postgres_url: str) -> None:
    require(None if shutil.which("pg_dump") else "pg_dump is missing")
    with serving() as site:
        add_articles(site, 5)
        mecmua, sources = installation(tmp_path, engine_url, "backup-pg", site, MECMUA_DATABASE_URL=postgres_url)
        mecmua.crawl(sources)
        plain = postgres_url.replace("postgresql+psycopg", "postgresql")
        file = tmp_path / "state.dump"
        subprocess.run(["pg_dump", "--format=custom", f"--file={file}", plain], check=True)
        wanted = texts(mecmua)
        subprocess.run(["pg_restore", "--clean", "--if-exists", f"--dbname={plain}", str(file)], check=True)
        mecmua.run("doctor", "--sources", str(sources), check=0)
        assert texts(mecmua) == wanted
