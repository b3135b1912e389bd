"""Is a page an article? Reasons why not, and whether it asks to be left out of indexes.

Shortness alone never decides. Stock sitemaps list protected posts, members' pages, static pages and archives, so the
page itself has to say what it is: its content system's body class, its structured data, its forms, its make-up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from pipeline.extract import who
from pipeline.extract.markup import text_of
from pipeline.extract.reading import Reading
from pipeline.extract.structured import Structured
from pipeline.models import Page
from pipeline.text import fold
from pipeline.urls import host_of, resolve

_LISTING_CLASSES = frozenset(
    "archive category tag author search search-results blog date home post-type-archive tax-archive paged".split()
)
_ARTICLE_CLASSES = frozenset("single single-post single-format-standard node-type-article postid".split())
_LISTING_PATH = re.compile(
    r"^/(?:[a-z]{2}/)?(?:(?:category|kategori|kategoriler|tag|tags|etiket|etiketler|search|arama|feed)(?:/|$)|"
    r"(?:authors?|yazar)(?:/[^/]+)?/?$|(?:page|sayfa|topics?|konu|archive|arsiv)(?:/\d+)*/?$)"
)
#: Folders that list articles, and in which some sites keep them: /arsiv/haber/123, /yazar/ayse-demir/yeni-denge
_LISTING_FOLDER = re.compile(r"^/(?:[a-z]{2}/)?(?:authors?|yazar|topics?|konu|page|sayfa|archive|arsiv)/")
_STATIC_SLUGS = re.compile(
    r"(?:hakkimizda|hakkinda|biz-kimiz|about(?:-us)?|iletisim|bize-ulasin|contact(?:-us)?|kunye|imprint|impressum|gizlilik(?:-politikasi)?|"
    r"privacy(?:-policy)?|kvkk(?:-.*)?|cerez-politikasi|cookie-policy|terms(?:-of-(?:use|service))?|kullanim-kosullari|site-haritasi|"
    r"sitemap|uye-girisi|uye-ol|giris|login|register|kayit|kariyer|careers|yonetim-kurulu|ekibimiz|our-team|bagis|donate)"
)
#: Pages about a house that no other evidence may speak against.
_ABOUT_SLUGS = re.compile(
    r"(?:yayin|editoryal|etik|kurumsal)-(?:ilke|politika|kural|esas)\w*|(?:editorial|publication|publishing|ethical|ethics|privacy|"
    r"cookie)-(?:principles|policy|policies|guidelines|standards|notice)|(?:misyon|vizyon|mission|vision)(?:-\w+){0,3}|tarihcemiz|"
    r"(?:yayin|danisma|bilim|yurutme|denetleme|editor)-kurul\w*|(?:advisory|editorial|executive)-board|board-of-\w+|"
    r"(?:who-we-are|what-we-do|our-(?:mission|story|history|people|staff|experts|board|work))|staff|team|kadromuz|"
    r"organizasyon-semasi|yazim-kurallari|sss|sikca-sorulan-sorular|faq|reklam-ver|abonelik|subscribe|telif(?:-\w+)?|"
    r"kvkk.*|aydinlatma-metni.*|cerez-\w+|yasal-\w+|legal(?:-\w+)?|accessibility|site-map|rss(?:-\w+)?|links|linkler"
)
_ABOUT_FOLDERS = frozenset(
    "pages page sayfalar kurumsal hakkimizda about about-us corporate institutional biz-kimiz".split()
)
_GONE_WORDS = re.compile(
    r"(?:(?:error|hata|http)? ?404(?: ?[-–—:|!.]? ?(?:error|hata\w*|(?:page )?not found|"
    r"(?:sayfa )?bulunamad\w*))?|"
    r".*(?:sayfa|icerik|yazi) bulunamad\w*.*|.*(?:aradiginiz|istediginiz) (?:sayfa|icerik).{0,40}(?:bulunam|yok)\w*.*|"
    r".*page (?:you .{0,40})?(?:not found|(?:can|could) ?not be found|does not exist).*|not found|nothing found|"
    r".*sayfa mevcut degil.*)"
)
_MEMBERS_WORDS = re.compile(
    r"(?:bu (?:iceri[kg]|yazi|sayfa|makale|rapor).{0,40}(?:uyelere|abonelere|sifre|parola)|"
    r"(?:uye|abone) (?:girisi (?:yap\w*iz|icin|gerek\w*)|olmaniz)|"
    r"(?:this (?:content|page|article) is|available) (?:password protected|for (?:members|subscribers) only)|"
    r"members only|(?:please|you must) (?:log|sign) in(?! to (?:comment|reply|leave|post))|"
    r"giris yapmaniz gerek|oturum acmaniz gerek)"
)
#: A consent wall asks its reader something in the site's own name; an article about cookies does not.
_CONSENT_WORDS = re.compile(r"cerez|cookie")
_CONSENT_ASKED = re.compile(
    r"sitemiz|kullaniyoruz|cerez (?:tercih|ayar|politika)|we use|our (?:web)?site|this (?:web)?site|"
    r"cookie (?:settings|preferences)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
#: Less than this is no article that a list of cards could stand beside, unless something marks it as one.
_LITTLE = 400
#: A path of WordPress's own, with the host before it where one is named.
_WORDPRESS_PATH = re.compile(
    rb"(?:(?:https?:)?//(?P<host>[^/\s\"'<>:]{1,253})[^\s\"'<>]{0,200}?|(?<=[\"'(=])[\w./-]{0,100}?)/wp-(?:content|includes|json)/"
)
_LOGIN_PROSE = 60
#: So much, for each character in them, is said beside the cards of a page that has no text of its own.
_BESIDE_CARDS = 0.2
#: A sentence's and a page's worth of text, and how a house speaks of itself.
_SENTENCE, _PAGEFUL = 60, 1500
_OUR_HOUSE = re.compile(
    r"\b(?:merkez|enstitu|vakf|dernek|dernegi|kurum|kurulus|dergi|site|ekib|misyon|vizyon|amac|ilke|yayin|faaliyet|uye|proje)"
    r"[a-z]{0,4}(?:imiz|umuz)\w*|\bour (?:mission|vision|aims?|team|cent(?:er|re)|institute|foundation|association|"
    r"organi[sz]ation|website|site|journal|work|members|readers|partners)\b"
)


def asks_noindex(page: Page, structured: Structured) -> bool:
    """True when meta robots or X-Robots-Tag say ``noindex`` or ``none``, to all or to us by name."""
    metas = structured.all("robots", "mecmua", "googlebot")
    headers = [value for name, value in page.headers if name.lower() == "x-robots-tag"]
    return any(_says_noindex(value) for value in metas) or any(_header_says_noindex(value) for value in headers)


def _says_noindex(value: str) -> bool:
    return bool({"noindex", "none"} & {part.strip().lower() for part in value.split(",")})


def _header_says_noindex(value: str) -> bool:
    """``X-Robots-Tag: otherbot: noindex`` is not for us."""
    agent, colon, rules = value.partition(":")
    if colon and agent.strip().lower() not in ("mecmua", "noindex", "none", "unavailable_after"):
        return False
    return _says_noindex(rules if colon and agent.strip().lower() == "mecmua" else value)


def before_reading(page: Page, tree: HtmlElement, structured: Structured, url: str) -> str | None:
    """Why a page cannot be an article, as far as its frame tells; None when it may be one."""
    body = tree.find(".//body")
    tokens = frozenset(((body.get("class") or "") if body is not None else "").lower().split())
    if "error404" in tokens or page.status in (404, 410):
        return "soft_404" if page.status == 200 else "gone"
    if tree.find(".//form[@class='post-password-form']") is not None or _password_form(tree):
        return "password_protected"
    is_article = bool(tokens & _ARTICLE_CLASSES) or bool(structured.articles)
    if not is_article:
        if structured.is_listing or (tokens & _LISTING_CLASSES and _is_wordpress(page)):
            return "listing"
        if "page" in tokens and any(token.startswith("page-id-") for token in tokens):
            return "static_page"
    if "attachment" in tokens:
        return "attachment"
    return None if is_article else _by_url(url)


def _is_wordpress(page: Page) -> bool:
    """Body classes mean what WordPress means by them on its pages alone; Pelican's stock theme has "home" on all. A
    picture from another site's WordPress says nothing of this one."""
    own = (urlsplit(page.url).hostname or "").removeprefix("www.").encode()
    hosts = (match["host"] for match in _WORDPRESS_PATH.finditer(page.body))
    return any(host is None or host.lower().removeprefix(b"www.") == own for host in hosts)


def _by_url(url: str) -> str | None:
    parts = urlsplit(url)
    path = fold(unquote(parts.path))
    if path in ("", "/", "/index.html", "/index.php") and not re.search(r"(?:^|&)(?:p|id|haber|yazi)=\d", parts.query):
        return "homepage"
    if _LISTING_PATH.match(path):
        return "listing"
    slug = path.rstrip("/").rpartition("/")[2].rpartition(".")[0] or path.rstrip("/").rpartition("/")[2]
    return "static_page" if _STATIC_SLUGS.fullmatch(slug) else None


def _password_form(tree: HtmlElement) -> bool:
    """A password field on a page that says nothing outside of its form; a login box beside a text is no wall."""
    for field in tree.iter("input"):
        if (field.get("type") or "").lower() != "password":
            continue
        chain = list(field.iterancestors())
        if any(node.tag in ("header", "nav", "footer", "aside") for node in chain):
            continue
        form = next((node for node in chain if node.tag == "form"), None)
        own = set(form.iter("p")) if form is not None else set()
        if sum(len("".join(part.itertext()).strip()) for part in tree.iter("p") if part not in own) < _LOGIN_PROSE:
            return True
    return False


def after_reading(reading: Reading, site_names: Sequence[str] = (), *, is_listed: bool = False) -> str | None:
    """Why a page is no article, now that it is read; None when it is one. A short text alone is no reason. `is_listed`:
    where its site lists its articles it lists this page too."""
    text = " ".join(reading.paragraphs)
    folded = fold(text[:2000])
    if len(text) < 600 and (_GONE_WORDS.fullmatch(fold(reading.title.text)) or _GONE_WORDS.fullmatch(folded)):
        return "soft_404"
    if not reading.said.is_article and (_is_listing(reading, text) or (not is_listed and _is_of_cards(reading))):
        return "listing"
    if not reading.paragraphs:
        return "no_text"
    if not is_listed and _is_unstated(reading):
        if _LISTING_FOLDER.match(fold(unquote(urlsplit(reading.url).path))) and not _is_title(_slug(reading.url)):
            return "listing"
        if _is_static(reading, site_names):
            return "static_page"
    if len(text) < 500 and _MEMBERS_WORDS.search(folded):
        return "members_only"
    is_consent = len(_CONSENT_WORDS.findall(folded)) >= 2 and bool(_CONSENT_ASKED.search(folded))
    return "cookie_wall" if is_consent and len(text) < _LITTLE and reading.dates.published is None else None


def _is_static(reading: Reading, site_names: Sequence[str]) -> bool:
    """True for a page about the site itself ("Yayın İlkeleri"): of those that do not state to be articles one of which
    something says that it is none: its data, its address, the site's menu, or that nearly all articles of this site
    state two things of three. An undated article alone has nothing of that kind.

    Menu and folder say little where the site's articles bear no dates, or are not known yet: there a page that has a
    lot to say, and not of the house, is an article (a dossier, a report that the menu leads to). A menu says nothing of
    what is filed under a year, as texts are: systems of folders (Plone) show their whole tree in it."""
    segments, slug = fold(unquote(urlsplit(reading.url).path)).split("/"), _slug(reading.url)
    habits = reading.template.habits if reading.template else ()
    if reading.said.is_static or _ABOUT_SLUGS.fullmatch(slug) or ("dated" in habits and len(habits) >= 2):
        return True
    in_folder = any(part in _ABOUT_FOLDERS for part in segments[:-1]) and not _is_title(slug)
    is_filed = any(_YEAR.fullmatch(part) for part in segments[:-1])
    is_placed = (reading.links.in_menu and not is_filed) or in_folder
    return is_placed and ("dated" in habits or not _has_much_to_say(reading.paragraphs, site_names))


def _is_unstated(reading: Reading) -> bool:
    """True for a page that has neither date nor writer and does not call itself an article."""
    return not (reading.dates.published or reading.said.is_article or who.is_signed(reading.claims))


def _slug(url: str) -> str:
    segments = [part for part in fold(unquote(urlsplit(url).path)).split("/") if part]
    return segments[-1].partition(".")[0] if segments else ""


def _is_title(slug: str) -> bool:
    """True for a slug of four words or more, which names a text and no section."""
    return sum(part.isalpha() for part in slug.split("-")) >= 4


def _has_much_to_say(paragraphs: Sequence[str], site_names: Sequence[str]) -> bool:
    """True for a page's worth of sentences that do not speak of the house: by its names, or as "we"."""
    prose = sum(len(line) for line in paragraphs if len(line) >= _SENTENCE and line[-1] in '.!?…”"')
    text = fold("\n".join(paragraphs))
    named = sum(text.count(fold(name)) for name in site_names if len(name) >= 4)
    return prose >= _PAGEFUL and named + len(_OUR_HOUSE.findall(text)) < 2


def _is_listing(reading: Reading, text: str) -> bool:
    """True when a page is links to other pages: its text is their headings, or there is none beside cards that were
    taken out, or little beside cards and a pager. Related links beside a text of its own make no listing."""
    survey, cards = reading.survey, sum(note.startswith("cards:") for note in reading.removed)
    known = set(reading.paragraphs)
    headings = [
        text_of(element)
        for number, element in enumerate(survey.elements)
        if element.tag in ("h2", "h3", "h4")
        and survey.linked(number) > 0.5
        and not survey.is_gone(number)
        and _leads_within(element, reading.url)
    ]
    if len(headings) >= 5 and sum(heading in known for heading in headings) >= 3:
        return len(text) < _LITTLE * len(headings)
    if not reading.paragraphs:
        return cards >= 5 or len(headings) >= 5
    if cards >= 5 and len(text) < _LITTLE and reading.dates.published is None:
        return reading.has_pager or "itemlist" in reading.said.types
    return _is_table_of_links(reading)


def _is_of_cards(reading: Reading) -> bool:
    """True when every ``article`` of a page is headed by a link to another page, and next to nothing is said outside of
    them: one or two entries are a tag's page as well as ten."""
    survey = reading.survey
    cards = [number for number, element in enumerate(survey.elements) if element.tag == "article"]
    if not cards or not all(_leads_away(reading, number) for number in cards):
        return False
    inside = sum(survey.says[number] for number in cards)
    outside = survey.says[0] - inside - len(reading.title.text)
    return outside <= max(_SENTENCE, _BESIDE_CARDS * inside)


def _leads_away(reading: Reading, article: int) -> bool:
    """True for an ``article`` whose first heading is a link to another page of the site."""
    survey, here = reading.survey, resolve(reading.url, reading.url)
    within = (survey.elements[number] for number in survey.inside(article))
    heading = next((element for element in within if element.tag in ("h1", "h2", "h3", "h4")), None)
    if heading is None or survey.numbers[heading] == reading.title.number:
        return False
    title, links = text_of(heading), [*heading.iter("a"), *heading.iterancestors("a")]
    whole = [link for link in links if text_of(link).startswith(title)]
    is_own = any(resolve(reading.url, link.get("href") or "") == here for link in whole)
    is_own = is_own or fold(title) == fold(reading.title.text)
    return bool(whole) and not is_own and _leads_within(heading, reading.url)


def _leads_within(heading: HtmlElement, url: str) -> bool:
    """True for a heading that leads to a page of the same site; those of a digest lead to others."""
    links = (*heading.iter("a"), *heading.iterancestors("a"))
    targets = (resolve(url, link.get("href") or "") for link in links)
    return any(target is not None and host_of(target) == host_of(url) for target in targets)


def _is_table_of_links(reading: Reading) -> bool:
    """True when nearly every line of the text holds a link and none is prose."""
    survey, lines = reading.survey, reading.paragraphs
    if len(lines) < 5 or max(map(len, lines)) > 200:
        return False
    linked = [
        text_of(element)
        for number, element in enumerate(survey.elements)
        if element.tag == "a" and survey.size(number) >= 8 and not survey.is_gone(number)
    ]
    return sum(any(link in line for link in linked) for line in lines) >= 0.8 * len(lines)
