from __future__ import annotations

from array import array

from pipeline.fetch.traffic import Traffic
from pipeline.models import Latency


def test_percentiles_are_times_that_were_measured() -> None:
    assert Traffic(seconds=array("f", range(1, 101))).latency == Latency(50, 95, 100)
    assert Traffic(seconds=array("f", [3, 1, 2])).latency == Latency(2, 3, 3)
    assert Traffic(seconds=array("f", [0.25])).latency == Latency(0.25, 0.25, 0.25)


def test_a_host_that_never_answered_has_no_latency() -> None:
    assert Traffic(requests=3, failures=3).latency is None


def test_the_hosts_of_a_source_are_added_up() -> None:
    one, two = Traffic(2, 1, 100, array("f", [1])), Traffic(3, 0, 50, array("f", [2, 4]))
    total = Traffic.of([one, two])
    assert (total.requests, total.failures, total.bytes) == (5, 1, 150)
    assert total.latency == Latency(2, 4, 4)
    assert len(one.seconds) == 1, "the parts stay as they were"
