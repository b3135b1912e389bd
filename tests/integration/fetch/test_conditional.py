"""Conditional requests: what is held is not sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.models import Held, Request, Validators
from tests.integration.fetch.fetching import TEXT, Rig
from tests.integration.raw_server import Call, RawSite, answer


def conditional(etag: str, modified: str, body: bytes) -> Callable[[Call], Any]:
    async def send(call: Call) -> None:
        same = call.headers.get("if-none-match") == etag or call.headers.get("if-modified-since") == modified
        both = {"ETag": etag, "Last_Modified": modified}
        await call.send(answer(b"", "304 Not Modified", None, **both) if same else answer(body, **both))

    return send


def test_validators_are_sent_and_304_leads_to_what_is_held(rig: Rig, site: RawSite) -> None:
    site.answers["/a"] = conditional('W/"1"', "Sat, 01 Mar 2025 10:00:00 GMT", TEXT)
    url = f"{site.url}/a"
    first = rig.response(url)
    assert first.record
    held = Held(first.record, first.final_url, first.payload_digest, first.fetched_at)
    for validators in (Validators('W/"1"', None), Validators(None, "Sat, 01 Mar 2025 10:00:00 GMT")):
        again = rig.response(Request(url, validators=validators, held=held))
        assert again.status == 304
        assert rig.page(again).body == TEXT
    assert rig.archived().count(("revisit", "/a", "304")) == 2
    assert rig.response(Request(url, validators=Validators('W/"0"', None), held=held)).status == 200
    assert rig.archived().count(("revisit", "/a", "200")) == 1, "the same bytes again"


def test_validators_go_to_the_url_that_gave_the_answer(rig: Rig, site: RawSite) -> None:
    site.answers["/old"] = answer(b"", "301 Moved Permanently", Location="/new")
    site.answers["/new"] = conditional('"n"', "x", TEXT)
    first = rig.response(f"{site.url}/old")
    assert first.record
    held = Held(first.record, first.final_url, first.payload_digest, first.fetched_at)
    request = Request(f"{site.url}/old", validators=Validators('"n"', None), held=held)
    assert rig.response(request).status == 304
    asked = [(path, headers.get("if-none-match")) for _, path, headers in site.log if path != "/robots.txt"]
    assert asked == [("/old", None), ("/new", None), ("/old", None), ("/new", '"n"')]


def test_a_304_that_nobody_asked_for_is_no_answer(rig: Rig, site: RawSite) -> None:
    site.answers["/a"] = answer(b"", "304 Not Modified", None)
    assert rig.rejected(f"{site.url}/a").reason == "unasked_304"


def test_validators_that_cannot_be_sent_are_left_out(rig: Rig, site: RawSite) -> None:
    site.answers["/a"] = answer("well")
    rig.response(Request(f"{site.url}/a", validators=Validators('"é\x01"', "x")))
    assert "if-none-match" not in site.log[-1][2]
    assert site.log[-1][2]["if-modified-since"] == "x"
