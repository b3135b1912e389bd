"""One node per home: start it when it is needed, whoever asks and however many at once; say how it is; stop it."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import structlog

from pipeline.engine.account import Account, choose_account
from pipeline.engine.classes import prepare_classes, with_classes
from pipeline.engine.distribution import ensure_distribution
from pipeline.engine.health import ask_node
from pipeline.engine.java import find_java
from pipeline.engine.launch import PORTS, Runtime, launch
from pipeline.engine.lock import exclusive, is_held, take
from pipeline.engine.places import Places, cache_folder, known_places, make_places
from pipeline.engine.process import find_processes, resident_bytes, send
from pipeline.engine.progress import ShowProgress, show_progress
from pipeline.errors import ConfigurationError, Unavailable
from pipeline.settings import Settings

log = structlog.get_logger(__name__)

#: A start takes three to ten seconds; on a machine busy with other things it has taken a minute.
START_SECONDS = 120.0
#: How long a node that runs already, and does not answer, is waited for: a full garbage collection takes a second.
HANG_SECONDS = 20.0
STOP_SECONDS = 20.0
#: Below this a node comes up and then refuses every write.
_FREE_BYTES = 300_000_000


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """How a home's node is. ``running`` without a ``url`` is a node that lives and does not answer."""

    running: bool
    url: str | None
    pid: int | None
    version: str | None
    data_dir: Path
    log: Path
    rss: int | None = None  # bytes
    indices: int | None = None
    documents: int | None = None


def prepare(settings: Settings, *, progress: ShowProgress = show_progress) -> None:
    """Fetch what a node needs and prepare its classes, without starting one for good. Raises as `ensure_running`."""
    account = choose_account(settings.home)
    cache = cache_folder(account)
    prepare_classes(cache, _runtime(settings, account, cache, progress))


def ensure_running(settings: Settings, *, progress: ShowProgress = show_progress) -> str:
    """The URL of the home's node, started if it is not there; when this returns, its indexes can be used.

    Processes that call it at once get the one node. Raises ConfigurationError when Java, the resolver, an account or a
    writable folder is missing; Unavailable when the download breaks, the disk is full, or the node does not come up.
    """
    answer = ask_node(known_places(settings.home))
    if answer and answer.ready:
        return answer.url
    account = choose_account(settings.home)
    with _start_lock(settings.home):
        return _bring_up(make_places(settings.home, account), settings, account, progress)


def start(settings: Settings, *, progress: ShowProgress = show_progress) -> NodeStatus:
    """Start the home's node unless it runs, and say how it is. Raises as `ensure_running`."""
    ensure_running(settings, progress=progress)
    return status(settings)


def stop(settings: Settings) -> bool:
    """End the home's node; False when none ran. Raises Unavailable when it cannot be ended."""
    places = known_places(settings.home)
    if not places.folder.is_dir():
        return False
    with _start_lock(settings.home):
        ran = is_held(places.node_lock)
        for number in (signal.SIGTERM, signal.SIGKILL):
            _signal(places, number)
            if _ended(places, STOP_SECONDS):
                places.ports.unlink(missing_ok=True)
                return ran
    raise Unavailable(f"search node: it holds {places.node_lock} and cannot be ended. Its log: {places.log}")


def status(settings: Settings) -> NodeStatus:
    """How the home's node is; nothing is started or made."""
    places = known_places(settings.home)
    answer = ask_node(places)
    pid = next(iter(find_processes(places.marker)), None)
    return NodeStatus(
        running=answer is not None or is_held(places.node_lock),
        url=answer.url if answer else None,
        pid=pid,
        version=answer.version if answer else None,
        data_dir=places.data,
        log=places.log,
        rss=resident_bytes(pid) if pid else None,
        indices=answer.indices if answer else None,
        documents=answer.documents if answer else None,
    )


def _start_lock(home: Path) -> AbstractContextManager[None]:
    lock = known_places(home).start_lock
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"search node: cannot make {lock.parent}: {error.strerror}. Set MECMUA_HOME."
        ) from error
    return exclusive(lock, seconds=START_SECONDS * 2, doing="starting or stopping the search node")


def _bring_up(places: Places, settings: Settings, account: Account, progress: ShowProgress) -> str:
    """Launch the node unless one lives, and wait for it. That it lives is known by the lock it holds, so neither a
    process number used again, nor a reboot, nor a copied home, nor another program on its port can mislead."""
    launched = False
    deadline = time.monotonic() + max(HANG_SECONDS, START_SECONDS - _age(places))
    while time.monotonic() < deadline:
        lock = take(places.node_lock)
        if lock is not None and launched:
            os.close(lock)
            raise Unavailable(f"search node: it ended while starting: {_reason(places)}. Its logs: {places.logs}")
        if lock is not None:
            _launch(places, settings, account, progress, lock)
            launched, deadline = True, time.monotonic() + START_SECONDS
        answer = ask_node(places)
        if answer and answer.ready:
            return answer.url
        time.sleep(0.05)
    raise Unavailable(
        f"search node: it runs but does not answer (process {find_processes(places.marker)}, log {places.log}). "
        "Run 'mecmua engine stop', then start it again.",
        retry_after=60,
    )


def _age(places: Places) -> float:
    """Seconds since the node was last launched, by whichever command; its configuration is written then."""
    try:
        return time.time() - (places.configuration / "opensearch.yml").stat().st_mtime
    except OSError:
        return START_SECONDS


def _launch(places: Places, settings: Settings, account: Account, progress: ShowProgress, lock: int) -> None:
    try:
        _signal(places, signal.SIGKILL)  # a node of a home that was deleted here while it ran: it holds no lock of ours
        if shutil.disk_usage(places.data).free < _FREE_BYTES:
            raise Unavailable(f"search node: the disk that holds {places.data} is full. Free some space and try again.")
        cache = cache_folder(account)
        runtime = with_classes(cache, _runtime(settings, account, cache, progress))
        log.info("search node starts", java=runtime.java.version, account=account.name, data=str(places.data))
        launch(places, runtime, lock)
    except OSError as error:
        raise Unavailable(f"search node: it could not be started: {error}") from error
    finally:
        os.close(lock)  # the node has its own copy


def _runtime(settings: Settings, account: Account, cache: Path, progress: ShowProgress) -> Runtime:
    java = find_java(account, cache)
    return Runtime(account, java, ensure_distribution(cache, progress), settings.engine_heap)


def _signal(places: Places, number: signal.Signals) -> None:
    try:
        send(find_processes(places.marker), number)
    except PermissionError as error:
        raise Unavailable(
            f"search node: another user started it ({places.folder}); only they or root can end it."
        ) from error


def _ended(places: Places, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_held(places.node_lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _reason(places: Places) -> str:
    """The line of the node's output that says why it did not come up."""
    try:
        lines = [line.strip() for line in places.console.read_text("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        lines = []
    telling = [line for line in lines if "root cause" in line or line.startswith(("Error", "java.lang."))]
    return (telling or lines or [f"it printed nothing; are ports {PORTS[0]} to {PORTS[1]} free?"])[0]
