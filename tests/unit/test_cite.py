"""Citations of single documents: names, dates, kinds, and what a reader or a reference manager gets."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from pipeline.errors import ConfigurationError
from pipeline.search import cite
from pipeline.search.cite_record import Name, citation, date_parts, one_line, person
from tests.documents import make


def article(**more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "authors": ("Hasan Oktay",),
        "kind": "analysis",
        "language": "tr",
        "excerpt": "Kısa özet.",
        "tags": ("Irak", "güvenlik"),
        "day": date(2016, 8, 16),
        "source_name": "KAFKASSAM",
    }
    return make("0123456789abcdef0123", "Türkiye'nin Irak siyaseti", "Metin.", **{**values, **more})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Hasan Oktay", Name(given="Hasan", family="Oktay")),
        ("Nur Özkan Erbay", Name(given="Nur Özkan", family="Erbay")),
        ("Ayşe Yılmaz-Demir", Name(given="Ayşe", family="Yılmaz-Demir")),
        ("Vincent van Gogh", Name(given="Vincent", particle="van", family="Gogh")),
        ("Ursula von der Leyen", Name(given="Ursula", particle="von der", family="Leyen")),
        ("Muhammed bin Selman", Name(given="Muhammed", particle="bin", family="Selman")),
        ("Beşar El Esad", Name(given="Beşar", family="El Esad")),
        ("Ebu Bekir el-Bağdadi", Name(given="Ebu Bekir", family="el-Bağdadi")),
        ("Ahmet Van", Name(given="Ahmet", family="Van")),
        ("Martin Luther King Jr.", Name(given="Martin Luther", family="King", suffix="Jr.")),
        ("Oktay, Hasan", Name(given="Hasan", family="Oktay")),
        ("King, Jr.", Name(given="King", family="Jr.")),
        ("King, Martin Luther, Jr.", Name(given="Martin Luther", family="King", suffix="Jr.")),
        ("Oktay,, ", Name(literal="Oktay")),
        ("Александр Дугин", Name(given="Александр", family="Дугин")),
        ("Herkül", Name(literal="Herkül")),
    ],
)
def test_a_name_is_split_as_libraries_file_it(written: str, expected: Name) -> None:
    assert person(written) == expected


def test_organisations_sign_only_where_no_person_does_and_desks_never() -> None:
    both = article(organisations=("KAFKASSAM",))
    alone = article(authors=(), organisations=("Editör", "Ermenistan Araştırmaları, Ankara"))
    nobody = article(authors=(), organisations=("Haber Merkezi",))
    assert [name.shown for name in citation(both).authors] == ["Hasan Oktay"]
    assert citation(alone).authors == (Name(literal="Ermenistan Araştırmaları, Ankara"),)
    assert citation(nobody).authors == ()


@pytest.mark.parametrize(
    ("precision", "parts"), [("second", (2016, 8, 16)), ("day", (2016, 8, 16)), ("month", (2016, 8)), ("year", (2016,))]
)
def test_a_date_says_no_more_than_its_precision(precision: str, parts: tuple[int, ...]) -> None:
    assert date_parts("2016-08-16", precision) == parts
    assert date_parts(None, None) == ()


@pytest.mark.parametrize(
    ("kind", "ris", "bibtex", "csl"),
    [
        ("report", "RPRT", "techreport", "report"),
        ("news", "NEWS", "article", "article-newspaper"),
        ("interview", "ELEC", "online", "interview"),
        ("commentary", "ELEC", "online", "webpage"),
        ("other", "ELEC", "online", "webpage"),
    ],
)
def test_each_kind_has_its_type(kind: str, ris: str, bibtex: str, csl: str) -> None:
    document = article(kind=kind)
    assert cite.cite(document, "ris").startswith(f"TY  - {ris}\r\n")
    assert cite.cite(document, "bibtex").startswith(f"@{bibtex}{{oktay-2016-turkiyenin-irak-siyaseti-01234567,\n")
    assert json.loads(cite.cite(document, "csl-json"))[0]["type"] == csl


def test_ris_reads_as_zotero_writes_it() -> None:
    assert cite.cite(article(), "ris").split("\r\n") == [
        "TY  - ELEC",
        "TI  - Türkiye'nin Irak siyaseti",
        "AU  - Oktay, Hasan",
        "T2  - KAFKASSAM",
        "AB  - Kısa özet.",
        "DA  - 2016/08/16/",
        "PY  - 2016",
        "LA  - tr",
        "UR  - https://ornek.example/0123456789abcdef0123",
        "Y2  - 2026/03/01/",
        "KW  - Irak",
        "KW  - güvenlik",
        "ID  - oktay-2016-turkiyenin-irak-siyaseti-01234567",
        "ER  - ",
        "",
    ]


def test_ris_marks_an_institution_by_a_comma_at_the_end_only() -> None:
    lines = cite.cite(article(authors=(), organisations=("Dışişleri Bakanlığı, Türkiye",)), "ris").split("\r\n")
    assert "AU  - Dışişleri Bakanlığı; Türkiye," in lines


def test_ris_keeps_the_slashes_of_unknown_parts() -> None:
    month = article()
    month["published_precision"] = "month"
    assert "DA  - 2016/08//\r\n" in cite.cite(month, "ris")
    undated = article(day=None)
    assert "DA  -" not in cite.cite(undated, "ris")
    assert "PY  -" not in cite.cite(undated, "ris")


def test_bibtex_escapes_latex_and_protects_capitals_and_institutions() -> None:
    document = article(kind="report", authors=(), organisations=("SETA & Ortakları, Ankara",))
    document["title"] = r"NATO'nun %2 hedefi: {a_b} \ ~ ^ <i> 'a''b' -- $5 #1"
    entry = cite.cite(document, "bibtex")
    assert "  author = {{SETA \\& Ortakları, Ankara}},\n" in entry
    assert "  institution = {KAFKASSAM},\n" in entry
    assert (
        "  title = {{NATO'nun} \\%2 hedefi: \\{\\vphantom{\\}}a\\_b\\vphantom{\\{}\\} {\\textbackslash} "
        "{\\textasciitilde} {\\textasciicircum} {\\textless}i{\\textgreater} 'a'{}'b' -{}- \\$5 \\#1},\n"
    ) in entry
    assert "  urldate = {2026-03-01},\n  language = {tr},\n  langid = {turkish},\n" in entry


def test_csl_says_institution_particle_and_dates_apart() -> None:
    document = article(authors=("Ursula von der Leyen", "Herkül"))
    document["published_precision"] = "year"
    item = json.loads(cite.cite(document, "csl-json"))[0]
    assert item["author"] == [
        {"family": "Leyen", "given": "Ursula", "non-dropping-particle": "von der"},
        {"literal": "Herkül"},
    ]
    assert item["issued"] == {"date-parts": [[2016]]}
    assert item["accessed"] == {"date-parts": [[2026, 3, 1]]}
    assert "issued" not in json.loads(cite.cite(article(day=None), "csl-json"))[0]


def test_a_plain_citation_speaks_the_language_of_its_document() -> None:
    link = "https://ornek.example/0123456789abcdef0123"
    assert cite.plain(article()) == (
        f"Hasan Oktay, “Türkiye'nin Irak siyaseti”, KAFKASSAM, 16 Ağustos 2016, {link} (erişim tarihi: 1 Mart 2026)."
    )
    assert cite.plain(article(language="en", authors=("A B", "C D"))) == (
        f"A B and C D, “Türkiye'nin Irak siyaseti”, KAFKASSAM, 16 August 2016, {link} (accessed 1 March 2026)."
    )
    crowd = article(authors=("A B", "C D", "E F", "G H"), day=None)
    assert cite.plain(crowd).startswith("A B vd., “")
    assert ", tarihsiz, " in cite.plain(crowd)
    assert ", n.d., " in cite.plain(crowd, "en")


def test_keys_are_the_same_whatever_else_changes() -> None:
    first = citation(article()).key
    assert citation(article(excerpt="anders", tags=(), source_name="X")).key == first
    assert citation(article(authors=(), organisations=("Ankara Üniversitesi",))).key.startswith(
        "ankara-universitesi-2016-"
    )
    assert citation(article(authors=("Александр Дугин",), day=None)).key == "nd-turkiyenin-irak-siyaseti-01234567"


def test_what_a_page_smuggles_into_metadata_stays_one_line() -> None:
    document = article(authors=("A\r\nER  - \r\nTY  - BOOK B",))
    document["title"] = "a\u2028b\x00c\ud800d\x1e\n@book{x,"
    assert citation(document).title == "a b cd @book{x,"
    assert cite.cite(document, "ris").count("\r\n") == len(cite.cite(article(), "ris").split("\r\n")) - 1
    document["url"] = "https://a.example/{x}\n y"
    assert citation(document).url == "https://a.example/%7Bx%7D%20y"


def test_markup_in_a_document_is_text_in_every_citation() -> None:
    document = article()
    document["title"] = "<script>alert(1)</script>"
    assert cite.plain(document).count("<script>") == 1
    assert "{\\textless}script{\\textgreater}" in cite.cite(document, "bibtex")


def test_an_unknown_format_is_said_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"'docx'.*plain, ris, bibtex, csl-json"):
        cite.cite(article(), "docx")


def test_missing_fields_are_left_out_not_written_empty() -> None:
    bare = {"id": "ab" * 10, "title": "", "url": "https://a.example/", "source": "ornek"}
    assert (
        cite.cite(bare, "ris")
        == "TY  - ELEC\r\nT2  - ornek\r\nUR  - https://a.example/\r\nID  - ornek-nd-abababab\r\nER  - \r\n"
    )
    assert "{}" not in cite.cite(bare, "bibtex")
    assert one_line(None) == ""
