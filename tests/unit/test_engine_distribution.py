"""The distribution is there whole or not at all, and what went wrong is said."""

from __future__ import annotations

import errno
import shutil
import sys
import zipfile
from collections import namedtuple
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.engine import distribution
from pipeline.engine.distribution import ensure_distribution, fetch_archive, unpack
from pipeline.engine.progress import show_progress
from pipeline.errors import ConfigurationError, Unavailable

MEMBERS = (
    "lib/core.jar",
    "modules/reindex/r.jar",
    "modules/ingest-geoip/big.mmdb",
    "agent/a.jar",
    "bin/run",
    "NOTICE.txt",
)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "published.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in MEMBERS:
            bundle.writestr(f"opensearch-3.8.0/{name}", name * 100)
    monkeypatch.setattr(distribution, "SHA256", sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(distribution, "_local_copy", lambda: None)
    monkeypatch.setattr(distribution, "_PAUSE", 0)
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache folder"
    folder.mkdir()
    return folder


def serve(monkeypatch: pytest.MonkeyPatch, *answers: Path | Exception) -> list[int]:
    """Make each download give the next answer; the list counts them."""
    calls: list[int] = []

    def download(folder: Path, *_: object) -> Path:
        calls.append(1)
        answer = answers[min(len(calls), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        (folder / "maven").mkdir(exist_ok=True)
        return Path(shutil.copy(answer, folder / "maven"))

    monkeypatch.setattr(distribution, "_download", download)
    return calls


def test_it_is_fetched_once_and_only_what_is_used_is_kept(
    archive: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = serve(monkeypatch, archive)
    folder = ensure_distribution(cache, show_progress)
    assert ensure_distribution(cache, show_progress) == folder
    assert len(calls) == 1
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {"lib/core.jar", "modules/reindex/r.jar", "agent/a.jar", "NOTICE.txt"}
    assert (folder / "bin").is_dir()
    assert (folder / "lib" / "core.jar").read_text() == "lib/core.jar" * 100
    assert sorted(path.name for path in cache.iterdir()) == ["lock", folder.name]


def test_everybody_may_read_it_whatever_the_umask(archive: Path, cache: Path, tmp_path: Path) -> None:
    import os

    before = os.umask(0o077)
    try:
        unpack(archive, tmp_path / "out")
    finally:
        os.umask(before)
    assert (tmp_path / "out" / "lib").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "out" / "lib" / "core.jar").stat().st_mode & 0o777 == 0o644


def test_a_download_that_breaks_once_is_tried_again(
    archive: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = serve(monkeypatch, Unavailable("broke off"), archive)
    assert ensure_distribution(cache, show_progress).is_dir()
    assert len(calls) == 2


def test_wrong_bytes_are_refused_and_nothing_is_left(
    archive: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(archive.read_bytes()[:-1])
    calls = serve(monkeypatch, wrong)
    with pytest.raises(Unavailable, match="not the published one"):
        ensure_distribution(cache, show_progress)
    assert len(calls) == 3
    assert [path.name for path in cache.iterdir()] == ["lock"]


def test_what_a_cut_command_left_is_swept(archive: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = cache / ".part-opensearch-x"
    left.mkdir()
    serve(monkeypatch, archive)
    ensure_distribution(cache, show_progress)
    assert not left.exists()


def test_a_full_disk_is_said_before_the_download(archive: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = serve(monkeypatch, archive)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1000))
    with pytest.raises(Unavailable, match=r"disk that holds .* is full"):
        ensure_distribution(cache, show_progress)
    assert not calls


def test_a_disk_that_fills_up_meanwhile_is_said_too(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "_local_copy", lambda: None)
    serve(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(Unavailable, match="is full"):
        ensure_distribution(cache, show_progress)
    assert [path.name for path in cache.iterdir()] == ["lock"]


def test_without_the_resolver_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    monkeypatch.setitem(sys.modules, "jgo", None)
    with pytest.raises(ConfigurationError, match=r"mecmua\[engine\]"):
        fetch_archive(tmp_path, show_progress)


def test_an_archive_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK not really")
    with pytest.raises(Unavailable, match="cannot be unpacked"):
        unpack(tmp_path / "broken.zip", tmp_path / "out")
