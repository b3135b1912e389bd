"""Whole exports, read back by the parsers of others: what is in a document comes out again, whatever it is made of."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import bibtexparser
import jsonschema
import pytest
import rispy
from bibtexparser import middlewares
from citeproc import Citation as Cited
from citeproc import CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import parse_string
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

from pipeline.errors import ConfigurationError
from pipeline.models import KINDS
from pipeline.search import cite_csv, export
from pipeline.search.cite_record import Citation, citation, one_line
from tests.documents import make

#: Standard LaTeX macros that the decoder lacks or reads as a modifier letter.
_MACROS = {"textless": "<", "textgreater": ">", "textbar": "|", "textasciicircum": "^"}

letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Co", "Cn"))
hostile = st.sampled_from(
    ["{", "}", "\\", "\\textbf{", "%", "#", "&amp;", "$x$", "~", "^", "_", '"', "''", "``", "--", "---", "=1+1", "@a{",
     " and ", ",", ";", "\r\n", "\nER  - \nTY  - BOOK", "\t", "İ", "ı", "’", "<b>", "|", "\u2028", "\x1e", "+", "-"]
)  # fmt: skip
texts = st.lists(st.one_of(hostile, st.text(letters, max_size=12)), max_size=8).map("".join)
words = st.text(st.sampled_from("aAbçÇğıİoöşŞüZy"), min_size=1, max_size=8)
persons = st.one_of(
    st.builds("{} {}".format, words, words),
    st.builds("{} von der {}".format, words, words),
    st.builds("{} {} Jr.".format, words, words),
    words,
    texts,
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    day = draw(st.none() | st.dates(date(1850, 1, 1), date(2100, 1, 1)))
    document = make(
        draw(st.text("0123456789abcdef", min_size=20, max_size=20)),
        draw(texts),
        "",
        day=day,
        kind=draw(st.sampled_from(KINDS)),
        authors=tuple(draw(st.lists(persons, max_size=4))),
        organisations=tuple(draw(st.lists(texts, max_size=2))),
        excerpt=draw(st.none() | texts),
        tags=tuple(draw(st.lists(texts, max_size=3))),
        language=draw(st.sampled_from(["tr", "en", "az", "und"])),
        source_name=draw(texts),
    )
    if day:
        document["published_precision"] = draw(st.sampled_from(["second", "day", "month", "year"]))
    return document


def written(name: str, found: Iterable[dict[str, Any]]) -> str:
    output = io.StringIO(newline="")
    export.write(found, name, output)
    return output.getvalue()


def shown(entry: Citation) -> list[str]:
    return [name.shown for name in entry.authors]


def day(entry: Citation) -> str:
    return "-".join(f"{part:02d}" for part in entry.issued)


# --- BibTeX -----------------------------------------------------------------------------------------------------------


@cache
def decoder() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    standard = [MacroTextSpec(name, simplify_repl=char) for name, char in _MACROS.items()]
    known.add_context_category("standard", prepend=True, macros=standard)
    return LatexNodes2Text(latex_context=known, strict_latex_spaces=True, keep_comments=True)


def read(source: str) -> str:
    text: str = decoder().latex_to_text(source)
    return text


def read_author(parts: Any) -> str:
    return " ".join(read(" ".join(each)) for each in (parts.first, parts.von, parts.last, parts.jr) if each)


@settings(max_examples=150, deadline=None)
@given(st.lists(documents(), min_size=1, max_size=3, unique_by=lambda document: document["id"][:8]))
def test_bibtex_comes_back_from_a_parser(found: list[dict[str, Any]]) -> None:
    library = bibtexparser.parse_string(
        written("bibtex", found), append_middleware=[middlewares.SeparateCoAuthors(), middlewares.SplitNameParts()]
    )
    assert library.failed_blocks == []
    assert len(library.entries) == len(found)
    for document, entry in zip(found, library.entries, strict=True):
        expected = citation(document)
        fields = {name: field.value for name, field in entry.fields_dict.items()}
        assert entry.key == expected.key
        assert read(fields.get("title", "")) == expected.title
        assert [read_author(parts) for parts in fields.get("author", [])] == [
            name.translate(str.maketrans("{}", "()")) for name in shown(expected)
        ]
        assert fields.get("date", "") == day(expected)
        assert fields.get("year", "") == (f"{expected.issued[0]:04d}" if expected.issued else "")
        assert fields["url"] == expected.url
        assert read(fields.get("abstract", "")) == expected.abstract


@settings(max_examples=60, deadline=None)
@given(documents())
def test_bibtex_comes_back_from_bibtex_s_own_grammar(document: dict[str, Any]) -> None:
    expected = citation(document)
    (key, entry), *rest = parse_string(written("bibtex", [document]), "bibtex").entries.items()
    assert (key, rest) == (expected.key, [])
    assert read(entry.fields.get("title", "")) == expected.title
    assert len(entry.persons.get("author", [])) == len(expected.authors)


# --- RIS --------------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.lists(documents(), min_size=1, max_size=3))
def test_ris_comes_back_from_a_parser(found: list[dict[str, Any]]) -> None:
    entries = rispy.loads(written("ris", found))
    assert len(entries) == len(found)
    for document, entry in zip(found, entries, strict=True):
        expected = citation(document)
        assert entry.get("title", entry.get("primary_title", "")) == expected.title
        assert [in_reading_order(name) for name in entry.get("authors", [])] == [
            name.literal.replace(",", ";") or name.shown for name in expected.authors
        ]
        assert entry.get("year", "") == (f"{expected.issued[0]:04d}" if expected.issued else "")
        assert entry.get("date", "").rstrip("/").replace("/", "-") == day(expected)
        assert entry["urls"] == [expected.url]
        assert entry.get("abstract", "") == expected.abstract


def in_reading_order(name: str) -> str:
    family, _, rest = name.partition(",")
    given_name, _, suffix = rest.partition(",")
    return " ".join(part for part in (given_name.strip(), family, suffix.strip()) if part)


def test_zotero_reads_an_institution_as_one_name() -> None:
    """RIS.js: the family name ends at the first comma; without a given name behind it the field mode is single."""
    document = make("ab" * 10, "T", "", organisations=("Dışişleri Bakanlığı, Türkiye", "SETA"))
    for line in written("ris", [document]).splitlines():
        if line.startswith("AU  - "):
            last, first = re.split(r"\s*,\s*", line.removeprefix("AU  - "), maxsplit=1)
            assert last in ("Dışişleri Bakanlığı; Türkiye", "SETA")
            assert first == ""


def test_every_ris_line_is_a_tag_and_ends_in_crlf() -> None:
    document = make("ab" * 10, "T\nER  - \n", "", excerpt="a\r\nTY  - X", authors=("A B",))
    lines = written("ris", [document, document]).split("\r\n")
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*|", line) for line in lines)
    assert [line[:2] for line in lines].count("TY") == 2


# --- CSL-JSON ---------------------------------------------------------------------------------------------------------


TEXT = {"type": "string"}


@cache
def csl_validator() -> jsonschema.Draft202012Validator:
    """The rules of CSL-JSON: types and variables are read from the CSL schema that citeproc-py ships."""
    folder = resources.files("citeproc") / "data" / "schema" / "schemas" / "styles"
    source = (folder / "csl-variables.rnc").read_text()
    groups = {
        name: re.findall(r'"([^"]+)"', body)
        for name, body in re.findall(r"variables\.(\w+) =(.*?)(?=\n  \n|\n})", source, re.S)
    }
    part = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1, "maxItems": 3}
    dates = {"date-parts": {"type": "array", "items": part, "minItems": 1, "maxItems": 2}}
    names = ("family", "given", "dropping-particle", "non-dropping-particle", "suffix", "literal")
    name = {"properties": dict.fromkeys(names, TEXT), "additionalProperties": False, "minProperties": 1}
    properties: dict[str, Any] = {
        "id": {"type": ["string", "number"]},
        "type": {"enum": re.findall(r'"([^"]+)"', (folder / "csl-types.rnc").read_text().partition("item-types")[2])},
        **dict.fromkeys((*groups["strings"], *groups["titles"]), TEXT),
        **{key: {"type": "array", "items": name} for key in groups["names"]},
        **{key: {"type": "object", "properties": dates, "additionalProperties": False} for key in groups["dates"]},
    }
    item = {"type": "object", "properties": properties, "required": ["type", "id"], "additionalProperties": False}
    return jsonschema.Draft202012Validator({"type": "array", "items": item})


def test_the_schema_refuses_what_is_no_csl() -> None:
    good = {"id": "a", "type": "webpage", "issued": {"date-parts": [[2016]]}, "author": [{"family": "O"}]}
    csl_validator().validate([good])
    for wrong in ({"type": "blog"}, {"issued": "2016"}, {"author": [{"name": "O"}]}, {"container": "x"}, {"title": 1}):
        with pytest.raises(jsonschema.ValidationError):
            csl_validator().validate([{**good, **wrong}])


@settings(max_examples=150, deadline=None)
@given(st.lists(documents(), max_size=3))
def test_csl_json_is_one_valid_array(found: list[dict[str, Any]]) -> None:
    items = json.loads(written("csl-json", found))
    csl_validator().validate(items)
    assert len(items) == len(found)
    for document, item in zip(found, items, strict=True):
        expected = citation(document)
        assert item["id"] == document["id"]
        assert item.get("title", "") == expected.title
        order = ("literal", "given", "non-dropping-particle", "family", "suffix")
        names = [" ".join(name[part] for part in order if part in name) for name in item.get("author", [])]
        assert names == shown(expected)
        assert tuple(item.get("issued", {"date-parts": [[]]})["date-parts"][0]) == expected.issued


@pytest.mark.filterwarnings("ignore")  # citeproc-py warns of variables that it does not know yet
def test_a_citation_processor_renders_it() -> None:
    document = make("ab" * 10, "Irak siyaseti", "", day=date(2016, 8, 16), authors=("Ursula von der Leyen",))
    items = json.loads(written("csl-json", [document]))
    bibliography = CitationStylesBibliography(
        CitationStylesStyle("harvard-cite-them-right", validate=False), CiteProcJSON(items), formatter.plain
    )
    bibliography.register(Cited([CitationItem("ab" * 10)]))
    rendered = str(bibliography.bibliography()[0])
    assert "Leyen, U. von der" in rendered or "von der Leyen, U" in rendered
    assert "2016" in rendered
    assert "Irak siyaseti" in rendered


# --- CSV --------------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.lists(documents(), max_size=3))
def test_csv_comes_back_and_holds_no_formula(found: list[dict[str, Any]]) -> None:
    text = written("csv", found)
    assert text.startswith("\ufeff")
    assert text.count("\r\n") == text.count("\n") == len(found) + 1
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(rows) == len(found)
    for document, row in zip(found, rows, strict=True):
        expected = citation(document)
        assert set(row) == set(cite_csv.COLUMNS)
        assert row["title"] == cite_csv.neutral(expected.title)
        assert row["authors"] == cite_csv.neutral("; ".join(one_line(name) for name in document["authors"]))
        assert row["year"] == (str(expected.issued[0]) if expected.issued else "")
        assert not any(re.match(r"[=+\-@\t\r＝＋－＠]", cell) for cell in row.values())


@pytest.mark.parametrize("text", ["=1+1", "+90 212", "-5", "@SUM(A1)", "＝1+1", "a;=1+1", "a; @x"])
def test_formulas_are_neutralised_and_stay_readable(text: str) -> None:
    assert cite_csv.neutral(text) != text
    assert cite_csv.neutral(text).replace("'", "") == text


@pytest.mark.parametrize("text", ["Türkiye'nin", "1 - 2", "a=b", "https://a.example/?q=-1", "e-posta: a@b.example"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert cite_csv.neutral(text) == text


# --- all --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(export.FORMATS))
def test_a_format_counts_documents_and_writes_an_empty_export(name: str) -> None:
    document = make("ab" * 10, "T", "", authors=("A B",))
    assert export.write([document] * 3, name, io.StringIO()) == 3
    assert export.write([], name, io.StringIO()) == 0


@pytest.mark.parametrize("name", sorted(export.FORMATS))
def test_a_format_streams_in_constant_memory(name: str) -> None:
    document = make("ab" * 10, "T", "x" * 1000, excerpt="e" * 500, authors=("A B",))

    def many(count: int) -> Iterator[dict[str, Any]]:
        return (document for _ in range(count))

    for _ in export.FORMATS[name](many(10)):  # caches fill
        pass
    tracemalloc.start()
    try:
        for _ in export.FORMATS[name](many(1000)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200_000, "1,000 documents of 2 KB leave no more behind than one"


@pytest.mark.parametrize("name", sorted(export.FORMATS))
def test_a_format_writes_as_soon_as_it_reads(name: str) -> None:
    taken = 0

    def endless() -> Iterator[dict[str, Any]]:
        nonlocal taken
        while True:
            taken += 1
            yield make(f"{taken:020x}", "T", "")

    lines = export.FORMATS[name](endless())
    for _ in range(5):
        next(lines)
    assert taken <= 5


def test_keys_of_one_export_are_unique_though_titles_repeat() -> None:
    found = [make(f"{number:08x}{'0' * 12}", "Aynı başlık", "", authors=("A B",)) for number in range(500)]
    keys = re.findall(r"^@\w+\{([^,]+),$", written("bibtex", found), re.M)
    assert len(set(keys)) == 500
    assert keys == re.findall(r"^@\w+\{([^,]+),$", written("bibtex", reversed(found)), re.M)[::-1]


def test_an_unknown_format_is_said_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"'docx'.*jsonl, csv, ris, bibtex, csl-json"):
        export.write([], "docx", io.StringIO())
