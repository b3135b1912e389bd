"""Saved searches: the list, the form that saves one, and the feed of what an alert found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from pipeline.errors import QueryError
from pipeline.jobs.alert_digest import feed
from pipeline.web.asked import Asked
from pipeline.web.library import NoSuchDocument
from pipeline.web.origin import check_origin
from pipeline.web.pages import Search, Shelf, chips
from pipeline.web.rendering import page, wording_of

router = APIRouter(include_in_schema=False)
_Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class Wish(Asked):
    """The form: a search with its name, and where new finds go."""

    title: str = Field("", max_length=1000)
    atom: bool = False
    emails: str = Field("", max_length=2000)
    webhook: str = Field("", max_length=2000)

    @property
    def channels(self) -> list[object]:
        """As the alerts' file spells them."""
        mails = self.emails.replace(",", " ").replace(";", " ").split()
        hook = self.webhook.strip()
        return [*(["atom"] if self.atom else []), *({"email": mail} for mail in mails),
                *([{"webhook": hook}] if hook else [])]  # fmt: skip


class Filled(BaseModel):
    """What the form shows again."""

    title: str = ""
    atom: bool = False
    emails: str = ""
    webhook: str = ""


@router.get("/saved")
def saved(request: Request, library: Shelf, asked: Search) -> Response:
    """All saved searches; with a search, the form that saves it."""
    _ = asked.filters  # days that are none are said before the form is filled in
    return _page(request, library, asked, Filled(title=asked.q), None)


@router.post("/saved")
def save(request: Request, library: Shelf, wish: Annotated[Wish, Form()]) -> Response:
    """Keep a search. What is wrong with it is said above the form."""
    check_origin(request.headers, library.settings.serve_hosts)
    try:
        library.save(wish, wish.title, wish.channels, wording_of(request).tongue, datetime.now(UTC))
    except QueryError as error:
        return _page(request, library, wish, Filled(**wish.model_dump()), str(error))
    return RedirectResponse("/saved", 303)


@router.post("/saved/{name}/delete")
def delete(request: Request, library: Shelf, name: _Name) -> Response:
    """Forget a search."""
    check_origin(request.headers, library.settings.serve_hosts)
    if not library.forget_saved(name):
        raise NoSuchDocument(f"There is no saved search {name}.")
    return RedirectResponse("/saved", 303)


@router.get("/saved/{name}.atom")
def digests(library: Shelf, name: _Name) -> Response:
    """What an alert found, as the feed of its digests."""
    alert, found = library.digests(name)
    return Response(feed(alert, found, datetime.now(UTC)), media_type="application/atom+xml")


def _page(request: Request, library: Shelf, asked: Asked, filled: Filled, problem: str | None) -> Response:
    say = wording_of(request)
    return page(
        request,
        "saved.html",
        status=400 if problem else 200,
        listed=library.listed(),
        pairs=asked.pairs(),
        chips=chips(asked, (), say),
        asked=asked,
        filled=filled,
        problem=problem,
        can_mail=bool(library.settings.smtp_host and library.settings.smtp_from),
        typed=asked.q,
    )
