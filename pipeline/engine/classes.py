"""What a node loads and compiles as it starts, kept in a file for later starts.

Java 25 keeps its ahead-of-time cache: classes ready for use, and which methods are worth compiling (JEP 483, 514, 515).
Older ones keep the classes alone. The file belongs to one Java and one distribution; the JVM checks that itself and
goes without where they differ.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from pipeline.engine.distribution import VERSION
from pipeline.engine.health import ask_node
from pipeline.engine.launch import Runtime, command, launch
from pipeline.engine.lock import exclusive, is_held, take
from pipeline.engine.places import Places
from pipeline.engine.process import find_processes, send

log = structlog.get_logger(__name__)

_SECONDS = 120
#: The oldest Java whose cache holds what is worth compiling.
_CACHED_SINCE = 25
_FOLDED = {"type": "custom", "tokenizer": "standard", "filter": ["apostrophe", "lowercase", "asciifolding"]}
_ANALYZERS = {"thai": {"type": "custom", "tokenizer": "standard"}, "tr": _FOLDED}
_FOUND = {"dis_max": {"queries": [{"match": {"text": "sea"}}, {"match_phrase": {"text": "black sea"}}]}}
_NEAR = {"match_phrase": {"text": {"query": "black straits", "slop": 3}}}
_RANKED = {
    "query": {"bool": {"must": [_FOUND]}},
    "rescore": {"window_size": 9, "query": {"rescore_query": _NEAR}},
    "highlight": {"fields": {"text": {}}},
}
_COUNTED = {
    "size": 0,
    "aggs": {
        "values": {"terms": {"field": "text.keyword"}},
        "number": {"cardinality": {"field": "text.keyword"}},
        "days": {"auto_date_histogram": {"field": "published"}},
    },
}
#: Work of the kind that follows a start, so that its classes are in the file as well.
_TRAINING: tuple[tuple[str, str, list[dict[str, Any]]], ...] = (
    ("PUT", "/sample", [{"settings": {"number_of_replicas": 0, "analysis": {"analyzer": _ANALYZERS}}}]),
    ("POST", "/sample/_doc?refresh=true", [{"text": "Karadeniz'in güvenliği", "published": "2016-08-16"}]),
    ("POST", "/sample/_bulk?refresh=true", [{"index": {}}, {"text": "The Black Sea and its straits"}]),
    ("POST", "/sample/_msearch", [{}, _RANKED, {}, _COUNTED]),
    ("GET", "/sample/_search?q=karadeniz", [{}]),
)


def classes_file(cache: Path, runtime: Runtime) -> Path:
    """Where the classes of this Java and this distribution are kept."""
    return cache / f"classes-{VERSION}-{runtime.java.key}.{'aot' if _cached(runtime) else 'jsa'}"


def _cached(runtime: Runtime) -> bool:
    return runtime.java.major >= _CACHED_SINCE


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
            log.info("search node is prepared for quick starts, once; takes half a minute", java=runtime.java.version)
            folder = Path(tempfile.mkdtemp(prefix=".part-classes-", dir=cache))
            try:
                _train(folder, runtime, target)
            except (OSError, subprocess.SubprocessError) as error:
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
    made = places.scratch / target.name
    seen = made.with_suffix(".conf")
    recording = ("-XX:AOTMode=record", f"-XX:AOTConfiguration={seen}")
    options = recording if _cached(runtime) else (f"-XX:ArchiveClassesAtExit={made}",)
    try:
        launch(places, runtime, lock, options)
    finally:
        os.close(lock)
    _exercise(places)
    _end(places)
    if _cached(runtime):
        _assemble(places, runtime, seen, made)
    _publish(made, target)


def _assemble(places: Places, runtime: Runtime, seen: Path, made: Path) -> None:
    """The cache, from what the node was seen to need. A JVM of its own does it: the one that ends cannot start another
    where the packaged runtime's helper may not be run."""
    options = ("-XX:AOTMode=create", f"-XX:AOTConfiguration={seen}", f"-XX:AOTCache={made}")
    runtime.account.run(
        command(places, runtime, options), cwd=places.folder, env={}, capture_output=True, timeout=_SECONDS
    )


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
    for method, path, lines in _TRAINING:
        body = "".join(f"{json.dumps(line)}\n" for line in lines)
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
