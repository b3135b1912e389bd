"""A small site of articles and PDFs whose pages come, change and go between the nights."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from hashlib import md5

from fpdf import FPDF

from pipeline import demo
from tests.integration.site import Answer, Site

WORDS = (
    "ada ağaç akım alan anlam araç ateş avlu ayna bahçe bakır balık baraj bayrak beden bilgi bina boru bulut "
    "cadde cam çadır çarşı çatı çelik çene çiçek çizgi çorba dağ dalga dalyan damar defter demir deniz dere "
    "destek dil direk diş doğa dolap duman duvar düğün eğitim ekin ekmek elma emek enerji erik ev fener fıçı "
    "fidan fırın gece gelir geniş gerçek göç gök göl görev gölge güç gümrük güneş hafta halat halk harita hava "
    "hayat hız ırmak iç ilke ipek iskele iş izin kâğıt kapı kara"
).split()


def pdf(*pages: str) -> bytes:
    """A PDF of these pages; the same bytes every time."""
    sheets = FPDF(format="A4")
    sheets.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))
    sheets.set_font("helvetica", size=11)
    for text in pages:
        sheets.add_page()
        sheets.multi_cell(0, 6, text)
    return bytes(sheets.output())


class Town:
    """A site of pages and files; files answer with an ETag, and with 304 to who knows it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.listed: list[str] = []

    def put(self, path: str, body: bytes, *, listed: bool = True) -> None:
        tag = f'"{md5(body, usedforsecurity=False).hexdigest()}"'

        def answer() -> Answer:
            known = self.site.log[-1][2].get("if-none-match")
            headers = {"Content-Type": "application/pdf" if path.endswith("pdf") else "text/html", "ETag": tag}
            return Answer(b"", 304, headers) if known == tag else Answer(body, 200, headers)

        self.site.answers[path] = answer
        self.listed += [path] if listed and path not in self.listed else []
        entries = "".join(f"<url><loc>{self.site.url}{one}</loc></url>" for one in self.listed)
        sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
        self.site.answers["/sitemap.xml"] = Answer(sitemap.encode(), headers={"Content-Type": "application/xml"})

    def article(
        self, name: str, *pdfs: str, edition: int = 1, of: str | None = None, day: str = "2026-04-28", parts: int = 1
    ) -> None:
        """Put an article there. `edition`: another one has another beginning; `of`: it has that one's text; `parts`: on
        so many pages, of which the first alone is listed."""
        words = random.Random(of or name).sample(WORDS, 80)  # no two articles are alike, or they would be one hit
        if edition > 1:
            words[:20] = random.Random(f"{name} {edition}").sample(WORDS, 20)
        text = [" ".join((*words[part : part + 20], "ve", of or name)).capitalize() + "." for part in range(0, 80, 20)]
        title, time = f"Değerlendirme {of or name}", f"{day}T10:00:00+03:00"
        html = demo.wrap(title, "Ayşe Demir", time, text, base_url=self.site.url, slug=name)
        offered = "".join(f'<p><a href="{one}">Tam metin</a></p>' for one in pdfs)
        last = f"<p>{text[-1]}</p>"
        assert last in html
        further = "".join(f'<a href="/{name}.html?page={part}">{part}</a>' for part in range(2, parts + 1))
        pages = f'<div class="page-links">{further}</div>' if further else ""
        self.put(f"/{name}.html", html.replace(last, last + offered + pages).encode())
        for part in range(2, parts + 1):
            text = random.Random(f"{name} {part}").sample(WORDS, 60)
            body = html.replace(last, f"<p>{' '.join(text).capitalize()}.</p>{pages}")
            self.put(f"/{name}.html?page={part}", body.encode(), listed=False)
