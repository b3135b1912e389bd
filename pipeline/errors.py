"""The errors Mecmua raises. Each class says what its catcher must do, so there are few of them.

Adapters translate foreign exceptions once, at the boundary, with ``raise … from …``. In a batch an expected failure
is a value (an outcome, a rejection); what is raised there is a surprise.
"""

from __future__ import annotations


class MecmuaError(Exception):
    """Anything Mecmua raises on purpose; its text names the source, URL or file and what to do about it."""


class ConfigurationError(MecmuaError):
    """Stop: a setting, a source file or the set-up is wrong. Exit code 2; a task fails without retry."""


class Unavailable(MecmuaError):
    """Try later: a site, the state, the archive or the engine cannot be reached.

    ``retry_after`` is the number of seconds the other side asked for, or None.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Rejected(MecmuaError):
    """This one item cannot be used; quarantine it with its reason and go on.

    ``reason`` is a short code for tables and filters (``too_large``, ``forbidden_address``, ``parse_timeout`` …).
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)  # both, so that it survives the way back from a worker process
        self.reason = reason
        self.message = message

    def __str__(self) -> str:
        return self.message


class QueryError(MecmuaError):
    """The user's query is wrong: say so to the user (HTTP 400, exit code 2)."""


class ExpectationFailed(MecmuaError):
    """A source yielded less than its YAML promises; its task fails, the others go on."""
