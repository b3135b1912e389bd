"""Digests that travel: a real SMTP server, a real HTTP server, both down now and then, and a run that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from pipeline.errors import ConfigurationError
from pipeline.index import dialect, rollout, writer
from pipeline.jobs.alert_rules import Alert, Channel
from pipeline.jobs.alerts import Delivery, engine_search, run_alerts
from pipeline.search.filters import Filters
from pipeline.settings import Settings
from pipeline.store.database import open_store
from pipeline.store.leases import acquire
from tests.documents import NOW, make
from tests.integration.servers import free_port

pytestmark = pytest.mark.integration
NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def document(identity: str, seen: datetime) -> dict[str, Any]:
    return {
        "id": identity,
        "cluster_id": identity,
        "title": f"Başlık {identity}",
        "url": f"https://ornek.example/{identity}",
        "source_name": "Örnek",
        "first_seen": seen.isoformat(),
        "indexed_at": seen.isoformat(),
    }


class Mailbox:
    """What a mail server took, and whom it refuses."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.refused: set[str] = set()

    async def handle_RCPT(  # aiosmtpd's name
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # aiosmtpd's name
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        self.mails += [(to, mail) for to in envelope.rcpt_tos]  # type: ignore[list-item]  # the default policy's class
        return "250 OK"


@contextmanager
def smtp(mailbox: Mailbox, port: int, **options: Any) -> Iterator[None]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class Hook:
    """What a web address got; it answers with `status`."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, bytes]] = []
        self.status = 204
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.posts.append((self.headers["Idempotency-Key"], body))
                self.send_response(hook.status)
                self.send_header("Location", f"http://127.0.0.1:{hook.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?token=secret"

    def ids(self) -> list[str]:
        return [entry["id"] for _, body in self.posts for entry in json.loads(body)["entries"]]


@pytest.fixture
def hook() -> Iterator[Hook]:
    served = Hook()
    thread = threading.Thread(target=served.server.serve_forever, daemon=True)
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


def settings_of(home: Path, port: int = 1, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "home": home,
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_from": "mecmua@ornek.example",
        "smtp_starttls": False,
        "allow_private_hosts": "127.0.0.1",
    }
    return Settings(**{**values, **more})


def run(settings: Settings, now: datetime, alert: Alert, *documents: dict[str, Any]) -> list[Delivery]:
    return run_alerts(settings, now, lambda _alert, _since: documents, [alert])


def test_each_mailbox_gets_each_digest_once_though_the_server_was_down(tmp_path: Path) -> None:
    mailbox, port = Mailbox(), free_port()
    settings = settings_of(tmp_path, port)
    alert = Alert("irak", "Irak", (Channel("email", "a@ornek.example"), Channel("email", "b@ornek.example")))
    first, second = document("a", NIGHT), document("b", NIGHT + DAY)
    down = run(settings, NIGHT, alert, first)
    assert [each.error is not None and "mail server 127.0.0.1" in each.error for each in down] == [True, True]
    mailbox.refused.add("b@ornek.example")
    with smtp(mailbox, port):
        partly = run(settings, NIGHT + DAY, alert, first, second)
        assert sorted((each.channel, each.error is None) for each in partly) == [
            ("email a@ornek.example", True),
            ("email a@ornek.example", True),
            ("email b@ornek.example", False),
        ]
        mailbox.refused.clear()
        assert all(each.error is None for each in run(settings, NIGHT + 2 * DAY, alert, first, second))
        assert run(settings, NIGHT + 3 * DAY, alert, first, second) == []
    got = {to: [mail["Message-ID"] for other, mail in mailbox.mails if other == to] for to, _ in mailbox.mails}
    assert {to: len(set(ids)) for to, ids in got.items()} == {"a@ornek.example": 2, "b@ornek.example": 2}
    assert len(mailbox.mails) == 4
    text = mailbox.mails[0][1].get_body(("plain",))
    assert text is not None
    assert "Başlık a" in text.get_content()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # on loopback
def test_a_mail_server_s_password_and_tls_are_asked_for_clearly(tmp_path: Path) -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password == b"sesame", handled=False)

    mailbox, port = Mailbox(), free_port()
    alert = Alert("irak", "Irak", (Channel("email", "a@ornek.example"),))
    found = document("a", NIGHT)
    login = {"smtp_username": "mecmua", "smtp_password": "wrong"}
    with smtp(mailbox, port, authenticator=check, auth_required=True, auth_require_tls=False):
        (no_tls,) = run(settings_of(tmp_path, port, smtp_starttls=True), NIGHT, alert, found)
        assert "MECMUA_SMTP_STARTTLS=false" in str(no_tls.error)
        (wrong,) = run(settings_of(tmp_path, port, **login), NIGHT, alert, found)
        assert "MECMUA_SMTP_PASSWORD" in str(wrong.error)
        assert "wrong" not in str(wrong.error)
        (right,) = run(settings_of(tmp_path, port, **{**login, "smtp_password": "sesame"}), NIGHT, alert, found)
        assert right.error is None
    assert len(mailbox.mails) == 1
    (unset,) = run(Settings(home=tmp_path / "other"), NIGHT, alert, found)
    assert unset.error == str(ConfigurationError("E-mail needs MECMUA_SMTP_HOST and MECMUA_SMTP_FROM."))


def test_a_hook_gets_what_it_did_not_take_again_under_the_same_key(hook: Hook, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    alert = Alert("irak", "Irak", (Channel("webhook", hook.url), Channel("atom")))
    found = document("a", NIGHT)
    for status in (500, 302):
        hook.status = status
        errors = [each.error for each in run(settings, NIGHT, alert, found) if each.channel.startswith("webhook")]
        assert errors == [f"webhook 127.0.0.1 answers HTTP {status}"]
    hook.status = 200
    assert [each.error for each in run(settings, NIGHT, alert, found)] == [None]
    assert run(settings, NIGHT, alert, found) == []
    assert len(hook.posts) == 3
    assert len(set(hook.posts)) == 1, "the same key and the same bytes"
    assert (tmp_path / "alerts" / "irak.atom").read_bytes().count(b"<entry>") == 1


def test_a_hook_in_the_private_network_is_refused_unless_it_is_listed(hook: Hook, tmp_path: Path) -> None:
    alert = Alert("irak", "Irak", (Channel("webhook", hook.url),))
    (refused,) = run(settings_of(tmp_path, allow_private_hosts=""), NIGHT, alert, document("a", NIGHT))
    assert "MECMUA_ALLOW_PRIVATE_HOSTS" in str(refused.error)
    assert "secret" not in str(refused.error)
    assert hook.posts == []


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from pipeline.jobs.alert_rules import Alert, Channel
from pipeline.jobs.alerts import run_alerts
from pipeline.settings import Settings
from pipeline.store import alerts as state
import json
home, url, now, when, documents = sys.argv[1:]
def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if when == "noting":
    state.note_delivered = kill
else:
    state.add_digest = kill
settings = Settings(home=Path(home), allow_private_hosts="127.0.0.1")
alert = Alert("irak", "Irak", (Channel("webhook", url),))
run_alerts(settings, datetime.fromisoformat(now), lambda alert, since: json.loads(documents), [alert])
"""


@pytest.mark.parametrize(("when", "posts"), [("noting", 2), ("keeping", 1)])
def test_a_killed_run_loses_nothing_and_repeats_under_the_same_key(
    when: str, posts: int, hook: Hook, tmp_path: Path
) -> None:
    found = document("a", NIGHT)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), hook.url, NIGHT.isoformat(), when, json.dumps([found])],
        capture_output=True,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    alert = Alert("irak", "Irak", (Channel("webhook", hook.url),))
    assert [each.error for each in run(settings_of(tmp_path), NIGHT + timedelta(hours=1), alert, found)] == [None]
    assert len(hook.posts) == posts
    assert len(set(hook.posts)) == 1
    assert set(hook.ids()) == {"a"}


def test_two_runs_at_once_send_once(hook: Hook, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    alert = Alert("irak", "Irak", (Channel("webhook", hook.url),))
    store = open_store(settings.state_url)
    elsewhere = "another-machine:1:1"
    store.write(lambda connection: acquire(connection, "alerts", elsewhere, datetime.now(UTC)))
    assert run(settings, NIGHT, alert, document("a", NIGHT)) == []
    store.close()
    assert hook.posts == []


def test_the_state_may_be_postgresql(postgres_url: str, hook: Hook, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, database_url=postgres_url)
    alert = Alert("irak", "Irak", (Channel("webhook", hook.url),))
    assert [each.error for each in run(settings, NIGHT, alert, document("a", NIGHT))] == [None]
    assert run(settings, NIGHT + DAY, alert, document("a", NIGHT)) == []
    assert hook.ids() == ["a"]


def test_the_engine_finds_what_was_indexed_since(engine_url: str, tmp_path: Path) -> None:
    alias = f"test-{uuid.uuid4().hex[:12]}"
    settings = settings_of(tmp_path, elasticsearch_url=engine_url, index=alias)
    client = dialect.connect(settings, engine_url)
    seen = {"first_seen": NOW, "last_seen": NOW}
    texts = {"doc-a": "Irak'taki durum", "doc-b": "Irak yine gündemde", "doc-c": "Suriye'deki durum"}
    documents = {name: make(name, name, text, language="tr", **seen) for name, text in texts.items()}
    alert = Alert("irak", "Irak", (Channel("atom"),), filters=Filters(language="tr"))
    try:
        rollout.ensure_index(client, alias, NOW)
        writer.write(client, alias, [documents["doc-a"], documents["doc-c"]])
        writer.refresh(client, alias)
        assert [(each.clusters, each.error) for each in run_alerts(settings, NOW, None, [alert])] == [(1, None)]
        later = {"indexed_at": (NOW + 3 * DAY).isoformat()}
        writer.write(client, alias, [{**documents["doc-b"], **later}])
        writer.refresh(client, alias)
        search = engine_search(settings)
        assert [each["id"] for each in search(alert, None)] == ["doc-a", "doc-b"]
        assert [each["id"] for each in search(alert, NOW + DAY)] == ["doc-b"]
        assert [each.clusters for each in run_alerts(settings, NOW + 3 * DAY, None, [alert])] == [1]
        assert run_alerts(settings, NOW + 4 * DAY, None, [alert]) == []
        (wrong,) = run_alerts(settings_of(tmp_path, elasticsearch_url=engine_url, index="none"), NOW, None, [alert])
        assert wrong.channel == "search"
        assert "mecmua crawl" in str(wrong.error)
    finally:
        for index in client.indices.get(index=f"{alias}*", allow_no_indices=True).body:
            client.indices.delete(index=index)
        client.close()
