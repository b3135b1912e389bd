"""Did you mean, more like this, completion; and a user's own glossary put to work in a living index."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline import glossary
from pipeline.errors import QueryError
from pipeline.index import dialect, rollout, writer
from pipeline.search.discover import complete, did_you_mean, more_like
from pipeline.search.query import search
from pipeline.settings import Settings
from tests.documents import NOW, make

pytestmark = pytest.mark.integration

ARTICLES = [
    make("gas", "Doğu Akdeniz'de gaz", "Kıyıdaşlar gaz sahaları ve boru hattı üzerine görüşmelerde bulundu.",
         day=date(2024, 1, 1), language="tr", authors=("Ayşe Demir",), tags=("doğal gaz",)),
    make("gas2", "Boru hattı ve gaz", "Boru hattı, gaz sahaları ile kıyıdaşlar arasında bağ kurar.",
         day=date(2024, 2, 1), language="tr",
         authors=("Mehmet Kaya", "Ayşegül Demirci"), tags=("doğal gaz", "boru hattı")),
    make("gas2-copy", "Boru hattı ve gaz", "Boru hattı, gaz sahaları ile kıyıdaşlar arasında bağ kurar.",
         language="tr", cluster_id="gas2", source="baska", source_name="Başka Enstitü"),
    make("water", "Su diplomasisi", "Nehirler ve barajlar üzerine bir söyleşi.", language="tr", authors=("Demet Su",)),
    make("corridor", "The corridor", "Trains cross Azerbaijan every week.", language="en"),
]  # fmt: skip


@pytest.fixture(scope="module")
def client(engine_url: str) -> Iterator[Elasticsearch]:
    client = dialect.connect(Settings(), engine_url)
    yield client
    client.close()


def filled(client: Elasticsearch) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:12]}"
    rollout.ensure_index(client, name, NOW)
    assert len(writer.write(client, name, ARTICLES).written) == len(ARTICLES)
    writer.refresh(client, name)
    yield name
    for index in client.indices.get(index=f"{name}*", allow_no_indices=True).body:
        client.indices.delete(index=index)


@pytest.fixture(scope="module")
def index(client: Elasticsearch) -> Iterator[str]:
    yield from filled(client)


@pytest.fixture
def own_index(client: Elasticsearch) -> Iterator[str]:
    yield from filled(client)


# --- did you mean -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("gorusmelrde", "görüşmelerde"),
        ("kiyidslar gaz", "Kıyıdaşlar gaz"),
        ("Azerbajan", "Azerbaijan"),
        ("KIYIDSLAR", "KIYIDAŞLAR"),
        ("Eastern Mediteranean", "Eastern Mediterranean"),  # in no document, but in the glossary
        ("-gaz gorusmelrde lang:tr", "-gaz görüşmelerde lang:tr"),
    ],
)
def test_misspelled_word_is_suggested_as_documents_spell_it(
    client: Elasticsearch, index: str, query: str, expected: str
) -> None:
    suggestion = did_you_mean(client, index, query)
    assert suggestion
    assert suggestion.query == expected


@pytest.mark.parametrize(
    "query", ["kıyıdaşlar", "kiyidaslar", "Demir", "diplomasi", "Karabakh", "", "xq", "=gorusmelrde"]
)
def test_known_word_is_left_alone(client: Elasticsearch, index: str, query: str) -> None:
    assert did_you_mean(client, index, query) is None


# --- more like this, completion ---------------------------------------------------------------------------------------


def test_more_like_this_is_neither_itself_nor_its_copies(client: Elasticsearch, index: str) -> None:
    found = more_like(client, index, "gas")
    assert [hit.id for hit in found.hits][:1] in (["gas2"], ["gas2-copy"])
    assert "water" not in {hit.id for hit in found.hits}
    assert not {"gas2", "gas2-copy"} & {hit.id for hit in more_like(client, index, "gas2").hits}
    assert more_like(client, index, "never-there").hits == ()


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("author", "dem", ["Ayşe Demir", "Ayşegül Demirci", "Demet Su"]),
        ("author", "DEMİR", ["Ayşe Demir", "Ayşegül Demirci"]),
        ("author", "demir ays", ["Ayşe Demir", "Ayşegül Demirci"]),
        ("author", "aysegul", ["Ayşegül Demirci"]),
        ("author", "x", []),
        ("tag", "gaz", ["doğal gaz"]),
        ("tag", "boru", ["boru hattı"]),
        ("source", "enst", ["Başka Enstitü"]),
    ],
)
def test_completion(client: Elasticsearch, index: str, kind: Any, typed: str, expected: list[str]) -> None:
    assert sorted(item.label for item in complete(client, index, kind, typed)) == sorted(expected)


def test_source_completes_to_its_id(client: Elasticsearch, index: str) -> None:
    [item] = complete(client, index, "source", "enst")
    assert (item.value, item.count) == ("baska", 1)
    assert {item.value for item in complete(client, index, "source", "")} == {"ornek", "baska"}
    with pytest.raises(QueryError):
        complete(client, index, "source", "x" * 5000)


# --- a user's own glossary --------------------------------------------------------------------------------------------


def by_kibana(client: Elasticsearch, index: str, query: str) -> set[str]:
    asked = {"query_string": {"query": query, "default_operator": "and"}}
    return {hit["_id"] for hit in client.search(index=index, query=asked)["hits"]["hits"]}


OWN = "- {tr: [kıyıdaşlar], en: [littoral states]}\n"


def test_own_terms_act_at_once_in_search_and_after_one_command_in_kibana(
    client: Elasticsearch, own_index: str, tmp_path: Path
) -> None:
    (tmp_path / "glossary.yaml").write_text(OWN, encoding="utf-8")
    own = glossary.load(tmp_path)
    assert {hit.id for hit in search(client, own_index, "littoral states", glossary=own).hits} >= {"gas"}
    assert search(client, own_index, "littoral states").hits == ()
    assert by_kibana(client, own_index, "littoral states") == set()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Eastern Mediterranean", {"gas"}),
        ('"eastern mediterranean"', {"gas"}),
        ("natural gas", {"gas", "gas2"}),
        ("pipelines", {"gas", "gas2", "gas2-copy"}),
        ("Azerbaycan'ın", {"corridor"}),
        ("water diplomacy", {"water"}),
    ],
)
def test_glossary_acts_in_kibana(client: Elasticsearch, index: str, query: str, expected: set[str]) -> None:
    assert by_kibana(client, index, query) == expected
