"""From the parsed query to the engine's: chains, glossary, weights, and what to mark in the texts.

Names in the glossary are asked for here and not left to the fields' search analysers, which hold the same glossary for
Kibana: so that a user's own entries act at once, that the words of a name may stand in different fields, that other
names weigh less than the one typed, that ``=`` turns them off, and that the number of clauses stays known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any as Anything

from pipeline.glossary import SHORT, Glossary, Name, shipped
from pipeline.search.fields import (
    CHAINS,
    EXACT,
    IN_PDF,
    IN_PROSE,
    IN_QUOTATION,
    IN_STEMS,
    KEYWORDS,
    OTHER_NAMES,
    PDF_TEXT,
    SCOPES,
    Scope,
)
from pipeline.search.filters import Clause, Filters, any_of
from pipeline.search.syntax import FILTERS, All, Any, Node, Not, Query, Term, site_of
from pipeline.text import fold, lower_turkish

#: What the best field gives is the score; of what the others give, so much is added.
_TIE_BREAKER = 0.1
#: What another name weighs against the one typed.
OTHER_NAME_WEIGHT = 0.6
#: Beyond this many words a query is a quotation: it is searched as it stands, and stays under the engine's 1,024
#: clauses (fifty words ask nineteen fields each).
MOST_WORDS_FOR_MORE = 20
_MOST_SPANS = 8
#: A longer phrase is a quotation, which has its words as the text has them; each stem of each word would be a clause.
_LONGEST_STEMMED_PHRASE = 10
#: The words of a query near each other, in order or nearly so.
_NEARBY = Scope({"title": 1.5, "text": 0.5}, {}, {})
_NEARNESS_SLOP = 3


def compose(query: Query, filters: Filters, glossary: Glossary | None = None) -> Clause:
    """The query and all its filters in the engine's query language."""
    wanted = composed_words(query, glossary)
    wanted["bool"]["filter"] += filters.clauses()
    return wanted


def composed_words(query: Query, glossary: Glossary | None = None) -> Clause:
    """The query without the filters: a bool clause, to whose ``filter`` they may be added."""
    return _Composer(query, glossary or shipped()).all(query.root)


def nearness(query: Query) -> Clause | None:
    """What weighs a little more: words side by side in the query that stand near each other in title or text. None
    where there are none, and for a quotation, which is searched as it stands."""
    words = sum(len(term.text.split()) for term in query.wanted)
    near = [_near(run) for run in _runs_within(query.root) if len(run) > 1]
    return {"bool": {"should": near}} if near and words <= MOST_WORDS_FOR_MORE else None


def marking(query: Query, glossary: Glossary | None = None) -> tuple[Clause, tuple[str, ...]]:
    """What marks a hit's title and text: the same words in these two fields only, which is half of the work; and the
    chains that it asks.

    Exact words are marked by the folded chain, whose postings have the offsets that marking needs.
    """
    scopes = IN_PROSE if any(map(_is_as_written, query.wanted)) else IN_STEMS
    composer = _Composer(query, glossary or shipped(), scopes)
    wanted = {"bool": {"should": [composer.all(query.root), *_exact_marks(query, ("title", "text"))]}}
    return wanted, scopes[None].chains()


def _is_as_written(term: Term) -> bool:
    """Whether a term is looked for in the folded chain alone."""
    return term.exact or term.wildcard or (term.phrase and not _is_stemmed_phrase(term))


def marking_pages(query: Query, glossary: Glossary | None = None) -> Clause | None:
    """What marks the pages of a hit's PDFs; None when no word is asked of them."""
    if not any(term.field is None for term in query.wanted):
        return None
    composer = _Composer(query, glossary or shipped(), IN_PDF)
    return {"bool": {"should": [composer.all(query.root), *_exact_marks(query, (PDF_TEXT,))]}}


def _exact_marks(query: Query, everywhere: tuple[str, ...]) -> list[Clause]:
    terms = [term for term in query.wanted if term.exact and term.field in (None, "title")]
    fields = [everywhere if term.field is None else ("title",) for term in terms]
    return [
        {"match_phrase": {name: {"query": term.text, "analyzer": "folded"}}}
        for term, names in zip(terms, fields, strict=True)
        for name in names
    ]


Scopes = Mapping[str | None, Scope]


class _Composer:
    """One query's translation; holds what its parts share."""

    def __init__(self, query: Query, glossary: Glossary, scopes: Scopes = SCOPES) -> None:
        words = sum(len(term.text.split()) for term in query.wanted)
        self._scopes = IN_QUOTATION if scopes is SCOPES and words > MOST_WORDS_FOR_MORE else scopes
        self._glossary = glossary if words <= MOST_WORDS_FOR_MORE else None
        self._spans_left = _MOST_SPANS

    def all(self, node: All) -> Clause:
        """A conjunction. Words side by side are looked up in the glossary together."""
        must, should, exclude, narrow = [], [], [], []
        for part in _runs(node.nodes):
            if isinstance(part, list):
                needed, weighing = self._run(part)
                must += needed
                should += weighing
            elif isinstance(part, Not):
                exclude.append(_without_glossary(part.node))
            elif isinstance(part, Term) and part.field in FILTERS:
                narrow.append(_plain(part, self._scopes))
            else:
                must.append(self.clause(part))
        if not must:
            must.append({"match_all": {}})
        return {"bool": {"must": must, "should": should, "must_not": exclude, "filter": narrow}}

    def clause(self, node: Node) -> Clause:
        """Any node."""
        if isinstance(node, All):
            return self.all(node)
        if isinstance(node, Any):
            return any_of(*map(self.clause, node.nodes))
        if isinstance(node, Not):
            return {"bool": {"must_not": _without_glossary(node.node)}}
        return self._with_other_names([node], _plain(node, self._scopes))

    def _run(self, terms: Sequence[Term]) -> tuple[list[Clause], list[Clause]]:
        """Words side by side: what must be there, and what only weighs."""
        must: list[Clause] = []
        should: list[Clause] = []
        position = 0
        spans = self._glossary.spans([term.text for term in terms]) if self._glossary else []
        for span in spans:
            for term in terms[position : span.start]:
                (should if term.optional else must).append(_plain(term, self._scopes))
            must.append(self._name(terms[span.start : span.stop], span.names))
            position = span.stop
        for term in terms[position:]:
            (should if term.optional else must).append(_plain(term, self._scopes))
        return must, should

    def _name(self, terms: Sequence[Term], names: Sequence[Name]) -> Clause:
        """A name of one or more words, as typed or by its other names."""
        required = [_plain(term, self._scopes) for term in terms if not term.optional] or [
            _plain(term, self._scopes) for term in terms
        ]
        typed = required[0] if len(required) == 1 else {"bool": {"must": required}}
        return self._with_other_names(terms, typed, names)

    def _with_other_names(self, terms: Sequence[Term], typed: Clause, names: Sequence[Name] | None = None) -> Clause:
        scope = OTHER_NAMES.get(terms[0].field)
        if not self._glossary or not scope or not self._spans_left or any(t.exact or t.wildcard for t in terms):
            return typed
        found = names or self._glossary.others(" ".join(term.text for term in terms).split())
        if not found:
            return typed
        self._spans_left -= 1
        return _best_of([typed, *_other_names(found, scope)])


def _runs(nodes: Iterable[Node]) -> Iterator[Node | list[Term]]:
    """The nodes, with plain words that stand side by side in one list."""
    run: list[Term] = []
    for node in nodes:
        if isinstance(node, Term) and _is_plain_word(node):
            run.append(node)
            continue
        if run:
            yield run
            run = []
        yield node
    if run:
        yield run


def _runs_within(node: Node) -> Iterator[list[Term]]:
    """The runs of plain words of a query, but for what it excludes."""
    if isinstance(node, All):
        for part in _runs(node.nodes):
            yield from [part] if isinstance(part, list) else _runs_within(part)
    elif isinstance(node, Any):
        for each in node.nodes:
            yield from _runs_within(each)


def _is_plain_word(term: Term) -> bool:
    return not (term.field or term.phrase or term.exact or term.wildcard or _is_url(term))


def _is_url(term: Term) -> bool:
    return term.field is None and term.text.startswith(("http://", "https://"))


def _without_glossary(node: Node) -> Clause:
    """Excluded is what was typed, not what else it may be called."""
    return _Composer(Query(All((node,))), Glossary.of(())).clause(node)


# --- one term ---------------------------------------------------------------------------------------------------------


def _plain(term: Term, scopes: Scopes) -> Clause:
    if term.field in FILTERS:
        return _narrowing(term)
    if _is_url(term):
        return any_of(*({"term": {name: term.text}} for name in ("url", "canonical_url", "aliases")))
    if term.exact:
        return _exact(term)
    matched = _match(term, scopes[term.field])
    if term.field == "source":
        return any_of({"term": {"source": fold(term.text)}}, matched)
    return matched


def _narrowing(term: Term) -> Clause:
    if term.day:
        return {"range": {"published_day": {"lt" if term.field == "before" else "gte": term.day.isoformat()}}}
    if term.field == "site":
        return _site(*site_of(term.text))
    if term.field == "has":
        return {"exists": {"field": "pdf.url"}}
    return {"term": {"language" if term.field == "lang" else "kind": term.text.lower()}}


def _site(host: str, path: str) -> Clause:
    at_host: Clause = {"term": {"url.host": host}}
    if path in ("", "/"):
        return at_host
    starts = [f"{scheme}://{www}{host}{path}" for scheme in ("https", "http") for www in ("", "www.")]
    return {"bool": {"filter": [at_host, any_of(*({"prefix": {"url": start}} for start in starts))]}}


def _match(term: Term, scope: Scope) -> Clause:
    if term.wildcard:
        # Patterns are not analysed: the folded fields hold what fold() makes of a word.
        pattern = fold(term.text)
        return any_of(*({"wildcard": {name: {"value": pattern}}} for name in scope.plain))
    if term.phrase:
        chains = CHAINS if _is_stemmed_phrase(term) else ("",)
        return _in_chains(term.text, scope, chains, "match_phrase", slop=term.slop)
    return _in_chains(term.text, scope, CHAINS, operator="and")


def _is_stemmed_phrase(term: Term) -> bool:
    return len(term.text.split()) <= _LONGEST_STEMMED_PHRASE


def _in_chains(
    text: str, scope: Scope, chains: Iterable[str], kind: str = "match", *, weight: float = 1.0, **options: Anything
) -> Clause:
    """The text in some chains, each with its own analyser; ``kind`` is the engine's query."""
    return _best_of(
        {kind: {field: {"query": text, "analyzer": CHAINS[chain][1], "boost": boost * weight, **options}}}
        for chain in scope.chains(chains)
        for field, boost in scope.weights(chain)
    )


def _best_of(clauses: Iterable[Clause]) -> Clause:
    """The best of the clauses, and a tenth of what the others give. Clauses that are such a choice themselves are
    taken apart: the engine goes through every level for every document."""
    queries = [each for clause in clauses for each in clause.get("dis_max", {"queries": [clause]})["queries"]]
    return queries[0] if len(queries) == 1 else {"dis_max": {"queries": queries, "tie_breaker": _TIE_BREAKER}}


def _near(terms: Sequence[Term]) -> Clause:
    """All words near each other in title or text."""
    text = " ".join(term.text for term in terms)
    return _in_chains(text, _NEARBY, ("",), "match_phrase", slop=_NEARNESS_SLOP)


def _exact(term: Term) -> Clause:
    """Letters as typed: Çin is not çini. Case aside, and the suffix behind an apostrophe (Çin'in)."""
    if keywords := KEYWORDS.get(term.field or ""):
        return any_of(*({"term": {name: term.text}} for name in keywords))
    scope = SCOPES[term.field]
    return any_of(*(_letters(form, scope) for form in _cases(term.text)))


def _letters(text: str, scope: Scope, weight: float = 1.0) -> Clause:
    return _best_of(
        {"match_phrase": {f"{name}.{EXACT}": {"query": text, "analyzer": EXACT, "boost": boost * weight}}}
        for name, boost in scope.exact.items()
    )


def _cases(text: str) -> list[str]:
    """How the exact field may hold a text. It lowers I to ı, as Turkish does; English Iran and INDIA are under ıran and
    ındıa there, so a capital I, and an i that begins a word, are both letters."""
    if text.count("I") > 3:
        return [lower_turkish(text), text.lower()]
    choices = [_letters_of(text, place) for place in range(len(text))]
    # Each place has one or two letters; words that begin with i are the many, and sixteen forms are enough.
    forms = ["".join(form) for form, _ in zip(product(*choices), range(16), strict=False)]
    return list(dict.fromkeys(forms))


def _letters_of(text: str, place: int) -> str:
    letter = text[place]
    begins = place == 0 or not text[place - 1].isalnum()
    if letter == "I":
        return "ıi"
    return "iı" if letter == "i" and begins else lower_turkish(letter)[:1] or letter


# --- other names ------------------------------------------------------------------------------------------------------


def _other_names(names: Sequence[Name], scope: Scope) -> Iterator[Clause]:
    """Clauses for a thing's other names, each in the chains that its language is stemmed in."""
    for chains in (("", "tr"), ("", "en"), ("",)):
        mine = [name for name in names if not _is_short(name) and _chains_of(name) == chains]
        single = [name.text for name in mine if len(name.text.split()) == 1 and "-" not in name.text]
        if single:
            yield _in_chains(" ".join(single), scope, chains, weight=OTHER_NAME_WEIGHT, operator="or")
        for name in mine:
            if name.text not in single:
                yield _in_chains(name.text, scope, chains, "match_phrase", weight=OTHER_NAME_WEIGHT)
    if scope.exact:
        for name in names:
            if _is_short(name):
                yield _letters(lower_turkish(name.text), scope, OTHER_NAME_WEIGHT)


def _is_short(name: Name) -> bool:
    return len(name.text) <= SHORT


def _chains_of(name: Name) -> tuple[str, ...]:
    return ("", name.language) if name.language in CHAINS and name.language else ("",)
