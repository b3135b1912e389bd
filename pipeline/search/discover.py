"""Help around a query: did you mean, more like this, and names to complete while typing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from elasticsearch import Elasticsearch

from pipeline.errors import QueryError
from pipeline.glossary import Glossary, shipped
from pipeline.search import highlight
from pipeline.search.asking import ask
from pipeline.search.fields import PDF_TEXT
from pipeline.search.filters import FACETS, Filters
from pipeline.search.query import Results, related
from pipeline.search.syntax import FILTERS, MAX_LENGTH, parse
from pipeline.text import APOSTROPHES, fold, tokens, upper_turkish

Completed = Literal["author", "tag", "source"]
#: Words shorter than this are never corrected: one letter off, they are another word.
_SHORTEST = 4
#: How like a glossary's word a misspelled one must be, from 0 to 1.
_LIKENESS = 0.8
_MORE_FIELDS = {"tr": ("title.tr", "text.tr"), "en": ("title.en", "text.en")}
_NAMED = {"author": "authors", "tag": "tags", "source": "source_name"}
_SUFFIX = re.compile(f"[{APOSTROPHES}].*$")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query spelled otherwise: the whole of it, and (typed, suggested) for each word that changed."""

    query: str
    changes: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """The suggestion as JSON types."""
        return {"query": self.query, "changes": [{"typed": old, "suggested": new} for old, new in self.changes]}


@dataclass(frozen=True, slots=True)
class Completion:
    """A name that begins as typed: as filters take it, as a reader sees it, and how many documents have it."""

    value: str
    label: str
    count: int

    def to_dict(self) -> dict[str, Any]:
        """The completion as JSON types."""
        return {"value": self.value, "label": self.label, "count": self.count}


# --- did you mean -----------------------------------------------------------------------------------------------------


def did_you_mean(
    client: Elasticsearch, index: str, query: str, *, glossary: Glossary | None = None
) -> Suggestion | None:
    """The query with words that no document has replaced by the nearest that some have, in their own spelling; None
    where there is nothing to correct. Meant for queries that found little. Raises what `search` raises."""
    names = glossary or shipped()
    unknown = _unknown(client, index, _words(query), names)
    changes = []
    for word, options in unknown.items():
        best = _spelling(client, index, options[0]) if options else _from_glossary(word, names)
        if best and fold(best) != fold(word):
            changes.append((word, _in_case_of(word, best)))
    corrected = query
    for old, new in changes:
        corrected = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _, new=new: new, corrected)  # type: ignore[misc]
    return Suggestion(corrected, tuple(changes)) if changes and corrected != query else None


def _words(query: str) -> list[str]:
    """The plain words of a query that can be misspelled."""
    terms = [term for term in parse(query).wanted if term.field not in FILTERS and not (term.wildcard or term.exact)]
    words = [_SUFFIX.sub("", word) for term in terms for word in re.findall(rf"[\w{APOSTROPHES}]+", term.text)]
    return [word for word in dict.fromkeys(words) if len(word) >= _SHORTEST and not any(map(str.isdigit, word))]


def _unknown(client: Elasticsearch, index: str, words: Sequence[str], names: Glossary) -> dict[str, list[str]]:
    """Words that the index has in no chain and the glossary does not know, with the nearest that it has."""
    if not words:
        return {}
    options = {"field": "text", "suggest_mode": "missing", "min_word_length": _SHORTEST, "prefix_length": 1, "size": 3}
    body = {
        "size": 0,
        "query": {"match_none": {}},
        "suggest": {f"w{n}": {"text": word, "term": options} for n, word in enumerate(words)},
        "track_total_hits": False,
    }
    found = ask(client, index, body)["suggest"]
    known = names.words()
    return {
        word: [option["text"] for option in found[f"w{n}"][0]["options"]]
        for n, word in enumerate(words)
        if found[f"w{n}"] and fold(word) not in known and not _is_indexed(client, index, word)
    }


def _is_indexed(client: Elasticsearch, index: str, word: str) -> bool:
    fields = [f"{name}{chain}" for name in ("title", "text", PDF_TEXT) for chain in ("", ".tr", ".en")]
    names = ["authors", "tags", "source_name", "organisations"]
    wanted = {"multi_match": {"query": word, "fields": [*fields, *names]}}
    body = {"size": 0, "terminate_after": 1, "query": wanted, "track_total_hits": 1}
    return bool(ask(client, index, body)["hits"]["total"]["value"])


def _spelling(client: Elasticsearch, index: str, folded: str) -> str:
    """A folded word as some document spells it; the suffix behind an apostrophe goes."""
    marks = {
        "fields": {"text": {"number_of_fragments": 1}},
        "pre_tags": [highlight.OPEN],
        "post_tags": [highlight.CLOSE],
    }
    wanted = {"match": {"text": {"query": folded, "analyzer": "folded"}}}
    hits = ask(client, index, {"size": 1, "source": False, "query": wanted, "highlight": marks})["hits"]["hits"]
    fragments = hits[0].get("highlight", {}).get("text", ()) if hits else ()
    marked = re.search(f"{highlight.OPEN}(.*?){highlight.CLOSE}", fragments[0], re.DOTALL) if fragments else None
    return _SUFFIX.sub("", marked[1]) if marked else folded


def _from_glossary(word: str, names: Glossary) -> str | None:
    """The nearest word of the glossary, spelled as its entry spells it."""
    near = difflib.get_close_matches(fold(word), names.words(), n=1, cutoff=_LIKENESS)
    if not near:
        return None
    spelled = (piece for entry in names.entries for name in entry.names for piece in name.text.split())
    return next((piece for piece in spelled if tokens(piece) == near), near[0])


def _in_case_of(typed: str, suggested: str) -> str:
    """Suggested in the case of what was typed: all capitals, else as it is spelled."""
    return upper_turkish(suggested) if typed == typed.upper() else suggested


# --- more like this ---------------------------------------------------------------------------------------------------


def more_like(client: Elasticsearch, index: str, identity: str, *, size: int = 10) -> Results:
    """Articles whose words are those that set this one apart, best first; neither itself nor those with its text.

    Empty where there is no such article. Raises what `search` raises.
    """
    if not 0 <= size <= 100:
        raise QueryError("Similar articles are given up to 100 at once.")
    body = {"size": 1, "query": {"term": {"id": identity}}, "source": ["language", "cluster_id"]}
    found = ask(client, index, body)["hits"]["hits"]
    if not found:
        return Results(0, ())
    return related(client, index, _like(found[0]), size)


def _like(hit: Mapping[str, Any]) -> dict[str, Any]:
    """Asks the stemmed chain of the article's language, or the folded one, and its tags in any language."""
    document = hit["_source"]
    fields = _MORE_FIELDS.get(document["language"], ("title", "text"))
    like = [{"_index": hit["_index"], "_id": hit["_id"]}]
    limits = {"min_term_freq": 1, "min_doc_freq": 2, "max_query_terms": 25, "minimum_should_match": "30%"}
    words = {"more_like_this": {"fields": list(fields), "like": like, **limits}}
    tags = {"more_like_this": {"fields": ["tags"], "like": like, "min_term_freq": 1, "min_doc_freq": 1, "boost": 0.5}}
    itself = [{"term": {"id": hit["_id"]}}, {"term": {"cluster_id": document["cluster_id"]}}]
    return {"bool": {"must": [words], "should": [tags], "must_not": itself, "filter": Filters().clauses()}}


# --- completion -------------------------------------------------------------------------------------------------------


def complete(client: Elasticsearch, index: str, kind: Completed, typed: str, *, size: int = 10) -> list[Completion]:
    """Authors, tags or sources one of whose words begins as the last one typed, the most frequent first.

    Words before the last must be in the name as well, in any order; case and accents do not matter. Without anything
    typed, the most frequent. Raises what `search` raises.
    """
    if len(typed) > MAX_LENGTH or not 0 < size <= 100 or kind not in _NAMED:
        raise QueryError("Completion takes author, tag or source, a short text, and a size from 1 to 100.")
    words = tokens(typed.encode("utf-8", "replace").decode())[:8]
    field = _NAMED[kind]
    begins = [{"prefix": {field: {"value": word}}} for word in words]
    counted: dict[str, Any] = {"field": FACETS[kind] if kind != "source" else "source", "size": max(100, size * 5)}
    body = {
        "size": 0,
        "query": {"bool": {"filter": [*begins, *Filters().clauses()]}},
        "track_total_hits": False,
        "aggregations": {
            "names": {
                "terms": counted,
                "aggregations": {"label": {"terms": {"field": "source_name.keyword", "size": 1}}},
            }
        },
    }
    buckets = ask(client, index, body)["aggregations"]["names"]["buckets"]
    named = (_completion(bucket, kind) for bucket in buckets)
    return [item for item in named if _begins(item.label, words)][:size]


def _completion(bucket: Mapping[str, Any], kind: Completed) -> Completion:
    value, labels = str(bucket["key"]), bucket["label"]["buckets"]
    label = str(labels[0]["key"]) if kind == "source" and labels else value
    return Completion(value, label, int(bucket["doc_count"]))


def _begins(name: str, words: Sequence[str]) -> bool:
    """Whether each of the words begins one of the name's: a document with the right author has other ones too."""
    parts = tokens(name)
    return all(any(part.startswith(word) for part in parts) for word in words)
