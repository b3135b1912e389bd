"""Turkish and Azerbaijani in Latin letters, where both detectors hear Turkish.

Azerbaijani is often typed without its own letters (ə→e, ş→s …). What still tells it from Turkish is its spelling:
q and x in words that are no names; d after p, f, h, k, s, t, where Turkish hardens it to t (etmisdir: etmistir);
‑iyy‑, ‑diyi, ‑ib; and some short words. The patterns read folded text, so they serve texts with diacritics as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from pipeline.text import fold

_Q_OR_X = re.compile(r"\b[a-zəçğıöşü]*[qx][a-zəçğıöşü]*\b")
_AZERBAIJANI = re.compile(
    r"\b(?:ucun|kimi|cox\w*|boyuk|terefin\w+|haqqinda|olub|edir|edirdi|deyil|oz|ozunun|hansi|ilde|illerde|heyat\w*|olke\w*|seher\w*"
    r"|oglu|indi|yene|qeder|elave|nece|hemin|evez|elaqe\w*|sebeb\w*|dovlet\w*|esr|esrde|teskil|tehsil|istirak|meqsed\w*"
    r"|\d+ ?-?c[iu]|\w*iyy[ae]\w*|\w+m[iu]sd[iu]\w*|\w+[pfhkst](?:d[ae]n?|d[iu]r|d[iu]|d[iu]l[ae]r)"
    r"|\w+d(?:iyi|uyu)\w*|\w{2,}liyi\w*|\w{3,}[iu]b|\w{2,}(?:maq|acaq|l[iu]q)\w*)\b"
)
_TURKISH = re.compile(
    r"\b(?:icin|olarak|gibi|kadar|cok|buyuk|tarafin\w+|degil\w*|kendi(?:si\w*|leri\w*|mi\w*)?|hakkinda|once|ayni|yil\w*|ulke\w*"
    r"|sehir\w*|hayat\w*|bazi|simdi|boyle|nasil|hangi|yok|artik|diye|baska|sey\w*|devlet\w*|yuzyil\w*|egitim\w*"
    r"|\w+yor\w*|\w+m[iu]st[iu]\w*|\w+m[ae]kt[ae]\w*|\w{2,}mak|\w{2,}acak\w*|\w{2,}t[iu]r|\w+t[iu]g[iu]\w*|\w+l[iu]g[iu]\w*)\b"
)
#: How much one such word counts, in units of the logarithm of the detectors' odds; two words outweigh 20:1.
_WORD_WEIGHT = 1.5
#: In favour of Turkish where no ə is written, which 98 of 100 Azerbaijani sentences have.
_WITHOUT_SCHWA = 1.0
#: What the detectors' odds may weigh at most where no ə is written: they never learned such Azerbaijani.
_DOUBT = 2.5
#: Letters that a text in Crimean Tatar, Turkmen, Uzbek or Kurdish has, and Azerbaijani without its own has not.
_ACCENTED = re.compile("[à-žʻ]|[og][‘’'`]")
#: A language that py3langid is this sure of is left as it is.
_SURE = 0.9


def turkic(text: str, code: str, heard: Mapping[str, float]) -> str:
    """The code, set right where it is Turkish or Azerbaijani taken for another; ``heard`` are py3langid's scores."""
    if code not in ("tr", "az") and (heard.get(code, 0.0) >= _SURE or "tr" not in heard or _ACCENTED.search(text)):
        return code
    odds = _azerbaijani_over_turkish(text, heard)
    if odds > 0:
        return "az"
    return "tr" if code == "az" and odds < -_WITHOUT_SCHWA else code


def _azerbaijani_over_turkish(text: str, heard: Mapping[str, float]) -> float:
    folded = fold(text)
    words = len(_AZERBAIJANI.findall(folded)) + 2 * len(_Q_OR_X.findall(text)) - len(_TURKISH.findall(folded))
    # without its letters, Azerbaijani is heard as any of its neighbours
    azerbaijani = heard.get("az", 0.0) + heard.get("crh", 0.0) + heard.get("uz", 0.0)
    detectors = math.log((azerbaijani + 0.01) / (heard.get("tr", 0.0) + 0.01))
    if "ə" in text:
        return detectors + _WORD_WEIGHT * words
    return max(-_DOUBT, min(_DOUBT, detectors)) + _WORD_WEIGHT * words - _WITHOUT_SCHWA
