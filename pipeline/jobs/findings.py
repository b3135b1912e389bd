"""What an examination finds: one value per kind of difference, with its count, examples and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of difference. ``wrong`` False: worth knowing, nothing to mend."""

    kind: str
    says: str
    count: int
    examples: tuple[str, ...] = ()
    remedy: str = ""
    wrong: bool = True
    repaired: bool = False


def found(
    kind: str, says: str, subjects: Sequence[str], remedy: str, *, wrong: bool = True, repaired: bool = False
) -> list[Finding]:
    """A finding about these subjects, or none where there are none."""
    if not subjects:
        return []
    return [Finding(kind, says, len(subjects), tuple(subjects[:_EXAMPLES]), remedy, wrong, repaired)]


REPAIR = "mecmua doctor --repair"
