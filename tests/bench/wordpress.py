"""A real WordPress to read pages of, REST closed: three stock themes, and a magazine's that prints much around."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.models import Source
from tests.integration.wordpress import THEMES, WordPress, wordpress

MAGAZINE = "magazine"
EVERY_THEME = (*THEMES, MAGAZINE)
_PLUGIN = Path(__file__).parents[1] / "integration" / "seed" / "magazine.php"


def source_of(site: WordPress) -> Source:
    """The site as its catalogue entry would say it."""
    return Source(id="bam", name="Bölge Araştırmaları Merkezi", homepage=f"{site.url}/", endpoints=())


@contextmanager
def dressed(site: WordPress, theme: str) -> Iterator[None]:
    """The site in one of `EVERY_THEME`."""
    plugin = site.folder / "site/wp-content/mu-plugins/magazine.php"
    site.switch_theme(THEMES[0] if theme == MAGAZINE else theme)
    if theme == MAGAZINE:
        shutil.copyfile(_PLUGIN, plugin)
    try:
        yield
    finally:
        plugin.unlink(missing_ok=True)


@contextmanager
def closed_site() -> Iterator[WordPress]:
    """The seeded site with REST answering 401."""
    with wordpress(rest=False) as site:
        yield site
