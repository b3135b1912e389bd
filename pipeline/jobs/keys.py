"""Sets of URL keys, small enough for sites that name millions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

#: A key is twenty hexadecimal digits (see `pipeline.urls.article_id`).
_BYTES = 10
_KEY = np.dtype(f"S{_BYTES}")
#: Keys that are written out at a time.
_CHUNK = 10_000


class Keys:
    """A set of URL keys, ten bytes each, where a set of strings takes a hundred; in order when iterated."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._added = bytearray()
        self._sorted = np.empty(0, dtype=_KEY)
        self.update(keys)

    def update(self, keys: Iterable[str]) -> None:
        """Add keys; those that are in it already change nothing."""
        for key in keys:
            self._added += bytes.fromhex(key)

    def __contains__(self, key: object) -> bool:
        every, wanted = self._settled(), np.array([bytes.fromhex(str(key))], dtype=_KEY)
        place = int(np.searchsorted(every, wanted)[0])
        return place < len(every) and bool(every[place] == wanted[0])

    def __iter__(self) -> Iterator[str]:
        every = self._settled()
        for start in range(0, len(every), _CHUNK):
            digits = every[start : start + _CHUNK].tobytes().hex()
            yield from (digits[place : place + 2 * _BYTES] for place in range(0, len(digits), 2 * _BYTES))

    def __len__(self) -> int:
        return len(self._settled())

    def _settled(self) -> np.ndarray:
        if self._added:
            self._sorted = np.unique(np.concatenate([self._sorted, np.frombuffer(bytes(self._added), dtype=_KEY)]))
            self._added = bytearray()
        return self._sorted
