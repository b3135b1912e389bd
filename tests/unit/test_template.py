"""What is learned from a source's pages, what is not, and articles that their site spreads over several pages."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime

import pytest

from pipeline.extract.html import explained, extract
from pipeline.extract.parts import joined
from pipeline.extract.template import FEWEST, Template, learn, sample, strangers
from pipeline.models import Page, Source, dump, load, replace

SOURCE = Source(id="site", name="Bölge Merkezi", homepage="http://site.example/", endpoints=())
NOW = datetime(2026, 11, 24, tzinfo=UTC)
NAMES = ("Ayşe Demir", "Mehmet Öztürk", "Zeynep Kaya")
LEGAL = "Bu yazıda yer alan görüşler yalnızca yazarına aittir ve kurumun görüşlerini hiçbir biçimde yansıtmaz."
NOTE = "Merkezimiz bölge üzerine çalışan bağımsız bir düşünce kuruluşudur ve her hafta yeni yazılar yayımlar."


WORDS = ("enerji", "ticaret", "göç", "güvenlik", "su", "ulaşım", "eğitim", "tarım", "seçim", "sanayi", "hukuk", "basın")


def paragraph(number: int, part: int) -> str:
    one, other = WORDS[number % 12], WORDS[part % 12]
    return f"Bölgede {one} ile {other} alanındaki gelişmeler izleniyor, taraflar {other} ve {one} için görüşüyor. " * 2


def page(number: int, text: list[str] | None = None, body_class: str = "mz-ic") -> Page:
    """A page of a theme with names that no extractor knows."""
    lines = text or [paragraph(number, part) for part in range(4)]
    cards = "".join(
        f"<div class=mz-k><a href='/y{n}.html'>Yazı {n}</a><p>{paragraph(n, 9)}</p></div>" for n in range(3)
    )
    html = (
        f"<html><head><title>Başlık {number} numara - Bölge Merkezi</title></head><body><div class=mz-u>{NOTE}</div>"
        f"<div class=mz-o><h1>Başlık {number} numara</h1><div class=mz-b>{NAMES[number % 3]}</div><div class=mz-g>"
        f"{number + 1:02} Mayıs 2012</div><div class={body_class}>{''.join(f'<p>{line}</p>' for line in lines)}"
        f"<h3>Sonuç</h3><p>{LEGAL}</p><div class=mz-p>Beğendiyseniz dostlarınıza gönderin</div></div>"
        f"<div class=mz-d>{cards}</div></div></body></html>"
    )
    return Page(f"http://site.example/y{number}.html", html.encode(), "text/html; charset=utf-8")


PAGES = [page(number) for number in range(12)]


@pytest.fixture(scope="module")
def template() -> Template:
    return learn(PAGES, SOURCE)


def test_body_title_byline_and_date_are_found(template: Template) -> None:
    assert [spot.path.rpartition("/")[2] for spot in template.body] == ["div.mz-ic"]
    assert template.title[0].path.endswith("/h1")
    assert template.byline[0].path.endswith("/div.mz-b")
    assert template.date[0].path.endswith("/div.mz-g")
    assert template.body[0].support == len(PAGES)


def test_furniture_goes_and_what_repeats_inside_an_article_stays(template: Template) -> None:
    text = extract(PAGES[4], SOURCE, now=NOW, templates=[template]).article.text
    assert text.split("\n") == [*(paragraph(4, part).strip() for part in range(4)), "Sonuç", LEGAL]


def test_one_kind_of_an_editors_pieces_is_no_other() -> None:
    """Ghost's editor calls each of its pieces kg-card first: a repeated button is furniture, a note is not."""
    button = "<div class='kg-card kg-button-card'><a href=/abone>Bültenimize abone olun, her hafta okuyun</a></div>" * 3
    notes = [f"Veriler {WORDS[number]} kurumunun açık kayıtlarından derlendi." for number in range(12)]
    pages = []
    for one, note in zip(PAGES, notes, strict=True):
        pieces = f"<div class='kg-card kg-callout-card'><div>{note}</div></div>{button}<h3>Sonuç</h3>"
        pages.append(Page(one.url, one.body.replace("<h3>Sonuç</h3>".encode(), pieces.encode()), one.content_type))
    text = extract(pages[4], SOURCE, now=NOW, templates=[learn(pages, SOURCE)]).article.text
    assert text.split("\n") == [*(paragraph(4, part).strip() for part in range(4)), notes[4], "Sonuç", LEGAL]


def test_names_in_cards_are_no_byline() -> None:
    cards = (
        "<div class=mz-q><div><a href=/y.html>Ali {}</a></div><div><a href=/z.html>Enerji</a></div></div></div></body>"
    )
    family = ("Arslan", "Çelik", "Doğan", "Kılıç")
    pages = [
        Page(one.url, one.body.replace(b"</div></body>", cards.format(family[n % 4]).encode()), one.content_type)
        for n, one in enumerate(PAGES)
    ]
    assert [spot.path.rpartition("/")[2] for spot in learn(pages, SOURCE).byline] == ["div.mz-b"]


def test_order_makes_no_difference(template: Template) -> None:
    assert learn(reversed(PAGES), SOURCE) == template


def test_a_template_survives_json_and_pickle(template: Template) -> None:
    assert load(Template, json.loads(json.dumps(dump(template)))) == template
    assert pickle.loads(pickle.dumps(template)) == template  # noqa: S301  (our own bytes, as a worker gets them)


def test_mirrors_of_one_page_are_no_template() -> None:
    same = [Page(f"http://site.example/m{n}.html", PAGES[0].body, PAGES[0].content_type) for n in range(10)]
    assert learn(same, SOURCE).furniture == ()


def test_too_few_pages_say_nothing() -> None:
    few = learn(PAGES[: FEWEST - 1], SOURCE)
    assert (few.body, few.furniture) == ((), ())


def test_a_changed_layout_is_noticed(template: Template) -> None:
    changed = [redressed(number) for number in range(12)]
    assert strangers([template], [*PAGES, *changed]) == changed
    assert strangers([template], []) == []


def redressed(number: int) -> Page:
    """A page after its theme was changed: the same words, other parts."""
    before = page(number)
    return Page(before.url, before.body.replace(b"class=mz-", b"class=yn-"), before.content_type)


def test_each_page_is_read_with_the_template_of_its_layout(template: Template) -> None:
    new = replace(learn([redressed(number) for number in range(12)], SOURCE), version=2)
    for one, version in ((PAGES[4], 1), (redressed(4), 2)):
        found = extract(one, SOURCE, now=NOW, templates=[new, replace(template, version=1)])
        assert found.template == version
        assert found.article.text.split("\n") == [*(paragraph(4, part).strip() for part in range(4)), "Sonuç", LEGAL]
        assert found.article.authors == (NAMES[1],)


def test_a_template_that_does_not_fit_is_not_used(template: Template) -> None:
    assert extract(redressed(4), SOURCE, now=NOW, templates=[replace(template, version=1)]).template == 0


def test_the_sample_does_not_depend_on_order() -> None:
    urls = [f"http://site.example/{number}" for number in range(300)]
    assert sample(urls) == sample(reversed(urls))
    assert len(sample(urls)) == 80
    assert set(sample(urls[:150])) >= set(sample(urls)) & set(urls[:150])


def test_explanation_says_what_was_removed(template: Template) -> None:
    said = explained(PAGES[0], SOURCE, now=NOW, templates=[template])
    assert said["body_basis"] == "template"
    assert any(note.startswith("template: div.mz-") for note in said["removed"])
    assert said["title_basis"]


# --- further pages ---------------------------------------------------------------------------------------------------


def part(url: str, links: str, text: str) -> Page:
    frame = "<html><body class='single single-post'><main><h1>Başlık</h1><div class=entry-content>"
    html = f"{frame}{text}{links}</div></main></body></html>"
    return Page(url, html.encode(), "text/html; charset=utf-8")


LONG = "Bölgedeki gelişmeler yakından izleniyor ve taraflar her gün görüşüyor. " * 4


@pytest.mark.parametrize(
    ("url", "links", "expected"),
    [
        (
            "http://s.example/a.html",
            "<div class=page-links>1 <a href='/a.html/2/'>2</a> <a href='/a.html/3/'>3</a></div>",
            ("/a.html/2/", "/a.html/3/"),
        ),
        ("http://s.example/a", "<a rel=next href='/a?page=2'>Sonraki</a>", ("/a?page=2",)),
        ("http://s.example/a", "<a href='/b/2/'>2</a>", ()),
        ("http://s.example/a", "<a rel=next href='/another-article'>Next article</a>", ()),
        ("http://s.example/a/", "<div class='comments pagination'><a href='/a/2/'>2</a></div>", ()),
        ("http://s.example/a/2/", "<div class=page-links><a href='/a/3/'>3</a></div>", ()),
    ],
)  # fmt: skip
def test_further_parts(url: str, links: str, expected: tuple[str, ...]) -> None:
    found = extract(part(url, links, f"<p>{LONG}</p>"), SOURCE, now=NOW).parts
    assert found == tuple(f"http://s.example{path}" for path in expected)


def test_parts_are_joined_in_order() -> None:
    first = extract(part("http://s.example/a", "", f"<p>Bir. {LONG}</p>"), SOURCE, now=NOW)
    second = extract(part("http://s.example/a/2/", "", f"<p>İki. {LONG}</p>"), SOURCE, now=NOW)
    whole = joined([first, second]).article
    assert whole.text == f"Bir. {LONG.strip()}\nİki. {LONG.strip()}"
    assert whole.word_count == first.article.word_count + second.article.word_count
    assert whole.content_hash != first.article.content_hash
    with pytest.raises(ValueError, match="no extraction"):
        joined([])
