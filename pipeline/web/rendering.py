"""Pages from templates. Everything is escaped but the marks of highlights, whose text is escaped before them."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.search.cite_record import web_address
from pipeline.search.highlight import as_html
from pipeline.web.wording import COOKIE, Wording, spoken

_YEAR = 365 * 24 * 3600


def marked(fragment: str) -> Markup:
    """A highlight as HTML."""
    return Markup(as_html(fragment))  # noqa: S704  # as_html escapes the document's text


def address(url: str | None) -> str:
    """A document's URL where it is a web address, else "": it is the source's word, and may be a script."""
    clean = web_address(url)
    return clean if clean.lower().startswith(("http://", "https://")) else ""


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("pipeline.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(marked=marked, address=address)
    return found


def wording_of(request: Request) -> Wording:
    """The interface's language for a request."""
    params, cookies = request.query_params, request.cookies
    return Wording(spoken(params.get("ui"), cookies.get(COOKIE), request.headers.get("accept-language")))


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A template as an answer. A language chosen with ``?ui=`` is remembered in a cookie that holds nothing else."""
    say = wording_of(request)
    switched = [(name, value) for name, value in request.query_params.multi_items() if name != "ui"]
    other = urlencode([*switched, ("ui", "en" if say.tongue == "tr" else "tr")])
    html = (
        _templates()
        .get_template(template)
        .render(**{"typed": "", **values}, t=say, path=request.url.path, other_ui=other)
    )
    answer = HTMLResponse(html, status, {"Vary": "Accept-Language, Cookie"})
    if request.query_params.get("ui") == say.tongue:
        answer.set_cookie(COOKIE, say.tongue, max_age=_YEAR, httponly=True, samesite="lax")
    return answer
