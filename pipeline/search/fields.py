"""What is searched, and what it weighs.

A title says three times what the text says, a word as it was typed more than its stem, and a name the glossary adds
less than the one that was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

#: The chains by subfield, with what a match in each weighs, and the analyser without the glossary: Mecmua's own search
#: asks for the other names itself (see `pipeline.search.compose`).
CHAINS = {"": (1.0, "folded"), "tr": (0.8, "turkish_typed"), "en": (0.8, "english_folded")}
EXACT = "exact"

#: The pages of an article's PDFs. A report of 300 pages has most words somewhere, so a word there says a little less.
PDF_TEXT = "pdf.text"
_PROSE = {"title": 3.0, "subtitle": 1.5, "text": 1.0, PDF_TEXT: 0.7}
_TITLE = {"title": 1.0, "subtitle": 0.5}
_NAMES = {
    "authors": 1.5, "excerpt": 1.0, "organisations": 1.0, "tags": 1.0, "categories": 0.5, "byline": 0.5,
    "source_name": 0.5,
}  # fmt: skip
_EXACT = {"title": 3.0, "text": 1.0, PDF_TEXT: 0.7}
# Where a name that the glossary adds is looked for: fewer fields, for there may be eight of them for each word typed.
_OTHER = {"title": 3.0, "text": 1.0, PDF_TEXT: 0.7}


@dataclass(frozen=True, slots=True)
class Scope:
    """Weights of fields in all three chains (``prose``), in the folded one only (``names``), and for exact words;
    ``instead`` names the chain that is asked in another's place."""

    prose: Mapping[str, float]
    names: Mapping[str, float]
    exact: Mapping[str, float]
    instead: Mapping[str, str] = field(default_factory=dict)

    def chains(self, wanted: Iterable[str] = CHAINS) -> tuple[str, ...]:
        """The chains to ask where these are wanted."""
        return tuple(dict.fromkeys(self.instead.get(chain, chain) for chain in wanted))

    def weights(self, chain: str) -> list[tuple[str, float]]:
        """Fields of one chain with their weights."""
        weight, _ = CHAINS[chain]
        suffix = f".{chain}" if chain else ""
        fields = [(f"{field}{suffix}", boost * weight) for field, boost in self.prose.items()]
        return [*fields, *self.names.items()] if not chain else fields

    def chain(self, name: str) -> tuple[str, ...]:
        """The same as the engine's lists of fields have them."""
        return tuple(f"{field}^{weight:g}" for field, weight in self.weights(name))

    @property
    def plain(self) -> tuple[str, ...]:
        """The folded fields without weights: what wildcards walk."""
        return (*self.prose, *self.names)


EVERYTHING = Scope(_PROSE, _NAMES, _EXACT)
IN_TITLE = Scope(_TITLE, {}, {"title": 1.0})
BY_AUTHOR = Scope({}, {"authors": 1.0, "organisations": 1.0, "byline": 1.0}, {})
BY_TAG = Scope({}, {"tags": 1.0, "categories": 1.0}, {})
BY_SOURCE = Scope({}, {"source_name": 1.0}, {})
SCOPES = {None: EVERYTHING, "title": IN_TITLE, "author": BY_AUTHOR, "tag": BY_TAG, "source": BY_SOURCE}
_FEWER = {name: weight for name, weight in _PROSE.items() if name != PDF_TEXT}
#: The same for a quotation: so many words that the stems of PDFs would pass the engine's number of clauses.
IN_QUOTATION = {**SCOPES, None: Scope(_FEWER, {**_NAMES, PDF_TEXT: _PROSE[PDF_TEXT]}, _EXACT)}
#: The same for marking title and text.
_MARKED = Scope({"title": 1.0, "text": 1.0}, {}, {"title": 3.0, "text": 1.0})
IN_PROSE = {**SCOPES, None: _MARKED}
#: The same by stems alone, which is a third less work. What the folded chain finds the others find as well: of 60,000
#: words all but *on*, a stop word in both; of Turkish ones typed without diacritics all but 1.5 % (imzalanmis, gunde).
_STEMS = {"": "tr"}
IN_STEMS = {**SCOPES, None: replace(_MARKED, instead=_STEMS), "title": replace(IN_TITLE, instead=_STEMS)}
#: The same for marking the pages of PDFs.
IN_PDF = {**SCOPES, None: Scope({PDF_TEXT: 1.0}, {}, {PDF_TEXT: 1.0})}
#: Keyword fields that ``author:=`` and ``tag:=`` compare as a whole.
KEYWORDS = {"author": ("authors.keyword",), "tag": ("tags.keyword", "categories.keyword"), "source": ("source",)}
OTHER_NAMES = {
    None: Scope(_OTHER, {"tags": 1.0}, _OTHER),
    "title": Scope({"title": 1.0}, {}, {"title": 1.0}),
    "tag": BY_TAG,
}

#: Every field that a word without a field is looked for in. The index's default_field names the same ones.
SEARCHED = tuple(field for chain in CHAINS for field in EVERYTHING.chain(chain))
TITLES = tuple(field for chain in CHAINS for field in IN_TITLE.chain(chain))
