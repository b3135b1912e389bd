"""What may be typed into a search box by chance, by malice or by a cat: the syntax's own characters and worse."""

from __future__ import annotations

import random

_OPERATORS = [*'"-:()*?=~|&!\\/[]{}^+.,', " ", " OR ", " AND ", " NOT ", " VEYA ", "=", "~9", "~99999", "#", "$", "&&"]
_FIELDS = [
    "title:", "after:2020", "author:", "site:a.b", "site:", "tag:", "source:", "before:", "kind:report", "kind:",
    "has:pdf", "lang:tr", "https://a.b/c?d=e#f", "before:31.12.2019", "after:2016-02",
]  # fmt: skip
_WORDS = [
    "Türkiye'nin ", "Doğu Akdeniz ", "AB ", "İIıi", "ve ", "gör*", "t?rk", "kitap ", "UN ", "'", "’", "ğüşiöçĞÜŞİÖÇ",
    "Eastern Mediterranean ", "görüşmelerde ", "gorusmelrde ", "2016 ", "“söz” ", "«a»", "Çin'in ",
]  # fmt: skip
_HARD = [
    "a" * 300, "ab" + "?*" * 40, "(" * 60, '"' * 9, "-" * 30, "\u202e", "🙂", "\x00", "\ud800", "<b>", "\ue000x\ue001",
    "e\u0301", "\u2028", "%00", "ﬁ", "{{7*7}}", "';--", "[1 TO 2]", "/.*/",
]  # fmt: skip
_PIECES = [*_OPERATORS, *_FIELDS, *_WORDS, *_HARD]


def query(seed: int) -> str:
    """One query, always the same for a seed; one in fifty is huge."""
    chance = random.Random(seed)
    length = chance.randrange(200, 3000) if seed % 50 == 49 else chance.randrange(1, 40)
    return "".join(chance.choices(_PIECES, k=length))
