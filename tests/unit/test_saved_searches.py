"""Saved searches: who may change them, what the form may say, and that they alert like those of the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from pipeline import web
from pipeline.errors import QueryError
from pipeline.jobs.alerts import run_alerts
from pipeline.jobs.saved_searches import forget_saved, save, saved_searches
from pipeline.search.filters import Filters
from pipeline.settings import Settings
from pipeline.store.database import Store, open_store
from pipeline.web.asked import Asked
from pipeline.web.origin import Forbidden, check_origin
from tests.documents import make

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
FILTERS = Filters(languages=("tr",), since=date(2020, 1, 1), pdf=False, years=(2024,))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.state_url)
    yield store
    store.close()


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(web.create_app(settings), base_url="http://localhost") as client:
        yield client


# --- in the state -----------------------------------------------------------------------------------------------------


def test_what_is_saved_is_what_was_asked(store: Store) -> None:
    alert = save(store, " Doğu  Akdeniz ", "gaz  boru", FILTERS, ["atom"], "tr", NOW)
    assert (alert.name, alert.title, alert.query, alert.filters) == (
        "dogu-akdeniz",
        "Doğu Akdeniz",
        "gaz boru",
        FILTERS,
    )
    assert saved_searches(store) == (alert,)
    assert Asked.of(alert.query, alert.filters).filters == FILTERS


def test_names_are_free_ones_that_an_address_can_hold(store: Store) -> None:
    names = [save(store, title, "x", Filters(), [], "en", NOW, ["gaz"]).name for title in ("Gaz", "gaz!", "Газ", "İIı")]
    assert names == ["gaz-2", "gaz-3", "search", "iii"]


@pytest.mark.parametrize(
    ("title", "query", "channels"),
    [
        ("", "x", []), ("x", "kind:poem", []), ("x", "x", [{"email": "nobody"}]), ("x", "x", [{"webhook": "file:///x"}]),
        ("x", "y" * 5000, []),
    ],
)  # fmt: skip
def test_the_rules_are_the_files(store: Store, title: str, query: str, channels: list[Any]) -> None:
    with pytest.raises(QueryError):
        save(store, title, query, Filters(), channels, "en", NOW)
    assert saved_searches(store) == ()


def test_a_search_saved_on_the_page_alerts_until_it_is_forgotten(settings: Settings, store: Store) -> None:
    save(store, "Gaz", "gaz", Filters(), ["atom"], "tr", NOW)
    save(store, "Only a bookmark", "gaz", Filters(), [], "tr", NOW)
    found = [{**make("d1", "Gaz", "Yeni"), "first_seen": NOW.isoformat(), "indexed_at": NOW.isoformat()}]
    (sent,) = run_alerts(settings, NOW, lambda alert, since: found)
    assert (sent.alert, sent.clusters, sent.error) == ("gaz", 1, None)
    assert run_alerts(settings, NOW, lambda alert, since: found) == [], "nothing twice"
    assert forget_saved(store, "gaz")
    assert not forget_saved(store, "gaz")
    assert run_alerts(settings, NOW, lambda alert, since: found) == []


def test_the_file_wins_where_two_have_one_name(settings: Settings, store: Store) -> None:
    save(store, "Gaz", "gaz", Filters(), ["atom"], "tr", NOW)
    (settings.home / "alerts.yaml").write_text("- {name: gaz, query: petrol, channels: [atom]}")
    asked = []
    run_alerts(settings, NOW, lambda alert, since: asked.append(alert.query) or [])
    assert asked == ["petrol"]


# --- on the page ------------------------------------------------------------------------------------------------------

OWN = {"origin": "http://localhost"}
FORM = {
    "title": "Gaz <b>",
    "q": "gaz",
    "language": ["tr", "en"],
    "since": "2020",
    "atom": "true",
    "emails": "a@b.example",
}


def test_saved_listed_fed_and_deleted(client: TestClient) -> None:
    answer = client.post("/saved", data=FORM, headers=OWN, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/saved")
    page = client.get("/saved?ui=en").text
    assert "Gaz &lt;b&gt;" in page
    assert "/?q=gaz&amp;language=tr&amp;language=en&amp;since=2020-01-01" in page
    assert "a@b.example" in page
    feed = client.get("/saved/gaz-b.atom")
    assert etree.fromstring(feed.content).findtext("{*}title") == "Gaz <b>"
    assert client.get("/saved/other.atom").status_code == 404
    assert client.post("/saved/gaz-b/delete", headers=OWN, follow_redirects=False).status_code == 303
    assert client.post("/saved/gaz-b/delete", headers=OWN).status_code == 404


def test_what_is_wrong_is_said_above_the_filled_form(client: TestClient) -> None:
    answer = client.post("/saved", data={**FORM, "emails": "nobody"}, headers={**OWN, "accept-language": "tr"})
    assert answer.status_code == 400
    assert "kullanılamaz" in answer.text
    assert 'value="nobody"' in answer.text
    assert client.post("/saved", data={**FORM, "q": "kind:poem"}, headers=OWN).status_code == 400
    assert client.post("/saved", data={**FORM, "since": "someday"}, headers=OWN).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"origin": "null"}, {"origin": "http://evil.example"}, {**OWN, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"}, {"host": "evil.example", "origin": "http://evil.example"},
        {"host": "evil.example", "sec-fetch-site": "same-origin"},
    ],
)  # fmt: skip
def test_another_site_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    for path in ("/saved", "/saved/gaz/delete"):
        assert client.post(path, data=FORM, headers=headers).status_code == 403
    assert "a@b.example" not in client.get("/saved").text


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1:8000", ()), ("[::1]:8000", ()), ("localhost", ()), ("mecmua.example", ("mecmua.example",))],
)
def test_our_own_page_may(host: str, allowed: tuple[str, ...]) -> None:
    check_origin({"host": host, "origin": f"http://{host}"}, allowed)
    check_origin({"host": host, "sec-fetch-site": "same-origin"}, allowed)
    with pytest.raises(Forbidden):
        check_origin({"host": host, "origin": "http://other.example"}, allowed)
