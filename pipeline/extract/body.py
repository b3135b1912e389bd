"""The body: the one container that holds the article where a page marks it, else what trafilatura finds.

Both ends give the same thing, paragraphs in order: headings, list items, quotes and table rows a line each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pipeline.extract.fallback import lines_found
from pipeline.extract.markup import lines_of, text_of
from pipeline.extract.survey import Survey
from pipeline.extract.trimming import trimmed
from pipeline.text import fold

#: How content systems and schema.org mark the article's own text, most specific first.
_CONTAINERS = (
    r"entry-content|wp-block-post-content|elementor-widget-theme-post-content|et_pb_post_content",
    r"post-content|single-content|article-content|post__content|article__content|entry__content|post-entry|gh-content|"
    r"td-post-content|post-body|single-post-content|news-content|e-content|post-full-content",
    r"article-body|article__body|articlebody|story-body|field--name-body|field-name-body|com-content-article__body|"
    r"itembody|itemfulltext|node__content|parent-fieldname-text|content-core|article-text|post-text|articletext|rich-?text|"
    r"__blog-post-container",  # Docusaurus
    r"haber-?_?(?:detay|metni|icerik|metin)|yazi-?_?(?:detay|metni|icerik|metin)|makale-?_?(?:detay|metni|icerik|metin)|"
    r"detay-?_?icerik|icerik-?_?detay|news-?_?(?:detail|text|body)|blog-?_?(?:detail|content|post-content|text)",
    r"content-inner",
)
_RANKS = tuple(re.compile(rf"(?:^|\s)(?:{names})(?:$|\s)") for names in _CONTAINERS)
#: A container with less text than this is no article, or the wrong one.
_MIN_CONTAINER = 40
#: Where this part of a page's text stands outside of the container, trafilatura is asked as well.
_OUTSIDE = 0.2
#: An element around what trafilatura found must hold this part of it, and may say so much more.
_MOSTLY, _LITTLE_MORE = 0.7, 1.06
#: The pieces of a text say so much more than trafilatura found, and each of them at least so much.
_MUCH_MORE, _PIECE = 1.3, 200
_INLINE = frozenset("a b i u em strong span font sup sub br small big abbr cite code mark q".split())
_LINES = frozenset(("p", "li", "blockquote", "td", "pre", "h2", "h3", "h4"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4"))
_BESIDE = frozenset("h2 h3 h4 h5 h6 ul ol dl blockquote table pre".split())
#: How papers' layouts call the box of their abstract; other words for it (summary) are those of cards, too.
_ABSTRACT = re.compile(r"(?:^|\s)(?:(?:article|paper|post|publication|entry)[-_]+)?abstract(?:$|\s)")
#: Headings of footnotes and sources, folded.
_NOTES = re.compile(
    r"(?:dip ?not(?:lar)?|son ?not(?:lar)?|notlar|kaynak(?:ca|lar)|yararlanilan kaynaklar|bibliyografya|foot ?notes?|"
    r"end ?notes?|notes|references|sources|bibliography|works cited)"
)
#: How lines begin that only lead to other texts, folded.
_LEADS_AWAY = re.compile(
    r"(?:ayrica|ilgili|bunu da|bkz|bakiniz|see also|related|also read|read (?:also|more|next)|more on)\b"
)
_SENTENCE_END = re.compile(r"[.!?…:;”\"')\]]$")


def paragraphs_of(survey: Survey, url: str, title: str, learned: int | None = None) -> tuple[list[str], str]:
    """The article's paragraphs in a pruned tree, and how they were found (``container``, ``template``,
    ``text``, ``pieces`` or ``trafilatura``). `learned` is the element where the template says that bodies stand.

    A marked container is believed where nearly all of the page's text is in it. Where much stands outside, trafilatura
    has a say: what it finds must be in the container too, or the container is but a part. Where the source's other
    pages have their text in that very place, nothing else is asked.
    """
    number, basis = _chosen(survey, container(survey), learned)
    if number is None:
        return _unmarked(survey, url, title)
    _without_link_lines(survey, number)
    lines = lines_of(survey.elements[number])
    marked = trimmed([*_abstract_above(survey, number, lines), *lines], title)
    inside, whole = survey.says[number], survey.says[0]
    if marked and (number == learned or inside >= (1 - _OUTSIDE) * whole):
        return marked, basis
    found = trimmed(lines_found(survey, url), title)
    if marked and _share_of(found, marked) >= 0.5:
        return marked, basis
    return (found, "trafilatura") if found else (marked, basis)


def _abstract_above(survey: Survey, number: int, lines: Sequence[str]) -> list[str]:
    """The abstract that stands in a box of its own above the text's and beside it, unless the text begins with it."""
    around = [up for up in survey.ancestors(number) if survey.elements[up].tag not in ("body", "html")]
    boxes = [
        child
        for up in reversed(around)
        for child in survey.children(up)
        if child < number and survey.ends[child] <= number and _is_abstract(survey, child)
    ]
    above = [line for box in boxes for line in lines_of(survey.elements[box])]
    is_told = any(len(line) >= _MIN_CONTAINER and line in lines for line in above)
    return [] if is_told else above


def _is_abstract(survey: Survey, number: int) -> bool:
    fits = survey.size(number) >= _MIN_CONTAINER and survey.linked(number) < 0.3 and not survey.is_gone(number)
    return fits and bool(_ABSTRACT.search(survey.names[number]))


def _without_link_lines(survey: Survey, number: int) -> None:
    """Take out paragraphs that are but a link ("Related: …", "Devamı için tıklayınız"), unless that is most of it."""
    alone = [inside for inside in survey.inside(number) if _is_link_line(survey, inside)]
    if alone and sum(map(survey.size, alone)) * 5 <= survey.size(number):
        for inside in alone:
            survey.remove(inside)
        survey.carry_out()


def _is_link_line(survey: Survey, number: int) -> bool:
    if survey.elements[number].tag not in ("p", "div") or not survey.links[number] or survey.size(number) > 200:
        return False
    linked = survey.linked(number)
    if linked < 0.5 or survey.is_gone(number):
        return False
    text = text_of(survey.elements[number])
    is_address = text.startswith(("http://", "https://", "www."))  # a source's
    return not is_address and (linked >= 0.8 or bool(_LEADS_AWAY.match(fold(text))))


def _unmarked(survey: Survey, url: str, title: str) -> tuple[list[str], str]:
    """What trafilatura finds; where nearly all of that stands in one element which says little more, that element's
    lines, for trafilatura drops headings and lists on the way. What it found behind that element is furniture."""
    broken = _broken_text(survey)
    if broken is not None and (lines := trimmed(lines_of(survey.elements[broken]), title)):
        return lines, "text"
    found = trimmed(lines_found(survey, url), title)
    homes = _homes(survey, found)
    if pieces := _pieces(survey, homes):
        lines = [line for piece in pieces for line in lines_of(survey.elements[piece])]
        known = set(lines)
        before = next((place for place, line in enumerate(found) if line in known), 0)
        return trimmed([*found[:before], *lines], title), "pieces"
    number = _around(survey, found, homes)
    if number is None:
        return found, "trafilatura"
    _without_link_lines(survey, number)
    lines = trimmed(lines_of(survey.elements[number]), title)
    known = set(lines)
    inside = [place for place, line in enumerate(found) if line in known]
    if not inside:
        return found, "trafilatura"
    if sum(map(len, lines)) <= _LITTLE_MORE * sum(map(len, found)):
        return [*found[: inside[0]], *lines], "trafilatura"
    first, last = found[inside[0]], found[inside[-1]]
    behind = len(lines) - lines[::-1].index(last)
    between = lines[lines.index(first) : behind]
    told = {*found, *_beside(survey, homes), *_headings(survey, number, homes)}
    between = [line for line in between if line in told]
    return trimmed([*found[: inside[0]], *between, *_notes(lines[behind:])], title), "trafilatura"


def _notes(behind: Sequence[str]) -> Sequence[str]:
    """The notes or sources that close a text: the lines behind its end, where their heading stands first."""
    is_headed = bool(behind) and len(behind) > 1 and bool(_NOTES.fullmatch(fold(behind[0]).strip(" :*")))
    return behind if is_headed else ()


def _broken_text(survey: Survey) -> int | None:
    """The smallest element with most of a page's text, where that is cut by ``br`` instead of standing in paragraphs,
    as before style sheets; None on other pages. trafilatura makes one line of it."""
    whole = survey.says[0]
    in_paragraphs = sum(survey.says[n] for n, element in enumerate(survey.elements) if element.tag == "p")
    if whole < 500 or in_paragraphs > 0.2 * whole:
        return None
    number = 0
    while True:
        inner = next((child for child in survey.children(number) if survey.says[child] >= 0.75 * whole), None)
        if inner is None:
            break
        number = inner
    breaks = sum(survey.elements[inside].tag == "br" for inside in survey.inside(number))
    own = survey.says[number] - sum(
        survey.says[child] for child in survey.children(number) if survey.elements[child].tag not in _INLINE
    )
    is_broken = breaks > 2 and breaks * 1500 >= survey.says[number] and own >= 0.6 * survey.says[number]
    return number if is_broken else None


def _homes(survey: Survey, lines: Iterable[str]) -> dict[int, int]:
    """The elements in which these lines stand, each with how much of them."""
    long = {line for line in lines if len(line) >= _MIN_CONTAINER}
    homes: dict[int, int] = {}
    for number, element in enumerate(survey.elements):
        is_line = element.tag in _LINES and survey.size(number) >= _MIN_CONTAINER and not survey.is_gone(number)
        if is_line and (text := text_of(element)) in long:
            homes[survey.parents[number]] = homes.get(survey.parents[number], 0) + len(text)
    return homes


def _pieces(survey: Survey, homes: Mapping[int, int]) -> list[int]:
    """The boxes of one make that a text is spread over, where trafilatura stopped after some of them: advertisements
    stand between. They say much more than it found, stand in one article, and none leads elsewhere as cards do."""
    richest = max(homes, key=lambda number: homes[number], default=None)
    if richest is None or survey.names[richest] == " ":
        return []
    make, article = (survey.elements[richest].tag, survey.names[richest]), _article_of(survey, richest)
    alike = [
        number
        for number, name in enumerate(survey.names)
        if name == make[1] and survey.elements[number].tag == make[0] and _is_piece(survey, number)
    ]
    alike = [number for number in _outermost(survey, alike) if _article_of(survey, number) == article]
    much_more = sum(map(survey.size, alike)) > _MUCH_MORE * sum(homes.values())
    return alike if len(alike) > 1 and richest in alike and much_more else []


def _is_piece(survey: Survey, number: int) -> bool:
    if survey.is_gone(number) or survey.says[number] < _PIECE or survey.linked(number) > 0.3:
        return False
    return not any(survey.elements[n].tag in _HEADINGS and survey.linked(n) > 0.5 for n in survey.inside(number))


def _article_of(survey: Survey, number: int) -> int | None:
    return next((up for up in survey.ancestors(number) if survey.elements[up].tag == "article"), None)


def _beside(survey: Survey, homes: Iterable[int]) -> Iterator[str]:
    """The lines of headings, lists, quotes and tables that stand right beside an article's paragraphs."""
    for home in homes:
        for child in survey.children(home):
            is_part = survey.elements[child].tag in _BESIDE and survey.linked(child) < 0.5
            if is_part and not survey.is_gone(child):
                yield from lines_of(survey.elements[child])


def _headings(survey: Survey, outer: int, homes: Collection[int]) -> Iterator[str]:
    """Headings in boxes of their own (Elementor) between those that hold an article's paragraphs."""
    around = {up for home in homes for up in (home, *survey.ancestors(home)) if up >= outer}
    for number in survey.inside(outer):
        if survey.elements[number].tag in ("h2", "h3", "h4") and survey.linked(number) < 0.5:
            alone = (up for up in survey.ancestors(number) if survey.size(up) > survey.size(number))
            if next(alone, None) in around:
                yield text_of(survey.elements[number])


def _around(survey: Survey, lines: Sequence[str], weights: Mapping[int, int]) -> int | None:
    """The smallest element around the homes of most of these lines, if it holds `_MOSTLY` of them."""
    total = sum(weights.values())
    if not weights or total < 0.5 * sum(len(line) for line in set(lines) if len(line) >= _MIN_CONTAINER):
        return None
    richest = max(weights, key=lambda number: weights[number])
    make = (survey.elements[richest].tag, survey.names[richest])
    alike = [number for number in weights if (survey.elements[number].tag, survey.names[number]) == make]
    first, last = min(alike), max(alike)
    outer = next((n for n in (first, *survey.ancestors(first)) if survey.ends[n] > last), None)
    if outer is None or survey.elements[outer].tag in ("body", "html"):
        return None
    inside = sum(weight for number, weight in weights.items() if outer <= number < survey.ends[outer])
    return outer if inside >= _MOSTLY * total else None


def _chosen(survey: Survey, marked: int | None, learned: int | None) -> tuple[int | None, str]:
    """The marked container; the learned one where none is marked, or where it holds the marked one and more."""
    if learned is None or survey.size(learned) < _MIN_CONTAINER:
        return marked, "container"
    if marked is None or (learned < marked < survey.ends[learned]):
        return learned, "template"
    return marked, "container"


def _share_of(lines: Sequence[str], others: Sequence[str]) -> float:
    """Which part of some lines (by length) stands in others."""
    known = " ".join(others)
    whole = sum(map(len, lines))
    return sum(len(line) for line in lines if line in known) / whole if whole else 1.0


@lru_cache(maxsize=4096)
def _rank(name: str) -> int:
    """How specific a container's name is (0 best), or -1 for any other."""
    return next((rank for rank, pattern in enumerate(_RANKS) if pattern.search(name)), -1)


def container(survey: Survey) -> int | None:
    """The number of the marked container, when one is clearly it: of several (cards can be marked alike) the one with
    most text must hold nearly all of theirs."""
    ranked: dict[int, list[int]] = {}
    for number, element in enumerate(survey.elements):
        if survey.size(number) < _MIN_CONTAINER or element.tag in ("body", "html", "meta") or survey.is_gone(number):
            continue
        if survey.properties.get(number) == "articlebody":
            ranked.setdefault(-1, []).append(number)
        elif survey.names[number] != " " and (rank := _rank(survey.names[number])) >= 0:
            ranked.setdefault(rank, []).append(number)
    for rank in sorted(ranked):
        outer = _outermost(survey, ranked[rank])
        largest = max(outer, key=survey.size)
        if survey.size(largest) >= 0.8 * sum(map(survey.size, outer)):
            return largest
    return None


def _outermost(survey: Survey, numbers: Sequence[int]) -> list[int]:
    kept: list[int] = []
    for number in numbers:
        if not kept or number >= survey.ends[kept[-1]]:
            kept.append(number)
    return kept


def excerpt_of(paragraphs: Sequence[str], length: int = 300) -> str | None:
    """The first paragraph that is a sentence, cut at a word."""
    first = next((line for line in paragraphs if len(line) > 80 and _SENTENCE_END.search(line)), None)
    chosen = first or next(iter(paragraphs), None)
    if not chosen or len(chosen) <= length:
        return chosen
    return f"{chosen[:length].rpartition(' ')[0]} …"
