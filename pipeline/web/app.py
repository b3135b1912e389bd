"""The application: routes, the headers that every answer has, and errors as pages or JSON."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import MecmuaError, QueryError, Unavailable
from pipeline.settings import VERSION
from pipeline.web import api, pages, saved
from pipeline.web.library import Library, NoSuchDocument
from pipeline.web.origin import Forbidden
from pipeline.web.rendering import page

_ABOUT = "Search, documents, completion and export. What can be typed as q: docs/search.md."
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would make browsers hide from us, too, that a form is our own (Origin: null)
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def build(library: Library) -> FastAPI:
    """The application over a library."""
    # FastAPI's own documentation pages load their scripts from another host.
    app = FastAPI(title="Mecmua", version=VERSION, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.library = library
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.include_router(api.router)
    app.include_router(pages.router)
    app.include_router(saved.router)
    app.add_middleware(_Guarded)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)  # half of the time for 3 % more
    app.openapi = partial(_described, app)  # type: ignore[method-assign]  # FastAPI's documented way
    app.add_exception_handler(MecmuaError, _expected)
    app.add_exception_handler(HTTPException, _expected)
    app.add_exception_handler(RequestValidationError, _expected)
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description. FastAPI adds its own 422 wherever there are parameters; here they are answered 400."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
        for path in described["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for unused in ("HTTPValidationError", "ValidationError"):
            described["components"]["schemas"].pop(unused, None)
        app.openapi_schema = described
    return app.openapi_schema


class _Guarded:
    """Adds the headers of every answer. Plain ASGI: Starlette's ``middleware("http")`` ends a stream that fails as if
    it were whole, so that an export that was cut off would look complete."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


def _expected(request: Request, error: Exception) -> Response:
    """An error as the page or the JSON that says what to do about it."""
    status, message, headers = _status(error), _message(error), _headers(error)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": message}, status, headers)
    answer = page(request, "error.html", status=status, code=status, message=message)
    answer.headers.update(headers)
    return answer


def _status(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, NoSuchDocument):
        return 404
    if isinstance(error, Forbidden):
        return 403
    if isinstance(error, QueryError | RequestValidationError):
        return 400
    return 503  # the engine, the state or the set-up: nothing that the reader can change


def _message(error: Exception) -> str:
    if isinstance(error, HTTPException):
        return str(error.detail)
    if isinstance(error, RequestValidationError):
        return "; ".join(f"{'.'.join(map(str, item['loc'][1:]))}: this value cannot be used" for item in error.errors())
    return str(error)


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, HTTPException):
        return dict(error.headers or {})
    if isinstance(error, Unavailable):
        return {"Retry-After": str(round(error.retry_after or 30))}
    return {}
