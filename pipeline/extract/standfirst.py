"""The standfirst: what a page prints between its headline and its text."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.extract.dates import date_spans
from pipeline.extract.headline import Title
from pipeline.extract.markup import text_of
from pipeline.extract.places import Places

#: How themes and papers call the lines between a headline and its text (Plone's description, a Turkish paper's spot).
_STANDFIRST = re.compile(
    r"(?:^|[\s_-])(?:lead|lede|stand-?first|sub-?title|sub-?head(?:ing|line)?|deck|dek|spot|alt-?baslik|ozet|documentdescription)"
    r"(?:$|[\s_-])"
)
_STANDFIRST_TAGS = frozenset("p div h2 h3 h4 span strong".split())
#: Shorter is a label, longer the text itself.
_STANDFIRST_LENGTHS = range(20, 500)


def standfirst_of(places: Places, title: Title) -> tuple[int, str] | None:
    """What a page prints between headline and text and calls so: its element and its text; None without it."""
    survey = places.survey
    behind = (number for number in places.window(title.number) if number >= survey.ends[title.number or 0])
    named = (number for number in behind if _is_standfirst(survey.names[number]) and not places.elsewhere(number))
    for number in named:
        text = text_of(survey.elements[number])
        fits = survey.elements[number].tag in _STANDFIRST_TAGS and len(text) in _STANDFIRST_LENGTHS
        if fits and survey.linked(number) < 0.5 and not date_spans(text):
            return number, text
    return None


@lru_cache(maxsize=8192)
def _is_standfirst(name: str) -> bool:
    return bool(_STANDFIRST.search(name))
