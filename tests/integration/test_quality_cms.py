"""Quality floors on two other content systems, Pelican and Wagtail; all posts, as a table: ``make quality``."""

from __future__ import annotations

import pytest

from tests.bench import quality
from tests.integration.cms import missing_for_pelican, missing_for_wagtail, pelican, wagtail
from tests.integration.rig import require

#: Every sixth post keeps the gate under half a minute; the floors are those of the whole.
EVERY = 6


@pytest.mark.parametrize("theme", quality.PELICAN_THEMES)
def test_pelican_keeps_its_floors(theme: str) -> None:
    require(missing_for_pelican())
    with pelican(theme) as site:
        judge(list(quality.cms_rows(theme, site, EVERY)))


def test_wagtail_keeps_its_floors() -> None:
    require(missing_for_wagtail())
    with wagtail() as site:
        judge(list(quality.cms_rows("wagtail", site, EVERY)))


def judge(rows: list[quality.Row]) -> None:
    assert len(rows) == 6
    assert not [f"{row.name}: {row.ours:.4f} of {row.cases}, bare {row.bare}" for row in rows if not row.holds]
