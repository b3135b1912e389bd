"""OpenSearch itself: fetched once for all homes, verified, and unpacked so that nobody ever sees half of it."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from types import ModuleType

import structlog

from pipeline.engine.lock import exclusive
from pipeline.engine.progress import ShowProgress
from pipeline.errors import ConfigurationError, MecmuaError, Unavailable

log = structlog.get_logger(__name__)

VERSION = "3.8.0"
GROUP, ARTIFACT, PACKAGING = "org.opensearch.distribution.integ-test-zip", "opensearch", "zip"
#: Of the published artifact; Maven gives only SHA-1 beside it, and the resolver merely warns when that differs.
SHA256 = "196c3cf4602c394f2e40e6174ccbf2a924eae37246f08fa6bbb6b75f9fd5ff1f"
#: What is unpacked: the server, Turkish analysis, HTTP, update and delete by query with scripts, saved searches. Left
#: out are a 70 MB database of IP addresses, a second network protocol, and modules for other uses: they took a fifth
#: of the processor time of a start.
MODULES = (
    "analysis-common",
    "lang-painless",
    "mapper-extras",
    "parent-join",
    "percolator",
    "reindex",
    "transport-netty4",
)
_KEPT = ("lib/", "agent/", "LICENSE.txt", "NOTICE.txt", "README.md", *(f"modules/{name}/" for name in MODULES))
#: Folders that the server expects to find, if empty.
_EMPTY = ("bin", "plugins")
_NEEDED_BYTES = 450_000_000  # the archive is 160 MB, what is unpacked 105 MB, start-up classes 100 MB
_ATTEMPTS = 3
_PAUSE = 2.0  # seconds between them
_SECONDS = 900  # a slow line may take minutes for 160 MB


def distribution_folder(cache: Path) -> Path:
    """Where the unpacked distribution lies, whether it is there yet or not."""
    return cache / f"opensearch-{VERSION}"


def ensure_distribution(cache: Path, progress: ShowProgress) -> Path:
    """The unpacked distribution in the cache, fetched when it is not there; commands that run at once fetch it once.

    Raises Unavailable when the download breaks or the disk is full, ConfigurationError when the resolver is missing.
    """
    folder = distribution_folder(cache)
    if folder.is_dir():
        return folder
    with exclusive(cache / "lock", seconds=_SECONDS, doing="downloading the search node"):
        if not folder.is_dir():
            with _disk_errors(cache):
                _install(cache, folder, progress)
    return folder


def _install(cache: Path, folder: Path, progress: ShowProgress) -> None:
    for left in cache.glob(".part-opensearch-*"):  # by a command that was cut; we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    if shutil.disk_usage(cache).free < _NEEDED_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(cache))
    part = Path(tempfile.mkdtemp(prefix=".part-opensearch-", dir=cache))
    try:
        archive = _local_copy() or fetch_archive(part, progress)
        unpack(archive, part / "unpacked")
        (part / "unpacked").rename(folder)
        sync_folder(cache)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    log.info("search node installed", version=VERSION, folder=str(folder))


def fetch_archive(folder: Path, progress: ShowProgress, repositories: Mapping[str, str] | None = None) -> Path:
    """The published archive, downloaded below ``folder`` and verified.

    ``repositories`` (name to URL) stand in for those of jgo's own configuration; where that names none, its default
    is asked. Raises Unavailable when the line breaks or the bytes are not the published ones.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _verified(_download(folder, progress, repositories))
        except Unavailable as error:
            shutil.rmtree(folder / "maven", ignore_errors=True)  # the resolver would take half a file for a whole one
            if attempt == _ATTEMPTS:
                raise
            log.warning("download broke, trying again", attempt=attempt, reason=str(error))
            time.sleep(_PAUSE)
    raise AssertionError("unreachable")


def _download(folder: Path, progress: ShowProgress, repositories: Mapping[str, str] | None) -> Path:
    maven = _maven()
    remotes = dict(repositories or _configured_repositories()) or None
    context = maven.MavenContext(
        resolver=maven.PythonResolver(progress_callback=progress),
        repo_cache=folder / "maven",
        remote_repos=remotes,
        timeout=30,
    )
    try:
        artifact = context.project(GROUP, ARTIFACT).at_version(VERSION).artifact(packaging=PACKAGING)
        return Path(artifact.resolve())
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; the resolver raises RuntimeError
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Unavailable(
            f"search node: downloading OpenSearch {VERSION} broke off: {error}. Check the network and try again; "
            f"a Maven mirror goes into jgo's configuration, under [repositories]."
        ) from error


def _verified(archive: Path) -> Path:
    with archive.open("rb") as stream:
        digest = file_digest(stream, "sha256").hexdigest()
    if digest != SHA256:
        raise Unavailable(
            f"search node: the downloaded {archive.name} is not the published one (SHA-256 {digest}, "
            f"expected {SHA256}). It was thrown away; try again, and if it stays so look at what stands between "
            "this machine and the repository."
        )
    return archive


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the parts that are kept, flushed to disk, readable by all. Raises Unavailable when it is broken."""
    try:
        with zipfile.ZipFile(archive) as bundle:
            for member in bundle.infolist():
                inner = member.filename.partition("/")[2]
                if inner.startswith(_KEPT) and not member.is_dir():
                    _write(folder / inner, bundle.read(member))
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Unavailable(f"search node: {archive.name} cannot be unpacked: {error}. Try again.") from error
    for name in _EMPTY:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(0o755)
        sync_folder(path)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    path.chmod(0o644)


def _local_copy() -> Path | None:
    """The published archive from the user's own Maven cache, where a machine without network may have it, or None."""
    context = _maven().MavenContext()
    path = context.project(GROUP, ARTIFACT).at_version(VERSION).artifact(packaging=PACKAGING).cached_path
    try:
        return _verified(Path(path)) if path and Path(path).is_file() else None
    except (MecmuaError, OSError):
        return None


def _maven() -> ModuleType:
    try:
        import jgo.maven
    except ImportError as error:
        raise ConfigurationError(
            "search node: the Maven resolver jgo is missing. Install it with pip install 'mecmua[engine]', "
            "or set MECMUA_ELASTICSEARCH_URL to a server of your own."
        ) from error
    return jgo.maven


def _configured_repositories() -> Mapping[str, str]:
    from jgo.config import GlobalSettings

    return GlobalSettings.load().repositories


@contextmanager
def _disk_errors(cache: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(
                f"search node: the disk that holds {cache} is full; {_NEEDED_BYTES // 1_000_000} MB are needed. "
                "Free some space and try again."
            ) from error
        raise ConfigurationError(f"search node: cannot write {error.filename or cache}: {error.strerror}.") from error
