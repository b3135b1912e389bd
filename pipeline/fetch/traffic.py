"""What went over the wire to each host in one run: how much, how fast, and how often in vain."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.models import Latency


def _no_times() -> array[float]:
    return array("f")


@dataclass(slots=True)
class Traffic:
    """Requests to one host, robots.txt and redirects included; or, added up, to several."""

    requests: int = 0
    failures: int = 0  # without an answer, or with one that asks to come again
    bytes: int = 0  # of bodies as they were sent
    seconds: array[float] = field(default_factory=_no_times)  # of each answer, from asking to its last byte

    @classmethod
    def of(cls, parts: Iterable[Traffic]) -> Traffic:
        """The sum of several hosts' traffic."""
        total = cls()
        for part in parts:
            total.requests += part.requests
            total.failures += part.failures
            total.bytes += part.bytes
            total.seconds.extend(part.seconds)
        return total

    @property
    def latency(self) -> Latency | None:
        """How long answers took; None where there was none. The p-th percentile by nearest rank."""
        if not self.seconds:
            return None
        times = sorted(self.seconds)
        ranked = [times[max(0, -(-len(times) * percent // 100) - 1)] for percent in (50, 95, 100)]
        return Latency(*(round(seconds, 3) for seconds in ranked))
