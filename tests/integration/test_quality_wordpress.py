"""Quality floors on a real WordPress in Turkish, REST closed; all posts, as a table: ``make quality``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench import quality, wordpress
from tests.integration.rig import require
from tests.integration.wordpress import WordPress, missing_for_wordpress

#: Every fifth post keeps the gate within a minute; the floors are those of the whole.
EVERY = 5


@pytest.fixture(scope="module")
def site() -> Iterator[WordPress]:
    require(missing_for_wordpress())
    with wordpress.closed_site() as running:
        yield running


@pytest.mark.parametrize("theme", wordpress.EVERY_THEME)
def test_every_figure_keeps_its_floor(site: WordPress, theme: str) -> None:
    with wordpress.dressed(site, theme):
        posts = {post.url: post for post in site.posts[::EVERY]}
        rows = list(quality.site_rows(theme, posts, wordpress.source_of(site)))
    assert len(rows) == 6
    assert not [f"{row.name}: {row.ours:.4f} of {row.cases}, bare {row.bare}" for row in rows if not row.holds]
