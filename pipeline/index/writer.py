"""Documents into the index, by bulk. What the engine acknowledged is told chunk by chunk, so a cut run loses nothing.

A document's id is its ``_id`` and its revision its external version: writing twice changes nothing, and an older
revision never takes a newer one's place, whichever process comes last.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from pipeline.errors import ConfigurationError, MecmuaError, Unavailable
from pipeline.index import dialect
from pipeline.index.rollout import is_physical

#: A bulk request of a few megabytes is what both engines advise; their own limit is 100 MB.
CHUNK_BYTES = 5_000_000
CHUNK_COUNT = 500
#: Seconds that an engine which is away or busy is waited for: a node's restart takes ten to thirty.
PATIENCE = 60.0
_LONGEST_WAIT = 30.0
_BUSY = frozenset({429, 500, 502, 503, 504})

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document that the engine refuses. ``reason`` is the engine's error type, ``detail`` its words."""

    id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of some documents, as (id, revision) pairs.

    ``stale`` are those for which the index holds a newer revision already: nothing is left to do for them either.
    ``error`` is what ended `write` early; documents named nowhere in the result are then still to be written.
    """

    written: tuple[tuple[str, int], ...] = ()
    rejected: tuple[Rejection, ...] = ()
    stale: tuple[tuple[str, int], ...] = ()
    error: Unavailable | None = None

    def __add__(self, other: WriteResult) -> WriteResult:
        return WriteResult(
            self.written + other.written,
            self.rejected + other.rejected,
            self.stale + other.stale,
            self.error or other.error,
        )


@dataclass(frozen=True, slots=True)
class _Item:
    id: str
    revision: int
    lines: bytes  # action and document, as the bulk API reads them


@dataclass(frozen=True, slots=True)
class _Answer:
    result: WriteResult
    again: tuple[_Item, ...] = ()  # the engine was too busy for these
    retry_after: float | None = None
    cause: str = ""


def write(
    client: Elasticsearch, index: str, documents: Iterable[dict[str, Any]], *, patience: float | None = None
) -> WriteResult:
    """`write_chunks` in one result; Unavailable is its ``error`` instead of being raised."""
    total = WriteResult()
    try:
        for result in write_chunks(client, index, documents, patience=patience):
            total += result
    except Unavailable as error:
        return total + WriteResult(error=error)
    return total


def write_chunks(
    client: Elasticsearch,
    index: str,
    documents: Iterable[dict[str, Any]],
    *,
    patience: float | None = None,
    sleep: Sleep = time.sleep,
) -> Iterator[WriteResult]:
    """Writes documents to an alias or a physical index; yields one result for each chunk the engine acknowledged.

    Memory stays at one chunk. Items and requests the engine was too busy for are tried again with growing waits, for
    `patience` seconds (PATIENCE when None, 0: once); when that does not help, the chunk's acknowledged part is yielded
    first and Unavailable raised after it. Raises
    ConfigurationError when the alias is missing (the engine would otherwise make an index without the mapping).
    """
    for chunk in _chunks(documents):
        if isinstance(chunk, WriteResult):
            yield chunk
        else:
            yield from _deliver(client, index, chunk, PATIENCE if patience is None else patience, sleep)


def _chunks(documents: Iterable[dict[str, Any]]) -> Iterator[list[_Item] | WriteResult]:
    chunk: list[_Item] = []
    size = 0
    for document in documents:
        item = _item(document)
        if isinstance(item, Rejection):
            yield WriteResult(rejected=(item,))
            continue
        if chunk and (size + len(item.lines) > CHUNK_BYTES or len(chunk) >= CHUNK_COUNT):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += len(item.lines)
    if chunk:
        yield chunk


def _item(document: dict[str, Any]) -> _Item | Rejection:
    identity, revision = str(document["id"]), int(document["revision"])
    action = {"index": {"_id": identity, "version": revision, "version_type": "external_gte"}}
    try:
        lines = b"\n".join(
            json.dumps(part, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
            for part in (action, document)
        )
    except (TypeError, ValueError) as error:  # UnicodeEncodeError (half a surrogate pair) is a ValueError
        return Rejection(identity, "not_json", str(error))
    return _Item(identity, revision, lines)


def _deliver(
    client: Elasticsearch, index: str, chunk: Sequence[_Item], patience: float, sleep: Sleep
) -> Iterator[WriteResult]:
    """Sends a chunk until every item has its word, or the patience is used up."""
    answer, spent, attempt = _Answer(WriteResult(), tuple(chunk)), 0.0, 0
    while True:
        began = time.monotonic()
        answer = _send_again(client, index, answer) if attempt else _send(client, index, answer.again)
        if answer.result != WriteResult():
            yield answer.result
        if not answer.again:
            return
        attempt += 1
        wait = _wait(attempt, answer.retry_after)
        spent += time.monotonic() - began + wait
        if spent > patience:
            break
        sleep(wait)
    raise Unavailable(answer.cause, retry_after=answer.retry_after)


def _send_again(client: Elasticsearch, index: str, answer: _Answer) -> _Answer:
    """Raises Unavailable where a physical index went while it refused writes (its documents have moved to another): the
    engine would make a new one of that name, without the mapping."""
    try:
        is_gone = is_physical(index) and not client.indices.exists(index=index)
    except Unavailable as error:  # a HEAD request: what it says of the cause is less than what the first one said
        return replace(answer, result=WriteResult(), retry_after=error.retry_after)
    if is_gone:
        raise Unavailable(f"search engine: {index} is gone. The documents are kept and written by the next run.")
    return _send(client, index, answer.again)


def _wait(attempt: int, asked: float | None) -> float:
    """Seconds before an attempt: what the engine asked for, or doubling from 0.5 with jitter against choirs."""
    doubled = 0.5 * 2 ** (attempt - 1)
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, hides nothing
    return min(_LONGEST_WAIT, asked if asked is not None else doubled * jitter)


def _send(client: Elasticsearch, index: str, items: tuple[_Item, ...]) -> _Answer:
    lines: list[Any] = [item.lines for item in items]  # the client passes bytes through, its types say mappings
    try:
        response = client.options(max_retries=0).bulk(
            index=index, operations=lines, require_alias=not is_physical(index), timeout=dialect.SHARD_TIMEOUT
        )
    except Unavailable as error:
        return _Answer(WriteResult(), items, error.retry_after, str(error))
    except ApiError as error:
        return _refused(client, index, items, error)
    return _read(index, items, response["items"])


def _refused(client: Elasticsearch, index: str, items: tuple[_Item, ...], error: ApiError) -> _Answer:
    if isinstance(error, NotFoundError):
        raise _missing(index) from error
    if error.meta.status != 413:  # 413: the engine, or a proxy before it, takes less at once
        raise MecmuaError(f"search engine: bulk request to {index} is refused: {error.message}") from error
    if len(items) == 1:
        size = len(items[0].lines)
        return _Answer(WriteResult(rejected=(Rejection(items[0].id, "too_large", f"{size} bytes, refused with 413"),)))
    half = len(items) // 2
    first, second = _send(client, index, items[:half]), _send(client, index, items[half:])
    return _Answer(
        first.result + second.result,
        first.again + second.again,
        first.retry_after or second.retry_after,
        first.cause or second.cause,
    )


def _missing(index: str) -> ConfigurationError:
    return ConfigurationError(
        f"search engine: {index!r} does not exist (any more). Run `mecmua crawl` or set MECMUA_INDEX."
    )


def _read(index: str, items: tuple[_Item, ...], answers: list[dict[str, Any]]) -> _Answer:
    """Sorts the items by the engine's word on each; the bulk API answers in the order of the request."""
    written, rejected, stale, again = [], [], [], []
    cause = ""
    for item, answer in zip(items, (next(iter(answer.values())) for answer in answers), strict=True):
        status, error = answer["status"], answer.get("error") or {}
        if status < 300:
            written.append((item.id, item.revision))
        elif status == 409:
            stale.append((item.id, item.revision))
        elif status == 404 and "index" in error.get("type", ""):
            raise _missing(str(answer.get("_index")))
        elif status in _BUSY or "cluster_block" in error.get("type", ""):
            again.append(item)
            cause = (
                f"search engine: it cannot write to {index} now: {status} {error.get('type')}: {error.get('reason')}."
            )
        else:
            rejected.append(Rejection(item.id, str(error.get("type")), _detail(error)))
    return _Answer(WriteResult(tuple(written), tuple(rejected), tuple(stale)), tuple(again), cause=cause)


def _detail(error: dict[str, Any]) -> str:
    cause = error.get("caused_by") or {}
    return ": ".join(str(part) for part in (error.get("reason"), cause.get("reason")) if part)[:2000]


def delete(client: Elasticsearch, index: str, ids: Iterable[str]) -> int:
    """Deletes documents by id; returns how many were there. Raises Unavailable when the engine is away.

    A deletion carries the version it found: the engine remembers it for a minute, and one of its own making would be
    one higher than the revision and refuse the document if it came back.
    """
    deleted = 0
    for batch in _batched(ids):
        found = client.mget(index=index, ids=batch, source=False)["docs"]
        operations: list[dict[str, Any]] = [
            {"delete": {"_id": hit["_id"], "version": hit["_version"], "version_type": "external_gte"}}
            for hit in found
            if hit.get("found")
        ]
        deleted += _deleted(client, index, operations) if operations else 0
    return deleted


def _batched(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while batch := list(islice(rest, CHUNK_COUNT)):
        yield batch


def _deleted(client: Elasticsearch, index: str, operations: list[dict[str, Any]]) -> int:
    response = client.bulk(index=index, operations=operations, require_alias=not is_physical(index))
    answers = [answer["delete"] for answer in response["items"]]
    if failed := next((answer for answer in answers if answer["status"] not in (200, 404)), None):
        raise Unavailable(f"search engine: {failed['_id']} could not be deleted: {failed.get('error')}.")
    return sum(answer["status"] == 200 for answer in answers)


def refresh(client: Elasticsearch, index: str) -> None:
    """Makes what was written searchable. Raises Unavailable when the engine is away."""
    try:
        client.indices.refresh(index=index)
    except NotFoundError as error:
        raise _missing(index) from error


def count(client: Elasticsearch, index: str) -> int:
    """How many documents the index holds, removed ones included, as of the last refresh."""
    try:
        return int(client.count(index=index)["count"])
    except NotFoundError as error:
        raise _missing(index) from error
