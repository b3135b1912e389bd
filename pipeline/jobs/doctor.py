"""Compare archive, state and index; say what differs, and put it right.

The archive is what was seen and the state what is known of it; the index is made from the state. So what is missing in
the archive is fetched again, and what differs in the index is written anew from the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.errors import MecmuaError
from pipeline.jobs import audit_archive, audit_index, audit_state, forget
from pipeline.jobs.findings import REPAIR, Finding, found
from pipeline.models import Source, dump
from pipeline.settings import Settings
from pipeline.store import forgotten
from pipeline.store.database import Store, open_store

Audited = tuple[list[Finding], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, and how much was examined."""

    findings: tuple[Finding, ...]
    examined: Mapping[str, int]

    @property
    def healthy(self) -> bool:
        """True when nothing is wrong, or all of it was repaired."""
        return all(finding.repaired or not finding.wrong for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "healthy": self.healthy,
            "examined": dict(self.examined),
            "findings": [dump(finding) for finding in self.findings],
        }


def examine(settings: Settings, sources: Sequence[Source], now: datetime, *, repair: bool = False) -> Report:
    """Examine everything; with `repair` put right what can be. Safe while a crawl runs, and safe to repeat.

    A part that cannot be reached is a finding and hides no other. Raises Unavailable and ConfigurationError when the
    state cannot be opened at all; opening it also brings its schema up to date.
    """
    store = open_store(settings.state_url)
    try:
        parts: list[tuple[str, Callable[[], Audited]]] = [
            ("erasure", lambda: _erasures(settings, store, now, repair=repair)),
            ("state", lambda: audit_state.audit(store, now, repair=repair)),
            ("archive", lambda: audit_archive.audit(settings, store, now, repair=repair)),
            ("index", lambda: audit_index.audit(settings, store, sources, now, repair=repair)),
        ]
        findings: list[Finding] = []
        examined: dict[str, int] = {}
        for name, audit in parts:
            try:
                part, sizes = audit()
            except MecmuaError as error:
                part, sizes = found(name, f"part could not be examined: {name}", [str(error)], "see the message"), {}
            findings += part
            examined |= sizes
        return Report(tuple(findings), examined)
    finally:
        store.close()


def _erasures(settings: Settings, store: Store, now: datetime, *, repair: bool) -> Audited:
    """First of all: nothing that was to be erased may be repaired back into the index."""
    with store.read() as connection:
        waiting = forgotten.unfinished(connection)
    if repair and waiting:
        forget.resume(settings, store, now)
    shown = [f"{stone.source} {stone.key}, {stone.reason}" for stone in waiting]
    says = "erased addresses are unfinished, or came into the archive again with the answer of an endpoint"
    return found("erasure", says, shown, REPAIR, repaired=repair), {}
