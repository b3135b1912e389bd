"""Where things stand on a page: each element's path in the layout, and the smallest blocks of text.

Two pages of one site agree in these paths, so that what is learned on some can be found on others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pipeline.extract.survey import Survey, plain_name

#: Tags that stand for a part of a page when they have a name; all others are how a text is written.
_BOXES = frozenset("div section aside nav form footer header article main ul ol table td".split())
_WRITING = frozenset(
    "p h1 h2 h3 h4 h5 h6 li td th dd dt blockquote pre figcaption caption address div section "
    "article header footer aside span a".split()
)
_INLINE = frozenset(("span", "a"))
_NUMBERS = re.compile(r"\d+")
#: Class tokens that differ between a site's articles: ids, formats, what editors chose.
_UNSTABLE = re.compile(
    r"^(?:post-|postid|has-|is-|align|wp-image|type-|status-|format-|sticky|js-|active$|clearfix$|row$|col-)"
)


@lru_cache(maxsize=16384)
def step(tag: str, name: str) -> str:
    """One step of a path: the tag with the first class (else id) that names the part, numbers left out."""
    for token in plain_name(name).split():
        if not _UNSTABLE.match(token):
            return f"{tag}.{_NUMBERS.sub('#', token)}"
    return tag


def paths_of(survey: Survey) -> list[str]:
    """Each element's path from the root, by its number."""
    paths: list[str] = []
    for number, element in enumerate(survey.elements):
        parent = survey.parents[number]
        # what body and html are called says which page this is (its slug, its id), and nothing of its parts
        own = element.tag if element.tag in ("html", "body") else step(element.tag, survey.names[number])
        paths.append(f"{paths[parent]}/{own}" if parent >= 0 else own)
    return paths


def blocks_of(survey: Survey) -> Iterator[int]:
    """The smallest blocks of text: elements with text in which no other block has any."""
    open_until = 0
    for number, element in enumerate(survey.elements):
        if number < open_until or element.tag not in _WRITING or not survey.size(number) or survey.is_gone(number):
            continue
        inner = (inside for inside in range(number + 1, survey.ends[number]) if survey.size(inside))
        if element.tag in _INLINE or not any(
            survey.elements[inside].tag in _WRITING and survey.elements[inside].tag not in _INLINE for inside in inner
        ):
            open_until = survey.ends[number]
            yield number


def box_of(survey: Survey, paths: Sequence[str], number: int) -> int:
    """The nearest named box that a block stands in (or is)."""
    for parent in (number, *survey.ancestors(number)):
        if survey.elements[parent].tag in _BOXES and "." in paths[parent].rpartition("/")[2]:
            return parent
    return 0


def is_within(path: str, outer: str) -> bool:
    """True for a path inside of another one."""
    return path.startswith(f"{outer}/")
