"""The demonstration site: about forty articles written for it, a template full of boilerplate, and a server.

Everything it says depends on the articles' own data, never on the clock, so a crawl of it can be compared with the
truth.
"""

from __future__ import annotations

from pipeline.demo.article import DemoArticle, Edition, Variant, articles, edition
from pipeline.demo.page import render, wrap
from pipeline.demo.server import running, serve, source_yaml

__all__ = [
    "DemoArticle",
    "Edition",
    "Variant",
    "articles",
    "edition",
    "render",
    "running",
    "serve",
    "source_yaml",
    "wrap",
]
