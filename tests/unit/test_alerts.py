"""What is new to a saved search, and what its file may say: no engine, no server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.jobs import alert_digest
from pipeline.jobs.alert_rules import Alert, Channel, load_alerts
from pipeline.jobs.alerts import Delivery, run_alerts
from pipeline.search.filters import Filters
from pipeline.settings import Settings
from pipeline.store.alerts import Digest

NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ALERT = Alert("irak", "Irak", (Channel("atom"),))


def document(identity: str, seen: datetime, *, indexed: datetime | None = None, **more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": identity,
        "cluster_id": identity,
        "title": f"Başlık {identity}",
        "url": f"https://ornek.example/{identity}",
        "source": "ornek",
        "source_name": "Örnek",
        "first_seen": seen.isoformat(),
        "indexed_at": (indexed or seen).isoformat(),
        "language": "tr",
    }
    return {**values, **more}


class Library:
    """Stands for the engine: answers as it does, and remembers from when on it was asked."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.documents = {each["id"]: each for each in documents}
        self.asked: list[datetime | None] = []
        self.error: Exception | None = None

    def add(self, *documents: dict[str, Any]) -> None:
        self.documents.update({each["id"]: each for each in documents})

    def __call__(self, alert: Alert, since: datetime | None) -> Iterable[dict[str, Any]]:
        self.asked.append(since)
        for each in sorted(self.documents.values(), key=lambda each: str(each["id"])):
            if since is None or datetime.fromisoformat(each["indexed_at"]) >= since:
                yield each
            if self.error:
                raise self.error


def run(home: Path, library: Library, now: datetime, alerts: Sequence[Alert] = (ALERT,)) -> list[Delivery]:
    return run_alerts(Settings(home=home), now, library, alerts)


def titles(home: Path, name: str = "irak") -> list[str]:
    root = etree.parse(home / "alerts" / f"{name}.atom").getroot()
    return [node.text or "" for node in root.iterfind(".//{*}entry/{*}title")]


def test_the_first_digest_holds_the_last_day_and_the_rest_counts_as_known(tmp_path: Path) -> None:
    library = Library(document("old", NIGHT - 30 * DAY), document("fresh", NIGHT - DAY / 24))
    assert [(each.clusters, each.error) for each in run(tmp_path, library, NIGHT)] == [(1, None)]
    assert titles(tmp_path) == ["Başlık fresh"]
    assert run(tmp_path, library, NIGHT + DAY) == []


def test_nothing_comes_twice_though_the_index_is_built_anew(tmp_path: Path) -> None:
    library = Library(document("old", NIGHT - 30 * DAY), document("a", NIGHT))
    run(tmp_path, library, NIGHT)
    library.add(*(document(name, NIGHT - 30 * DAY, indexed=NIGHT + 5 * DAY) for name in ("old", "a")))
    assert run(tmp_path, library, NIGHT + 5 * DAY) == []
    assert titles(tmp_path) == ["Başlık a"]


def test_what_an_engine_showed_late_is_not_missed(tmp_path: Path) -> None:
    library = Library(document("a", NIGHT))
    run(tmp_path, library, NIGHT)
    # stamped before the newest match, shown after the search; and first seen nights before it could be indexed
    library.add(
        document("late", NIGHT, indexed=NIGHT - DAY / 24), document("away", NIGHT - 9 * DAY, indexed=NIGHT + DAY)
    )
    run(tmp_path, library, NIGHT + DAY)
    assert sorted(titles(tmp_path)) == ["Başlık a", "Başlık away", "Başlık late"]


def test_only_what_was_indexed_since_is_asked_for(tmp_path: Path) -> None:
    library = Library(document("a", NIGHT))
    run(tmp_path, library, NIGHT)
    run(tmp_path, library, NIGHT + DAY)
    assert library.asked == [None, NIGHT - DAY]


def test_an_alert_without_matches_at_first_misses_none_later(tmp_path: Path) -> None:
    library = Library()
    assert run(tmp_path, library, NIGHT) == []
    assert titles(tmp_path) == []
    library.add(document("a", NIGHT + DAY))
    run(tmp_path, library, NIGHT + 9 * DAY)
    assert titles(tmp_path) == ["Başlık a"]


def test_a_cluster_comes_once_with_all_its_copies(tmp_path: Path) -> None:
    library = Library(document("x", NIGHT - 9 * DAY))
    run(tmp_path, library, NIGHT)
    library.add(document("b", NIGHT + DAY, cluster_id="b"), document("c", NIGHT + DAY, cluster_id="b"))
    run(tmp_path, library, NIGHT + DAY)
    library.add(document("d", NIGHT + 2 * DAY, cluster_id="b"), document("y", NIGHT + 2 * DAY, cluster_id="x"))
    assert run(tmp_path, library, NIGHT + 2 * DAY) == []
    assert titles(tmp_path) == ["Başlık b"]
    assert "Same text: https://ornek.example/c" in (tmp_path / "alerts" / "irak.atom").read_text()


def test_a_cluster_that_takes_another_name_is_not_new(tmp_path: Path) -> None:
    library = Library(document("b", NIGHT))
    run(tmp_path, library, NIGHT)
    library.add(document("a", NIGHT + DAY, cluster_id="a"), document("b", NIGHT, cluster_id="a", indexed=NIGHT + DAY))
    assert run(tmp_path, library, NIGHT + DAY) == []
    library.add(document("c", NIGHT + 2 * DAY, cluster_id="a"))
    assert run(tmp_path, library, NIGHT + 2 * DAY) == []


def test_a_search_that_fails_moves_nothing_and_the_others_go_on(tmp_path: Path) -> None:
    library = Library(document("x", NIGHT - 9 * DAY))
    other = Alert("suriye", "Suriye", (Channel("atom"),))
    run(tmp_path, library, NIGHT, (ALERT, other))
    library.add(document("a", NIGHT + DAY), document("b", NIGHT + DAY))
    library.error = Unavailable("search engine: away")
    failed = run(tmp_path, library, NIGHT + DAY, (ALERT, other))
    assert [(each.alert, each.channel, each.error) for each in failed] == [
        ("irak", "search", "search engine: away"),
        ("suriye", "search", "search engine: away"),
    ]
    library.error = None
    run(tmp_path, library, NIGHT + 8 * DAY, (ALERT, other))
    assert sorted(titles(tmp_path)) == sorted(titles(tmp_path, "suriye")) == ["Başlık a", "Başlık b"]


def test_another_query_under_the_name_begins_anew_and_repeats_nothing(tmp_path: Path) -> None:
    library = Library(document("a", NIGHT))
    run(tmp_path, library, NIGHT)
    library.add(document("old", NIGHT - 30 * DAY), document("b", NIGHT + DAY))
    run(tmp_path, library, NIGHT + DAY, (Alert("irak", "Irak OR Suriye", (Channel("atom"),)),))
    assert titles(tmp_path) == ["Başlık b", "Başlık a"]
    assert library.asked == [None, None]


def test_what_is_asked_is_named_without_filters_that_are_unset() -> None:
    plain = Alert("a", "Irak", ())
    assert plain.fingerprint == Alert("a", "Irak", (Channel("atom"),), title="T").fingerprint
    assert plain.fingerprint[:8] == "9bf6f493", "must outlive versions: another value would begin every alert anew"
    assert Alert("a", "Irak", (), filters=Filters(language="tr")).fingerprint != plain.fingerprint


def test_a_flood_is_sent_whole_in_several_digests(tmp_path: Path) -> None:
    library = Library(*(document(f"{number:04d}", NIGHT) for number in range(1201)))
    assert [each.clusters for each in run(tmp_path, library, NIGHT)] == [500, 500, 201]
    assert len(set(titles(tmp_path))) == 1201


def test_a_lost_feed_file_is_written_again(tmp_path: Path) -> None:
    library = Library(document("a", NIGHT))
    run(tmp_path, library, NIGHT)
    (tmp_path / "alerts" / "irak.atom").unlink()
    run(tmp_path, library, NIGHT + DAY)
    assert titles(tmp_path) == ["Başlık a"]


def test_a_disk_that_takes_no_feed_keeps_it_owed(tmp_path: Path) -> None:
    library = Library(document("a", NIGHT))
    (tmp_path / "alerts").write_text("a file where the folder should be")
    (failed,) = run(tmp_path, library, NIGHT)
    assert failed.error
    (tmp_path / "alerts").unlink()
    assert [each.error for each in run(tmp_path, library, NIGHT + DAY)] == [None]
    assert titles(tmp_path) == ["Başlık a"]


# --- how digests look -------------------------------------------------------------------------------------------------

HOSTILE = '<script>alert("x")</script>\r\nBcc: evil@example.org\x00\u2028&'


def digest(**more: Any) -> Digest:
    return Digest("d" * 20, 1, "irak", NIGHT, (alert_digest.entry([document("a", NIGHT, **more)]),))


def test_markup_in_a_document_is_text_in_feed_and_mail() -> None:
    found = digest(title=HOSTILE, excerpt=HOSTILE, authors=[HOSTILE], source_name=HOSTILE, url="javascript:alert(1)")
    root = etree.fromstring(alert_digest.feed(ALERT, [found], NIGHT))
    assert root.findtext(".//{*}entry/{*}title") == '<script>alert("x")</script> Bcc: evil@example.org &'
    mail = alert_digest.message(ALERT, found, Channel("email", "a@b.example"), "mecmua@ornek.example")
    page = mail.get_body(("html",))
    assert page is not None
    assert "<script" not in page.get_content()
    assert "javascript:" not in page.get_content()


def test_a_mail_says_who_what_and_when_in_the_language_asked_for() -> None:
    alert = Alert("irak", "Irak", (), title="Irak\u2019ta bugün", language="tr")
    found = digest(authors=["Hasan Oktay"], published_day="2026-02-28", published_precision="day", excerpt="Özet.")
    sent = alert_digest.message(alert, found, Channel("email", "a@b.example"), "mecmua@ornek.example")
    mail = message_from_bytes(sent.as_bytes(), policy=policy.default)
    assert mail["Subject"] == "Irak\u2019ta bugün: 1 yeni yazı"
    assert mail["To"] == "a@b.example"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines()[:4] == [
        "Başlık a",
        "Hasan Oktay, Örnek, 28 Şubat 2026",
        "Özet.",
        "https://ornek.example/a",
    ]
    again = alert_digest.message(alert, found, Channel("email", "a@b.example"), "mecmua@ornek.example")
    assert again.as_bytes() == sent.as_bytes(), "a second try is the same mail"
    assert mail["Message-ID"].startswith("<" + "d" * 20)


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_says_everything_about_an_alert(tmp_path: Path) -> None:
    file = tmp_path / "alerts.yaml"
    file.write_text(
        """
- name: irak
  title: Irak'ta bugün
  query: '"Kuzey Irak" OR title:Musul'
  filters: {language: tr, since: 2020-01-01}
  language: tr
  channels:
    - atom
    - email: [a@b.example, c@d.example]
    - webhook: https://hooks.example/T0/secret
""",
        encoding="utf-8",
    )
    (alert,) = load_alerts(file)
    assert alert.filters == Filters(language="tr", since=date(2020, 1, 1))
    assert [channel.label for channel in alert.channels] == [
        "atom",
        "email a@b.example",
        "email c@d.example",
        "webhook hooks.example",
    ]
    assert not any("secret" in channel.key for channel in alert.channels)
    assert load_alerts(tmp_path / "none.yaml") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x", "1: must be a list"),
        ("- name: [", "1: is not valid YAML"),
        ("- query: a\n  channels: [atom]", "1: needs a text as name"),
        ("- name: Irak Haber\n  query: a\n  channels: [atom]", "small letters"),
        ("- name: a\n  query: 2026\n  channels: [atom]", "quote it"),
        ("- name: a\n  query: b", "needs channels"),
        ("- name: a\n  query: b\n  channels: [fax]", "channel 'fax': write atom"),
        ("- name: a\n  query: b\n  channels: [{email: 'A <a@b.example>'}]", "email: name@host"),
        ("- name: a\n  query: b\n  channels: [{webhook: 'file:///etc/passwd'}]", "only http and https"),
        ("- name: a\n  query: b\n  chanels: [atom]", "has chanels"),
        ("- name: a\n  query: b\n  channels: [atom]\n  filters: {lang: tr}", "filters: must be"),
        ("- name: a\n  query: b\n  channels: [atom]\n  filters: {since: bald}", "filters: since"),
        ("- name: a\n  query: b\n  channels: [atom]\n- name: a\n  query: c\n  channels: [atom]", "4: there is another"),
    ],
)
def test_a_broken_file_is_said_with_line_and_remedy(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "alerts.yaml").write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        load_alerts(tmp_path / "alerts.yaml")
    assert said in str(raised.value)
    assert "alerts.yaml:" in str(raised.value)
