"""WordPress REST: types, posts, changes, and what is done where it is closed."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.discover import Ask, Found, Step, Watermark, fallbacks, read, start, wordpress
from pipeline.discover.rest_requests import named_root
from pipeline.models import Endpoint, Page, Pointer, RestItem, Source

ROOT = "https://example.org/"
TYPES = "https://example.org/wp-json/wp/v2/types"
POSTS = "https://example.org/wp-json/wp/v2/posts"
ENDPOINT = Endpoint("wordpress", ROOT, kind="analysis")
SOURCE = Source("example", "Example", ROOT, (ENDPOINT,))
RECORD = Pointer("a.warc.gz", 7, "<urn:uuid:1>")
UNKNOWN = Watermark()
KNOWN = Watermark(complete=True, newest=datetime(2024, 5, 10, 12, tzinfo=UTC))
NO_ROUTE = {"code": "rest_no_route", "data": {"status": 404}}
HTML = b"<!doctype html><html><body>Sayfa yok</body></html>"


def post(number: int, changed: str = "2024-05-01T10:00:00", **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date": "2024-05-01T12:00:00",
        "date_gmt": "2024-05-01T09:00:00",
        "modified_gmt": changed,
        "status": "publish",
        "type": "post",
        "link": f"https://example.org/yazi-{number}.html",
        "title": {"rendered": f"T&#252;rkiye &#8220;<em>yaz\u0131</em>&#8221; {number}"},
        **more,
    }


def ask(
    plain: Any,
    role: str = "posts",
    known: Watermark = UNKNOWN,
    *,
    url: str | None = None,
    number: int = 1,
    status: int = 200,
    pages: int | None = None,
    since: datetime | None = None,
    endpoint: Endpoint = ENDPOINT,
) -> Found:
    body = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
    headers = () if pages is None else (("x-wp-totalpages", str(pages)),)
    asked = url or (TYPES if role == "types" else POSTS + "?per_page=100&page=1&orderby=id&order=asc&_fields=id")
    request = Ask(asked, role, number)  # type: ignore[arg-type]  # the tests give the two roles this module reads
    return read(
        endpoint, SOURCE, request, Page(asked, body, "application/json", status, headers), RECORD, known, since=since
    )


def query(one: Ask) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(one.url).query).items()}


def path(one: Ask) -> str:
    return urlsplit(one.url).path


def test_it_starts_with_the_types() -> None:
    assert start(ENDPOINT, UNKNOWN) == (Ask(TYPES, "types", stands=True),)
    assert (
        start(Endpoint("wordpress", "https://example.org/en"), UNKNOWN)[0].url
        == "https://example.org/en/wp-json/wp/v2/types"
    )


def test_every_type_that_holds_writing_is_asked() -> None:
    bases = {
        "post": "posts",
        "page": "pages",
        "attachment": "media",
        "nav_menu_item": "menu-items",
        "wp_block": "blocks",
        "wp_template": "templates",
        "wp_font_family": "font-families",
        "elementor_library": "elementor_library",
        "product": "product",
        "uzman": "uzmanlar",
        "rapor": "raporlar",
        "analiz": "analiz",
        "yayin": "yayinlar",
        "publication": "publication",
        "podcast": "podcast",
        "tribe_events": "tribe_events",
        "konusma": "konusma",
    }
    types = {
        name: {"name": name, "slug": name, "rest_base": base, "rest_namespace": "wp/v2"} for name, base in bases.items()
    }
    types["dergi"] = {"rest_base": "dergi", "rest_namespace": "kurum/v1"}
    types["evil"] = {"rest_base": "../../users?x="}
    found = ask(types, "types")
    assert [path(one).removeprefix("/wp-json/") for one in found.asks] == [
        *("wp/v2/posts", "wp/v2/raporlar", "wp/v2/analiz", "wp/v2/yayinlar", "wp/v2/publication", "wp/v2/podcast"),
        *("wp/v2/tribe_events", "wp/v2/konusma", "kurum/v1/dergi", "wp/v2/media"),
    ]
    wanted = query(found.asks[0])
    assert wanted["per_page"] == "100"
    assert (wanted["orderby"], wanted["order"]) == ("id", "asc")
    assert wanted["_embed"] == "author,wp:term,wp:featuredmedia"
    assert {"_links", "_embedded", "content", "link", "modified_gmt"} <= set(wanted["_fields"].split(","))
    assert "modified_after" not in wanted


def test_later_runs_ask_for_changes_only_with_an_overlap() -> None:
    wanted = query(ask({"post": {}}, "types", KNOWN).asks[0])
    assert wanted["modified_after"] == "2024-05-03T12:00:00Z"
    assert (wanted["orderby"], wanted["order"]) == ("modified", "desc")
    cut = Watermark(complete=False, newest=KNOWN.newest)
    assert "modified_after" not in query(ask({}, "types", cut).asks[0])
    first = query(ask({}, "types", since=datetime(2024, 1, 8, tzinfo=UTC)).asks[0])
    assert first["modified_after"] == "2024-01-01T00:00:00Z"


@pytest.mark.parametrize(("plain", "status"), [({"code": "rest_forbidden"}, 401), (HTML, 403), (NO_ROUTE, 404)])
def test_without_types_the_posts_are_asked_at_once(plain: Any, status: int) -> None:
    found = ask(plain, "types", status=status)
    assert [path(one) for one in found.asks] == ["/wp-json/wp/v2/posts"]
    assert "does not name the post types" in (found.problem or ""), "other types may be missing: that is said"


def test_without_pretty_permalinks_the_query_form_is_asked() -> None:
    found = ask(HTML, "types", status=404)
    assert found.asks == (Ask("https://example.org/?rest_route=/wp/v2/types", "types", stands=True),)
    types = {"post": {"rest_base": "posts"}, "rapor": {"rest_base": "rapor"}}
    then = ask(types, "types", url=found.asks[0].url)
    assert [query(one)["rest_route"] for one in then.asks] == ["/wp/v2/posts", "/wp/v2/rapor", "/wp/v2/media"]
    following = ask([post(1)], url=then.asks[0].url, pages=2).asks
    assert query(following[0])["rest_route"] == "/wp/v2/posts"
    assert query(following[0])["page"] == "2"
    third = ask(HTML, "types", url=found.asks[0].url).asks[0]
    assert third.url == "https://example.org/index.php?rest_route=/wp/v2/types"
    assert ask(HTML, "types", url=third.url).asks[0].role == "posts", "no fourth form of the types"


def test_the_api_lies_where_a_page_of_the_site_says() -> None:
    said = b'<html><head><link rel="https://api.w.org/" href="https://example.org/tr/api/" /></head></html>'
    types = ask(said, "types", status=404).asks[0]
    assert types.url == "https://example.org/tr/api/wp/v2/types"
    then = ask({"rapor": {"rest_base": "raporlar"}}, "types", url=types.url).asks
    assert [path(one) for one in then[:2]] == ["/tr/api/wp/v2/posts", "/tr/api/wp/v2/raporlar"]
    index = said.replace(b"tr/api/", b"index.php?rest_route=/")
    assert ask(index, "types", status=404).asks[0].url == "https://example.org/?rest_route=/wp/v2/types", (
        "a usual place"
    )
    header = (("Link", '<https://example.org/x/>; rel="https://api.w.org/", <https://example.org/y>; rel=shortlink'),)
    assert named_root(Page(ROOT, b"", headers=header)) == "https://example.org/x/"


def test_a_site_in_a_folder() -> None:
    blog = Endpoint("wordpress", "https://example.org/blog/")
    assert start(blog, UNKNOWN)[0].url == "https://example.org/blog/wp-json/wp/v2/types"
    asked = ask({}, "types", url="https://example.org/blog/wp-json/wp/v2/types", endpoint=blog).asks[0]
    assert path(asked) == "/blog/wp-json/wp/v2/posts"


def test_a_server_in_trouble_is_no_closed_api() -> None:
    found = ask(HTML, "types", status=503)
    assert (found.asks, found.final) == ((), False)
    assert "503" in (found.problem or "")


def test_posts_become_candidates() -> None:
    found = ask(
        [post(3), post(4, status="private"), post(5, type="rapor", content={"rendered": "", "protected": True})],
        pages=1,
    )
    first, report = found.candidates
    assert first.url == "https://example.org/yazi-3.html"
    assert first.title == "T\u00fcrkiye \u201cyaz\u0131\u201d 3"
    assert first.published == datetime(2024, 5, 1, 9, tzinfo=UTC)
    assert first.modified == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert first.rest == RestItem(RECORD, 3)
    assert first.kind == "analysis"
    assert first.found_in == ("wordpress:https://example.org/",)
    assert report.kind == "report"
    assert found.final
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes; a worker hands it back this way


def test_dates_without_gmt_are_local_to_the_source() -> None:
    found = ask([post(1, date_gmt="-0001-11-30T00:00:00", modified_gmt=None, modified="2024-05-02T00:30:00")])
    assert found.candidates[0].published == datetime(2024, 5, 1, 9, tzinfo=UTC)
    assert found.candidates[0].modified == datetime(2024, 5, 1, 21, 30, tzinfo=UTC)


def test_all_pages_are_asked_after_the_first() -> None:
    found = ask([post(1)], pages=4)
    assert [query(one)["page"] for one in found.asks] == ["2", "3", "4"]
    assert [one.page for one in found.asks] == [2, 3, 4]
    assert query(found.asks[0])["orderby"] == "id"
    assert ask([post(1)], pages=4, number=2).asks == ()
    limited = ask([post(1)], pages=4, endpoint=replace(ENDPOINT, max_pages=2))
    assert ([one.page for one in limited.asks], limited.final) == ([2], True)


def test_without_the_header_paging_goes_on_while_pages_come_full() -> None:
    assert [one.page for one in ask([post(number) for number in range(100)]).asks] == [2]
    assert [one.page for one in ask([post(number) for number in range(10)]).asks] == [2], "a silent cap on per_page"
    unread = ask([post(number) for number in range(99)]).asks
    assert [one.page for one in unread] == [2], "a post that visitors may not read is missing from its page"
    again = Ask(unread[0].url, "posts", 2, unread[0].after)
    assert _reread([post(number) for number in range(99)], again).asks == (), "the same page again"
    assert ask([]).asks == ()
    ended = ask({"code": "rest_post_invalid_page_number"}, number=3, status=400)
    assert ended == Found()


def test_changes_end_where_a_site_ignores_the_filter() -> None:
    changed = ask({}, "types", KNOWN).asks[0].url
    honoured = ask([post(9, "2024-05-11T00:00:00"), post(8, "2024-05-04T00:00:00")], known=KNOWN, url=changed, pages=1)
    assert (honoured.asks, honoured.final) == ((), True)
    many = ask([post(9, "2024-05-11T00:00:00")], known=KNOWN, url=changed, pages=3)
    assert [one.page for one in many.asks] == [2]
    ignored = ask([post(9, "2024-05-11T00:00:00"), post(1, "2020-01-01T00:00:00")], known=KNOWN, url=changed, pages=50)
    assert (ignored.asks, ignored.final) == ((), True)
    assert ask([], known=KNOWN, url=changed, pages=0) == Found()


def test_posts_since_a_date_do_not_make_the_endpoint_complete() -> None:
    asked = ask({}, "types", since=datetime(2024, 1, 8, tzinfo=UTC)).asks[0].url
    assert not ask([post(1)], url=asked, pages=1).final


@pytest.mark.parametrize(
    ("plain", "status", "message"),
    [
        ({"code": "rest_cannot_access"}, 401, "asks for a login"),
        (NO_ROUTE, 404, "does not exist"),
        (HTML, 200, "gives a web page"),
        ({"hello": 1}, 200, "no list of posts"),
    ],
)
def test_a_closed_api_is_said(plain: Any, status: int, message: str) -> None:
    found = ask(plain, status=status)
    assert message in (found.problem or "")
    assert not found.final


def test_one_closed_type_does_not_hold_up_the_others() -> None:
    found = ask({"code": "rest_forbidden"}, status=401, url=POSTS.replace("posts", "raporlar"))
    assert found.final
    assert "raporlar" in (found.problem or "")


def _reread(plain: Any, request: Ask) -> Found:
    page = Page(request.url, json.dumps(plain).encode(), "application/json")
    return read(ENDPOINT, SOURCE, request, page, RECORD, UNKNOWN)


FULL = (
    POSTS
    + "?per_page=100&page=1&orderby=modified&order=desc&modified_after=2024-05-03T12:00:00Z&_embed=author&_fields=id"
)


def test_only_what_is_refused_is_left_out() -> None:
    said = {"per_page": "per_page must be between 1 (inclusive) and 50 (inclusive)"}
    refused = {"code": "rest_invalid_param", "data": {"status": 400, "params": said}}
    smaller = query(ask(refused, status=400, url=FULL).asks[0])
    assert smaller == query(Ask(FULL, "posts")) | {"per_page": "50"}
    refused["data"]["params"] = {"orderby": "x", "modified_after": "y"}  # type: ignore[index]  # a dictionary
    assert query(ask(refused, status=400, url=FULL).asks[0]).keys() == {
        "per_page",
        "page",
        "order",
        "_embed",
        "_fields",
    }


@pytest.mark.parametrize(
    ("plain", "status"),
    [
        ({"code": "rest_invalid_param"}, 400),
        (HTML, 500),
        (HTML, 502),
        (HTML, 403),
        (b"", 500),
        (b"[{", 200),
        (b"[" * 9999, 200),
    ],
)
def test_what_is_too_much_is_asked_in_a_plainer_form(plain: Any, status: int) -> None:
    without = ask(plain, status=status, url=FULL).asks[0]
    assert query(without) == {name: value for name, value in query(Ask(FULL, "posts")).items() if name != "_embed"}
    plainest = ask(plain, status=status, url=without.url).asks[0]
    assert plainest.url == POSTS + "?per_page=10&page=1"
    last = ask(plain, status=status, url=plainest.url)
    assert (last.asks, last.final) == ((), False)
    assert last.problem
    of_route = ask(plain, status=status, url="https://example.org/?rest_route=/wp/v2/posts&per_page=100&page=1").asks[0]
    assert query(of_route) == {"rest_route": "/wp/v2/posts", "per_page": "10", "page": "1"}


def test_the_plainest_form_ends_at_what_is_known() -> None:
    plain = POSTS + "?per_page=10&page=1"
    old = [post(number, "2024-05-01T10:00:00") for number in range(10)]
    assert ask(old, known=KNOWN, url=plain, pages=80).asks == ()
    pinned = [*old, post(11, "2024-05-12T10:00:00")]
    assert [one.page for one in ask(pinned, known=KNOWN, url=plain, pages=80).asks] == [2]


def test_one_broken_post_does_not_hide_the_others() -> None:
    third = POSTS + "?per_page=100&page=3&orderby=id&order=asc&_fields=id"
    found = ask(HTML, status=500, number=3, url=third)
    assert [(query(one)["per_page"], query(one)["page"]) for one in found.asks] == [
        *(("10", str(number)) for number in range(21, 31)),
        ("100", "4"),
    ]
    assert _reread([post(1)], found.asks[0]).asks == (), "a piece leads no further"
    single = ask(HTML, status=500, number=3, url=found.asks[0].url).asks
    assert [(query(one)["per_page"], query(one)["page"]) for one in single[:2]] == [("1", "201"), ("1", "202")]
    broken = ask(HTML, status=500, number=3, url=single[0].url)
    assert (broken.asks, broken.final) == ((), True)
    assert "500" in (broken.problem or ""), "it is said"


def test_wordpress_defaults_stand_for_a_closed_api() -> None:
    assert [(one.type, one.url) for one in fallbacks(SOURCE)] == [
        ("feed", "https://example.org/feed/"),
        ("sitemap", "https://example.org/wp-sitemap.xml"),
        ("sitemap", "https://example.org/sitemap_index.xml"),
        ("sitemap", "https://example.org/sitemap.xml"),
    ]
    assert {one.kind for one in fallbacks(SOURCE)} == {"analysis"}
    named = replace(SOURCE, endpoints=(ENDPOINT, Endpoint("feed", "https://example.org/rss")))
    assert fallbacks(named) == ()
    assert fallbacks(replace(SOURCE, endpoints=(Endpoint("listing", ROOT),))) == ()


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2024-05-01T10:00:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
_names = st.sampled_from(
    ["id", "link", "title", "date", "date_gmt", "modified_gmt", "type", "status", "rest_base", "code"]
)
_answers = st.one_of(
    st.binary(max_size=60),
    st.lists(st.dictionaries(_names, _values, max_size=8) | _values, max_size=3).map(
        lambda plain: json.dumps(plain).encode()
    ),
    st.dictionaries(_names, st.dictionaries(_names, _values) | _values).map(lambda plain: json.dumps(plain).encode()),
)


@settings(max_examples=250, deadline=None)
@given(_answers, st.sampled_from(["types", "posts", "media"]), st.sampled_from([200, 400, 404]), st.text(max_size=4))
def test_no_bytes_raise(body: bytes, role: Any, status: int, total: str) -> None:
    url = TYPES if role == "types" else POSTS + "?modified_after=2024-05-01T10:00:00Z"
    page = Page(url, body, "application/json", status, (("X-WP-TotalPages", total),))
    wordpress.read(Step(ENDPOINT, SOURCE, Ask(url, role), page, RECORD))


def medium(number: int, parent: int | None = None, address: str | None = None) -> dict[str, Any]:
    return {
        "id": number,
        "date_gmt": f"2024-02-{number:02}T08:00:00",
        "source_url": address or f"https://example.org/wp-content/uploads/rapor-{number}.pdf",
        "title": {"rendered": f"Rapor {number}"},
        "post": parent,
    }


def test_pdfs_of_no_post_are_reports_themselves() -> None:
    library = [medium(1), medium(2, parent=7), medium(3, address="https://example.org/x.docx"), {"post": 0}]
    found = ask(library, "media", url=TYPES)
    assert [(one.url[-11:], one.kind, one.title) for one in found.candidates] == [("rapor-1.pdf", "report", "Rapor 1")]
    assert [(post, one.url[-11:]) for post, one in found.uploads] == [(7, "rapor-2.pdf")]
    assert found.final
    closed = ask({"code": "rest_forbidden"}, "media", status=401)
    assert closed == Found(), "the posts stand, whatever becomes of this list"


def test_the_media_list_waits_a_week_where_all_was_read_once() -> None:
    assert [one.patient for one in ask({}, "types", KNOWN).asks] == [False, True]
    assert [one.patient for one in ask({}, "types").asks] == [False, False]


def test_a_hostile_number_of_pages_makes_no_endless_list() -> None:
    found = ask([post(1)], pages=99_999_999)
    assert len(found.asks) <= 1000
