"""Probing and proposing on real content systems: measurements are true, proposals load and find articles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.sources.registry import load_sources
from pipeline.urls import canonical
from tests.integration.cms import CmsSite, missing_for_pelican, missing_for_wagtail, pelican, wagtail
from tests.integration.rig import require
from tests.integration.runs import Mecmua
from tests.integration.site import Answer, serving
from tests.integration.wordpress import WordPress

pytestmark = pytest.mark.integration
NOW = "2026-07-01T03:00:00Z"


@pytest.fixture
def mecmua(tmp_path: Path) -> Mecmua:
    """No command here needs an engine."""
    return Mecmua(tmp_path, "http://127.0.0.1:9", "none")


@pytest.fixture(scope="module")
def wagtail_site() -> Iterator[CmsSite]:
    require(missing_for_wagtail())
    with wagtail() as site:
        yield site


def probe(mecmua: Mecmua, url: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(mecmua.run("sources", "probe", url, "--json").stdout)
    return answer


def propose(mecmua: Mecmua, url: str, folder: Path) -> Any:
    answer = json.loads(mecmua.run("sources", "new", url, "--now", NOW, "--json").stdout)
    file = folder / f"{answer['id']}.yaml"
    file.write_text(answer["yaml"], encoding="utf-8")
    return answer, load_sources(file)[0]


@pytest.mark.parametrize(
    ("path", "form", "items"),
    [("/rss/", "feed", 30), ("/sitemap.xml", "sitemap", 250), ("/tr/analizler/", "listing", 30)],
)
def test_each_sort_of_endpoint_is_measured(
    mecmua: Mecmua, wagtail_site: CmsSite, path: str, form: str, items: int
) -> None:
    found = probe(mecmua, wagtail_site.url + path)
    assert (found["type"], found["status"], found["own_hosts"], found["robots"]) == (form, 200, 1.0, "allowed")
    assert found["items"] >= items
    assert found["articles"] >= 0.6
    assert set(found["languages"]) <= {"tr", "en", "az", "ru", "de"}
    assert len(found["examples"]) == 5
    assert found["feeds"] == [f"{wagtail_site.url}/rss/"]
    if form == "feed":
        assert found["newest"].startswith("2026-06-1")


def test_a_wagtail_is_proposed(mecmua: Mecmua, wagtail_site: CmsSite, tmp_path: Path) -> None:
    answer, source = propose(mecmua, wagtail_site.url + "/", tmp_path)
    assert {endpoint.type for endpoint in source.endpoints} == {"feed", "sitemap"}
    assert source.languages == ("tr", "en")
    assert source.name == "Avrasya Politika Enstitüsü"
    assert all(endpoint.verified for endpoint in source.endpoints), "both show recent items"
    assert [one["url"] in wagtail_site.posts for one in answer["examples"]] == [True, True]


def test_a_pelican_is_proposed(mecmua: Mecmua, tmp_path: Path) -> None:
    require(missing_for_pelican())
    with pelican() as site:
        answer, source = propose(mecmua, site.url + "/", tmp_path)
        assert answer["cms"] == "Pelican"
        assert {(one.type, one.origin.partition(";")[0]) for one in source.endpoints if one.origin} == {
            ("feed", "linked on its home page"),
            ("sitemap", "answered when `mecmua sources new` tried the usual places"),
        }


def test_a_wordpress_is_proposed(mecmua: Mecmua, wordpress_site: WordPress, tmp_path: Path) -> None:
    answer, source = propose(mecmua, wordpress_site.url + "/", tmp_path)
    assert answer["cms"] == "WordPress"
    assert {endpoint.type for endpoint in source.endpoints} == {"wordpress", "feed", "sitemap"}
    assert source.deny
    posts = {canonical(post.url) for post in wordpress_site.posts}
    assert any(one["url"] in posts for one in answer["examples"]), answer["examples"]


def test_what_is_no_site_is_said(mecmua: Mecmua) -> None:
    with serving() as site:
        site.answers["/"] = Answer(b"<html><body><p>Bak\xc4\xb1m</p></body></html>")
        site.answers["/closed"] = Answer(b"no", 403)
        site.answers["/bad-feed"] = Answer(b"<rss version='2.0'><channel><title>x</title></channel></rss>")
        ended = mecmua.run("sources", "new", site.url + "/", check=2)
        assert "names no feed or sitemap" in ended.stderr
        assert "HTTP 403" in mecmua.run("sources", "new", site.url + "/closed", check=1).stderr
        found = probe(mecmua, site.url + "/bad-feed")
        assert (found["items"], found["articles"]) == (0, None)
        assert "holds no items" in found["problem"]
        text = mecmua.run("sources", "probe", site.url + "/bad-feed").stdout
        assert "nothing to measure" in text
    assert "is no web address" in mecmua.run("sources", "probe", "ftp://x", check=2).stderr
