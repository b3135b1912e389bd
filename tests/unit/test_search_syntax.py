from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import QueryError
from pipeline.search.query import Filters, compose
from pipeline.search.syntax import MAX_WORDS, Term, first_day, last_day, parse


def terms(query: str) -> list[list[str]]:
    return [[term.text for term in group] for group in parse(query).groups]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("askeri iş birliği", [["askeri"], ["iş"], ["birliği"]]),
        ('"iş  birliği" askeri', [["iş birliği"], ["askeri"]]),
        ('"iş birliği', [["iş birliği"]]),
        ("Irak OR İran savaş", [["Irak", "İran"], ["savaş"]]),
        ("OR Irak OR", [["Irak"]]),
        ("Irak or İran", [["Irak"], ["or"], ["İran"]]),
        ("(Irak) , İran!", [["Irak"], ["İran"]]),
        ('("askeri iş") x', [["askeri iş"], ["x"]]),
        ("TURKIYE'NIN", [["TURKIYE'NIN"]]),
        ("'Irak'", [["Irak"]]),
        ("foo:bar", [["foo:bar"]]),
        ("I\u0307ran", [["İran"]]),
        ("", []),
        ("- : ! ()", []),
    ],
)
def test_words_phrases_alternatives(query: str, expected: list[list[str]]) -> None:
    assert terms(query) == expected


def test_operators_and_fields() -> None:
    assert parse("-Irak").terms == (Term("Irak", negated=True),)
    assert parse('-author:"Ali Veli"').terms == (Term("Ali Veli", "author", phrase=True, negated=True),)
    assert parse("TITLE:Irak").terms == (Term("Irak", "title"),)
    assert parse("after:2020-05").terms == (Term("2020-05", "after", day=date(2020, 5, 1)),)
    assert parse("görüş*").terms == (Term("görüş", prefix=True),)


def test_stop_words_are_optional_unless_alone() -> None:
    assert [term.optional for term in parse("Türkiye ve İran").terms] == [False, True, False]
    assert [term.optional for term in parse("ve veya").terms] == [False, False]
    assert [term.optional for term in parse('"ve" İran').terms] == [False, False]


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


@given(st.text(max_size=300) | st.text(alphabet="\"-:()* 'ORtitleafterkind\n", max_size=300))
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
