"""Search calls, and what their failures mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from pipeline.errors import ConfigurationError, MecmuaError, QueryError

#: The engine ends a search by itself after this long; no query of a reader takes a tenth of it.
TIMEOUT = "10s"
#: Names that the client gives to keys of a search, which are words of Python or begin with an underscore.
_PLAIN_NAMES = {"from_": "from", "source": "_source"}
_WHOLE: dict[str, Any] = {"allow_partial_search_results": False}


def ask(client: Elasticsearch, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """One search call. Partial answers are errors: a result that lacks a shard's documents would be wrong, not slow.

    Raises QueryError for a query that is too large, too slow or no query, ConfigurationError when there is no index,
    Unavailable when the engine is away.
    """
    try:
        answer: Mapping[str, Any] = client.search(index=index, **_WHOLE, **{"timeout": TIMEOUT, **body}).body
    except ApiError as error:
        raise _failure(index, error.meta.status, str(error.body), error.message) from error
    return _in_time(answer)


def ask_all(client: Elasticsearch, index: str, bodies: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Several searches in one call, which the engine does side by side; their answers in order. Raises as `ask`."""
    searches: list[Mapping[str, Any]] = []
    for body in bodies:
        searches += [_WHOLE, {"timeout": TIMEOUT, **{_PLAIN_NAMES.get(key, key): value for key, value in body.items()}}]
    try:
        answers = client.msearch(index=index, searches=searches).body["responses"]
    except ApiError as error:  # of one of them, too: see `pipeline.index.dialect.SearchClient`
        raise _failure(index, error.meta.status, str(error.body), error.message) from error
    return [_in_time(answer) for answer in answers]


def _failure(index: str, status: int, said: str, message: str) -> MecmuaError:
    if status == 404:
        return ConfigurationError(
            f"search engine: there is no index {index!r} yet. Run `mecmua crawl` first, or set MECMUA_INDEX."
        )
    if "too_many" in said:
        return QueryError("The query asks for too much at once; make it shorter.")
    if status == 400:
        return QueryError(f"The search engine cannot answer this query: {message}.")
    if "time exceeded" in said.lower().replace("_", " "):
        return _too_slow()
    return MecmuaError(f"search engine: the search fails: HTTP {status}, {message}.")


def _in_time(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if answer.get("timed_out"):
        raise _too_slow()
    return answer


def _too_slow() -> QueryError:
    return QueryError(f"The query takes the search engine more than {TIMEOUT}; make it narrower.")
