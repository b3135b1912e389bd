"""What readers type, and what they find: through `search`, and through Kibana's fieldless queries alike."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import ConfigurationError, QueryError, Unavailable
from pipeline.index import dialect, rollout, writer
from pipeline.search import export as export_module
from pipeline.search import highlight
from pipeline.search.asking import ask
from pipeline.search.export import export, write
from pipeline.search.filters import FACETS, Filters
from pipeline.search.query import Results, search
from pipeline.settings import Settings
from tests import fuzzed
from tests.documents import NOW, make

pytestmark = pytest.mark.integration

ARTICLES = [
    make(
        "azerbaijan",
        "Russia, Azerbaijan Discuss Military Cooperation",
        "The two ministers talked about military and technical cooperation during a visit to Baku. "
        "Their military cooperation goes back to a treaty of 1997; relations with Turkey's army were not a subject.",
        day=date(2016, 8, 16),
        language="en",
        authors=("Hasan Örnek",),
        tags=("Kafkasya",),
    ),
    make(
        "turkiye",
        "Türkiye’nin Kafkasya siyaseti",
        "Cumhurbaşkanı Erdoğan'ın ziyaretinde enerji konuşuldu. Görüşmelerde Karabağ da vardı. "
        "Irak'taki durum ele alındı.",
        day=date(2020, 11, 3),
        language="tr",
        authors=("Şule Çağlar",),
        kind="analysis",
    ),
    make(
        "kutuphane",
        "İstanbul'da yeni bir kitaplık",
        "Kitaplığın açılışına yüzlerce okur geldi. Raflarda Kur’an tefsirleri ve O'Brien'ın romanları da var.",
        day=date(2021, 5, 1),
        language="tr",
        source="baska",
        source_name="Başka Enstitü",
    ),
    make("doviz", "Kur hareketleri", "Dolar kuru yükseldi. O'nun sözleri piyasayı etkilemedi.", language="tr"),
    make(
        "cooperation",
        "Cooperation in trade",
        "Trade cooperation grows, while military budgets shrink.",
        day=date(2022, 1, 10),
        language="en",
    ),
    make("copy", "Cooperation in trade (reprint)", "Trade cooperation grows, while military budgets shrink.",
         day=date(2022, 1, 12), language="en", source="baska", cluster_id="cooperation"),
    make("removed", "Kaldırılmış yazı", "Erdoğan hakkında silinmiş bir metin.", removed_at=NOW, language="tr"),
    make("mislabelled", "Tatbikat", "Askeri iş birliği görüşmeleri sürüyor.", day=date(2019, 2, 2), language="en"),
]  # fmt: skip


@pytest.fixture(scope="module")
def client(engine_url: str) -> Iterator[Elasticsearch]:
    client = dialect.connect(Settings(), engine_url)
    yield client
    client.close()


def temporary(client: Elasticsearch) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    for index in client.indices.get(index=f"{name}*", allow_no_indices=True).body:
        client.indices.delete(index=index)


@pytest.fixture(scope="module")
def index(client: Elasticsearch) -> Iterator[str]:
    for name in temporary(client):
        rollout.ensure_index(client, name, NOW)
        result = writer.write(client, name, ARTICLES)
        assert len(result.written) == len(ARTICLES), result
        writer.refresh(client, name)
        yield name


Find = Callable[[str], set[str]]


@pytest.fixture(params=["search", "query_string", "multi_match"])
def find(request: pytest.FixtureRequest, client: Elasticsearch, index: str) -> Find:
    """The ids that a query finds, removed ones included: by our search, by Kibana's Lucene and by Kibana's KQL bar."""

    def by_search(query: str) -> set[str]:
        hits = search(client, index, query, removed=True, size=100).hits
        return {hit.id for hit in hits} | {str(also["id"]) for hit in hits for also in hit.also}

    def by_kibana(query: str) -> set[str]:
        lucene = {"query_string": {"query": query, "analyze_wildcard": True}}
        kind = {"type": "phrase"} if query.startswith('"') else {"type": "best_fields"}
        kql = {"multi_match": {"query": query.strip('"'), "lenient": True, **kind}}
        asked = lucene if request.param == "query_string" else kql
        return {hit["_id"] for hit in client.search(index=index, query=asked, size=100)["hits"]["hits"]}

    return by_search if request.param == "search" else by_kibana


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Erdogan", {"turkiye", "removed"}),
        ("ERDOĞAN", {"turkiye", "removed"}),
        ("TURKIYE'NIN", {"turkiye", "azerbaijan"}),
        ("TÜRKİYE’NİN", {"turkiye", "azerbaijan"}),
        ("turkiye", {"turkiye", "azerbaijan"}),
        ("gorusmeler", {"turkiye", "mislabelled"}),
        ("gorusme", {"turkiye", "mislabelled"}),
        ("GÖRÜŞMELERİ", {"turkiye", "mislabelled"}),
        ('"military cooperation"', {"azerbaijan", "mislabelled"}),  # askeri iş birliği
        ("kitaplik", {"kutuphane"}),
        ("KİTAPLIK", {"kutuphane"}),
        ("kitaplıkta", {"kutuphane"}),
        ("istanbul", {"kutuphane"}),
        ("ISTANBUL", {"kutuphane"}),
        ("IRAK", {"turkiye"}),
        ("ırak", {"turkiye"}),
        ("turkey", {"azerbaijan", "turkiye"}),
        ("Kuran", {"kutuphane"}),
        ("Kur'an", {"kutuphane"}),
        ("O'Brien", {"kutuphane"}),
        ("caglar", {"turkiye"}),
        ("kafkasya", {"turkiye", "azerbaijan"}),
        ("enstitu", {"kutuphane"}),
        ("treaties", {"azerbaijan"}),
    ],
)
def test_word_is_found_however_it_is_typed(find: Find, query: str, expected: set[str]) -> None:
    assert find(query) == expected


# --- our own syntax ---------------------------------------------------------------------------------------------------


def ids(results: Results) -> list[str]:
    return [hit.id for hit in results.hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("military cooperation", {"azerbaijan", "cooperation", "mislabelled"}),  # or askeri iş birliği
        ("cooperation -military", set()),
        ("cooperation -baku", {"cooperation"}),
        ("-military kafkasya", {"turkiye"}),
        ("kitaplik OR karabag", {"kutuphane", "turkiye"}),
        ("(kitaplik OR karabag) -irak", {"kutuphane"}),
        ("title:kafkasya", {"turkiye"}),
        ("Title: kafkasya", {"turkiye"}),
        ("author:caglar", {"turkiye"}),
        ('author:"hasan ornek"', {"azerbaijan"}),
        ("tag:kafkasya", {"azerbaijan"}),
        ("source:baska kitaplik", {"kutuphane"}),
        ("source:enstitü kitaplik", {"kutuphane"}),
        ("lang:en kafkasya", {"azerbaijan"}),
        ("kind:analysis", {"turkiye"}),
        ("after:2021 before:2021-06 kitaplik", {"kutuphane"}),
        ("before:01.01.2017", {"azerbaijan"}),
        ("görüş*", {"turkiye", "mislabelled"}),
        ("https://ornek.example/turkiye", {"turkiye"}),
        ("Türkiye ve Kafkasya", {"turkiye", "azerbaijan"}),
        ("the military treaty", {"azerbaijan"}),
        ('“military cooperation”', {"azerbaijan", "mislabelled"}),
        ('"military cooperation', {"azerbaijan", "mislabelled"}),
        ('="military cooperation', {"azerbaijan"}),
        ('"technical visit"~3', {"azerbaijan"}),
        ('"technical visit"~1', set()),
        ("kitaplik AND raf OR military AND treaty", {"kutuphane", "azerbaijan"}),
        ("(kitaplik OR karabag) AND NOT irak", {"kutuphane"}),
        ("title:(kafkasya OR kitaplik)", {"turkiye", "kutuphane"}),
        ("=Turkey", {"azerbaijan"}),
        ("=Türkiye", {"turkiye"}),
        ("=turkiye", set()),
        ("=ırak", {"turkiye"}),
        ("=IRAK", {"turkiye"}),
        ("=Kitaplık", {"kutuphane"}),
        ("=kitaplığı", set()),
        ("tag:=Kafkasya", {"azerbaijan"}),
        ("tag:=kafkas", set()),
        ('author:="Şule Çağlar"', {"turkiye"}),
        ("kit?plik", {"kutuphane"}),
        ("site:ornek.example kitaplik", {"kutuphane"}),
        ("site:www.ornek.example/kutuphane", {"kutuphane"}),
        ("site:baska.example", set()),
        ("has:pdf", set()),
        ("Karabakh", {"turkiye"}),
        ("Caucasus -Baku", {"turkiye"}),
        ("cooperation AND treaty", {"azerbaijan"}),
    ],
)  # fmt: skip
def test_syntax(client: Elasticsearch, index: str, query: str, expected: set[str]) -> None:
    assert set(ids(search(client, index, query, size=100))) == expected


@pytest.mark.parametrize("query", ["", "   ", "-", '"', "OR", "()", "…", "*", "title:", "🙂", "\x00"])
def test_query_without_words_shows_the_newest(client: Elasticsearch, index: str, query: str) -> None:
    found = search(client, index, query, size=3)
    assert ids(found) == ["copy", "kutuphane", "turkiye"]
    assert found.total == 6, "the removed one is hidden, the reprint counts with its original"


HOSTILE = [
    "a:b:c", "foo:bar", "/.*/", "[1 TO", "{!lucene}", "\\", "\\\\\"", "a AND OR NOT b", "-(-(-(a", "((((" * 200,
    "\ud800x", "a" * 3999, "*" * 3000, "é" * 3000, "' OR 1=1 --", "<script>", "x\u202ey", "-" * 500, "a'" * 500,
    "a'iııiiiıiiiııiiin", '"' * 999, "title:\"", "author:* kind", "2016-08-16", "l'a" * 80,
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_breaks_it(client: Elasticsearch, index: str, query: str) -> None:
    search(client, index, query)


@pytest.mark.parametrize("query", ["kind:poem", "after:yesterday", "before:2016-13", "a" * 5000, "kelime " * 51])
def test_senseless_query_is_an_error_that_says_so(client: Elasticsearch, index: str, query: str) -> None:
    with pytest.raises(QueryError):
        search(client, index, query)


def test_as_many_words_as_allowed_stay_under_the_engines_limit(client: Elasticsearch, index: str) -> None:
    search(client, index, " ".join(f"kelime-x{number}" for number in range(25)))


# --- filters, order, duplicates, highlights ---------------------------------------------------------------------------


def test_removed_articles_are_hidden_until_asked_for(client: Elasticsearch, index: str) -> None:
    assert ids(search(client, index, "erdogan")) == ["turkiye"]
    assert set(ids(search(client, index, "erdogan", removed=True))) == {"turkiye", "removed"}


def test_filters(client: Elasticsearch, index: str) -> None:
    assert ids(search(client, index, "kafkasya", language="en")) == ["azerbaijan"]
    assert ids(search(client, index, "", source="baska", until=date(2021, 12, 31))) == ["kutuphane"]
    both_ends = search(client, index, "", since=date(2019, 2, 2), until=date(2020, 11, 3))
    assert ids(both_ends) == ["turkiye", "mislabelled"]


def test_title_weighs_more_than_text(client: Elasticsearch, index: str) -> None:
    assert ids(search(client, index, "kafkasya"))[0] == "turkiye"
    assert ids(search(client, index, "military"))[0] == "azerbaijan"


def test_sorting_and_paging(client: Elasticsearch, index: str) -> None:
    oldest = search(client, index, "", sort="oldest", size=2)
    assert ids(oldest) == ["azerbaijan", "mislabelled"]
    assert ids(search(client, index, "", sort="oldest", size=2, offset=2)) == ["turkiye", "kutuphane"]
    with pytest.raises(QueryError, match="export"):
        search(client, index, "", size=20_000)


def test_same_text_is_one_hit_that_names_the_others(client: Elasticsearch, index: str) -> None:
    found = search(client, index, "trade")
    [hit] = found.hits
    assert found.total == 1
    assert {hit.id, *(other["id"] for other in hit.also)} == {"cooperation", "copy"}
    assert all(set(other) == {"id", "url", "source", "source_name"} for other in hit.also)


def test_highlights_keep_the_original_spelling(client: Elasticsearch, index: str) -> None:
    [hit] = search(client, index, "TURKIYE'NIN gorusme").hits
    assert highlight.as_marked(hit.highlights["title"][0], "[", "]") == "[Türkiye’nin] Kafkasya siyaseti"
    assert "<mark>Görüşmelerde</mark>" in hit.to_dict()["highlights"]["text"][0]


def test_highlights_of_a_long_report(client: Elasticsearch, index: str) -> None:
    """Postings carry offsets, so a text beyond the million characters that may be analysed again is marked as well."""
    long = make("long", "Rapor", "uzun bir cümle yazdık. " * 60_000 + "Sonunda Dağlıkkaraca geçti.", removed_at=NOW)
    writer.write(client, index, [long])
    writer.refresh(client, index)
    try:
        [hit] = search(client, index, "daglikkaraca", removed=True).hits
        assert "<mark>Dağlıkkaraca</mark>" in hit.to_dict()["highlights"]["text"][0]
    finally:
        writer.delete(client, index, ["long"])
        writer.refresh(client, index)


def test_answer_as_the_contract_spells_it(client: Elasticsearch, index: str) -> None:
    answer = json.loads(json.dumps(search(client, index, "treaty").to_dict()))
    assert set(answer) == {"total", "hits"}
    assert set(answer["hits"][0]) == {
        "id", "url", "title", "language", "source", "published", "score", "highlights",
    }  # fmt: skip
    assert answer["hits"][0]["published"] == "2016-08-16T09:30:00+00:00"


def test_no_index_says_what_to_do(client: Elasticsearch) -> None:
    with pytest.raises(ConfigurationError, match="mecmua crawl"):
        search(client, "test-not-there", "x")
    with pytest.raises(ConfigurationError, match="mecmua crawl"):
        list(export(client, "test-not-there"))


# --- export -----------------------------------------------------------------------------------------------------------


def test_export_has_every_document_and_every_field(client: Elasticsearch, index: str) -> None:
    exported = {document["id"]: document for document in export(client, index)}
    assert exported == {article["id"]: article for article in ARTICLES}


def test_export_of_a_query(client: Elasticsearch, index: str) -> None:
    assert [document["id"] for document in export(client, index, "trade")] == ["cooperation", "copy"]
    assert [document["id"] for document in export(client, index, "erdogan")] == ["turkiye"]
    assert len(list(export(client, index, "erdogan", filters=Filters(removed=True)))) == 2


def test_export_beyond_the_result_window(client: Elasticsearch) -> None:
    """Engines page to 10,000 hits; what is exported has no such end."""
    number = 10_450
    for name in temporary(client):
        rollout.ensure_index(client, name, NOW)
        documents: Iterator[dict[str, Any]] = (make(f"d{n:06}", "Başlık", "Kısa metin") for n in range(number))
        assert len(writer.write(client, name, documents).written) == number
        writer.refresh(client, name)
        output = io.StringIO()
        assert write(export(client, name), "jsonl", output) == number
        lines = output.getvalue().splitlines()
        assert len({json.loads(line)["id"] for line in lines}) == len(lines) == number


def test_export_stays_on_the_index_it_began_with(
    client: Elasticsearch, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_module, "PAGE", 2)
    before = rollout.current(client, index)
    assert before
    documents = export(client, index)
    first = next(documents)
    empty = rollout.create(client, f"{index}-v1-20990101t000000000000")
    rollout.promote(client, index, empty)
    try:
        assert len([first, *documents]) == len(ARTICLES)
    finally:
        rollout.promote(client, index, before)


def test_export_that_comes_out_short_is_an_error(
    client: Elasticsearch, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = export_module._pages
    monkeypatch.setattr(export_module, "_pages", lambda *args: list(pages(*args))[:-1])
    with pytest.raises(Unavailable, match=f"{len(ARTICLES) - 1} of {len(ARTICLES)}"):
        list(export(client, index))


def test_unknown_format_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="jsonl"):
        write([], "docx", io.StringIO())


# --- what else a result list needs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["kitaplik", "caglar", "kafkasya", "enstitu", "author:ornek", "tag:kafkas*", "Karabakh", "=Türkiye", "kit?plik",
     "gorusme", "title:kitaplik", "dolar OR raf", "cooperation"],
)  # fmt: skip
def test_every_hit_that_matched_words_has_a_highlight(client: Elasticsearch, index: str, query: str) -> None:
    hits = search(client, index, query, size=50, removed=True).hits
    assert hits
    for hit in hits:
        assert any("<mark>" in part for parts in hit.to_dict()["highlights"].values() for part in parts), hit


def test_exact_is_not_found_in_an_inflected_word(client: Elasticsearch) -> None:
    documents = [
        make("cin", "Çin’in dış politikası", "Pekin ile ilişkiler."),
        make("cini", "İznik çinisi", "Osmanlı çini sanatı üzerine."),
        make("cin-ascii", "Cin ve peri", "Bir masal."),
    ]
    for name in temporary(client):
        rollout.ensure_index(client, name, NOW)
        writer.write(client, name, documents)
        writer.refresh(client, name)
        [hit] = search(client, name, "=Çin").hits
        assert hit.id == "cin"
        assert hit.to_dict()["highlights"]["title"] == ["<mark>Çin’in</mark> dış politikası"]
        assert ids(search(client, name, "=çini")) == ["cini"]


def test_facets_count_and_leave_out_their_own_choice(client: Elasticsearch, index: str) -> None:
    chosen = Filters(sources=("baska",))
    found = search(client, index, "", filters=chosen, facet_names=FACETS, histogram=True)
    assert ids(found) == ["copy", "kutuphane"]
    by_name = {facet.name: {value.value: value.count for value in facet.values} for facet in found.facets}
    assert by_name["source"] == {"ornek": 5, "baska": 2}, "the other source can still be picked"
    assert by_name["language"] == {"tr": 1, "en": 1}
    assert by_name["year"] == {"2022": 1, "2021": 1}
    assert by_name["pdf"] == {"false": 2}
    labels = {value.value: (value.label, value.selected) for value in found.facets[0].values}
    assert labels["baska"] == ("Başka Enstitü", True)
    assert found.histogram
    assert sum(bar.count for bar in found.histogram.bars) == 2
    json.dumps(found.to_dict(full=True))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(kinds=("analysis",)), {"turkiye"}),
        (Filters(authors=("Şule Çağlar", "Hasan Örnek")), {"turkiye", "azerbaijan"}),
        (Filters(tags=("Kafkasya",)), {"azerbaijan"}),
        (Filters(years=(2020, 2021)), {"turkiye", "kutuphane"}),
        (Filters(languages=("tr",), sources=("baska",)), {"kutuphane"}),
        (Filters(countries=("TR",), years=(2019,)), {"mislabelled"}),
        (Filters(pdf=True), set()),
        (Filters(years=(99_999,)), set()),
    ],
)
def test_picked_facets(client: Elasticsearch, index: str, filters: Filters, expected: set[str]) -> None:
    found = search(client, index, "", filters=filters, size=100)
    assert set(ids(found)) == expected
    assert found.total == len(expected)
    assert {document["id"] for document in export(client, index, "")} >= expected


def test_newer_wins_among_equals_and_never_over_a_better_match(client: Elasticsearch) -> None:
    documents = [
        make("old", "Sınır ticareti", "Metin burada.", day=date(2008, 1, 1)),
        make("new", "Sınır ticareti", "Metin burada.", day=date(2026, 1, 1)),
        make("undated", "Sınır ticareti", "Metin burada."),
        make("aside", "Başka konu", "Burada sınır ticareti geçer.", day=date(2026, 2, 20)),
        *(make(f"other-{number}", "Bambaşka", "Denizler hakkında.") for number in range(12)),
    ]
    for name in temporary(client):
        rollout.ensure_index(client, name, NOW)
        writer.write(client, name, documents)
        writer.refresh(client, name)
        assert ids(search(client, name, "sınır ticareti", now=NOW))[0] == "new"
        assert ids(search(client, name, "sınır ticareti", now=NOW))[-1] == "aside"
        assert ids(search(client, name, "sınır ticareti", sort="oldest"))[0] == "old"


def test_of_many_that_are_as_good_the_newest_are_found(client: Elasticsearch) -> None:
    """More than are looked at for a page; the score is what it would be without that."""
    documents = [
        make(f"d{number}", "Enerji", "Burada bir metin.", day=date(1990 + number % 37, 1, 1), language="tr")
        for number in range(300)
    ]
    for name in temporary(client):
        rollout.ensure_index(client, name, NOW)
        writer.write(client, name, documents)
        writer.refresh(client, name)
        first = search(client, name, "enerji", now=NOW).hits
        assert [hit.published_day for hit in first[:9]] == ["2026-01-01"] * 8 + ["2025-01-01"]
        (oldest,) = search(client, name, "enerji", filters=Filters(years=(1990,)), size=1, now=NOW).hits
        assert (first[0].score or 0) / (oldest.score or 1) == pytest.approx(1.2, abs=0.02)


def test_words_near_each_other_weigh_more(client: Elasticsearch) -> None:
    filling = "Bir de başka şeyler var. " * 10
    documents = [
        make("far", "Bir", f"Sınır burada. {filling} Ticareti orada."),
        make("near", "Bir", f"Sınır ticareti burada. {filling} Orada."),
        *(make(f"other-{number}", "Bambaşka", "Denizler hakkında.") for number in range(12)),
    ]
    for name in temporary(client):
        rollout.ensure_index(client, name, NOW)
        writer.write(client, name, documents)
        writer.refresh(client, name)
        near, far = search(client, name, "sınır ticareti").hits
        assert (near.id, far.id) == ("near", "far")
        assert (near.score or 0) > 1.2 * (far.score or 0)


def test_pages_of_one_query_repeat_nothing_and_leave_nothing_out(client: Elasticsearch) -> None:
    """The first hundred are ranked among themselves, what is behind them too: the order is the same at every page."""
    documents = [
        make(f"d{number}", "Enerji", "Enerji koridoru " * (number % 7 + 1) + "su " * (number % 31),
             day=date(2000 + number % 26, 1, 1), cluster_id=f"d{number - number % 3}")
        for number in range(360)
    ]  # fmt: skip
    documents += [make(f"copy{number}", "Petrol", "Petrol fiyatı.", cluster_id="copy0") for number in range(150)]
    documents += [make(f"later{number}", "Su", "Burada petrol fiyatı konuşuldu, su da.") for number in range(5)]
    for name in temporary(client):
        rollout.ensure_index(client, name, NOW)
        writer.write(client, name, documents)
        writer.refresh(client, name)
        whole = ids(search(client, name, "enerji koridoru", size=10_000, now=NOW))
        assert len(whole) == len(set(whole)) == 120, "one of three copies each"
        pages = [search(client, name, "enerji koridoru", size=10, offset=at, now=NOW) for at in range(0, 130, 10)]
        assert [hit for page in pages for hit in ids(page)] == whole
        petrol = search(client, name, "petrol fiyatı", size=10)
        assert ids(petrol)[0].startswith("copy")
        assert set(ids(petrol)[1:]) == {f"later{number}" for number in range(5)}, "behind more copies than are ranked"
        assert petrol.total == 6
        assert len({str(other["id"]) for other in petrol.hits[0].also}) == 20, "no more are named"


def test_a_query_that_takes_too_long_is_a_query_error(client: Elasticsearch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script stands for a slow query; it needs painless, which Elasticsearch's smallest distribution lacks."""
    monkeypatch.setattr("pipeline.search.asking.TIMEOUT", "5ms")
    source = "int s = 0; for (int i = 0; i < 900000; i++) { s += i } return s != 1;"
    for name in temporary(client):
        rollout.ensure_index(client, name, NOW)
        writer.write(client, name, (make(f"d{number}", "Başlık", "Metin") for number in range(1500)))
        writer.refresh(client, name)
        with pytest.raises(QueryError, match="5ms"):
            ask(client, name, {"query": {"script": {"script": {"source": source}}}})


def test_fuzzed_queries_are_answers_or_query_errors(client: Elasticsearch, index: str) -> None:
    answered = 0
    for seed in range(300):
        try:
            found = search(client, index, fuzzed.query(seed), size=5, facet_names=FACETS if seed % 10 == 0 else ())
        except QueryError:
            continue
        json.dumps(found.to_dict(full=True))
        answered += 1
    assert answered > 150, "most rubbish is forgiven"


@pytest.mark.parametrize("kind", ["or", "names", "glossary", "wildcards", "phrase"])
def test_largest_queries_stay_under_the_engines_limits(client: Elasticsearch, index: str, kind: str) -> None:
    countries = "Türkiye Rusya Çin İran Irak Suriye Mısır Libya Almanya Fransa İtalya Ukrayna Ermenistan".split()
    query = {
        "or": " OR ".join(f"kelime{n}" for n in range(50)),
        "names": " OR ".join(f'"{name}"' for name in countries),
        "glossary": " ".join((countries * 2)[:20]),
        "wildcards": "ka* ki* ko* ku* kı*",
        "phrase": '"' + "kelime " * 500 + '"',
    }[kind]
    search(client, index, query, facet_names=FACETS, histogram=True)
