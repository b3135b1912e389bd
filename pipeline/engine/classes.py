"""Java's class data sharing: what a node loads while it starts, kept in a file, halves every later start.

The file belongs to one Java and one distribution; the JVM checks that itself and goes without where they differ.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import structlog

from pipeline.engine.distribution import VERSION
from pipeline.engine.health import ask_node
from pipeline.engine.launch import Runtime, launch
from pipeline.engine.lock import exclusive, is_held, take
from pipeline.engine.places import Places
from pipeline.engine.process import find_processes, send

log = structlog.get_logger(__name__)

_SECONDS = 120
#: Work of the kind that follows a start, so that its classes are in the file as well.
_TRAINING = (
    ("PUT", "/sample", '{"settings": {"number_of_replicas": 0, "analysis": {"analyzer": {'
     '"thai": {"type": "custom", "tokenizer": "standard"}, '
     '"tr": {"type": "custom", "tokenizer": "standard", "filter": ["apostrophe", "lowercase", "asciifolding"]}}}}}'),
    ("POST", "/sample/_doc?refresh=true", '{"text": "Karadeniz\'in güvenliği", "published": "2016-08-16"}'),
    ("GET", "/sample/_search?q=karadeniz", "{}"),
)  # fmt: skip


def classes_file(cache: Path, runtime: Runtime) -> Path:
    """Where the classes of this Java and this distribution are kept."""
    return cache / f"classes-{VERSION}-{runtime.java.key}.jsa"


def with_classes(cache: Path, runtime: Runtime) -> Runtime:
    """The runtime with its prepared classes, when there are any."""
    path = classes_file(cache, runtime)
    return replace(runtime, classes=path) if path.is_file() else runtime


def prepare_classes(cache: Path, runtime: Runtime) -> bool:
    """Make the file, unless it is there, by running a node of no home for a few seconds; says whether it is there.

    It only makes starts quicker, so a failure is logged and nothing else happens.
    """
    target = classes_file(cache, runtime)
    if target.is_file():
        return True
    with exclusive(cache / "lock", seconds=_SECONDS * 2, doing="preparing the search node"):
        if not target.is_file():
            folder = Path(tempfile.mkdtemp(prefix=".part-classes-", dir=cache))
            try:
                _train(folder, runtime, target)
            except OSError as error:
                log.warning("search node starts slower: its classes could not be prepared", reason=str(error))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    return target.is_file()


def _train(folder: Path, runtime: Runtime, target: Path) -> None:
    folder.chmod(0o755)
    places = Places(folder, folder / "node")
    for part in (places.data, places.configuration, places.logs, places.scratch):
        part.mkdir(parents=True)
    lock = take(places.node_lock)
    if lock is None:
        raise BlockingIOError(f"{places.node_lock} is held")
    made = places.scratch / "classes.jsa"
    try:
        launch(places, runtime, lock, (*_base(places, runtime, target), f"-XX:ArchiveClassesAtExit={made}"))
    finally:
        os.close(lock)
    _exercise(places)
    _end(places)
    _publish(made, target)


def _base(places: Places, runtime: Runtime, target: Path) -> tuple[str, ...]:
    """A runtime made by jlink lacks the archive of Java's own classes that this one builds upon: make it beside."""
    if (runtime.java.executable.resolve().parents[1] / "lib" / "server" / "classes.jsa").is_file():
        return ()
    made, base = places.scratch / "base.jsa", target.with_name(f"base-{runtime.java.key}.jsa")
    runtime.account.own(places.folder)
    options = ["-XX:+UseSerialGC", f"-XX:SharedArchiveFile={made}", "-Xshare:dump"]
    runtime.account.run(
        [str(runtime.java.executable), *options], cwd=places.folder, env={}, capture_output=True, timeout=60
    )
    _publish(made, base)
    return (f"-XX:SharedArchiveFile={base}",)


def _publish(made: Path, target: Path) -> None:
    """Put a finished file into the cache as our own: the node's account shall not change what other nodes run."""
    os.chown(made, os.geteuid(), os.getegid(), follow_symlinks=False)
    made.chmod(0o644)
    made.replace(target)


def _exercise(places: Places) -> None:
    deadline = time.monotonic() + _SECONDS
    while (answer := ask_node(places)) is None or not answer.ready:
        if time.monotonic() > deadline or not is_held(places.node_lock):
            return
        time.sleep(0.1)
    connection = http.client.HTTPConnection(answer.url.removeprefix("http://"), timeout=30)
    for method, path, body in _TRAINING:
        connection.request(method, path, body.encode(), {"Content-Type": "application/json"})
        connection.getresponse().read()
    connection.close()


def _end(places: Places) -> None:
    """End the node and wait: it writes the file on its way out."""
    send(find_processes(places.marker), signal.SIGTERM)
    deadline = time.monotonic() + _SECONDS
    while is_held(places.node_lock) and time.monotonic() < deadline:
        time.sleep(0.1)
    send(find_processes(places.marker), signal.SIGKILL)
