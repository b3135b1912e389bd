from __future__ import annotations

import json
import time
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import QueryError
from pipeline.search.query import Filters, compose
from pipeline.search.syntax import MAX_WORDS, Any, Node, Not, Term, first_day, last_day, parse
from tests import fuzzed


def shape(node: Node) -> object:
    """The tree in short: a list for all, a set in order ("or", …) for any, ("not", …)."""
    if isinstance(node, Term):
        return f"{node.field}:{node.text}" if node.field else node.text
    if isinstance(node, Not):
        return ("not", shape(node.node))
    parts = [shape(child) for child in node.nodes]
    return ("or", *parts) if isinstance(node, Any) else parts


def tree(query: str) -> object:
    return shape(parse(query).root)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("askeri iş birliği", ["askeri", "iş", "birliği"]),
        ('"iş  birliği" askeri', ["iş birliği", "askeri"]),
        ('"iş birliği', ["iş birliği"]),
        ("Irak OR İran savaş", [("or", "Irak", "İran"), "savaş"]),
        ("OR Irak OR", ["Irak"]),
        ("Irak or İran", ["Irak", "or", "İran"]),
        ("Irak VEYA İran", [("or", "Irak", "İran")]),
        ("(Irak) , İran!", ["Irak", "İran"]),
        ('("askeri iş") x', ["askeri iş", "x"]),
        ("a1 AND b OR c AND d", [("or", ["a1", "b"], ["c", "d"])]),
        ("(a1 OR b) AND (c OR d)", [[("or", "a1", "b"), ("or", "c", "d")]]),
        ("-(Irak İran) x", [("not", ["Irak", "İran"]), "x"]),
        ("NOT Irak İran", [("not", "Irak"), "İran"]),
        ("x −Irak", ["x", ("not", "Irak")]),
        ("NOT NOT Irak", [("not", "Irak")]),
        ("title:(Irak OR İran) x", [("or", "title:Irak", "title:İran"), "x"]),
        ("title:(Irak author:Ali)", [["title:Irak", "author:Ali"]]),
        ("a1 AND OR NOT b", [("or", "a1", ("not", "b"))]),
        ("((((x", ["x"]),
        ("x )) y", ["x", "y"]),
        ("(" * 60 + "x" + ")" * 60, ["x"]),
        ('f(x) 5" Ba"kü', ["f", "x", '5"', 'Ba"kü']),
        ("TURKIYE'NIN", ["TURKIYE'NIN"]),
        ("'Irak'", ["Irak"]),
        ("foo:bar", ["foo:bar"]),
        ("https://x.example/a:b", ["https://x.example/a:b"]),
        ("site:ornek.example", ["site:ornek.example"]),
        ("I\u0307ran", ["İran"]),
        ("", []),
        ("- : ! () NOT AND", []),
    ],
)
def test_tree(query: str, expected: object) -> None:
    assert tree(query) == expected


@pytest.mark.parametrize(
    ("query", "term"),
    [
        ("TITLE:Irak", Term("Irak", "title")),
        ('author:"Ali Veli"', Term("Ali Veli", "author", phrase=True)),
        ("after:2020-05", Term("2020-05", "after", day=date(2020, 5, 1))),
        ("görüş*", Term("görüş*", wildcard=True)),
        ("te?t", Term("te?t", wildcard=True)),
        ("görüş**?*", Term("görüş*?*", wildcard=True)),
        ("*lık", Term("lık")),  # a dictionary is not walked from its end
        ("k*", Term("k")),
        ("neden?", Term("neden", optional=False)),
        ('"iş birliği"~5', Term("iş birliği", phrase=True, slop=5)),
        ('"iş birliği"~9999', Term("iş birliği", phrase=True, slop=50)),
        ("=Çin", Term("Çin", exact=True)),
        ('="Çin Seddi"', Term("Çin Seddi", phrase=True, exact=True)),
        ("title:=Çin", Term("Çin", "title", exact=True)),
        ("=görüş*", Term("görüş", exact=True)),
    ],
)
def test_term(query: str, term: Term) -> None:
    assert parse(query).terms == (term,)


def test_excluded_is_told_from_wanted() -> None:
    query = parse("Irak -İran NOT (Suriye -Lübnan)")
    assert [term.text for term in query.terms] == ["Irak", "İran", "Suriye", "Lübnan"]
    assert [term.text for term in query.wanted] == ["Irak", "Lübnan"]
    assert query.has_words
    assert not parse("-Irak lang:tr after:2020").has_words


@pytest.mark.parametrize(
    "query", ["kind:poem", "after:yesterday", "has:wings", "site:nohost", "aa* bb* cc* dd* ee* ff*"]
)
def test_what_cannot_mean_anything_is_said(query: str) -> None:
    with pytest.raises(QueryError):
        parse(query)


def test_stop_words_are_optional_unless_alone() -> None:
    assert [term.optional for term in parse("Türkiye ve İran").terms] == [False, True, False]
    assert [term.optional for term in parse("ve veya").terms] == [False, False]
    assert [term.optional for term in parse('"ve" İran').terms] == [False, False]
    assert [term.optional for term in parse("(ve Türkiye) İran").terms] == [True, False, False]


def test_dates() -> None:
    assert first_day("2016") == date(2016, 1, 1)
    assert first_day("2016-08") == date(2016, 8, 1)
    assert first_day("14.08.2016") == date(2016, 8, 14)
    assert last_day("2016") == date(2016, 12, 31)
    assert last_day("2016-02") == date(2016, 2, 29)
    assert last_day("2016-12") == date(2016, 12, 31)
    assert last_day("14.08.2016") == date(2016, 8, 14)
    for wrong in ("2016-02-30", "yesterday", "0000", "99.99.2016", "2016-8-1x", ""):
        with pytest.raises(QueryError, match="is no date"):
            first_day(wrong)


def test_too_long_is_said_in_numbers() -> None:
    with pytest.raises(QueryError, match=str(MAX_WORDS)):
        parse("kelime " * (MAX_WORDS + 1))
    parse("kelime " * MAX_WORDS)


PIECES = st.lists(
    st.sampled_from([*'"-:()*?=~|&!\\/[]{}^+', " ", " OR ", " AND ", " NOT ", "title:", "after:", "2020", "kind:", "=",
                     "Türkiye'nin ", "Doğu Akdeniz ", "AB", "İIıi", "~9", "site:a.b", "\ud800", "\u202e", "🙂", "ve "]),
    max_size=80,
).map("".join)  # fmt: skip


@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(PIECES | st.text(max_size=300))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    compose(query, Filters())
    for term in query.terms:
        term.text.encode()  # what is no Unicode could not be sent


def test_no_text_stalls_the_parser() -> None:
    started = time.perf_counter()
    for text in ('"' * 4000, "-" * 4000, "a:" * 2000, "(" * 4000, ")" * 4000, " (" * 2000, "title: " * 500):
        try:
            parse(text)
        except QueryError:
            continue
    assert time.perf_counter() - started < 1


def test_nine_thousand_fuzzed_queries_are_composed_or_refused() -> None:
    """Never another error, and never more clauses than engines take."""
    composed = 0
    for seed in range(300, 9300):
        try:
            wanted = compose(parse(fuzzed.query(seed)), Filters())
        except QueryError:
            continue
        assert json.dumps(wanted).count('"fields"') < 1024
        composed += 1
    assert composed > 4500, "most rubbish is forgiven"
