"""The search page: what everyone gets who has no Kibana, as plain pages that work without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from pipeline.web.library import Library


def create_app(settings: Settings, library: Library | None = None) -> FastAPI:
    """The pages, the JSON API and the feed as one application; nothing is opened before the first request.

    ``library`` is what it shows, None the one that the settings name. Raises ConfigurationError without the extra.
    """
    try:
        import fastapi  # noqa: F401  # asked for here, so that a missing one is told from a fault of ours
        import jinja2  # noqa: F401
    except ImportError as error:
        raise _missing(error) from error
    from pipeline.web.app import build
    from pipeline.web.library import Library

    return build(library or Library(settings))


def serve(
    settings: Settings, host: str = "127.0.0.1", port: int = 8000, *, announce: Callable[[], None] = lambda: None
) -> None:
    """Serve until interrupted. Whoever reaches the address reads everything: put a proxy with a login before others'.

    ``announce`` is called right before, when everything is there. Raises ConfigurationError without the extra.
    """
    try:
        import uvicorn
    except ImportError as error:
        raise _missing(error) from error
    app = create_app(settings)
    announce()
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)


def _missing(error: ImportError) -> ConfigurationError:
    return ConfigurationError(f"the search page needs the extra 'web' ({error}): pip install 'mecmua[web]'")
