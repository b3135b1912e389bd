"""The node's command, its configuration, its locks, and how it is told from other programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pipeline.engine import ensure_running, node, status, stop
from pipeline.engine.account import Account
from pipeline.engine.classes import classes_file, with_classes
from pipeline.engine.health import ask_node
from pipeline.engine.java import Java
from pipeline.engine.launch import Runtime, command, configuration, write_configuration
from pipeline.engine.lock import exclusive, is_held, take
from pipeline.engine.places import Places, make_places
from pipeline.engine.process import find_processes
from pipeline.errors import Unavailable
from pipeline.settings import Settings

ME = Account("me", os.geteuid(), os.getegid())


@pytest.fixture
def places(tmp_path: Path) -> Places:
    home = tmp_path / 'ev klasörü, #1: "x"'
    (home / "engine").mkdir(parents=True)
    return make_places(home, ME)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    agent = tmp_path / "os" / "agent"
    agent.mkdir(parents=True)
    (agent / "opensearch-agent-bootstrap-3.8.0.jar").touch()
    return Runtime(ME, Java(Path("/java"), "25", frozenset()), tmp_path / "os", "1g", tmp_path / "classes.jsa")


def test_the_heap_is_the_setting_and_the_marker_is_one_argument(places: Places, runtime: Runtime) -> None:
    arguments = command(places, runtime)
    assert "-Xmx1024m" in arguments
    assert f"-Dopensearch.path.conf={places.home}/engine/node/config" in arguments
    assert f"-XX:SharedArchiveFile={runtime.classes}" in arguments


def test_java_25_takes_its_cache_and_older_ones_their_classes(places: Places, runtime: Runtime, tmp_path: Path) -> None:
    for version, suffix in (("25.0.2", ".aot"), ("21.0.9", ".jsa")):
        older = replace(runtime, java=Java(Path("/java"), version, frozenset()))
        file = classes_file(tmp_path, older)
        assert file.suffix == suffix
        file.touch()
        option = {".aot": "-XX:AOTCache=", ".jsa": "-XX:SharedArchiveFile="}[suffix]
        assert f"{option}{file}" in command(places, with_classes(tmp_path, older))


def test_the_configuration_survives_any_path_and_stays_on_loopback(places: Places) -> None:
    write_configuration(places)
    read = yaml.safe_load((places.configuration / "opensearch.yml").read_text(encoding="utf-8"))
    assert read == configuration(places)
    assert read["path.data"] == [str(places.data)]
    assert read["network.host"] == "127.0.0.1"
    assert [name for name in read if name.endswith("host")] == ["network.host"]


def test_no_host_of_a_registry_is_in_the_code() -> None:
    import pipeline.engine

    for path in Path(pipeline.engine.__file__).parent.glob("*.py"):
        assert "https://" not in path.read_text(encoding="utf-8"), path


def test_a_lock_is_held_until_its_process_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    holder = (
        "import sys, pathlib, pipeline.engine.lock as lock; lock.take(pathlib.Path(sys.argv[1])); print(1, flush=True)"
    )
    holder += "; input()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert is_held(path)
        assert take(path) is None
        with pytest.raises(Unavailable, match="testing"), exclusive(path, seconds=0.1, doing="testing"):
            pass
        process.kill()
        process.wait()
    assert not is_held(path)
    with exclusive(path, seconds=0.1, doing="testing"):
        assert is_held(path)


def test_a_recorded_port_where_nobody_listens_is_no_node(places: Places) -> None:
    assert ask_node(places) is None
    places.ports.write_text("127.0.0.1:1\n")
    assert ask_node(places) is None
    places.ports.write_text("rubbish")
    assert ask_node(places) is None


def test_only_an_exact_argument_of_a_java_finds_a_process(tmp_path: Path) -> None:
    fake = tmp_path / "java"
    fake.symlink_to("/bin/sleep")
    with subprocess.Popen([str(fake), "60"]) as process:
        try:
            deadline = time.monotonic() + 10
            while process.pid not in find_processes("60"):  # the kernel shows the arguments a moment after the start
                assert time.monotonic() < deadline
            assert process.pid not in find_processes("6")
        finally:
            process.kill()


def test_a_home_without_a_node_has_a_status_and_nothing_to_stop(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new")
    assert stop(settings) is False
    found = status(settings)
    assert (found.running, found.url, found.pid, found.rss) == (False, None, None, None)
    assert not settings.home.exists(), "asking makes nothing"


def test_a_java_that_fails_is_reported_with_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: Runtime
) -> None:
    fake = tmp_path / "bin" / "java"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'Error occurred: the moon is in the wrong phase' >&2\nexit 1\n")
    fake.chmod(0o755)
    broken = Runtime(ME, Java(fake, "25", frozenset()), runtime.distribution, "64m")
    monkeypatch.setattr(node, "choose_account", lambda _: ME)
    monkeypatch.setattr(node, "cache_folder", lambda _: tmp_path)
    monkeypatch.setattr(node, "_runtime", lambda *_: broken)
    with pytest.raises(Unavailable, match="wrong phase"):
        ensure_running(Settings(home=tmp_path / "home"))
    assert not status(Settings(home=tmp_path / "home")).running


def test_the_configuration_is_plain_json_as_well(places: Places) -> None:
    write_configuration(places)
    assert json.loads((places.configuration / "opensearch.yml").read_text(encoding="utf-8"))["node.name"] == places.name
