"""What a reader types, taken apart into a tree: words, "phrases", AND OR NOT, parentheses, fields such as author:.

Forgiving by intent: an open quotation mark ends with the query, lone operators, unpaired parentheses and unknown
fields are words or nothing. Only what cannot mean anything is an error (``kind:poem``, ``after:yesterday``), and so is
a text without end. Words side by side must all be there; OR binds closer than the space between words, AND closer
than OR, so that ``Irak OR İran savaş`` asks for a country and the war.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pipeline.errors import QueryError
from pipeline.models import KINDS
from pipeline.text import APOSTROPHES, fold

#: Each word asks eighteen fields, and engines take 1,024 clauses in all.
MAX_WORDS = 50
MAX_LENGTH = 4000
#: Deeper parentheses than this say nothing new; they are read as if they were not there.
MAX_DEPTH = 12
#: Words with * or ? walk the index's dictionary, so they are few and begin with letters to go by.
MAX_WILDCARDS = 5
MIN_BEFORE_WILDCARD = 2
#: The states of a pattern's automaton double with each of them; engines give up at 10,000.
MAX_WILDCARDS_A_WORD = 8
MAX_SLOP = 50
FIELDS = ("title", "author", "source", "lang", "kind", "tag", "before", "after", "site", "has")
#: Fields that narrow a search without having a say in the order of its results.
FILTERS = frozenset({"lang", "kind", "before", "after", "site", "has"})

_STOP = """
a an and are as at by for from in is it its of on or that the this to was were will with
ama bir bu cok da daha de diye en gibi hem icin ile ise ki kadar mi mu nasil ne neden o olan olarak sonra su ve veya ya
"""
#: Words that nearly every text of their language has: they weigh in the ranking, but are not required.
STOP_WORDS = frozenset(_STOP.split())

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
# A quotation mark opens a phrase only where a word could begin, so that 5" and Ba"kü do no harm.
_TOKEN = re.compile(
    r"(?P<close>\))"
    r"|(?P<minus>[-−])?(?:(?P<field>[A-Za-z]+):(?!//))?"
    r'(?:(?P<open>\()|(?P<exact>=)?(?:"(?P<phrase>[^"]*)(?:"(?:~(?P<slop>\d{1,6}))?|$)|'
    r'(?P<word>https?://\S+|[^\s"()][^\s()]*)))'
)
_WORD = re.compile(rf"[\w{APOSTROPHES}]+")
_FIELD_APART = re.compile(rf"(?<!\S)(-?(?:{'|'.join(FIELDS)})):(?:\s+|$)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SITE = re.compile(r"(?:https?://)?(?:www\.)?([^\s/?#:@]+\.[^\s/?#:@]+|localhost)(?::\d+)?(/[^\s?#]*)?", re.IGNORECASE)
_EDGES = "()[]{}.,;!?…*~^|&+<>/\\=" + APOSTROPHES
_STARS = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase. ``field`` is one of FIELDS or None; ``day`` is set for before and after only.

    ``slop`` is how many words may stand between a phrase's; ``exact`` wants the letters as typed; ``wildcard`` says
    that the text has * or ? in it; ``optional`` is a stop word, which weighs without being required.
    """

    text: str
    field: str | None = None
    phrase: bool = False
    slop: int = 0
    exact: bool = False
    wildcard: bool = False
    optional: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be there."""

    node: Node


@dataclass(frozen=True, slots=True)
class All:
    """All of these must hold; optional terms among them need not."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """One of these must hold."""

    nodes: tuple[Node, ...]


Node = Term | Not | All | Any


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `root` has no nodes where there is nothing to search for."""

    root: All = All()

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every term, excluded ones too, in the order typed."""
        return tuple(term for term, _ in _leaves(self.root, True))

    @property
    def wanted(self) -> tuple[Term, ...]:
        """The terms that hits should have."""
        return tuple(term for term, positive in _leaves(self.root, True) if positive)

    @property
    def has_words(self) -> bool:
        """Whether there is anything to rank by."""
        return any(term.field not in FILTERS for term in self.wanted)


def _leaves(node: Node, positive: bool) -> Iterator[tuple[Term, bool]]:
    if isinstance(node, Term):
        yield node, positive
    elif isinstance(node, Not):
        yield from _leaves(node.node, not positive)
    else:
        for child in node.nodes:
            yield from _leaves(child, positive)


def parse(text: str) -> Query:
    """The query as a value; empty when the text has nothing to search for. Raises QueryError with what to change."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"The query has {len(text)} characters; at most {MAX_LENGTH} are read.")
    query = Query(_with_optional(_Reader(list(_lexemes(_clean(text)))).read()))
    words = sum(1 if term.phrase else len(_WORD.findall(term.text)) for term in query.terms)
    if words > MAX_WORDS:
        raise QueryError(f"The query has {words} words; at most {MAX_WORDS} are searched at once.")
    if sum(term.wildcard for term in query.terms) > MAX_WILDCARDS:
        raise QueryError(f"The query has more than {MAX_WILDCARDS} words with * or ?; write some of them out.")
    return query


def _clean(text: str) -> str:
    """NFC, quotation marks of all countries to one, no control characters, nothing that is no Unicode."""
    sound = text.encode("utf-8", "replace").decode("utf-8")
    visible = "".join(" " if unicodedata.category(char) in ("Cc", "Cf") else char for char in sound)
    bare = unicodedata.normalize("NFC", visible).translate(_QUOTES).strip()
    return _FIELD_APART.sub(lambda match: f"{match[1]}:" if match.end() < len(bare) else "", bare)


# --- lexemes ----------------------------------------------------------------------------------------------------------

_OPERATORS = {
    **dict.fromkeys(("AND", "&&", "&", "VE"), "AND"),
    **dict.fromkeys(("OR", "||", "|", "VEYA"), "OR"),
    **dict.fromkeys(("NOT", "!"), "NOT"),
}


@dataclass(frozen=True, slots=True)
class _Open:
    field: str | None = None


_Lexeme = Term | _Open | str  # a string is an operator or ")"


def _lexemes(text: str) -> Iterator[_Lexeme]:
    for match in _TOKEN.finditer(text):
        if match["close"]:
            yield ")"
            continue
        operator = _OPERATORS.get(match["word"] or "")
        if operator and not (match["field"] or match["exact"]):
            yield operator
            continue
        lexeme = _Open(_known(match["field"])) if match["open"] else _term(match)
        if lexeme is None:
            continue
        if match["minus"]:
            yield "NOT"
        yield lexeme


def _known(field: str | None) -> str | None:
    return field.lower() if field and field.lower() in FIELDS else None


def _term(match: re.Match[str]) -> Term | None:
    word, phrase, name = match["word"], match["phrase"], _known(match["field"])
    if match["field"] and not name and word:
        word = f"{match['field']}:{word}"  # an unknown field is part of the word
    if phrase is not None:
        slop = min(int(match["slop"] or 0), MAX_SLOP)
        return _checked(Term(" ".join(phrase.split()), name, True, slop, bool(match["exact"])))
    return _checked(_word(word or "", name, bool(match["exact"])))


def _word(word: str, field: str | None, exact: bool) -> Term:
    if word.startswith(("http://", "https://")):
        return Term(word, field)
    pattern = _STARS.sub("*", word.rstrip(")],.;:").lstrip("*" + _EDGES.replace("*", "")))
    cut = min((pattern.find(char) for char in "*?" if char in pattern), default=-1)
    # A question mark at the end closes a question.
    inside = pattern.rstrip("?") if not pattern.endswith("*") else pattern
    if not exact and cut >= MIN_BEFORE_WILDCARD and any(char in inside for char in "*?"):
        if inside.count("*") + inside.count("?") > MAX_WILDCARDS_A_WORD:
            raise QueryError(f"A word has more than {MAX_WILDCARDS_A_WORD} of * and ?; write some letters out.")
        return Term(inside, field, wildcard=True)
    return Term(_STARS.sub(" ", word).strip(_EDGES + " "), field, exact=exact)


def _checked(term: Term) -> Term | None:
    """The term, None where it says nothing. Raises QueryError where its field can have no such value."""
    if not any(char.isalnum() for char in term.text):
        return None
    if term.field in ("before", "after"):
        return replace(term, day=first_day(term.text))
    if term.field == "kind" and term.text.lower() not in KINDS:
        raise QueryError(f"There is no kind {term.text!r}. Kinds are {', '.join(KINDS)}.")
    if term.field == "has" and term.text.lower() != "pdf":
        raise QueryError(f"has:{term.text} means nothing; has:pdf finds articles with a PDF.")
    if term.field == "site":
        site_of(term.text)
    return term


def site_of(text: str) -> tuple[str, str]:
    """Host and path prefix that ``site:`` names. Raises QueryError when it is no host name."""
    match = _SITE.fullmatch(text)
    if not match:
        raise QueryError(f"{text!r} is no site. Write a host name: site:example.org.")
    return match[1].lower(), match[2] or ""


# --- the tree ---------------------------------------------------------------------------------------------------------


class _Reader:
    """Recursive descent over the lexemes; never deeper than MAX_DEPTH, whatever is typed."""

    def __init__(self, lexemes: list[_Lexeme]) -> None:
        self._lexemes = lexemes
        self._position = 0
        self._depth = 0

    def read(self) -> All:
        """The whole text; parentheses that close nothing are passed over."""
        nodes: list[Node] = []
        while self._position < len(self._lexemes):
            nodes += self._side_by_side()
            self._position += 1
        return All(tuple(nodes))

    def _next(self) -> _Lexeme | None:
        return self._lexemes[self._position] if self._position < len(self._lexemes) else None

    def _accepts(self, operator: str) -> bool:
        """Whether this operator stands here; it is read, and its like in a row with it."""
        found = False
        while self._next() == operator:
            self._position += 1
            found = True
        return found

    def _side_by_side(self) -> list[Node]:
        nodes: list[Node] = []
        while (self._next() or ")") != ")":
            if node := self._joined("OR"):
                nodes.append(node)
        return nodes

    def _joined(self, operator: str) -> Node | None:
        """What one operator joins: alternatives of conjunctions of single parts."""
        parts: list[Node] = []
        while True:
            part = self._joined("AND") if operator == "OR" else self._single()
            if part:
                parts.append(part)
            if not self._accepts(operator):
                break
        if len(parts) < 2:
            return parts[0] if parts else None
        return Any(tuple(parts)) if operator == "OR" else All(tuple(parts))

    def _single(self) -> Node | None:
        negated = False
        while self._next() == "NOT":
            negated = True
            self._position += 1
        lexeme = self._next()
        if lexeme is None or isinstance(lexeme, str):
            return None
        self._position += 1
        node = self._group(lexeme) if isinstance(lexeme, _Open) else lexeme
        return Not(node) if negated and node else node

    def _group(self, opened: _Open) -> Node | None:
        if self._depth >= MAX_DEPTH:
            return None
        self._depth += 1
        nodes = self._side_by_side()
        self._depth -= 1
        self._accepts_close()
        if opened.field:
            nodes = [_within(node, opened.field) for node in nodes]
        return (nodes[0] if len(nodes) == 1 else All(tuple(nodes))) if nodes else None

    def _accepts_close(self) -> None:
        if self._next() == ")":
            self._position += 1


def _within(node: Node, field: str) -> Node:
    """The node with a field for the terms that have none: title:(a OR b)."""
    if isinstance(node, Term):
        if node.field:
            return node
        return _checked(replace(node, field=field)) or node
    if isinstance(node, Not):
        return Not(_within(node.node, field))
    return replace(node, nodes=tuple(_within(child, field) for child in node.nodes))


def _with_optional(root: All) -> All:
    """Stop words become optional, unless nothing else is asked for."""
    marked = All(tuple(_optional(node) for node in root.nodes))
    required = [node for node in marked.nodes if not isinstance(node, Not) and not getattr(node, "optional", False)]
    return marked if required else root


def _optional(node: Node) -> Node:
    if isinstance(node, All):
        return _with_optional(node)
    if isinstance(node, Term) and fold(node.text) in STOP_WORDS:
        plain = not (node.field or node.phrase or node.exact or node.wildcard)
        # WHO and IT in capitals are names
        return replace(node, optional=True) if plain else node
    return node


# --- dates ------------------------------------------------------------------------------------------------------------


def first_day(text: str) -> date:
    """The day a date means, or the first of its year or month. Raises QueryError for anything else.

    Read are 2016, 2016-08, 2016-08-14 and, as Turkish readers write it, 14.08.2016.
    """
    try:
        if match := _DATE.fullmatch(text):
            year, month, day = match.groups(default="1")
            return date(int(year), int(month), int(day))
        if match := _DAY_FIRST.fullmatch(text):
            day, month, year = match.groups()
            return date(int(year), int(month), int(day))
    except ValueError:
        pass
    raise QueryError(f"{text!r} is no date. Write 2016, 2016-08, 2016-08-14 or 14.08.2016.")


def last_day(text: str) -> date:
    """The last day that a date, month or year (as `first_day` reads them) includes."""
    first = first_day(text)
    parts = 3 if "." in text else text.count("-") + 1
    if parts == 1:
        return date(first.year, 12, 31)
    if parts == 2:
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first
