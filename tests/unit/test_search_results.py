from __future__ import annotations

import io
import json

from pipeline.search import highlight
from pipeline.search.export import jsonl, write
from pipeline.search.highlight import CLOSE, OPEN
from pipeline.search.query import Hit, Results


def marked(text: str) -> str:
    return text.replace("[", OPEN).replace("]", CLOSE)


def shown(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: [highlight.as_marked(part, "[", "]") for part in parts] for name, parts in found.items()}


def test_marks_of_all_chains_are_laid_over_each_other() -> None:
    found = {
        "text": [marked("[Türkiye]'nin askeri iş birliği")],
        "text.tr": [marked("[Türkiye'nin] askeri [iş] birliği"), marked("Başka [iş]")],
    }
    assert shown(highlight.merge(found)) == {"text": ["[Türkiye'nin] askeri [iş] birliği", "Başka [iş]"]}


def test_neighbouring_marks_stay_two() -> None:
    assert shown(highlight.merge({"title": [marked("[iş][birliği]")]})) == {"title": ["[iş][birliği]"]}


def test_best_fragments_come_first_and_few() -> None:
    fragments = [marked("a [b] c"), marked("[d] [e]"), marked("[f] g"), marked("[h] i")]
    assert shown(highlight.merge({"text": fragments})) == {"text": ["[d] [e]", "a [b] c", "[f] g"]}


def test_html_is_escaped_and_stray_marks_go() -> None:
    assert highlight.as_html(marked("<b>&[Irak]</b>")) == "&lt;b&gt;&amp;<mark>Irak</mark>&lt;/b&gt;"
    assert highlight.as_html(f"x{OPEN}y") == "xy"
    assert highlight.as_marked(f"x{CLOSE}y{OPEN}") == "xy"


def test_hit_as_the_contract_spells_it() -> None:
    hit = Hit("a", "https://x", "T", "tr", "s", None, 1.5, {"title": [marked("[T]'nin")]}, ({"id": "b"},))
    assert Results(1, (hit,)).to_dict() == {
        "total": 1,
        "hits": [
            {
                "id": "a",
                "url": "https://x",
                "title": "T",
                "language": "tr",
                "source": "s",
                "published": None,
                "score": 1.5,
                "highlights": {"title": ["<mark>T</mark>'nin"]},
            }
        ],
    }


def test_jsonl_is_one_line_a_document_whatever_is_in_it() -> None:
    documents = [{"text": "İlk\nsatır\u2028son"}, {"text": "ikinci"}]
    output = io.StringIO()
    assert write(iter(documents), "jsonl", output) == 2
    assert [json.loads(line) for line in output.getvalue().split("\n")[:-1]] == documents
    assert "İlk" in next(jsonl(documents))
