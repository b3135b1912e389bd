"""WordPress REST: which post types a site writes in, and their posts, page by page or changed since.

A page beyond the last answers 400 rest_post_invalid_page_number. For the requests see `rest_requests`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.discover.documents import looks_like_html, text_of
from pipeline.discover.rest_requests import (
    PER_PAGE,
    api_roots,
    collection,
    gentler,
    named_root,
    pieces,
    root_of,
    with_parameters,
)
from pipeline.discover.values import Ask, Found, Step, Watermark, fingerprint, named_by, refusal, shown, trouble
from pipeline.models import Candidate, Endpoint, EndpointType, Kind, Page, RestItem, Source, replace
from pipeline.text import fold, tidy
from pipeline.urls import is_pdf, resolve

MAX_PAGES = 1000  # 100,000 posts of one type
#: A scheduled post keeps the modification date of its last edit when it appears, so what changed shortly before the
#: newest known change is asked again; it also covers clocks and zones that differ.
OVERLAP = timedelta(days=7)
FIELDS = (
    "id,date,date_gmt,modified,modified_gmt,slug,status,type,link,guid,title,content,excerpt,author,featured_media,"
    "categories,tags,acf,meta,authors,coauthors,lang,translations,_links,_embedded"
)
MEDIA_FIELDS = "id,date,date_gmt,modified,modified_gmt,source_url,title,post,mime_type"
_DEFAULTS: tuple[tuple[EndpointType, str], ...] = (
    ("feed", "/feed/"),
    ("sitemap", "/wp-sitemap.xml"),
    ("sitemap", "/sitemap_index.xml"),
    ("sitemap", "/sitemap.xml"),
)
#: Marks a small request for a part of a page that a server could not give as a whole.
_PIECE = "piece"
_TAG = re.compile(r"<[^<>]*>")
_EMBED = "author,wp:term,wp:featuredmedia"
#: Types of core, page builders, shops and forms, of people and places: nothing that one reads as an article.
_NOT_WRITING = re.compile(
    r"pages?|attachments?|media|nav_menu_item|wp[_-][\w-]+|custom_css|customize_changeset|oembed_cache|user_request"
    r"|acf-[\w-]+"
    r"|elementor\w*|e-[\w-]+|jet-[\w-]+|\w*popups?\w*|fl-builder\w*|et_pb_\w+|ct_template|oxy_\w+|bricks_\w+|vc_\w+"
    r"|cms_block|blocks?|product\w*|shop_\w+|wpcf7\w*|wpforms\w*|forms?|feedback|mc4wp\w*|mailpoet\w*|jp_\w+|jetpack\w*"
    r"|slider?s?|slides?|rev_\w+|banners?|sponsors?|partners?|clients?|testimonials?|faqs?|sss|team\w*|staff"
    r"|persons?|people|kisi(?:ler)?|uzman(?:lar)?|ekip\w*|kadro|yazar(?:lar)?|yonetim\w*|members?|authors?|experts?|profiles?"
    r"|guest-author|tribe_(?:venue|organizer|rsvp\w*|tpp\w*|ea_record)|locations?|mekan(?:lar)?|galler(?:y|ies)|galeri(?:ler)?"
    r"|ngg_\w+"
    r"|envira\w*|albums?|portfolio_page|sp_\w+|templates?|sablon\w*|layouts?|footers?|headers?|menus?|job_\w+"
    r"|redirect_\w+"
)
_KINDS: tuple[tuple[str, Kind], ...] = (
    (
        r"rapor|report|yayin|publication|kitap|book|dergi|journal|paper|brief|politika_?notu|arastirma|research",
        "report",
    ),
    (r"analiz|analy[sz]", "analysis"),
    (r"roportaj|soylesi|mulakat|interview", "interview"),
    (r"yorum|comment|opinion|gorus|kose|blog|perspe[ck]ti[fv]|op-?ed", "commentary"),
    (r"haber|news|duyuru|announcement|press|basin|bulten", "news"),
    (r"etkinlik|event|konferans|conference|seminer|seminar|toplanti|panel|webinar", "event"),
    (r"podcast|video|multimedia|infogra|course|egitim|ilan|career|job|vacanc", "other"),
)


def start(endpoint: Endpoint, known: Watermark, since: datetime | None) -> tuple[Ask, ...]:
    """The list of post types, which names the collections to read."""
    return (Ask(api_roots(endpoint.url)[0] + "wp/v2/types", "types", stands=True),)


def read(step: Step) -> Found:
    """What an answer of the API gives: collections to ask for, or posts as candidates and the pages that follow."""
    plain = _json(step.page)
    if step.ask.role == "types":
        return _types(step, plain)
    return _media(step, plain) if step.ask.role == "media" else _posts(step, plain)


def fallbacks(source: Source) -> tuple[Endpoint, ...]:
    """WordPress's own feed and sitemaps, for a site whose API is closed and whose YAML names neither."""
    roots = [endpoint for endpoint in source.endpoints if endpoint.type == "wordpress"]
    if any(endpoint.type in ("feed", "sitemap") for endpoint in source.endpoints):
        return ()
    return tuple(
        Endpoint(form, root.url.rstrip("/") + path, root.kind, origin=f"WordPress default of {root.url}")
        for root in roots
        for form, path in _DEFAULTS
    )


# --- types -----------------------------------------------------------------------------------------------------------


def _types(step: Step, plain: Any) -> Found:
    if step.page.status == 429 or step.page.status >= 500:
        return refusal(step.page, "the WordPress API at")
    if isinstance(plain, dict) and "code" not in plain and step.page.status < 400:
        asks = [_first_page(step, path) for path in dict.fromkeys(_collections(plain))]
        return Found(asks=(*asks, _first_media(step)))
    if plain is None and step.page.status not in (401, 403) and (further := _next_root(step)):
        return Found(asks=(Ask(further + "wp/v2/types", "types", stands=True),))
    closed = f"the WordPress API at {shown(step.page.url)} does not name the post types (status {step.page.status})"
    return Found(asks=(_first_page(step, "wp/v2/posts"),), problem=f"{closed}; posts alone are asked for")


def _next_root(step: Step) -> str | None:
    """Where else the API may lie, when there was no JSON: where the page that came says, else in the query forms, which
    work without pretty permalinks."""
    tried, usual = root_of(step.ask.url), api_roots(step.endpoint.url)
    named = named_root(step.page) if tried == usual[0] else None
    if named and named != tried and named not in usual:
        return named
    position = usual.index(tried) + 1 if tried in usual else 1
    return usual[position] if position < len(usual) else None


def _collections(types: dict[str, Any]) -> Iterator[str]:
    """API paths of the types that hold writing, ``posts`` first."""
    yield "wp/v2/posts"
    for name, described in types.items():
        if not isinstance(described, dict) or name == "post" or _NOT_WRITING.fullmatch(fold(name)):
            continue
        base, space = described.get("rest_base"), described.get("rest_namespace") or "wp/v2"
        if re.fullmatch(r"[\w-]+", str(base or "")) and re.fullmatch(r"[\w.-]+(/[\w.-]+)*", str(space)):
            yield f"{space}/{base}"


def _first_page(step: Step, path: str) -> Ask:
    """A collection from its first post on or, where there is something to go by, what changed since, newest first."""
    wanted = {**_since(step), "_embed": _EMBED, "_fields": FIELDS}
    return Ask(collection(root_of(step.ask.url), path, wanted), "posts")


def _first_media(step: Step) -> Ask:
    """The library's PDFs; a report that is only there is rare, so a week is soon enough."""
    wanted = {**_since(step), "media_type": "application", "mime_type": "application/pdf", "_fields": MEDIA_FIELDS}
    return Ask(collection(root_of(step.ask.url), "wp/v2/media", wanted), "media", patient=step.known.complete)


def _since(step: Step) -> dict[str, str]:
    mark = (step.known.newest if step.known.complete else step.since) or None
    order = {"orderby": "id", "order": "asc"}
    if mark is not None:
        stamp = (mark.astimezone(UTC) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
        order = {"orderby": "modified", "order": "desc", "modified_after": stamp}
    return {"per_page": str(PER_PAGE), "page": "1", **order}


# --- media ---------------------------------------------------------------------------------------------------------


def _media(step: Step, plain: Any) -> Found:
    """The PDFs that belong to no post: they may be articles themselves; the others are uploads, to what it names."""
    if step.page.status >= 400 or not isinstance(plain, list):
        closed = step.page.status in (400, 401, 403, 404, 410)  # few sites close this list alone: the posts stand
        return Found() if closed else refusal(step.page, "the WordPress media list at", part=True)
    items = [item for item in plain if isinstance(item, dict)]
    listed = [(item, one) for item in items if (one := _document(step, item)) is not None]
    candidates = tuple(one for item, one in listed if not item.get("post"))
    uploads = tuple((post, one) for item, one in listed if (post := _post_of(item)))
    asks = tuple(ask for ask in _next_pages(step, items) if ask.page <= MAX_PAGES)
    return Found(candidates, asks, uploads=uploads)


def _post_of(item: dict[str, Any]) -> int | None:
    post = item.get("post")
    return post if isinstance(post, int) and 0 < post < 1 << 31 else None


def _document(step: Step, item: dict[str, Any]) -> Candidate | None:
    address = item.get("source_url")
    url = resolve(step.page.url, address) if isinstance(address, str) else None
    if url is None or not is_pdf(url):
        return None
    dates = _when(step, item, "date"), _when(step, item, "modified")
    return Candidate(url, named_by(step.endpoint), *dates, _title(item.get("title")), "report")


# --- posts -----------------------------------------------------------------------------------------------------------


def _posts(step: Step, plain: Any) -> Found:
    if step.page.status >= 400 or not isinstance(plain, list):
        return _no_posts(step, plain)
    posts = [post for post in plain if isinstance(post, dict)]
    candidates = tuple(candidate for post in posts if (candidate := _candidate(step, post)) is not None)
    limit = step.endpoint.max_pages or MAX_PAGES
    asks = tuple(_next_pages(step, posts))
    within = tuple(ask for ask in asks if ask.page <= limit)
    whole = not step.page.truncated and (step.known.complete or not _mark(step.ask.url))
    return Found(candidates, within, final=whole)


def _no_posts(step: Step, plain: Any) -> Found:
    page, first = step.page, step.ask.page == 1
    if page.status == 400 and not first and "page" in str(plain.get("code") if isinstance(plain, dict) else ""):
        return Found()  # rest_post_invalid_page_number: the last page was the one before
    if _may_be_too_much(page, plain):
        again = gentler(step.ask.url, plain) if first else None
        if again is not None:
            return Found(asks=(replace(step.ask, url=again),))
        smaller = () if first else pieces(step.ask.url)
        if smaller:
            following = with_parameters(step.ask.url, {"page": str(step.ask.page + 1)})
            onward = () if step.ask.after == _PIECE else (Ask(following, step.ask.role, step.ask.page + 1),)
            return Found(asks=(*(replace(step.ask, url=url, after=_PIECE) for url in smaller), *onward))
    if page.status >= 400:
        return _refused(step)
    kind = "a web page" if looks_like_html(text_of(page)) else "no list of posts"
    return trouble(f"the WordPress API at {shown(page.url)} gives {kind}; feed and sitemap have to stand for it")


def _may_be_too_much(page: Page, plain: Any) -> bool:
    """Whether a smaller or plainer request may be answered: a forbidden parameter, a firewall that dislikes the length,
    a script that failed or took too long. Not where the API says itself that it is closed, or the server that it is
    busy."""
    said = plain.get("code") if isinstance(plain, dict) else None
    if page.status in (400, 414, 431, 500, 502, 504) or (page.status in (403, 406) and not said):
        return True
    return page.status == 200 and plain is None and not looks_like_html(text_of(page))


def _refused(step: Step) -> Found:
    """A post that a server cannot give is reported, and does not keep the rest from being complete."""
    is_part = not re.search(r"/wp/v2/posts\b", step.ask.url) or (step.ask.page > 1 and step.page.status >= 500)
    found = refusal(step.page, "the WordPress API at", part=is_part)
    return replace(found, final=found.final or (step.ask.page > 1 and step.page.status == 500))


def _next_pages(step: Step, posts: list[dict[str, Any]]) -> Iterator[Ask]:
    """All other pages at once where the answer says how many there are, else the next until there are no posts.

    Changes are asked newest first and page by page: a site that ignores ``modified_after`` sends every post it has, so
    the first page with one from before the mark is the last; where the order cannot be asked for, the first page with
    all from before it.
    """
    if step.ask.after == _PIECE:
        return
    here, total, asked = step.ask.page, _total_pages(step), _mark(step.ask.url)
    mark = asked or (step.known.newest if step.known.complete else None)
    if mark is not None and posts and (any if asked else all)(_older(step, post, mark) for post in posts):
        return
    ids = fingerprint(str(post.get("id")) for post in posts)
    if ids == step.ask.after:
        return  # the site gives the same page whatever its number
    if total is not None and mark is None:
        following = range(2, total + 1) if here == 1 else range(0)
    else:
        # without a number only an empty page is surely the end: posts that a visitor may not read are missing from it;
        # of changes, which are few, a page is the last where it is not nearly full, nor cut at a round number
        size = len(posts)
        likely = size > 0 if mark is None else size >= PER_PAGE / 2 or (size > 0 and size % 10 == 0)
        more = here < total if total is not None else likely
        following = range(here + 1, here + 2) if more else range(0)
    for number in following:
        url = with_parameters(step.ask.url, {"page": str(number)})
        yield Ask(url, step.ask.role, number, "" if total is not None else ids, step.ask.patient)


def _candidate(step: Step, post: dict[str, Any]) -> Candidate | None:
    link, number = post.get("link"), post.get("id")
    url = resolve(step.page.url, link) if isinstance(link, str) else None
    if url is None or not isinstance(number, int) or post.get("status", "publish") != "publish":
        return None
    return Candidate(
        url,
        named_by(step.endpoint),
        _when(step, post, "date"),
        _when(step, post, "modified"),
        _title(post.get("title")),
        _kind(str(post.get("type", ""))) or step.endpoint.kind,
        RestItem(step.record, number) if step.record else None,
    )


def _when(step: Step, post: dict[str, Any], field: str) -> datetime | None:
    """The field in UTC; for some old posts WordPress leaves ``…_gmt`` empty or zero, then it is local to the source."""
    universal = _instant(post.get(field + "_gmt"))
    if universal is not None:
        return universal.replace(tzinfo=UTC)
    local = _instant(post.get(field))
    return local.replace(tzinfo=_zone(step.source.timezone)).astimezone(UTC) if local else None


def _instant(value: object) -> datetime | None:
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return read if read and read.year > 1 else None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _title(title: object) -> str | None:
    rendered = title.get("rendered") if isinstance(title, dict) else title
    return tidy(unescape(_TAG.sub("", rendered))) or None if isinstance(rendered, str) else None


def _kind(post_type: str) -> Kind | None:
    name = fold(post_type)
    return next((kind for pattern, kind in _KINDS if re.search(pattern, name)), None)


def _older(step: Step, post: dict[str, Any], mark: datetime) -> bool:
    modified = _when(step, post, "modified")
    return modified is not None and modified < mark


# --- requests and answers --------------------------------------------------------------------------------------------


def _json(page: Page) -> Any:
    """The parsed answer, or None where it is no JSON."""
    try:
        return json.loads(text_of(page), strict=False)
    except (ValueError, RecursionError):
        return None


def _total_pages(step: Step) -> int | None:
    value = next((value for name, value in step.page.headers if name.lower() == "x-wp-totalpages"), "")
    # bounded: one hostile header must not become a hundred million requests to make
    return min(int(value), MAX_PAGES + 1) if value.isascii() and value.isdigit() and len(value) < 9 else None


def _mark(url: str) -> datetime | None:
    """The ``modified_after`` that a request carries."""
    value = dict(parse_qsl(urlsplit(url).query)).get("modified_after")
    return _instant(value)
