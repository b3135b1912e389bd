"""robots.txt of every kind, and the pace of requests."""

from __future__ import annotations

import asyncio
import gzip
import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.errors import Rejected, Unavailable
from pipeline.fetch.client import Client
from pipeline.fetch.lanes import Lanes
from pipeline.fetch.spool import Spool
from pipeline.models import Request, Response
from pipeline.settings import Settings
from pipeline.store.database import open_store
from tests.integration.fetch.fetching import FAST, TEXT, Rig, drip_body, endless, in_turn, moved, script, silent, until
from tests.integration.raw_server import Call, RawSite, answer, head

# --- robots.txt ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("robots", "page"),
    [
        (answer("User-agent: *\nDisallow: /a", kind="text/plain"), "disallowed"),
        (answer("\ufeffUser-agent: *\nDisallow: /a", kind="text/plain"), "disallowed"),
        (answer("User-agent: *\nDisallow: /a", kind="image/png"), "disallowed"),
        (answer(gzip.compress(b"User-agent: *\nDisallow: /a"), Content_Encoding="gzip"), "disallowed"),
        (answer("User-agent: *\nDisallow: /a\n" + "#" * 2_000_000, kind="text/plain"), "disallowed"),
        (answer("<html>no robots here</html>"), 200),
        (answer("", kind="text/plain"), 200),
        (answer(bytes(range(256)) * 100, kind="application/octet-stream"), 200),
        (answer("no", "404 Not Found"), 200),
        (answer("no", "401 Unauthorized"), 200),
        (answer("no", "403 Forbidden"), 200),
        (answer("no", "410 Gone"), 200),
        (answer("no", "429 Too Many Requests"), "unavailable"),
        (answer("no", "429 Too Many Requests", Retry_After="3600"), "unavailable"),
        (answer("no", "500 x"), "unavailable"),
        (answer("no", "503 x", Retry_After="3600"), "unavailable"),
        (head("200 OK", "Content-Length: 100") + b"User-agent: *\nDisallow: /a\n", "disallowed"),
        (moved("/elsewhere.txt"), "disallowed"),
        (moved("/robots.txt"), 200),  # in a circle: as if there were none
        (moved("http://10.0.0.1/robots.txt"), "unavailable"),
        (moved("ftp://example.org/robots.txt"), "unavailable"),
        (b"garbage", "unavailable"),
        (silent, "unavailable"),
        (drip_body, "unavailable"),
        (endless, 200),
        (answer(gzip.compress(bytes(100_000_000)), Content_Encoding="gzip"), "unavailable"),
        (answer("User-agent: *\nCrawl-delay: 3600", kind="text/plain"), "unavailable"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(getattr(value, "__name__", value)),
)
def test_robots_of_every_kind(rig: Rig, site: RawSite, robots: Any, page: int | str) -> None:
    rules = answer("User-agent: *\nDisallow: /a", kind="text/plain")
    site.answers |= {"/robots.txt": robots if callable(robots) else script(robots), "/elsewhere.txt": rules}
    site.answers |= {"/a": answer("well"), "/b": answer("well")}
    first, second = rig.get(f"{site.url}/a", f"{site.url}/b")
    if page == "unavailable":
        assert isinstance(first, Unavailable), repr(first)
        assert isinstance(second, Unavailable)
        assert "/a" not in site.paths(), "what cannot be asked about is not fetched"
        assert site.paths().count("/robots.txt") <= FAST.attempts, "and robots.txt is not asked for again in the run"
    elif page == "disallowed":
        assert isinstance(first, Rejected)
        assert first.reason == "disallowed"
        assert isinstance(second, Response)
    else:
        assert isinstance(first, Response)
        assert first.status == page
    assert rig.seconds < 5


def test_robots_is_asked_once_for_many_pages_at_once(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": answer("well") for number in range(10)}
    rig.get(*(f"{site.url}/{number}" for number in range(10)), at_once=True)
    assert site.paths().count("/robots.txt") == 1
    assert {host: traffic.requests for host, traffic in rig.traffic.items()} == {f"127.0.0.1:{site.port}": 11}


# --- pace ------------------------------------------------------------------------------------------------------------


def gaps(site: RawSite) -> list[float]:
    times = site.times()
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.mark.parametrize(
    ("yaml", "robots", "pace"), [(0.2, 0, 0.2), (0, 0.2, 0.2), (0.1, 0.25, 0.25), (0.25, 0.1, 0.25)]
)
def test_the_longer_delay_holds_from_robots_on(
    rig: Rig, site: RawSite, yaml: float, robots: float, pace: float
) -> None:
    site.answers["/robots.txt"] = answer(f"User-agent: *\nCrawl-delay: {robots}", kind="text/plain")
    site.answers |= {f"/{number}": answer("well") for number in range(6)}
    rig.get(*(f"{site.url}/{number}" for number in range(6)), at_once=True, delay=yaml)
    assert len(site.log) == 7
    assert min(gaps(site)) >= pace - 0.002
    assert max(gaps(site)) < pace + 0.4


def test_the_pace_of_redirects_retries_and_errors_is_the_same(rig: Rig, site: RawSite) -> None:
    site.answers |= {"/a": moved("/b"), "/b": in_turn(b"garbage", answer("x", "500 x"), answer("well"))}
    rig.response(f"{site.url}/a", delay=0.2)
    assert len(site.log) == 5
    assert min(gaps(site)) >= 0.198


def test_one_request_at_a_time(rig: Rig, site: RawSite) -> None:
    under_way, most = [0], [0]

    async def slow(call: Call) -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        await asyncio.sleep(0.05)
        under_way[0] -= 1
        await call.send(answer("well"))

    site.answers |= {f"/{number}": slow for number in range(8)}
    rig.get(*(f"{site.url}/{number}" for number in range(8)), at_once=True)
    assert most == [1]


def test_without_a_delay_public_hosts_are_asked_once_a_second_and_own_ones_at_will(rig: Rig) -> None:
    settings = Settings(home=rig.folder, allow_private_hosts=("127.0.0.1",))
    store = open_store(settings.state_url)

    async def paces() -> list[float]:
        async with Client(settings, Lanes(store), lambda: datetime.now(UTC)) as client:
            return [
                client._pace(url, delay) for url in ("http://a.org/", "http://127.0.0.1:1/") for delay in (None, 3.0)
            ]

    assert asyncio.run(paces()) == [1.0, 3.0, 0.0, 3.0]
    store.close()


def test_connections_are_kept_open_and_none_is_left_behind(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": answer(TEXT) for number in range(30)}
    rig.get(*(f"{site.url}/{number}" for number in range(30)), at_once=True)
    assert site.connections == 1
    until(lambda: site.open_connections == 0)


def test_a_server_that_closes_idle_connections_costs_nothing(rig: Rig, site: RawSite) -> None:
    site.answers |= {f"/{number}": script(answer("well")) for number in range(5)}  # closes after each answer
    got = rig.get(*(f"{site.url}/{number}" for number in range(5)))
    assert all(isinstance(one, Response) and one.status == 200 for one in got)


def test_a_fetch_that_is_cancelled_gives_lane_and_connection_back(rig: Rig, site: RawSite) -> None:
    settings = Settings(home=rig.folder, allow_private_hosts=("127.0.0.1",))
    store = open_store(settings.state_url)
    spool = Spool(settings.spool, "test", "x")
    site.answers |= {"/a": silent, "/b": answer("well")}

    async def cancel_and_go_on() -> int:
        async with Client(settings, Lanes(store), lambda: datetime.now(UTC), FAST) as client:
            task = asyncio.create_task(client.get(Request(f"{site.url}/a"), spool))
            while "/a" not in site.paths():
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return (await client.get(Request(f"{site.url}/b"), spool)).status

    assert asyncio.run(cancel_and_go_on()) == 200
    until(lambda: site.open_connections == 0)
    spool.close()
    store.close()
