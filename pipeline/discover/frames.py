"""What of a page is its frame: menus, headers, footers, sidebars; their links lead to no articles of a list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from lxml import html

from pipeline.discover.documents import local_name

_CHROME = frozenset(("nav", "footer", "aside", "form", "menu", "dialog", "noscript", "template"))
#: Class and id words of a page's frame. Whole words, since "entry-header" and "has-sidebar" frame nothing.
_FRAME = re.compile(
    r"(?:(?:site|main|top|page|global|primary|secondary|mobile|off-?canvas|mega)?[-_]?"
    r"(?:nav|navbar|navigation|menu|megamenu|footer|sidebar|breadcrumbs?|masthead|topbar|toolbar)(?:[-_]?\d+)?)"
    r"|(?:site|page|main|global|top)[-_]header|widget(?:[-_]area)?|pagination|pager|share|social(?:[-_]\w+)?|cookie[\w-]*"
    r"|comments?|tagcloud|tag-links|cat-links|related(?:[-_]\w+)?|login|search-form|lang(?:uage)?[-_]?(?:switch\w*|menu|nav)?"
    r"|contentinfo|complementary|portal(?:top|footer|-\w*nav\w*|-column-\w+|-breadcrumbs)|kirinti|dil-?secim\w*|ust-?menu|alt-?menu|yan-?menu",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"(?:[\w-]+[-_])?(?:nav|navbar|navigation|menu|megamenu)(?:[-_](?:list|items?|main|primary|\d+))?", re.I
)
#: Lists of further articles that a system dresses as a menu: Joomla's below a blog page.
_NO_FRAME = "items-more"
#: A form with so many links is no form to fill in but a page of ASP.NET or a table of Joomla.
_LINKS_OF_A_PAGE = 4


def in_frame(anchor: html.HtmlElement) -> bool:
    """Whether a link stands in a page's frame: menus, footers, sidebars; a header only outside of any article."""
    in_article = False
    above: html.HtmlElement
    for above in anchor.iterancestors():
        name = local_name(above)
        if name in ("html", "body"):
            return False
        in_article = in_article or name in ("article", "main")
        # an aside may feature the newest article (Pelican's stock theme)
        if name in _CHROME and not (name in ("form", "aside") and in_article) and not _holds_page(above, name):
            return True
        if name == "header" and not in_article and _heads_page(above):
            return True
        if any(_frames(word) for word in words_of(above)) and _NO_FRAME not in words_of(above.getparent()):
            return True
    return False


def in_menu(anchor: html.HtmlElement) -> bool:
    """Whether a link stands in a menu: what names a site's sections, not its popular articles."""
    return any(
        local_name(above) in ("nav", "menu") or any(_MENU.fullmatch(word) for word in words_of(above))
        for above in anchor.iterancestors()
        if local_name(above) not in ("html", "body")
    )


def words_of(element: html.HtmlElement | None) -> Iterable[str]:
    """An element's class, id and role words."""
    if element is None:
        return []
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"[:1000].split()


def _holds_page(form: html.HtmlElement, name: str) -> bool:
    return name == "form" and sum(1 for _ in islice(form.iter("a"), _LINKS_OF_A_PAGE)) == _LINKS_OF_A_PAGE


def _heads_page(header: html.HtmlElement) -> bool:
    """Whether a ``header`` element is the page's, not an article's."""
    return local_name(header.getparent()) == "body" or next(header.iter("nav"), None) is not None


@lru_cache(maxsize=4096)
def _frames(word: str) -> bool:
    return _FRAME.fullmatch(word) is not None
