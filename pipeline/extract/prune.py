"""What is no part of an article on any site: taken out of the tree before the body is looked for.

Three kinds of evidence: what an element is called (class, id, role), what heading it stands under, and that it is one
of several sibling cards that lead to other pages. A site's own template adds to this; a page alone must do without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from pipeline.extract.markup import classes, drop, link_share, text_of
from pipeline.text import fold

#: Parts of class and id tokens. Word starts are anchored: "share" must not match "shareholder-letter".
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:"
    r"comments?|comment-(?:list|respond|form|area|template)|commentlist|respond|disqus|yorum(?:lar)?|"
    r"related|ilgili|benzer|similar|read-?more-?posts|you-may|recommended|more-(?:posts|stories|from)|jp-relatedposts|yarpp|"
    r"share|sharing|sharedaddy|paylas|social|addtoany|addthis|a2a|sosyal|"
    r"breadcrumbs?|bread-crumb|kirinti|"
    r"post-nav(?:igation)?|nav-links|nav-previous|nav-next|pagination|page-numbers|pager|post-navigation-link|"
    r"tags-links|tag-links|tagcloud|post-tags|entry-tags|etiketler|cat-links|entry-footer|post-categories|"
    r"reading-time|read-time|okuma-suresi|view-?count|post-views|entry-views|"
    r"author-(?:box|bio|info|card|description)|about-author|post-author-(?:box|bio)|yazar-(?:kutusu|hakkinda)|"
    r"newsletter|subscribe|subscription|e?bulten|mailchimp|"
    r"cookie(?:s|-notice|-bar|-banner|-consent)?|gdpr|consent|cerez|"
    r"widgets?|widget-area|sidebar|side-bar|secondary-sidebar|yan-menu|"
    r"popular-posts|recent-posts|latest-posts|son-yazilar|cok-okunan(?:lar)?|trending|"
    r"screen-reader-text|sr-only|visually-hidden|skip-link|"
    r"advert(?:isement)?s?|ad-(?:slot|container|wrapper|unit)|reklam|banner-ad|sponsor(?:ed)?|"
    r"print-only|noprint|no-print|toolbar|post-actions|entry-actions|"
    r"site-(?:header|footer)|masthead|colophon|footer-(?:widgets|menu|area)|main-navigation|mega-?menu"
    r")(?:$|[\s_-])"
)
#: Names that such patterns hit by accident, on whole pages and bodies.
_SPARED = re.compile(
    r"(?:^|\s)(?:single|post|page|hentry|entry-content|post-content|article-body|has-sidebar|no-sidebar)(?:$|\s|-)"
)
_NAVIGATION_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog"}
_TAGS_OUT = ("nav", "form", "script", "style", "noscript", "template", "dialog", "menu", "button", "select", "iframe")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: Headings under which no article text stands, folded.
_HEADED = re.compile(
    r"(?:ilgili|benzer|onerilen|diger|son|populer|en son|cok okunan|one cikan)\s+(?:yazi|haber|icerik|makale|"
    r"analiz|yayin|rapor)\w*|bunlar(?: da)? ilgini\w*.*|ilginizi cekebilir.*|cok okunanlar|"
    r"(?:\d+ )?yorum(?:lar)?(?: \(?\d+\)?)?|(?:bir )?(?:cevap|yorum) (?:yazin?|yap\w*|birak\w*)|yorum gonder|"
    r"yazar hakkinda|paylas|bu (?:yaziyi|haberi|icerigi) paylas\w*|etiketler|kategoriler|arsiv|related (?:posts?|"
    r"articles?|stories|content|publications?|reading|items?)|similar (?:posts|articles)|you (?:may|"
    r"might) (?:also )?(?:like|be interested).*|recommended(?: for you| reading)?|more (?:from|on|stories|"
    r"articles)\b.*|read (?:more|next)|(?:recent|latest|popular) (?:posts|articles|comments)|leave a (?:reply|"
    r"comment)|(?:\d+ )?(?:comments?|responses?|replies|thoughts on .*)|join the (?:conversation|discussion)|"
    r"about the author|share this.*|share|tags|sign up.*|subscribe.*|post navigation|yazi (?:dolasimi|gezinmesi|"
    r"gezintisi)"
)
_ARTICLE_PARTS = ("p", "blockquote", "pre")


def prune(tree: HtmlElement, url: str, extra: Iterable[HtmlElement] = ()) -> list[str]:
    """Take boilerplate out of a tree, in place; what was removed, for explanations.

    `extra` are elements that a source's own rules or template name. The body element itself is never removed.
    """
    removed = [_out(element, "rule") for element in extra if element.getparent() is not None]
    removed += [_out(element, "tag") for element in list(tree.iter(*_TAGS_OUT)) if _attached(element, tree)]
    removed += [_out(element, "name") for element in _named(tree) if _attached(element, tree)]
    removed += [_out(element, "heading") for element in _headed(tree) if _attached(element, tree)]
    removed += [_out(element, "cards") for element in _cards(tree, url) if _attached(element, tree)]
    return [note for note in removed if note]


def _attached(element: HtmlElement, tree: HtmlElement) -> bool:
    """False when an ancestor was already taken out."""
    root = element
    for root in element.iterancestors():  # noqa: B007  (the last one is wanted)
        pass
    return root is tree or root is tree.getroottree().getroot()


def _out(element: HtmlElement, why: str) -> str:
    name = f"{element.tag}.{(element.get('class') or element.get('id') or '').strip().replace(' ', '.')}"
    drop(element)
    return f"{why}: {name}"


def _named(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Elements whose class, id or role says that they are furniture, unless most of the page's prose is in them."""
    prose = _prose(tree)
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in ("html", "body", "main", "article", *_HEADINGS):
            continue
        role = (element.get("role") or "").lower()
        hidden = "display:none" in (element.get("style") or "").replace(" ", "").lower()
        named = _NAMED.search(classes(element))
        if not (named or role in _NAVIGATION_ROLES or hidden or element.tag == "footer"):
            continue
        if named and _SPARED.search(element.get("class") or ""):
            continue
        if _prose(element) * 2 <= prose:
            yield element


def _prose(element: HtmlElement) -> int:
    """How many characters stand in paragraphs."""
    return sum(len("".join(part.itertext())) for part in element.iter(*_ARTICLE_PARTS))


def _headed(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Boxes that begin with a heading such as "İlgili Yazılar", or that heading and what follows it."""
    for heading in list(tree.iter(*_HEADINGS, "strong", "legend", "div", "span", "p")):
        if heading.tag in ("div", "span", "p", "strong") and len(heading) > 1:
            continue
        text = fold(text_of(heading)).strip(" :*»›-–—")
        if not text or len(text) > 60 or not _HEADED.fullmatch(text):
            continue
        yield from _box_of(heading, tree)


def _box_of(heading: HtmlElement, tree: HtmlElement) -> list[HtmlElement]:
    """The largest box around a heading that holds nothing before it and little prose; else the heading with the lists
    and cards that follow it."""
    box, limit = heading, max(200, _prose(tree) // 3)
    for parent in heading.iterancestors():
        if parent.tag in ("body", "html", "main", "article") or _text_before(parent, heading) or _prose(parent) > limit:
            break
        box = parent
    if box is not heading:
        return [box]
    return [heading, *_link_blocks_behind(heading)]


def _text_before(parent: HtmlElement, heading: HtmlElement) -> bool:
    for element in parent.iter():
        if element is heading:
            return False
        if (element.text or "").strip() and not any(True for _ in _within(element, heading)):
            return True
        if element is not parent and (element.tail or "").strip():
            return True
    return False


def _within(element: HtmlElement, heading: HtmlElement) -> Iterator[HtmlElement]:
    return (ancestor for ancestor in element.iterancestors() if ancestor is heading)


def _link_blocks_behind(heading: HtmlElement) -> Iterator[HtmlElement]:
    for sibling in heading.itersiblings():
        if sibling.tag in _HEADINGS or (sibling.tag == "p" and link_share(sibling) < 0.5):
            return
        if link_share(sibling) >= 0.5 or sibling.find(".//a") is not None:
            yield sibling


def _cards(tree: HtmlElement, url: str) -> Iterator[HtmlElement]:
    """Runs of three or more sibling boxes of one make, each of which leads to one other page and says little more."""
    for parent in list(tree.iter("div", "section", "ul", "ol", "aside", "main", "article")):
        children = [child for child in parent if isinstance(child.tag, str)]
        if len(children) < 3:
            continue
        groups: dict[tuple[str, str], list[HtmlElement]] = {}
        for child in children:
            groups.setdefault((child.tag, _make(child)), []).append(child)
        for (tag, make), group in groups.items():
            if len(group) >= 3 and tag in ("div", "li", "article", "section", "a") and (make or tag == "article"):
                cards = [child for child in group if _is_card(child, url)]
                if len(cards) >= 3 and len(cards) * 4 >= len(group) * 3:
                    yield from cards


def _make(element: HtmlElement) -> str:
    """Class tokens without the numbers that make each card unique."""
    return " ".join(sorted(re.sub(r"\d+", "#", token) for token in (element.get("class") or "").split()))


def _is_card(element: HtmlElement, url: str) -> bool:
    targets = {
        target
        for link in ([element] if element.tag == "a" else element.iter("a"))
        if (target := _target(url, link.get("href") or ""))
    }
    if not targets or len(targets) > 4 or len(text_of(element)) > 600:
        return False
    titled = any(element.iter(*_HEADINGS)) or element.find(".//img") is not None or "title" in classes_below(element)
    return titled and _prose(element) < 450


def classes_below(element: HtmlElement) -> str:
    """All class names inside an element, as one string."""
    return " ".join(child.get("class") or "" for child in element.iter())


def _target(url: str, href: str) -> str | None:
    """The other page of the same site that a link leads to."""
    try:
        target = urlsplit(urljoin(url, href))
    except ValueError:
        return None
    here = urlsplit(url)
    same_page = (target.netloc, target.path) == (here.netloc, here.path)
    return target.path if target.scheme in ("http", "https") and not same_page else None
