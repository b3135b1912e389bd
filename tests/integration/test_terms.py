"""A user's own terms put to work in the living index, while readers ask, a crawl writes and processes die."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import ConfigurationError, MecmuaError
from pipeline.index import dialect, rollout, synonyms, writer
from pipeline.jobs import indexing, settling, terms
from pipeline.jobs.holding import held
from pipeline.jobs.reprocess import reprocess
from pipeline.jobs.rollback import rollback
from pipeline.models import Source
from pipeline.search.export import export
from pipeline.search.query import search
from pipeline.settings import Settings
from pipeline.store import articles, renaming, rollouts
from pipeline.store.database import Store, open_store
from tests.documents import make
from tests.integration.archived import SEEN, fill
from tests.integration.runs import Mecmua

pytestmark = pytest.mark.integration
LATER = SEEN + timedelta(hours=1)
#: The titles of `archived.fill` say "Eski çıkarıcının okuduğu başlık".
OWN = "- {tr: [eski çıkarıcının], en: [tangerine accord]}\n"
SITE = Source(id="site", name="Örnek", homepage="http://ornek.example/", endpoints=())


class Library:
    """Twenty articles in a state and an index of their own."""

    def __init__(self, home: Path, engine_url: str) -> None:
        self.settings = Settings(home=home, elasticsearch_url=engine_url, index=f"terms-{uuid.uuid4().hex[:8]}")
        self.store: Store = open_store(self.settings.state_url)
        self.client: Elasticsearch = dialect.connect(self.settings, engine_url)
        self.mecmua = Mecmua(home, engine_url, self.settings.index)
        fill(self.settings, self.store, 20)
        self.live = self.flush()

    def flush(self) -> str:
        """What a crawl does last; the index that it wrote to."""
        target = indexing.open_target(self.settings, self.store, SEEN)
        flushed = indexing.flush(self.store, target, {SITE.id: SITE}, SEEN)
        assert flushed.error is None, flushed.error
        indexing.make_searchable(target)
        return target.index

    def own_terms(self, text: str = OWN) -> None:
        (self.settings.home / "glossary.yaml").write_text(text, encoding="utf-8")

    def by_kibana(self, query: str) -> int:
        """How many Kibana's search bar finds, which sends what is typed as query_string."""
        asked = {"query_string": {"query": query, "default_operator": "and"}}
        return int(self.client.count(index=self.settings.index, query=asked)["count"])

    def pending(self) -> int:
        with self.store.read() as connection:
            return rollouts.count_outbox(connection)

    def versions(self) -> list[str]:
        return [version.index for version in rollout.versions(self.client, self.settings.index)]

    def close(self) -> None:
        self.store.close()
        for index in self.client.indices.get(index=f"{self.settings.index}*", allow_no_indices=True).body:
            self.client.indices.delete(index=index)
        self.client.close()


@pytest.fixture
def library(tmp_path: Path, engine_url: str) -> Iterator[Library]:
    found = Library(tmp_path / "home", engine_url)
    yield found
    found.close()


def test_one_command_puts_own_terms_to_work_while_searches_and_exports_go_on(library: Library) -> None:
    library.own_terms()
    assert library.by_kibana("tangerine accord") == 0
    answers: list[Any] = []
    began, done = threading.Event(), threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            try:
                answers.append(search(library.client, library.settings.index, "başlık").total)
                answers.append(library.by_kibana("başlık"))
            except Exception as error:  # whatever it is, the test shows it
                answers.append(error)
            began.set()

    reader = threading.Thread(target=keep_asking)
    reader.start()
    began.wait(60)
    exported = export(library.client, library.settings.index)
    first = next(exported)
    told = json.loads(library.mecmua.run("index", "glossary", "--json").stdout)
    done.set()
    reader.join()
    assert set(answers) == {20}, set(map(str, answers))
    assert len([first, *exported]) == 20
    assert told["changed"] is True and told["own"] == 1 and told["index"] != library.live
    assert library.by_kibana("tangerine accord") == 20
    assert library.versions() == [told["index"]]
    assert library.pending() == 0 and library.flush() == told["index"], "the state knows the documents' new index"
    again = library.mecmua.run("index", "glossary").stdout
    assert "searches already with" in again and library.versions() == [told["index"]]


def test_new_versions_keep_own_terms_and_going_back_still_works(library: Library) -> None:
    library.own_terms()
    second = reprocess(library.settings, [SITE], None, LATER).index
    assert library.by_kibana("tangerine accord") == 20, "a rollout takes them along"
    library.own_terms(OWN.replace("tangerine", "turquoise"))
    third = terms.apply(library.settings, LATER + timedelta(hours=1)).index
    assert library.by_kibana("turquoise accord") == 20 and library.by_kibana("tangerine accord") == 0
    assert library.versions() == [library.live, third] and second not in library.versions()
    assert rollback(library.settings, [SITE], LATER + timedelta(hours=2)) == library.live
    assert library.by_kibana("turquoise accord") == 20, "versions kept for going back know them too"
    assert library.pending() == 0


def refusing(*_: object, **__: object) -> None:
    raise MecmuaError("refused")


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["clone", "change"])
def test_refusal_leaves_everything_as_it_was(library: Library, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    library.own_terms()
    monkeypatch.setattr(synonyms, step, refusing)
    with pytest.raises(MecmuaError, match="refused"):
        terms.apply(library.settings, LATER)
    assert library.versions() == [library.live]
    assert writer.write(library.client, library.live, [make("later", "x", "y")]).written == (("later", 1),)
    assert library.pending() == 0


@pytest.mark.parametrize(("module", "step", "forward"), [(synonyms, "change", False), (rollout, "promote", True)])
def test_next_crawl_ends_what_a_killed_process_began(
    library: Library, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, forward: bool
) -> None:
    library.own_terms()
    with monkeypatch.context() as cut:
        cut.setattr(module, step, killed)
        if not forward:
            cut.setattr(terms, "end", lambda *_: None)  # a dead process tidies nothing up
        with pytest.raises(KeyboardInterrupt):
            terms.apply(library.settings, LATER)
    with library.store.read() as connection:
        assert renaming.pending(connection) is not None
    library.flush()
    assert len(library.versions()) == 1 and (library.versions() != [library.live]) is forward
    assert library.by_kibana("tangerine accord") == (20 if forward else 0)
    live = rollout.current(library.client, library.settings.index)
    assert writer.write(library.client, str(live), [make("later", "x", "y")]).written == (("later", 1),)
    assert library.pending() == 0


def test_nothing_is_settled_behind_a_living_process(library: Library) -> None:
    step = renaming.Renaming(library.settings.index, library.live, f"{library.live[:-1]}x")
    library.store.write(lambda connection: renaming.begin(connection, step))
    with held(library.store, rollouts.lease_name(library.settings.index), what="a rollout"):
        settling.settle(library.client, library.store)
        with library.store.read() as connection:
            assert renaming.pending(connection) == step
    library.store.write(renaming.end)


def test_a_crawl_that_writes_meanwhile_goes_on_in_the_new_index(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It opened the index before, and is refused until the documents have their new name."""
    library.own_terms()
    target = indexing.open_target(library.settings, library.store, SEEN)
    with library.store.read() as connection:
        everything = articles.pending(connection, {SITE.id: SITE}, 50)
    assert everything == []
    library.store.write(lambda connection: connection.exec_driver_sql("UPDATE articles SET indexed_revision = 0"))
    clone: Callable[..., None] = synonyms.clone
    flushed: list[indexing.Flushed] = []
    crawl = threading.Thread(
        target=lambda: flushed.append(indexing.flush(library.store, target, {SITE.id: SITE}, SEEN))
    )

    def clone_beside_a_crawl(*arguments: Any) -> None:
        library.client.indices.put_settings(index=library.live, settings={"index.blocks.write": True})
        crawl.start()
        clone(*arguments)

    monkeypatch.setattr(synonyms, "clone", clone_beside_a_crawl)
    after = terms.apply(library.settings, LATER).index
    crawl.join()
    assert flushed[0].error is None, flushed[0].error
    assert library.versions() == [after] and library.pending() == 0
    assert not library.client.indices.exists(index=library.live), "no index without a mapping took the old name"


def test_a_mistake_is_named_by_the_command_and_stops_no_crawl(tmp_path: Path, engine_url: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "glossary.yaml").write_text("- {tr: [bir]}\n", encoding="utf-8")
    library = Library(home, engine_url)
    try:
        ended = library.mecmua.run("index", "glossary", check=2)
        assert "glossary.yaml:1: an entry needs two names" in ended.stderr
        assert library.by_kibana("başlık") == 20
    finally:
        library.close()


def test_without_an_index_there_is_nothing_to_change(tmp_path: Path, engine_url: str) -> None:
    settings = Settings(home=tmp_path, elasticsearch_url=engine_url, index="terms-never-there")
    with pytest.raises(ConfigurationError, match="mecmua crawl"):
        terms.apply(settings, LATER)
