"""Which parts of a page speak of its article, and which of others: where titles, names and dates may be read."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

from pipeline.extract.markup import text_of
from pipeline.extract.survey import Survey, plain_name

#: Names of parts that speak of other texts or of readers: comments, cards, widgets, navigation.
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentlist|respond|yorum(?:lar)?|related|ilgili|benzer|similar|sidebar|side-bar|widgets?|footer|"
    r"recent|popular|latest|trending|cards?|teasers?|share|sharing|paylas|social|sosyal|menu|nav|navigation|navbar|breadcrumbs?|"
    r"newsletter|most-read|cok-okunan(?:lar)?|site-header|masthead|topbar|top-bar|slider|carousel|swiper|owl)(?:$|[\s_-])"
)
#: Of these, what never is the frame of an article, however much stands in it.
_NEVER_FRAME = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentlist|respond|yorum(?:lar)?|related|ilgili|benzer|similar)(?:$|[\s_-])"
)
_AUTHOR_BOX = re.compile(
    r"(?:^|[\s_-])(?:author-?_?(?:box|bio|info|card|description|profile|area)|about-(?:the-)?author|yazar-(?:kutusu|hakkinda|bilgi))"
    r"(?:$|[\s_-])"
)
#: Where stock themes of many systems print who wrote a text and when.
_OWN = re.compile(r"(?:^|\s)(?:entry|post|article|blog-post|node|content)[-_]+(?:footer|meta|nav-meta|card)")
#: Where services and mail programs take a page that a reader passes on.
_SHARE_LINK = re.compile(
    r"(?i)^(?:https?:)?//(?:[\w-]+\.)*(?:(?:twitter|x)\.com/(?:intent/(?:tweet|post)|share|home\?status=)|"
    r"facebook\.com/(?:sharer|share\.php|dialog/(?:share|feed|send))|"
    r"linkedin\.com/(?:sharearticle|sharing/share-offsite|cws/share|feed/\?shareactive)|"
    r"(?:wa\.me/|(?:api|web)\.whatsapp\.com/send)/?\?text=|(?:t|telegram)\.me/share|"
    r"reddit\.com/submit|news\.ycombinator\.com/submitlink|pinterest\.com/pin/create|bsky\.app/intent/compose|"
    r"vk\.com/share\.php|tumblr\.com/(?:share|widgets/share))|^whatsapp://send|^mailto:\?"
)
_LONGEST_SERVICE = 25
_TERM_LINK = re.compile(
    r"/(?:tags?|etiket(?:ler)?|category|categories|kategori(?:ler)?|topics?|konu(?:lar)?|taxonomy)/|"
    r"[?&](?:tag|cat|etiket|kategori)="
)
_PAGER = re.compile(r"(?:^|[\s_-])(?:pager|pagination|pagenavi|page-numbers|sayfalama)(?:$|[\s_-])")
_TAGS = frozenset(("aside", "nav"))
_WINDOW_BEFORE, _WINDOW_AFTER = 25, 60
#: A sentence is longer, a line about the text shorter; what is longer still is no standfirst but the text.
_SENTENCE, _PROSE = 60, 320
_SENTENCE_END = re.compile(r"[.!?…][\"”’»)\]]*\s*$")


@lru_cache(maxsize=8192)
def _is_elsewhere(name: str) -> bool:
    return bool(_ELSEWHERE.search(plain_name(name))) and not _OWN.search(name)


@lru_cache(maxsize=8192)
def is_author_box(name: str) -> bool:
    """True for the box that introduces an article's writer, usually below it."""
    return bool(_AUTHOR_BOX.search(name))


@lru_cache(maxsize=8192)
def is_pager(name: str) -> bool:
    """True for the links that lead through the pages of a list."""
    return bool(_PAGER.search(name))


def is_term_link(link: HtmlElement) -> bool:
    """True for a link to a term's page: a tag's, a category's, a topic's."""
    return "tag" in (link.get("rel") or "").split() or bool(_TERM_LINK.search(link.get("href") or ""))


def is_share_link(link: HtmlElement) -> bool:
    """True for a link that passes this page on and is called by where to; a sentence to be tweeted is text."""
    return bool(_SHARE_LINK.match((link.get("href") or "").strip())) and len(text_of(link)) <= _LONGEST_SERVICE


class Places:
    """Where one page's article is spoken of. Read it before anything is removed from the tree."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.headlines = [number for number, element in enumerate(survey.elements) if element.tag == "h1"]
        self._apart = self._elsewhere()

    def elsewhere(self, number: int) -> bool:
        """True inside comments, cards, widgets, navigation, one of many articles: other texts' names and dates."""
        return bool(self._apart[number])

    def _elsewhere(self) -> bytearray:
        """Parts that hold the page's only headline, or most of its text, are its frame, whatever they are called: all
        parts of Blogger's pages are widgets."""
        survey, flags = self.survey, bytearray(len(self.survey.elements))
        framing = self._framing()
        for number, name in enumerate(survey.names):
            parent = survey.parents[number]
            if parent >= 0 and flags[parent]:
                flags[number] = 1
            elif parent > 0 and number not in framing:
                tag = survey.elements[number].tag
                named = name != " " and tag not in ("body", "article", "main") and _is_elsewhere(name)
                named = named and not (name.split() == ["footer"] and self._is_in_article(number))
                named = named and (survey.says[number] * 2 <= survey.says[0] or bool(_NEVER_FRAME.search(name)))
                apart = tag in _TAGS or (tag == "footer" and not self._is_in_article(number))
                flags[number] = named or apart or (tag == "article" and self._is_one_of_many(number))
        return flags

    def _framing(self) -> set[int]:
        if not 1 <= len(self.headlines) <= 2:
            return set()
        return {parent for headline in self.headlines for parent in self.survey.ancestors(headline)}

    def _is_in_article(self, number: int) -> bool:
        elements = (self.survey.elements[parent] for parent in self.survey.ancestors(number))
        return any(
            element.tag in ("article", "main") or (element.get("itemtype") or "").endswith("Article")
            for element in elements
        )

    def _is_one_of_many(self, number: int) -> bool:
        """True for an article among its like, or inside of another: a card."""
        elements, parents = self.survey.elements, self.survey.parents
        if any(elements[parent].tag == "article" for parent in self.survey.ancestors(number)):
            return True
        siblings = sum(elements[child].tag == "article" for child in self.survey.children(parents[number]))
        return bool(siblings > 1)

    def window(self, headline: int | None) -> range:
        """The elements around the headline, up to where the text begins: there a page prints date and writer. One short
        paragraph may be a standfirst; a second one is the text."""
        if headline is None:
            return range(0)
        survey, standfirst = self.survey, False
        end = min(len(survey.elements), headline + _WINDOW_AFTER, self._end_of_article(headline))
        for number in range(survey.ends[headline], end):
            size = self._sentence(number)
            if size > _PROSE or (size and standfirst):
                end = number
                break
            standfirst = standfirst or bool(size)
        return range(max(0, headline - _WINDOW_BEFORE), end)

    def _end_of_article(self, number: int) -> int:
        """Where the ``article`` around an element ends, if it holds some text; what follows is about others."""
        around = (up for up in self.survey.ancestors(number) if self.survey.elements[up].tag == "article")
        article = next((up for up in around if self.survey.says[up] > _PROSE), 0)
        return self.survey.ends[article]

    def _sentence(self, number: int) -> int:
        """How long the sentences are that an element says itself; 0 for other lines and for boxes."""
        element, size = self.survey.elements[number], self.survey.says[number]
        if size <= _SENTENCE:
            return 0
        if element.tag in ("p", "blockquote", "td", "li"):
            return size if size > _PROSE or _SENTENCE_END.search("".join(element.itertext())) else 0
        own = (element.text or "").strip() if element.tag in ("div", "span", "font") else ""
        return len(own) if len(own) > _SENTENCE and _SENTENCE_END.search(own) else 0
