"""The node's command line and configuration, and how it is set going so that it outlives the command."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.engine.account import Account
from pipeline.engine.java import Java
from pipeline.engine.places import Places

#: Where the node looks for a free port, from the first up.
PORTS = (9200, 9299)
_MAIN = "org.opensearch.bootstrap.OpenSearch"
#: Megabytes the heap starts with; it grows to its limit when work comes.
_FIRST_HEAP = 256
#: The part of the heap that is for what a request needs: every collection of it stops both cores for 3 ms, and a third
#: of a small first heap made for seventeen of them a second under load.
_YOUNG = 4
_LOGGING = """\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = ${sys:opensearch.logs.base_path}/mecmua.log
appender.file.filePattern = ${sys:opensearch.logs.base_path}/mecmua-%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %marker%m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a node is started with: who runs it, which Java, the distribution, and its prepared classes if any."""

    account: Account
    java: Java
    distribution: Path
    heap: str
    classes: Path | None = None


def command(places: Places, runtime: Runtime, extra: Sequence[str] = ()) -> list[str]:
    """The command that is the node. It replaces the distribution's shell scripts, which start Java three times over.

    OpenSearch's Java agent, a sandbox for third-party plugins, is left out: none can be installed here, and with it
    the JVM refuses prepared classes and a start takes twice as long. Only the classes it would bring are needed.
    """
    agent = next((runtime.distribution / "agent").glob("opensearch-agent-bootstrap-*.jar"))
    heap = _megabytes(runtime.heap)
    return [
        str(runtime.java.executable),
        f"-Xms{min(heap, _FIRST_HEAP)}m",
        f"-Xmx{heap}m",
        f"-Xmn{heap // _YOUNG}m",
        f"-XX:MaxDirectMemorySize={heap // 2}m",
        "-Xss1m",
        "-XX:+UseSerialGC",  # two cores and half a gigabyte: 180 MB less than G1
        "-XX:+ExitOnOutOfMemoryError",  # the next command starts it again
        "-XX:-OmitStackTraceInFastThrow",
        f"-XX:ErrorFile={places.logs}/hs_err_pid%p.log",
        *_prepared(runtime.classes),
        *extra,
        f"-Xbootclasspath/a:{agent}",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF-8",
        "-Djava.locale.providers=CLDR",
        "-Djava.net.preferIPv4Stack=true",
        f"-Djava.io.tmpdir={places.scratch}",
        f"-Djna.tmpdir={places.scratch}",
        "-Djna.nosys=true",
        # the distribution's own defaults for Netty, Lucene and Log4j
        "-Dio.netty.noUnsafe=true",
        "-Dio.netty.noKeySetOptimization=true",
        "-Dio.netty.recycler.maxCapacityPerThread=0",
        "-Dio.netty.allocator.numDirectArenas=0",
        "-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1",
        "-Dlog4j.shutdownHookEnabled=false",
        "-Dlog4j2.disable.jmx=true",
        "-Dopensearch.distribution.type=zip",
        "-Dopensearch.bundled_jdk=false",
        f"-Dopensearch.path.home={runtime.distribution}",
        places.marker,
        "-cp",
        f"{runtime.distribution}/lib/*",
        _MAIN,
    ]


def _prepared(classes: Path | None) -> list[str]:
    if classes is None or os.pathsep in str(classes):  # it separates archives there
        return []
    if classes.suffix == ".aot":
        # Java 25 warns of each adapter that it makes anew instead of taking it from the file.
        return [f"-XX:AOTCache={classes}", "-Xlog:aot*=error"]
    return [f"-XX:SharedArchiveFile={classes}", "-Xshare:auto"]


def configuration(places: Places) -> dict[str, object]:
    """The node's opensearch.yml as a mapping."""
    return {
        "cluster.name": "mecmua",
        "node.name": places.name,
        "path.data": [str(places.data)],  # a list, since a comma in a plain value would separate folders
        "path.logs": str(places.logs),
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": f"{PORTS[0]}-{PORTS[1]}",  # the node itself takes the first free one, so two never race for it
        "transport.port": 0,  # nobody else speaks to it; any free port
        "node.portsfile": True,
        "node.processors": min(os.cpu_count() or 1, 4),  # bounds every thread pool, and with them the memory
        # The usual limits are percentages: a laptop's disk that is 90 % full, with 50 GB free, would refuse new
        # indexes, and at 95 % block writing. What matters is that room is left, so the limits are sizes; below the
        # last one the engine refuses writes with a clear message, and takes them again when there is room.
        "cluster.routing.allocation.disk.watermark.low": "1gb",
        "cluster.routing.allocation.disk.watermark.high": "500mb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "250mb",
        "cluster.info.update.interval": "60s",
        "action.destructive_requires_name": True,
    }


def write_configuration(places: Places) -> None:
    """Write the node's configuration files, each at once."""
    # JSON is YAML, and quotes whatever a path may hold
    settings = json.dumps(configuration(places), ensure_ascii=False, indent=1)
    for name, content in (("opensearch.yml", settings), ("log4j2.properties", _LOGGING)):
        part = places.configuration / f".{name}.part"
        part.unlink(missing_ok=True)
        part.write_text(content, encoding="utf-8")
        part.chmod(0o644)
        part.replace(places.configuration / name)


def launch(places: Places, runtime: Runtime, lock: int, extra: Sequence[str] = ()) -> None:
    """Set the node going in a session of its own, without input, its output in a file. ``lock`` stays with the node.

    A shell starts it in the background and ends, so the node is nobody's child and leaves no zombie. Raises OSError.
    """
    write_configuration(places)
    places.ports.unlink(missing_ok=True)  # what it says is the last start's
    places.console.unlink(missing_ok=True)
    console = os.open(places.console, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    runtime.account.own(places.folder)
    try:
        runtime.account.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command(places, runtime, extra)],
            stdout=console,
            stderr=console,
            cwd=places.folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},  # and no JAVA_TOOL_OPTIONS
            start_new_session=True,
            pass_fds=(lock,),
            check=True,
            timeout=30,
        )
    finally:
        os.close(console)


def _megabytes(heap: str) -> int:
    return int(heap[:-1]) * (1024 if heap[-1] == "g" else 1)
