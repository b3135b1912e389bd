"""What readers meet of other parts' English is known in Turkish; read from the code, so that a new one is noticed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import jobs, search
from pipeline.web.turkish import turkish
from pipeline.web.wording import Wording

SEARCH, JOBS = Path(search.__file__).parent, Path(jobs.__file__).parent


def text_of(node: ast.AST) -> str | None:
    """A string, with 7 in the place of values; None for what is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def query_errors(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "QueryError"
        if is_call and node.args and (text := text_of(node.args[0])):
            yield text


def sentences(file: Path) -> Iterator[str]:
    """Strings with a space inside functions, docstrings and parts of other strings apart."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        inner = {id(part) for node in ast.walk(function) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
        inner -= {id(node) for node in ast.walk(function) if isinstance(node, ast.JoinedStr)}
        for node in ast.walk(function):
            text = text_of(node) if id(node) not in inner else None
            if text and " " in text.strip("; ") and text != ast.get_docstring(function, clean=False):
                yield text


@pytest.mark.parametrize(
    "file", [*sorted(SEARCH.glob("*.py")), JOBS / "show.py", JOBS / "saved_searches.py"], ids=lambda file: file.name
)
def test_errors_of_a_query_are_known(file: Path) -> None:
    unknown = [text for text in query_errors(file) if turkish(text) is None and "mecmua doctor" not in text]
    assert unknown == []


def test_how_sources_do_is_known() -> None:
    found = set(sentences(JOBS / "health.py"))
    assert len(found) > 15, "they are read"
    assert {text for text in found if turkish(text) is None} == {"mecmua sources probe 7"}, "a command"


@pytest.mark.parametrize(
    "text",
    [
        "the feed https://a.example/ holds no items; no links to articles on https://a.example/; https://b: HTTP 404",
        "the WordPress API at https://a.example/wp-json/ refuses us (status 403)",
        "search engine at http://127.0.0.1:9200 gives no answer: refused. Is it running?",
        "since: this value cannot be used; page: this value cannot be used",
    ],
)
def test_what_endpoints_and_servers_say_is_known(text: str) -> None:
    assert turkish(text)


def test_what_is_not_known_is_shown_as_english_and_as_text() -> None:
    assert turkish("Something <new>") is None
    assert Wording("tr").said("Something <new>") == '<span lang="en">Something &lt;new&gt;</span>'
    assert Wording("en").said("<b>") == "&lt;b&gt;"
    assert Wording("tr").said("There is no kind '<b>'. Kinds are news.") == (
        "&#39;&lt;b&gt;&#39; diye bir tür yok. Türler: news."
    )
