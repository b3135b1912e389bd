"""What furniture is called on the sites of many systems: by class and id, by its heading, by its buttons' names."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.extract.survey import plain_name
from pipeline.text import fold

#: Furniture whatever its size: beside a short article the comments are most of the page's text.
_ALWAYS = re.compile(
    r"(?:^|\s)(?:"
    r"comments|comment-(?:list|respond|form|area|template|wrapper|section)|commentlist|respond|disqus(?:_thread)?|yorumlar|"
    r"related|related-?(?:posts?|articles?|content|news|stories)|ilgili|benzer|jp-relatedposts|yarpp|"
    r"sharedaddy|addtoany|addthis|a2a|a2a_kit|sharethis|ssba|heateor|"
    r"breadcrumbs?|bread-crumb|kirinti|"
    r"cookie-(?:notice|bar|banner|consent|law)|"
    r"wp-block-(?:latest-posts|latest-comments|comments|post-comments(?:-form)?|tag-cloud|categories|archives|social-links)|"
    r"ew-(?:posts|share-buttons|author-box|search-form|nav-menu|social-icons|post-comments|sitemap)|"
    r"site-footer|colophon|footer-(?:widgets|menu|area)|main-navigation|mega-?menu"
    r")(?:$|[\s_-])"
)
#: Furniture unless most of the page's text is in it: these words also name other things.
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:"
    r"comment|yorum|similar|read-?more-?posts|you-may|recommended|more-(?:posts|stories|from)|"
    r"share|sharing|paylas|social|sosyal|"
    r"post-nav(?:igation)?|nav-links|nav-previous|nav-next|pagination|page-numbers|page-links|pager|pagenav|post-navigation-link|"
    r"tags-links|tag-links|tagcloud|tags?-list|post-tags|entry-tags|etiketler|cat-links|entry-footer|post-categories|"
    r"field-name-field-tags|field--name-field-tags|wp-block-post-(?:terms|date|author|author-name|navigation-link|title)|"
    r"reading-time|read-time|okuma-suresi|view-?count|post-views|entry-views|"
    r"author-(?:box|bio|info|card|description)|about-(?:the-)?author|post-author-(?:box|bio)|yazar-(?:kutusu|hakkinda|bilgi)|"
    r"documentbyline|createdate|modifydate|createdby|post-info|post-meta|entry-meta|article-info|submitted|dateline|"
    r"newsletter|cta|call-to-action|sign-?up|abone|subscribe|subscription|e?bulten|mailchimp|mc_embed_signup|"
    r"cookies?|consent|gdpr|cerez|trending|portlet|moduletable|widget-area|sidebar|side-bar|yan-menu|"
    r"popular-posts|recent-posts|latest-posts|son-yazilar|cok-okunan(?:lar)?|site-header|masthead|"
    r"screen-reader-text|sr-only|visually-hidden|visuallyhidden|element-invisible|skip-link|"
    r"advert(?:isement)?s?|ad-(?:slot|container|wrapper|unit)|adsbygoogle|reklam|banner-ad|sponsor(?:ed)?|"
    r"print-only|noprint|no-print|toolbar|post-actions|entry-actions|"
    r"wp-caption-text|(?:image|photo|img|picture|media)-?_?(?:caption|credit|copyright|source)|caption-text|resim-alti|"
    r"(?:ez-|lw?p?)?toc(?:[_-]?container)?|table-of-contents|icindekiler|copyright|licen[sc]e|gallery-caption|slideshow|carousel|popup|modal|lightbox"
    r")(?:$|[\s_-])|(?:^|\s)widgets?(?:$|[\s_-])"
)
#: Names that such patterns hit by accident, on whole pages and bodies.
_SPARED = re.compile(
    r"(?:^|\s)(?:single|post|page|hentry|entry-content|post-content|article-body|has-sidebar|no-sidebar|node|item-page)(?:$|\s)"
)
#: Headings under which no article text stands, folded.
_HEADED = re.compile(
    r"(?:ilgili|benzer|onerilen|diger|son|populer|en son|cok okunan|one cikan)\s+(?:yazi|haber|icerik|makale|"
    r"analiz|yayin|rapor)\w*|bunlar(?: da)? ilgini\w*.*|ilginizi cekebilir.*|cok okunanlar|"
    r"(?:\d+ )?yorum(?:lar)?(?: \(?\d+\)?)?|(?:bir )?(?:cevap|yorum) (?:yazin?|yap\w*|birak\w*)|yorum gonder|"
    r"yazar hakkinda|icindekiler|(?:table of )?contents|on this page|in this article|"
    r"how to cite(?: this.*)?|cite (?:this|as)\b.*|nasil atif yapilir|atif icin|kaynak gosterme|"
    r"paylas|bu (?:yaziyi|haberi|icerigi) paylas\w*|etiketler|kategoriler|arsiv|related (?:posts?|"
    r"articles?|stories|content|publications?|reading|items?|news)|similar (?:posts|articles)|you (?:may|"
    r"might) (?:also )?(?:like|be interested).*|recommended(?: for you| reading)?|more (?:from|on|stories|"
    r"articles)\b.*|read (?:more|next)|(?:recent|latest|popular) (?:posts|articles|comments)|leave a (?:reply|"
    r"comment)|(?:\d+ )?(?:comments?|responses?|replies|thoughts on .*)|join the (?:conversation|discussion)|"
    r"about the author|share this.*|share|tags|sign up.*|subscribe.*|post navigation|yazi (?:dolasimi|gezinmesi|"
    r"gezintisi)"
)
#: How many readers said something; a heading without a number may be the article's kind (Yorum: commentary).
_COUNTED = re.compile(r"\d+ (?:yorum|comments?|responses?|replies)|(?:yorum(?:lar)?|comments?) ?\(\d+\)")
_BUTTON = re.compile(r"(?:^|[\s_-])(?:btn|button|buton)(?:$|[\s_-])")
LONGEST_HEADING = 60


@lru_cache(maxsize=8192)
def rank_of(name: str) -> int:
    """2 for furniture whatever its size, 1 unless most of the page is in it, 0 for anything else."""
    name = plain_name(name)
    if not (_ALWAYS.search(name) or _NAMED.search(name)) or _SPARED.search(name):
        return 0
    return 2 if _ALWAYS.search(name) else 1


@lru_cache(maxsize=4096)
def announces_furniture(text: str) -> bool:
    """True for a heading under which no article text stands ("İlgili Yazılar")."""
    return len(text) <= LONGEST_HEADING and bool(_HEADED.fullmatch(fold(text).strip(" :*»›-–—")))


def counts_readers(text: str) -> bool:
    """True for a heading that says how many readers said something."""
    return bool(_COUNTED.fullmatch(fold(text).strip(" :")))


@lru_cache(maxsize=4096)
def is_button(name: str) -> bool:
    """True for a link that is called a button."""
    return bool(_BUTTON.search(name))
