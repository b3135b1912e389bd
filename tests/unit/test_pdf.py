"""PDFs: reading order, mended words, running lines, metadata, and files that are broken or hostile."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files

import pytest
from fpdf import FPDF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.errors import Rejected
from pipeline.extract import pdf_metadata, pdf_reader
from pipeline.extract.html import Hints
from pipeline.extract.pdf import extract_pdf, read_pdf
from pipeline.extract.pdf_paragraphs import is_mislabelled_turkish, joined, normalised, relabelled, vocabulary
from pipeline.models import Extraction, Page, Source

NOW = datetime(2026, 1, 15, tzinfo=UTC)
SOURCE = Source(
    id="ornek",
    name="Örnek Strateji Merkezi",
    homepage="https://ornek.example",
    endpoints=(),
    timezone="Europe/Istanbul",
)
PITCH = 14
TURKISH = (
    "Güney Kafkasya’da ulaştırma hatlarının yeniden açılması bölge ülkeleri için önemli bir fırsattır. Görüşmelerde "
    "gümrük, güvenlik ve yatırım başlıkları öne çıkmıştır. Taraflar ortak bir çalışma grubu kurmayı kararlaştırmış, "
    "ilk toplantının Iğdır’da yapılacağını açıklamıştır."
)
ENGLISH = (
    "The reopening of transport lines in the South Caucasus is an opportunity for every country of the region. "
    "Customs, security and investment were discussed at length. The parties decided to set up a joint working group."
)


class Sheets:
    """A PDF that a test writes line by line, at places of its choice."""

    def __init__(self, *, font: str = "helvetica", **options: object) -> None:
        self.pdf = FPDF(format="A4", unit="pt", **options)
        self.pdf.set_auto_page_break(False)
        self.font = font
        if font == "noto":
            self.pdf.add_font("noto", "", str(files("fontpkg_noto_sans") / "files" / "NotoSans[wdth,wght].ttf"))
        self.page()

    def page(self) -> Sheets:
        self.pdf.add_page()
        return self

    def line(self, text: str, x: float, y: float, size: float = 10) -> Sheets:
        self.pdf.set_font(self.font, size=size)
        self.pdf.text(x, y, text)
        return self

    def lines(self, texts: Sequence[str], x: float, y: float, size: float = 10) -> Sheets:
        for number, text in enumerate(texts):
            self.line(text, x, y + number * PITCH * size / 10, size)
        return self

    def set(self, text: str, x: float, y: float, width: float, size: float = 10) -> float:
        """A paragraph in lines of at most this width; returns where the next line would stand."""
        self.pdf.set_font(self.font, size=size)
        current = ""
        for word in text.split():
            if current and self.pdf.get_string_width(f"{current} {word}") > width:
                self.line(current, x, y, size)
                y, current = y + PITCH * size / 10, word
            else:
                current = f"{current} {word}".strip()
        self.line(current, x, y, size)
        return y + PITCH * size / 10

    def bytes(self) -> bytes:
        return bytes(self.pdf.output())


def extracted(body: bytes, **options: object) -> Extraction:
    return extract_pdf(Page(url="https://ornek.example/rapor.pdf", body=body), SOURCE, now=NOW, **options)


def ascii_only(text: str) -> str:
    return text.replace("’", "'").encode("ascii", "ignore").decode()


# --- reading order ---------------------------------------------------------------------------------------------------


def test_one_column_gives_its_paragraphs_in_turkish() -> None:
    sheets = Sheets(font="noto")
    y = sheets.set(TURKISH, 70, 100, 450)
    sheets.set("İkinci paragraf kısadır.", 70, y + 10, 450)
    assert read_pdf(sheets.bytes()).pages == ((TURKISH, "İkinci paragraf kısadır."),)


def test_indented_paragraphs_without_spacing_are_told_apart() -> None:
    sheets = Sheets()
    first = "One line that is quite full of words and ends where the margin is, as justified type does, here."
    sheets.line(first, 70, 100).line(
        "and a second line that runs on to the margin with a good number of small words.", 70, 114
    )
    sheets.line("The next paragraph begins with an indent and is long enough to fill the line to the mar", 84, 128)
    sheets.line("gin and to run on.", 70, 142)
    found = read_pdf(sheets.bytes()).pages[0]
    assert [text.split()[0] for text in found] == ["One", "The"]


def columns(*, row_by_row: bool) -> bytes:
    sheets = Sheets()
    left = [f"left column line number {n} goes" for n in range(12)]
    right = [f"right column line number {n} goes" for n in range(12)]
    sheets.line("A Title Over Both Columns of the Page", 70, 80, 20)
    if row_by_row:
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            sheets.line(one, 70, 120 + number * PITCH).line(other, 310, 120 + number * PITCH)
    else:
        sheets.lines(right, 310, 120).lines(left, 70, 120)
    sheets.line("A line under both columns, which is wide enough to reach across the gutter between them", 70, 320)
    return sheets.bytes()


@pytest.mark.parametrize("row_by_row", [True, False])
def test_two_columns_are_read_one_after_the_other(row_by_row: bool) -> None:
    text = " ".join(read_pdf(columns(row_by_row=row_by_row)).paragraphs)
    places = [text.index(piece) for piece in ("A Title", "left column line number 0", "left column line number 11")]
    places += [
        text.index(piece) for piece in ("right column line number 0", "right column line number 11", "A line under")
    ]
    assert places == sorted(places)


def test_three_columns_are_read_one_after_the_other() -> None:
    sheets = Sheets()
    for place, name in enumerate(("first", "second", "third")):
        sheets.lines([f"{name} column has line {n:02}" for n in range(10)], 50 + place * 175, 100)
    text = " ".join(read_pdf(sheets.bytes()).paragraphs)
    assert text.index("first column has line 09") < text.index("second column has line 00")
    assert text.index("second column has line 09") < text.index("third column has line 00")


def test_a_table_is_read_row_by_row() -> None:
    sheets = Sheets()
    for number, (name, value) in enumerate(
        [("Kars", "12"), ("Van", "40"), ("Ardahan", "7"), ("Artvin", "19"), ("Rize", "3")]
    ):
        sheets.line(name, 70, 100 + number * PITCH).line(value, 300, 100 + number * PITCH)
    assert read_pdf(sheets.bytes()).pages[0] == ("Kars 12", "Van 40", "Ardahan 7", "Artvin 19", "Rize 3")


def test_a_landscape_page_is_read_and_a_stamp_at_its_side_is_not() -> None:
    sheets = Sheets()
    with sheets.pdf.rotation(90, 300, 400):
        for number in range(6):
            sheets.line(f"Turned line {number} of a wide table", 100, 300 + number * PITCH)
    sheets.line("STAMP", 20, 30)
    text = " ".join(read_pdf(sheets.bytes()).paragraphs)
    assert [text.index(f"Turned line {number}") for number in range(6)] == sorted(
        text.index(f"Turned line {number}") for number in range(6)
    )
    assert "STAMP" not in text


# --- running lines, pages, footnotes ---------------------------------------------------------------------------------


def report(pages: int) -> bytes:
    sheets = Sheets()
    for number in range(pages):
        if number:
            sheets.page()
        table, text, heading = report_page(number)
        sheets.line(f"{number + 1}  |  Ornek Rapor Dizisi", 70, 40, 8).line(table, 70, 60)
        y = sheets.set(text, 70, 90, 450)
        sheets.line(heading, 70, y + 30, 14).line(f"- {number + 1} -", 290, 810, 8)
    return sheets.bytes()


def report_page(number: int) -> tuple[str, ...]:
    """What a page of the report says, apart from its running lines."""
    letter = chr(65 + number % 26)
    return f"Table {number * 7 + 3}", f"Page {letter} says this. {ENGLISH} So ends {letter}.", f"Heading {letter}"


def test_running_headers_and_page_numbers_go_and_the_rest_stays() -> None:
    text = read_pdf(report(8))
    assert text.pages == tuple(report_page(number) for number in range(8))


def test_roman_page_numbers_and_chapter_headers_go() -> None:
    sheets = Sheets()
    for number, roman in enumerate(("i", "ii", "iii", "iv", "v")):
        if number:
            sheets.page()
        sheets.line(f"{['History', 'Present', 'Future'][number // 2]} {number + 1}", 70, 40, 8)
        sheets.line(f"Body text of page {chr(65 + number)} stands here.", 70, 100)
        sheets.line(roman, 290, 810, 8)
    assert read_pdf(sheets.bytes()).pages == tuple((f"Body text of page {chr(65 + n)} stands here.",) for n in range(5))


def test_a_title_that_becomes_the_running_header_stays_as_title() -> None:
    sheets = Sheets().line("Corridors of the Caucasus", 70, 120, 24)
    for number in range(4):
        sheets.page().line("Corridors of the Caucasus", 70, 40, 8)
        sheets.line(f"Body text of page {chr(65 + number)} stands here.", 70, 100)
    text = read_pdf(sheets.bytes())
    assert " ".join(text.paragraphs).count("Corridors of the Caucasus") == 1


def test_a_paragraph_over_the_page_break_is_one_and_footnotes_end_their_page() -> None:
    sheets = Sheets()
    sheets.line("The first page has a paragraph whose last sentence does not end where it be-", 70, 700)
    sheets.lines(["1 See the report of the working group, page 7.", "2 Same place."], 70, 780, 7)
    sheets.page().line("gins but on the next one.", 70, 80)
    sheets.line("Another paragraph of the second page stands here.", 70, 120)
    assert read_pdf(sheets.bytes()).pages == (
        (
            "The first page has a paragraph whose last sentence does not end where it begins but on the next one.",
            "1 See the report of the working group, page 7.",
            "2 Same place.",
        ),
        ("Another paragraph of the second page stands here.",),
    )


def test_footnotes_of_the_left_column_come_after_the_right_column() -> None:
    sheets = Sheets()
    sheets.lines([f"left column line number {n} goes" for n in range(12)], 70, 100)
    sheets.line("1 A note under the left column.", 70, 300, 7)
    sheets.lines([f"right column line number {n} goes" for n in range(12)], 310, 100)
    assert read_pdf(sheets.bytes()).paragraphs[-1] == "1 A note under the left column."


def test_a_raised_note_number_does_not_change_its_word() -> None:
    sheets = Sheets().line("The corridor", 70, 100)
    end = 70 + sheets.pdf.get_string_width("The corridor")
    sheets.line("12", end, 95, 6)
    sheets.line(" was opened.", end + 8, 100)
    assert read_pdf(sheets.bytes()).pages[0] == ("The corridor[12] was opened.",)


# --- words and letters -----------------------------------------------------------------------------------------------


def test_words_broken_at_line_ends_are_mended() -> None:
    sheets = Sheets(font="noto")
    sheets.lines(
        ["Bölgedeki görüş-", "meler ve değer­", "lendirmeler Avrupa-", "Asya hattında 2010-", "2015 arasında sürdü."],
        70,
        100,
    )
    assert read_pdf(sheets.bytes()).pages[0] == (
        "Bölgedeki görüşmeler ve değerlendirmeler Avrupa-Asya hattında 2010-2015 arasında sürdü.",
    )


@pytest.mark.parametrize(
    ("lines", "elsewhere", "expected"),
    [
        (["uluslara-", "rası"], [], "uluslararası"),
        (["inter-", "national"], [], "international"),
        (["a long-", "term plan"], [], "a long-term plan"),
        (["a policy-", "maker"], ["every policy-maker"], "a policy-maker"),
        (["a policy-", "maker"], ["every policymaker"], "a policymaker"),
        (["the long-", "er way"], [], "the longer way"),
        (["TÜR-", "KİYE"], [], "TÜRKİYE"),
        (["Bakü-", "Tiflis hattı"], [], "Bakü-Tiflis hattı"),
        (["a dash -", "here"], [], "a dash - here"),
        (["one\u00ad", "word"], ["one-word"], "oneword"),
        (["-", "alone"], [], "- alone"),
    ],
)
def test_hyphens_at_line_ends(lines: list[str], elsewhere: list[str], expected: str) -> None:
    assert joined(lines, vocabulary(elsewhere)) == expected


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("eﬃcient oﬃce ﬁeld", "efficient office field"),
        ("i¸sbirli˘gi", "işbirliği"),
        ("˙Istanbul g¨or¨u¸s", "İstanbul görüş"),
        ("I\u0307ran", "İran"),
        ("\uf0b7 madde", "• madde"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_letters_are_what_was_meant(raw: str, meant: str) -> None:
    assert normalised(raw) == meant


def test_turkish_letters_under_latin_1_names_are_told_from_icelandic_ones() -> None:
    words = "Türkiye'nin dýþ politikasý ve güvenlik anlayýþý deðiþmiþtir".split()
    assert is_mislabelled_turkish(words)
    assert relabelled("dýþ politikasý deðiþmiþtir") == "dış politikası değişmiştir"
    assert not is_mislabelled_turkish("dış politikası ve güvenlik anlayışı þ ý ð þ ý".split())
    assert not is_mislabelled_turkish("své výbory novým".split() * 9)


# --- metadata --------------------------------------------------------------------------------------------------------


def signed(*, font: str = "noto", properties: Callable[[FPDF], object] = lambda pdf: None) -> bytes:
    sheets = Sheets(font=font)
    sheets.line("ÖRNEK STRATEJİ MERKEZİ" if font == "noto" else "CENTRE", 70, 50, 9)
    sheets.line("Güney Kafkasya’da Yeni", 70, 100, 22).line("Ulaştırma Koridorları", 70, 131, 22)
    sheets.line("Prof. Dr. Ayşe Demir ve Mehmet Kaya", 70, 165, 12).line("12 Ağustos 2016", 70, 185, 12)
    y = sheets.set(TURKISH, 70, 230, 450)
    sheets.set("Anlaşma 3 Mayıs 2011 tarihinde imzalanmıştı. " + TURKISH, 70, y + 10, 450)
    properties(sheets.pdf)
    return sheets.bytes()


@cache
def plain() -> bytes:
    return signed()


def test_title_writers_and_date_are_read_from_the_first_page() -> None:
    article = extracted(plain()).article
    assert (article.title, article.title_basis) == ("Güney Kafkasya’da Yeni Ulaştırma Koridorları", "pdf-page")
    assert (article.authors, article.author_basis) == (("Ayşe Demir", "Mehmet Kaya"), "pdf-page")
    assert (article.published_day, article.published_precision, article.date_basis) == (
        date(2016, 8, 12),
        "day",
        "pdf-page",
    )
    assert (article.kind, article.language, article.pdfs) == ("report", "tr", ("https://ornek.example/rapor.pdf",))
    assert "date_guessed" not in article.quality_flags


def test_plausible_properties_are_used_and_a_typists_are_not() -> None:
    def meant(pdf: FPDF) -> None:
        pdf.set_title("Güney Kafkasya’da Yeni Ulaştırma Koridorları")
        pdf.set_author("Microsoft Office User")

    article = extracted(signed(properties=meant)).article
    assert article.title_basis == "pdf-info"
    assert article.authors == ("Ayşe Demir", "Mehmet Kaya")


def test_a_property_left_over_from_another_report_loses_to_what_is_printed() -> None:
    article = extracted(signed(properties=lambda pdf: pdf.set_title("Orta Asya Enerji Bülteni"))).article
    assert article.title == "Güney Kafkasya’da Yeni Ulaştırma Koridorları"


def test_without_anything_printed_properties_and_hints_speak() -> None:
    sheets = Sheets().line("x", 70, 100)
    sheets.pdf.set_author("Ayse Demir")
    sheets.pdf.set_creation_date(datetime(2016, 8, 16, 23, 30, tzinfo=UTC))
    article = extracted(sheets.bytes(), hints=Hints(title="Koridorlar", kind="analysis")).article
    assert (article.title, article.title_basis, article.kind) == ("Koridorlar", "feed", "analysis")
    assert (article.authors, article.author_basis) == (("Ayse Demir",), "pdf-info")
    assert (article.published_day, article.date_basis) == (date(2016, 8, 17), "pdf-info")  # 02:30 in Istanbul
    assert "date_guessed" in article.quality_flags


def test_xmp_is_read_where_the_dictionary_is_silent() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
        b' pdf:Producer="p"><dc:title><rdf:Alt><rdf:li>Koridorlar ve Kafkasya</rdf:li></rdf:Alt></dc:title>'
        b"<dc:creator><rdf:Seq><rdf:li>Mehmet Kaya</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF>"
        b"</x:xmpmeta>"
    )
    said = pdf_metadata.properties({"Title": "Microsoft Word - x.docx"}, b"%PDF-1.4 " + packet + b" %%EOF")
    assert (said.title, said.authors) == ("Koridorlar ve Kafkasya", ("Mehmet Kaya",))
    picture = packet.replace(b' pdf:Producer="p"', b"")
    assert pdf_metadata.properties({}, picture).title is None
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + packet.replace(b"Koridorlar", b"&a;")
    assert pdf_metadata.xmp(bomb) == ([], [])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Microsoft Word - Kafkasya Raporu.docx", None),
        ("Microsoft Word - Kafkasya Raporu", "Kafkasya Raporu"),
        ("PowerPoint Sunusu", None),
        ("untitled", None),
        ("Adsız", None),
        ("Belge1", None),
        ("rapor_2016_son", None),
        ("kapak.indd", None),
        ("C:\\Users\\x\\rapor", None),
        ("12345", None),
        ("Rapor 12: Kafkasya'da Enerji", "Rapor 12: Kafkasya'da Enerji"),
        ("Türkiye", "Türkiye"),
    ],
)
def test_title_properties(text: str, title: str | None) -> None:
    assert pdf_metadata.plausible_title(text) == title


@pytest.mark.parametrize(
    "name", ["user", "Windows User", "hp", "Admin", "ACER", "ayse.demir@ornek.example", "Kullanıcı", "pc 1"]
)
def test_computers_are_no_writers(name: str) -> None:
    assert not pdf_metadata.is_plausible_author(name)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("D:20160816143000+03'00'", "2016-08-16T14:30:00+03:00"),
        ("D:20160816143000+03'00", "2016-08-16T14:30:00+03:00"),
        ("D:20160816143000Z", "2016-08-16T14:30:00Z"),
        ("D:20160816143000Z00'00'", "2016-08-16T14:30:00Z"),
        ("D:201608161430", "2016-08-16T14:30:00"),
        ("D:20160816", "2016-08-16"),
        ("20160816143000-05'30'", "2016-08-16T14:30:00-05:30"),
        ("16 August 2016", None),
        ("", None),
    ],
)
def test_pdf_dates(text: str, iso: str | None) -> None:
    assert pdf_metadata.iso_date(text) == iso


# --- scans, broken and hostile files ---------------------------------------------------------------------------------


def scan(pages: int) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (60, 85), "grey").save(picture, "PNG")
    sheets = Sheets()
    for number in range(pages):
        if number:
            sheets.page()
        sheets.pdf.image(picture, 0, 0, 595, 842)
    sheets.pdf.set_title("Kafkasya Raporu")
    return sheets.bytes()


def test_a_scan_is_an_article_without_text_and_flagged() -> None:
    extraction = extracted(scan(3))
    assert extraction.not_article is None
    assert (extraction.article.title, extraction.article.text) == ("Kafkasya Raporu", "")
    assert "scan" in extraction.article.quality_flags
    assert extraction.article.language == "und"


def test_an_empty_pdf_is_no_article_and_no_scan() -> None:
    extraction = extracted(Sheets().bytes())
    assert extraction.not_article == "no_text"
    assert "scan" not in extraction.article.quality_flags


def test_a_password_is_said() -> None:
    sheets = Sheets().line("secret text", 70, 100)
    sheets.pdf.set_encryption(owner_password="owner", user_password="user")
    with pytest.raises(Rejected, match="password") as caught:
        extracted(sheets.bytes())
    assert caught.value.reason == "pdf_encrypted"
    assert "https://ornek.example/rapor.pdf" in str(caught.value)


def test_a_file_that_opens_without_a_password_is_read() -> None:
    sheets = Sheets().line("open text", 70, 100)
    sheets.pdf.set_encryption(owner_password="owner")
    assert read_pdf(sheets.bytes()).paragraphs == ["open text"]


def test_a_broken_cross_reference_is_mended() -> None:
    whole = Sheets().line("still readable", 70, 100).bytes()
    broken = whole[: whole.rindex(b"xref\n")] + b"xref\n0 1\ngarbage"
    assert read_pdf(broken).paragraphs == ["still readable"]


@pytest.mark.parametrize("body", [b"", b"<html>not a pdf</html>", b"%PDF-1.7\n", b"%PDF-1.4\n" + b"\x00" * 5000])
def test_what_is_no_pdf_is_unparsable(body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        read_pdf(body)
    assert caught.value.reason == "unparsable"


def test_too_many_pages_and_too_much_text_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    body = report(5)
    monkeypatch.setattr(pdf_reader, "MAX_PAGES", 4)
    with pytest.raises(Rejected) as caught:
        read_pdf(body)
    assert caught.value.reason == "too_large"
    monkeypatch.setattr(pdf_reader, "MAX_PAGES", 5)
    monkeypatch.setattr(pdf_reader, "MAX_CHARACTERS", 600)
    with pytest.raises(Rejected) as caught:
        read_pdf(body)
    assert caught.value.reason == "too_large"


def test_three_hundred_pages_keep_their_numbers() -> None:
    text = read_pdf(report(300))
    assert len(text.pages) == 300
    assert text.pages[299] == report_page(299)


@cache
def small() -> bytes:
    return Sheets().line("A small page with a line of text.", 70, 100).line("And another one.", 70, 130).bytes()


def readable(body: bytes) -> None:
    try:
        text = read_pdf(body)
    except Rejected:
        return
    "\n".join(text.paragraphs).encode()  # no half surrogates


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_wild_bytes_are_read_or_rejected(noise: bytes) -> None:
    readable(b"%PDF-1.7\n" + noise)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=12)), min_size=1, max_size=8),
    st.integers(0, 400),
)
def test_damaged_pdfs_are_read_or_rejected(wounds: list[tuple[int, bytes]], cut: int) -> None:
    body = bytearray(small())
    for place, noise in wounds:
        start = place % len(body)
        body[start : start + len(noise)] = noise
    readable(bytes(body[: len(body) - cut]))
