"""The seed article, a short English text, in three templates of Turkish sites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline import demo
from pipeline.models import Page, Source

SEED = Path(__file__).resolve().parents[3] / "shared" / "seed"
SOURCE = Source(id="seed", name="KAFKASSAM", homepage="http://seed.example/", endpoints=())
TITLE = "Russia, Azerbaijan Discuss Military Cooperation"
URL = "http://seed.example/russia-azerbaijan-discuss-military-cooperation.html"
_TEASER = (
    "Güney Kafkasya'da yeni dönemin dinamikleri, bölge ülkelerinin dış politika tercihleri ve enerji hatlarının "
    "geleceği üzerine kapsamlı bir değerlendirme; Türkiye'nin bölgedeki rolü ve komşularıyla ilişkileri yeniden "
    "tartışılıyor."
)


def paragraphs() -> list[str]:
    """The article's own paragraphs, as its site shows them."""
    lines = next(SEED.glob("*.txt")).read_text(encoding="utf-8").split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("Russian Defense Minister"))
    return [line for line in lines[start : lines.index("İlgili Yazılar")] if line.strip()]


def text() -> str:
    """The article's body."""
    return "\n".join(paragraphs())


def pages() -> Iterator[tuple[str, Page]]:
    """The article in each template."""
    demonstration = demo.wrap(TITLE, "Hasan Oktay", "2016-08-16", paragraphs(), base_url="http://seed.example")
    for name, html in (("demonstration", demonstration), ("teasers", _with_teasers()), ("tables", _in_tables())):
        yield name, Page(URL, html.encode(), "text/html; charset=utf-8")


def _prose() -> str:
    return "".join(f"<p>{line}</p>" for line in paragraphs())


def _with_teasers() -> str:
    """A blog theme whose Turkish cards say more than the article does."""
    cards = "".join(
        f"<div class='kart kart-{number}'><a href='/yazi-{number}.html'><img src='/g{number}.png'><h3>Bölgesel "
        f"Yansımalar {number}: Yeni Dönem</h3></a><p>{_TEASER} {_TEASER}</p><span>{number} Mayıs 2012</span></div>"
        for number in range(1, 25)
    )
    return (
        f"<html lang=tr><head><meta charset=utf-8><title>{TITLE} – KAFKASSAM</title></head><body><div class=ust>"
        "<a href='/'>KAFKASSAM</a><ul><li><a href='/'>Anasayfa</a></li><li><a href='/gundem'>Gündem</a></li></ul></div>"
        f"<div class=yazi><h1>{TITLE}</h1><div class=bilgi>Hasan Oktay Hasan Oktay - 16 Ağustos 2016 - 7 dk okuma "
        f"süresi</div><div class=sayac>284 0</div>{_prose()}</div><div class=vitrin><h2>İlgili Yazılar</h2>{cards}"
        "</div>"
        "<div><h3>Bir cevap yazın</h3><form><p>E-posta hesabınız yayımlanmayacak. Gerekli alanlar * ile "
        "işaretlenmişlerdir</p><textarea></textarea></form></div></body></html>"
    )


def _in_tables() -> str:
    """A layout of the time before style sheets, inside the one form that ASP.NET puts around a page."""
    menu = "".join(f"<tr><td><a href='/bolum{n}.aspx'>Bölüm {n}</a></td></tr>" for n in range(8))
    body = "".join(f"<font size=2>{line}</font><br><br>" for line in paragraphs())
    return (
        f"<html><head><title>KAFKASSAM | {TITLE}</title><meta charset=utf-8></head><body><form id=aspnetForm>"
        f"<table width=900><tr><td colspan=3>KAFKASSAM</td></tr><tr><td width=150><table>{menu}</table></td><td>"
        f"<h1>{TITLE}</h1><font size=1>Hasan Oktay</font><br><font size=1>16.08.2016</font><br><div>{body}</div></td>"
        "<td width=150><table><tr><td><b>Son Yazılar</b></td></tr><tr><td><a href='/a1.aspx'>Kafkasya'da yeni dönem"
        "</a></td></tr></table></td></tr><tr><td colspan=3>© KAFKASSAM</td></tr></table></form></body></html>"
    )
