"""The title: whole, without the site's name, never a comment form's or a card's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipeline.extract.dates import date_spans
from pipeline.extract.markup import text_of
from pipeline.extract.places import Places
from pipeline.extract.structured import Structured
from pipeline.text import fold, tidy, tokens

_SEPARATOR = re.compile(r"\s+[|–—\-»›·•:*]+\s+|\s*[|»]\s*")
_TITLE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:entry|post|article|page|single|content|story|news|item|blog|yazi|haber|makale|icerik)[\s_-]*"
    r"(?:title|headline|heading|baslik|basligi|header-title)(?:$|[\s_-])|(?:^|\s)(?:headline|baslik|documentfirstheading|title|"
    r"p-name|contentheading)(?:$|\s)|(?:lbl|lit|ltr|txt)_?(?:baslik|title|headline)(?:$|\s)"
)
#: What programs call any page.
_NO_TITLE = re.compile(
    r"(?:yazi|haber|makale|icerik|duyuru|rapor|article|news)?[ -]?detay\w*|(?:news|article) details?|"
    r"untitled(?: document)?|(?:yeni sayfa|basliksiz belge|adsiz belge)(?: \d+)?|ana ?sayfa|home(?: page)?|"
    r"index|default"
)
_ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])$")
_AROUND = " |–—-»›·•:*"
_TAGS = frozenset(("h1", "h2", "h3", "div", "span", "p", "td", "a"))
_PLAIN = frozenset("b strong font big center div span p td".split())
_MOST_HEADINGS = 40
#: How alike a printed headline and a claim must be to be one title in two wordings.
_ALIKE = 0.6
_LONGEST_BRAND = 80
_INLINE_BOLD = frozenset(("b", "strong", "big"))
_BOLD = _INLINE_BOLD | {"h2", "h3", "h4"}
#: A bold title stands at most so many elements above a text, which is a line of so many characters.
_ABOVE_TEXT, _PROSE = 20, 80


@dataclass(frozen=True, slots=True)
class Title:
    """A title with its basis (``h1``, ``og``, ``json-ld``, ``meta``, ``title``, ``heading``, ``bold``; None without
    one), and the element that prints it, by its number in the survey."""

    text: str = ""
    basis: str | None = None
    number: int | None = None


def title_of(places: Places, structured: Structured, ignored: Collection[str] = (), sites: Sequence[str] = ()) -> Title:
    """The title of a page.

    Metadata titles are often cut (at 70 characters, or with an ellipsis) and printed ones can be the site's name or a
    section's, so each is checked with the other. Where the two are different wordings, WordPress prints the post's
    title and its plug-ins declare a template's, so the printed one counts; elsewhere the declared one was written by
    hand. `ignored` are folded texts that other pages of the site carry as well, `sites` what the site is called.
    """
    tree = places.survey.tree
    ignored = {*ignored, *map(fold, sites)}
    claims = [claim for claim in _claims(tree, structured, sites) if fold(claim[0]) not in ignored]
    printed = [(number, text) for number, text in _headings(places) if fold(text) not in ignored]
    if claims and not printed:
        printed = [(number, text) for number, text in _lesser_headings(places) if fold(text) not in ignored]
    if not claims:
        return Title(printed[0][1], "h1", printed[0][0]) if printed else _bold_line(places, ignored)
    number, heading, score = _best(printed, [text for text, _ in claims])
    lead, basis = claims[0]
    if not heading:
        for wording in (lead, *(_shortened(lead) if basis == "title" else ())):
            plain = _plain_line(places, wording)
            if plain is not None and (wording == lead or places.survey.linked(plain) < 0.5):
                return Title(wording, basis, plain)
    if heading and (_is_one_title(heading, lead) or (score >= _ALIKE and _prints_the_truth(tree, structured, basis))):
        return Title(_in_better_case(heading, lead), "h1", number)
    if heading and score >= _ALIKE and not _is_supported(claims, heading):
        return Title(heading, "h1", number)
    if basis == "title" and not heading:
        lead = _without_sections(places, lead)
    return Title(lead, basis, number if score >= _ALIKE else None)


def _best(printed: list[tuple[int, str]], claims: list[str]) -> tuple[int | None, str, float]:
    """The printed headline that fits a claim best."""
    best: tuple[int | None, str, float] = (None, "", 0.0)
    for number, heading in printed:
        score = max(_agreement(heading, claim) for claim in claims)
        if score > best[2]:
            best = (number, heading, score)
    return best


def _is_one_title(heading: str, claim: str) -> bool:
    return _agreement(heading, claim) >= 0.9


def _prints_the_truth(tree: HtmlElement, structured: Structured, basis: str) -> bool:
    return basis == "title" or is_wordpress(tree, structured)


def _is_supported(claims: list[tuple[str, str]], heading: str) -> bool:
    """A declared title that nothing else on the page resembles is a leftover."""
    lead = claims[0][0]
    return any(_agreement(other, lead) >= 0.3 for other in (heading, *(text for text, _ in claims[1:])))


def _in_better_case(heading: str, claim: str) -> str:
    """A headline in capitals, as its metadata write it."""
    same = heading.isupper() and not claim.isupper() and tokens(heading) == tokens(claim)
    return claim if same else heading


def is_wordpress(tree: HtmlElement, structured: Structured) -> bool:
    """True when a page was made by WordPress."""
    if any("wordpress" in value.lower() for value in structured.all("generator")):
        return True
    return any("/wp-" in (link.get("href") or "") for link in tree.iter("link"))


def site_name(structured: Structured) -> str | None:
    """What the site calls itself: og:site_name, the publisher in JSON-LD, or application-name."""
    named = structured.first("og:site_name", "application-name")
    publisher = next((node.get("name") for node in structured.ld("publisher") if isinstance(node, dict)), None)
    return named or (publisher if isinstance(publisher, str) else None)


def brand_names(places: Places, url: str) -> Iterator[str]:
    """What a page's headlines call the site: an h1 that is but a link to the front page."""
    survey = places.survey
    for number in places.headlines:
        text = text_of(survey.elements[number])
        if 2 < len(text) <= _LONGEST_BRAND and survey.linked(number) > 0.5:
            links = (element for element in survey.elements[number].iter("a"))
            if any(_is_front_page(link.get("href") or "", url) for link in links):
                yield text


def _is_front_page(href: str, url: str) -> bool:
    try:
        target = urlsplit(href.strip())
    except ValueError:
        return False
    own = not target.netloc or target.netloc == urlsplit(url).netloc
    return own and target.path in ("/", "/index.html", "/index.php", "") and bool(target.netloc or target.path)


def _claims(tree: HtmlElement, structured: Structured, sites: Iterable[str]) -> list[tuple[str, str]]:
    site, others = site_name(structured), list(sites)
    tag = tree.find(".//head/title")
    raw = [
        (structured.first("og:title"), "og"),
        (structured.ld_text("headline", "name"), "json-ld"),
        (structured.first("twitter:title", "dc.title", "dcterms.title", "citation_title", "parsely-title"), "meta"),
        (text_of(tag) if tag is not None else None, "title"),
    ]
    cleaned = [(_without_sites(tidy(claim), site, others), basis) for claim, basis in raw if claim]
    cleaned = [claim for claim in cleaned if claim[0] and not (site and fold(claim[0]) == fold(site))]
    cleaned = [claim for claim in cleaned if not _NO_TITLE.fullmatch(fold(claim[0]))]
    whole = [(claim, basis) for claim, basis in cleaned if not _ELLIPSIS.search(claim)]
    return _longest_of_a_kind(whole) or [(_ELLIPSIS.sub("", claim), basis) for claim, basis in cleaned]


def _longest_of_a_kind(claims: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A claim that another one merely continues was cut off: the longer one comes first. One that goes on with a
    separator names the site or a section, and was not cut."""
    if not claims:
        return []
    first = claims[0]
    for claim in claims[1:]:
        goes_on = len(claim[0]) > len(first[0]) >= 40 and fold(claim[0]).startswith(fold(first[0]))
        if goes_on and not _SEPARATOR.match(claim[0][len(first[0]) :]):
            first = claim
    return [first, *(claim for claim in claims if claim is not first)]


def _without_sites(title: str, site: str | None, others: Iterable[str]) -> str:
    """A title without what the page calls its site, else without one of the other names the site has, as it is."""
    bare = without_site(title, site)
    names = iter(others if bare == title else ())
    return next((cut for name in names if (cut := without_site(title, name, exactly=True)) != title), bare)


def without_site(title: str, site: str | None, *, exactly: bool = False) -> str:
    """A title without "… | Site" or "Site: …"; without a known site name nothing goes. Unless `exactly`, a part of it
    will do."""
    lead, colon, rest = title.partition(":")
    if site and colon and fold(lead.strip()) == fold(site):
        return rest.strip() or title
    if site and _SEPARATOR.search(site) and fold(title).startswith(fold(site)):
        return title[len(site) :].strip(_AROUND) or title
    parts = _SEPARATOR.split(title)
    if len(parts) < 2 or not site:
        return title
    wanted = fold(site)
    for index in (-1, 0):
        part = fold(parts[index])
        if part == wanted or (not exactly and len(part) > 2 and (part in wanted or wanted in part)):
            cut = title.rfind(parts[-1]) if index == -1 else len(parts[0])
            rest = title[:cut] if index == -1 else title[cut:]
            return rest.strip(_AROUND) or title
    return title


def _without_sections(places: Places, title: str) -> str:
    """A title without the site's sections at its end or in front, which the page's menus name."""
    parts = _SEPARATOR.split(title)
    if len(parts) < 2:
        return title
    links = (n for n, element in enumerate(places.survey.elements) if element.tag == "a" and places.elsewhere(n))
    sections = {fold(text_of(places.survey.elements[n])) for n in links if 2 < places.survey.size(n) <= _LONGEST_BRAND}
    while len(parts) > 1 and fold(parts[-1]) in sections:
        title = title[: title.rfind(parts.pop())].strip(_AROUND)
    while len(parts) > 1 and fold(parts[0]) in sections:
        title = title[len(parts.pop(0)) :].strip(_AROUND)
    return title


@lru_cache(maxsize=4096)
def _is_title_class(name: str) -> bool:
    return bool(_TITLE_CLASS.search(name))


def _headings(places: Places) -> list[tuple[int, str]]:
    """Printed headlines: every h1, then what is classed as an entry's title, outside of cards and widgets."""
    survey = places.survey
    first: list[tuple[int, str]] = []
    second: list[tuple[int, str]] = []
    for number, element in enumerate(survey.elements):
        if element.tag not in _TAGS or not 2 < survey.size(number) < 400:
            continue
        is_first = element.tag == "h1" or survey.properties.get(number) in ("headline", "name headline")
        if not is_first and not (survey.names[number] != " " and _is_title_class(survey.names[number])):
            continue
        if not is_first and (survey.linked(number) > 0.5 or places.elsewhere(number)):
            continue
        if 2 < len(text := text_of(element)) < 400:
            (first if is_first else second).append((number, text))
    return [*first, *second][:_MOST_HEADINGS]


def _lesser_headings(places: Places) -> list[tuple[int, str]]:
    """Headings of the second and third rank, where the only h1 is the site's name; they count where they say what the
    page's title says."""
    survey = places.survey
    found = [
        (number, text_of(element))
        for number, element in enumerate(survey.elements)
        if element.tag in ("h2", "h3") and 2 < survey.size(number) < 400 and not places.elsewhere(number)
    ]
    return found[:_MOST_HEADINGS]


def _shortened(title: str) -> Iterator[str]:
    """A document's title without its first or last part, which may be the site's name: the page tells which is right,
    by printing it. In front a site's name stands as often as a title, so what is cut behind it must be half as long."""
    cuts = list(_SEPARATOR.finditer(title))
    if cuts:
        yield title[cuts[0].end() :]
        front, behind = title[: cuts[-1].start()], title[cuts[-1].end() :]
        if len(front) >= 2 * len(behind):
            yield front


def _plain_line(places: Places, title: str) -> int | None:
    """The element that prints the title, where no heading does: old pages set it in bold or in a plain box."""
    survey, wanted = places.survey, fold(title)
    for number, element in enumerate(survey.elements):
        may_be = element.tag in _PLAIN and abs(survey.size(number) - len(title)) <= 8
        if may_be and not places.elsewhere(number) and fold(text_of(element)) == wanted:
            return number
    return None


def _bold_line(places: Places, ignored: Collection[str]) -> Title:
    """The largest heading or bold line right above the text of a page that calls no line its title, as before style
    sheets."""
    survey = places.survey
    begins = next((number for number, element in enumerate(survey.elements) if _is_prose(element)), 0)
    best, size = Title(), 0
    for number in range(max(0, begins - _ABOVE_TEXT), begins):
        element = survey.elements[number]
        is_line = element.tag in _BOLD and 8 <= survey.size(number) <= 200 and survey.linked(number) < 0.5
        if is_line and not places.elsewhere(number) and (height := _height(element)) > size:
            text = text_of(element)
            if fold(text) not in ignored and text[-1] not in ".:;" and not date_spans(text):
                best, size = Title(text, "bold" if element.tag in _INLINE_BOLD else "heading", number), height
    return best


def _is_prose(element: HtmlElement) -> bool:
    return element.tag in ("p", "td", "div", "span", "font") and len((element.text or "").strip()) >= _PROSE


def _height(element: HtmlElement) -> int:
    """How large a line is set: the ``size`` of the fonts around it (3 is a text's), 3 for one that is only bold, or as
    browsers show headings."""
    sizes = [3 if element.tag in _INLINE_BOLD else 8 - int(element.tag[1])]
    for around in (element, *islice(element.iterancestors(), 4)):
        digits = (around.get("size") or "").strip() if around.tag == "font" else ""
        if digits.isdigit():
            sizes.append(int(digits))
        elif digits.startswith("+") and digits[1:].isdigit():
            sizes.append(3 + int(digits[1:]))
    return max(sizes)


def _agreement(heading: str, claim: str) -> float:
    """How well a printed headline fits a claimed title (0–1); one that continues a cut claim fits well."""
    one, other = _folded(heading), _folded(claim)
    if one == other:
        return 1.0
    if len(other) >= 20 and one.startswith(other):
        return 0.95
    if len(one) >= 15 and other.startswith(one):
        return 0.9
    first, second = _words(heading), _words(claim)
    return len(first & second) / max(len(first | second), 1)


@lru_cache(maxsize=512)
def _folded(text: str) -> str:
    return fold(text)


@lru_cache(maxsize=512)
def _words(text: str) -> frozenset[str]:
    return frozenset(tokens(text))
