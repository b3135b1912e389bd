"""How the writer takes what an engine may answer; the engine here is a script of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, Elasticsearch

from pipeline.errors import MecmuaError, Unavailable
from pipeline.index import rollout, writer
from tests.documents import make

PHYSICAL = rollout.physical_name("articles", datetime(2026, 11, 30, tzinfo=UTC))
Answer = Callable[[list[str]], list[dict[str, Any]]]


def ok(identity: str) -> dict[str, Any]:
    return {"index": {"_id": identity, "status": 201}}


def item(identity: str, status: int, kind: str = "some_exception") -> dict[str, Any]:
    return {"index": {"_id": identity, "status": status, "error": {"type": kind, "reason": "because"}}}


def refused(status: int) -> ApiError:
    node = NodeConfig("http", "127.0.0.1", 9200)
    return ApiError("refused", ApiResponseMeta(status, "1.1", HttpHeaders(), 0.1, node), {})


class Engine:
    """Answers each bulk request with the next of its answers, the last one again and again."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[list[str]] = []
        self.there: list[bool | Exception] = [True]

    @property
    def indices(self) -> Engine:
        return self

    def exists(self, **_: Any) -> bool:
        answer = self.there.pop(0) if len(self.there) > 1 else self.there[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def options(self, **_: Any) -> Engine:
        return self

    def bulk(self, *, operations: Sequence[bytes], **_: Any) -> dict[str, Any]:
        ids = [line.split(b'"_id":"')[1].split(b'"')[0].decode() for line in operations]
        self.asked.append(ids)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {"items": answer(ids)}


def all_ok(ids: list[str]) -> list[dict[str, Any]]:
    return [ok(identity) for identity in ids]


def run(
    engine: Engine, *ids: str, index: str = "articles"
) -> tuple[list[writer.WriteResult], list[float], Exception | None]:
    """The results yielded, the waits taken, and what was raised at the end."""
    waits: list[float] = []
    results: list[writer.WriteResult] = []
    documents = [make(identity, "Başlık", "Metin") for identity in ids]
    try:
        results.extend(writer.write_chunks(cast(Elasticsearch, engine), index, documents, sleep=waits.append))
    except MecmuaError as error:
        return results, waits, error
    return results, waits, None


def test_only_what_was_too_much_is_sent_again() -> None:
    engine = Engine(lambda ids: [ok("a"), item("b", 429), ok("c")], all_ok)
    results, waits, error = run(engine, "a", "b", "c")
    assert engine.asked == [["a", "b", "c"], ["b"]]
    assert [result.written for result in results] == [(("a", 1), ("c", 1)), (("b", 1),)]
    assert len(waits) == 1
    assert error is None


def test_request_that_fails_is_sent_again_after_growing_waits() -> None:
    engine = Engine(Unavailable("away"), Unavailable("away"), Unavailable("away"), all_ok)
    results, waits, error = run(engine, "a")
    assert results == [writer.WriteResult(written=(("a", 1),))]
    assert waits == sorted(waits)
    assert 0.3 < waits[0] < waits[-1] < 3
    assert error is None


def test_engine_says_how_long_to_wait() -> None:
    _, waits, _ = run(Engine(Unavailable("away", retry_after=7), all_ok), "a")
    assert waits == [7]


def test_what_was_acknowledged_is_told_before_it_gives_up() -> None:
    engine = Engine(lambda ids: [ok("a"), item("b", 503)], lambda ids: [item("b", 503)])
    results, waits, error = run(engine, "a", "b")
    assert [result.written for result in results] == [(("a", 1),)]
    assert isinstance(error, Unavailable)
    assert "503 some_exception: because" in str(error)
    assert writer.PATIENCE / 3 < sum(waits) <= writer.PATIENCE


def test_an_engine_that_is_away_is_waited_for_however_it_says_so() -> None:
    away = Unavailable("away")
    engine = Engine(away, away, all_ok)
    engine.there = [away, True, True]  # whether the physical index is there still
    results, waits, error = run(engine, "a", index=PHYSICAL)
    assert (sum(results, writer.WriteResult()).written, len(waits), error) == ((("a", 1),), 3, None)
    engine.there = [False]
    engine.answers = [away, all_ok]
    results, _, error = run(engine, "a", index=PHYSICAL)
    assert results == [] and "is gone" in str(error), "nothing is sent to an index that went"


def test_write_returns_the_error_with_what_was_written() -> None:
    engine = Engine(lambda ids: [ok("a"), item("b", 429)])
    documents = [make("a", "x", "y"), make("b", "x", "y")]
    result = writer.write(cast(Elasticsearch, engine), "articles", documents, patience=0)
    assert len(engine.asked) == 1
    assert result.written == (("a", 1),)
    assert isinstance(result.error, Unavailable)


def test_full_disk_is_no_reason_to_reject() -> None:
    engine = Engine(lambda ids: [item("a", 403, "cluster_block_exception")], all_ok)
    results, _, error = run(engine, "a")
    assert results == [writer.WriteResult(written=(("a", 1),))]
    assert error is None


def test_request_too_large_is_halved_until_the_culprit_is_alone() -> None:
    class Proxy(Engine):
        def bulk(self, *, operations: Sequence[bytes], **more: Any) -> dict[str, Any]:
            answer = super().bulk(operations=operations, **more)
            if len(operations) > 2 or b'"_id":"d"' in b"".join(operations):
                raise refused(413)
            return answer

    results, _, error = run(Proxy(all_ok), *"abcde")
    total = sum(results, writer.WriteResult())
    assert sorted(identity for identity, _ in total.written) == ["a", "b", "c", "e"]
    assert [(rejection.id, rejection.reason) for rejection in total.rejected] == [("d", "too_large")]
    assert error is None


def test_refused_request_is_an_error() -> None:
    _, _, error = run(Engine(refused(400)), "a")
    assert isinstance(error, MecmuaError)
    assert not isinstance(error, Unavailable)


def test_chunks_end_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHUNK_BYTES", 4_000)
    engine = Engine(all_ok)
    run(engine, *(f"d{number}" for number in range(9)))
    assert 1 < len(engine.asked) < 9
    assert [identity for ids in engine.asked for identity in ids] == [f"d{number}" for number in range(9)]


def test_nothing_to_write_asks_nothing() -> None:
    engine = Engine(all_ok)
    assert run(engine) == ([], [], None)
    assert engine.asked == []
