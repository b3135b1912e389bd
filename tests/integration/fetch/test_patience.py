"""Errors that pass, hosts that fail, and what they ask to wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pipeline.errors import Unavailable
from pipeline.fetch.wire import Limits
from pipeline.models import Response
from tests.integration.fetch.fetching import FAST, Rig, in_turn, silent
from tests.integration.raw_server import Call, RawSite, answer, serving


@pytest.mark.parametrize("status", ["500 x", "502 x", "503 x", "504 x", "408 x", "425 x", "429 x"])
def test_transient_errors_are_tried_again_with_pauses(rig: Rig, site: RawSite, status: str) -> None:
    site.answers |= {"/a": in_turn(answer("x", status), answer("x", status), answer("well")), "/b": answer("x", status)}
    assert rig.response(f"{site.url}/a").status == 200
    assert rig.response(f"{site.url}/b").status == int(status[:3])
    assert (site.paths().count("/a"), site.paths().count("/b")) == (3, 3)
    assert rig.archived().count(("response", "/b", status[:3])) == 3, "every answer is kept"


def test_what_goes_over_the_wire_is_counted(rig: Rig, site: RawSite) -> None:
    async def reset(call: Call) -> None:
        call.reset()

    site.answers |= {
        "/robots.txt": answer("", "404 x"),
        "/a": answer("twelve bytes"),
        "/b": in_turn(answer("", "503 x"), answer("well")),
        "/c": reset,
    }
    rig.get(f"{site.url}/a", f"{site.url}/b", f"{site.url}/c")
    traffic = rig.traffic[f"127.0.0.1:{site.port}"]
    assert traffic.requests == 1 + 1 + 2 + FAST.attempts
    assert traffic.failures == 1 + FAST.attempts, "the 503, and every reset"
    assert traffic.bytes == len("twelve bytes") + len("well")
    assert len(traffic.seconds) == 4, "what was answered, the 503 too"


@pytest.mark.parametrize("status", ["400 x", "401 x", "403 x", "404 x", "410 x", "451 x", "501 x", "204 x", "206 x"])
def test_lasting_answers_are_taken(rig: Rig, site: RawSite, status: str) -> None:
    site.answers["/a"] = answer("x" if status != "204 x" else "", status)
    assert rig.response(f"{site.url}/a").status == int(status[:3])
    assert site.paths().count("/a") == 1


@pytest.mark.parametrize("form", ["seconds", "date", "date without Date"])
def test_a_short_retry_after_is_waited_for_by_the_whole_host(rig: Rig, site: RawSite, form: str) -> None:
    async def later(call: Call) -> None:
        if call.count > 1:
            await call.send(answer("well"))
            return
        now = datetime.now(UTC)
        skew = timedelta(days=400) if form == "date" else timedelta(0)  # the server's own clock counts
        value = "1" if form == "seconds" else format_datetime(now + timedelta(seconds=2) - skew, usegmt=True)
        dated = {"Date": format_datetime(now + timedelta(seconds=1) - skew, usegmt=True)} if form == "date" else {}
        await call.send(answer("x", "503 x", Retry_After=value, **dated))

    rig.limits = Limits(backoff=0.01, patience=3)
    site.answers |= {"/a": later, "/b": answer("well")}
    first, second = rig.get(f"{site.url}/a", f"{site.url}/b", at_once=True)
    assert isinstance(first, Response) and first.status == 200
    assert isinstance(second, Response) and second.status == 200
    times = {path: at for at, path, _ in site.log if path == "/a"}
    began = next(at for at, path, _ in site.log if path == "/a")
    assert 0.9 <= times["/a"] - began < 3
    other = next(at for at, path, _ in site.log if path == "/b")
    assert other < began or other - began >= 0.9, "the whole host is left alone meanwhile"


@pytest.mark.parametrize("status", ["429 x", "503 x"])
@pytest.mark.parametrize("value", ["3600", "date"])
def test_a_long_retry_after_is_deferred_not_slept_on(rig: Rig, site: RawSite, status: str, value: str) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    site.answers["/a"] = answer("x", status, Retry_After=at if value == "date" else value)
    error = rig.unavailable(f"{site.url}/a")
    assert error.retry_after == pytest.approx(3600, abs=5)
    assert rig.seconds < 1
    assert site.paths().count("/a") == 1
    assert rig.archived()[-1] == ("response", "/a", status[:3])


@pytest.mark.parametrize("value", ["soon", "²", "-5", "", "9" * 400, "Mon, 99 Foo 2026 99:99:99 GMT", "1e9", "nan"])
def test_a_retry_after_that_makes_no_sense(rig: Rig, site: RawSite, value: str) -> None:
    site.answers["/a"] = answer("x", "503 x", Retry_After=value)
    got = rig.get(f"{site.url}/a")[0]
    assert isinstance(got, Response) or (isinstance(got, Unavailable) and got.retry_after == 30 * 86400)


def test_a_host_that_keeps_failing_is_left_and_said_so(rig: Rig, site: RawSite) -> None:
    rig.limits = replace(FAST, first_byte=20.0, whole=40.0, connect=20.0)  # no good answer is late on a busy machine
    with serving() as good:
        good.answers |= {f"/{number}": answer("well") for number in range(30)}
        site.answers |= {f"/{number}": answer("x", "500 x") for number in range(30)}
        got = rig.get(*(f"{base}/{number}" for number in range(30) for base in (site.url, good.url)))
        assert all(isinstance(one, Response) and one.status == 200 for one in got[1::2])
        failed = got[0::2]
        assert [isinstance(one, Response) for one in failed] == [True] * FAST.troubles + [False] * (30 - FAST.troubles)
        assert "is left for this run; the last: HTTP 500" in str(failed[-1])
        assert site.log[-1][1] == f"/{FAST.troubles - 1}"


def test_a_host_that_dies_is_left_sooner(rig: Rig, site: RawSite) -> None:
    rig.limits = Limits(first_byte=0.2, whole=0.5, connect=0.2, backoff=0.01)
    site.answers |= {f"/{number}": silent for number in range(30)}
    got = rig.get(*(f"{site.url}/{number}" for number in range(30)))
    assert all(isinstance(one, Unavailable) for one in got)
    assert len(site.paths()) == 1 + 4
    assert rig.seconds < 3


def test_a_few_failures_among_good_answers_are_no_reason(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": answer("x", "500 x") if number % 3 else answer("well") for number in range(40)}
    got = rig.get(*(f"{site.url}/{number}" for number in range(40)))
    assert all(isinstance(one, Response) for one in got)
