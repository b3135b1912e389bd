"""One spelling for each page: canonical URLs, the forms under which a page is also known, and ids made from them.

Pure string work; nothing here resolves or requests a name. The rules are those of RFC 3986 section 6.2 (case, escapes,
dot segments, default ports), UTS 46 (international names), and the habits of content systems (AMP, print, tracking).
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit

import idna

#: What does not settle in so many passes is no address that a site gives out.
_PASSES = 6
_MAX_LENGTH = 4096  # longer ones are data or traps; servers answer 414 from 8 KB on
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
#: Already canonical, as nearly all URLs are: no escapes, query, empty or dot segments, session or variant suffix.
_PLAIN = re.compile(
    r"https?://[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)*(?!:(?:80|443)(?:/|\Z))(?::[1-9][0-9]{0,3})?"
    r"(?:/(?!amp(?:/|\Z)|print(?:/|\Z)|yazdir(?:/|\Z)|comment-page-)[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?"
)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_-])?")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ILLEGAL_PATH = re.compile(r"%(?![0-9A-F]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]")
_ILLEGAL_QUERY = re.compile(r"%(?![0-9A-F]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%?]")
_AMPERSAND = re.compile(r"&(?:(?:amp|#0*38);)+", re.IGNORECASE)
_LEADING_AMP = re.compile(r"\A(?:amp;)+", re.IGNORECASE)

_PATH_SESSION = re.compile(r";jsessionid=[^/;?]*|(?<=/)\((?:[A-Z]\([a-z0-9]{20,}\))+\)(?=/)", re.IGNORECASE)
#: Last segments that show the article before them in another dress. That one must look like a slug, not like a section.
_PATH_VARIANT = re.compile(r"(/[^/]*[-_.0-9][^/]*)/(?:amp|print|yazdir|comment-page-[0-9]+)(/?)\Z")
_PATH_AMP_SUFFIX = re.compile(r"(?<=[^/.])\.amp(?=(?:\.html?)?\Z)")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What only says where a reader came from, or who the reader is. Lists: courlan, AdGuard's TrackParamFilter, ClearURLs.
_TRACKING_PREFIXES = tuple(
    _words(
        "utm_ mtm_ pk_ piwik_ matomo_ hsa_ _hs __hs vero_ oly_ itm_ fb_action_ __cf_chl at_campaign at_medium at_custom"
    )
    | _words("ga_campaign ga_source ga_medium guce_ ns_campaign ns_source ns_mchannel aspsessionid")
)
_TRACKING = (
    _words("fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid ymclid twclid ttclid li_fat_id igshid igsh")
    | _words("mc_cid mc_eid mkt_tok _ga _gl _openstat s_cid xtor wickedid epik rb_clickid ref_src ref_url guccounter")
    | _words(
        "sfnsn soc_src soc_trk __twitter_impression __s fb_source fb_ref usqp doing_wp_cron replytocom cpage noamp"
    )
    | _words("amp_markup amp_js_v phpsessid jsessionid oscsid zenid cfid cftoken")
)
#: Parameters that mark a form of the same article, with the values that do; any other value is another page.
_FLAGS = {
    "amp": frozenset({"", "1", "true", "yes", "amp"}),
    "print": frozenset({"", "1", "true", "yes", "print", "pdf"}),
    "print-posts": frozenset({"", "print", "pdf", "word"}),
    "yazdir": frozenset({"", "1", "true", "evet"}),
    "output": frozenset({"amp"}),
    "outputtype": frozenset({"amp"}),
}
_SHARERS = _words(
    "twitter x facebook linkedin tumblr pinterest reddit telegram whatsapp jetpack-whatsapp email print pocket skype"
) | _words("mastodon threads bluesky nextdoor custom-1 google-plus-1 google")
_CAME_FROM = (
    _SHARERS
    | _words(
        "fb ig instagram youtube rss feed atom newsletter ebulten e-bulten bulten mail social share homepage home hp"
    )
    | _words("anasayfa twitterfeed dlvr.it twsrc^tfw google_news googlenews flipboard")
)
_VALUES = {"share": _SHARERS, "ref": _CAME_FROM, "source": _CAME_FROM, "src": _CAME_FROM, "from": _CAME_FROM}
_SESSION_NAMES = _words("sid s session sessionid session_id sess")
_SESSION_VALUE = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{26}|[0-9a-f]{40}|[0-9a-f]{64})\Z", re.IGNORECASE)


@lru_cache(maxsize=32768)
def canonical(url: str) -> str | None:
    """The one spelling of an http(s) URL, or None when it is none: other schemes, no host, credentials, rubbish.

    Lower-case scheme and host (international names in punycode), no default port, no fragment, dot segments resolved,
    escapes normalised, double slashes joined, tracking parameters and session ids out, the rest of the query sorted by
    name. AMP, print, share and comment forms are folded onto their article. The final slash, ``index.php``, ``?p=`` and
    ``m.`` hosts stay: what they lead to is for redirects and canonical links to say. Idempotent.
    """
    spelled = _spelled(url)
    for _ in range(_PASSES):  # taking one thing away may lay another bare: a session id behind a session id
        again = _spelled(spelled) if spelled is not None else None
        if again == spelled:
            return spelled
        spelled = again
    return None


def _spelled(url: str) -> str | None:
    """One pass of `canonical`."""
    if _PLAIN.fullmatch(url) and len(url) < _MAX_LENGTH and ".amp" not in url:
        return url if url.count("/") > 2 else url + "/"
    parts = _split(url)
    authority = _authority(parts) if parts else None
    if parts is None or authority is None:
        return None
    path = _path(parts.path)
    query = _query(parts.query)
    spelled = f"{parts.scheme}://{authority}{path}{'?' + query if query else ''}"
    return spelled if len(spelled) <= _MAX_LENGTH else None


def resolve(base: str, reference: str) -> str | None:
    """The canonical URL of a link found on a page (or under its base), or None when it leads nowhere on the web."""
    try:
        return canonical(urljoin(base, reference.strip()))
    except ValueError:  # urljoin: "Invalid IPv6 URL" and its like
        return None


def is_pdf(url: str) -> bool:
    """Whether an address names a PDF; what lies there only its bytes can say."""
    return urlsplit(url).path.lower().endswith(".pdf")


def twin_keys(url: str) -> tuple[str, ...]:
    """The forms under which a page is usually known: http or https, with ``www.`` or not, final slash or not.

    Expects a canonical URL, which comes first; for looking up aliases, not for requests.
    """
    scheme, _, rest = url.partition("://")
    authority, slash, tail = rest.partition("/")
    path, mark, query = (slash + tail).partition("?")
    paths = dict.fromkeys((path, *_slash_twin(path)))
    hosts = dict.fromkeys((authority, *_www_twin(authority)))
    schemes = (scheme, "http" if scheme == "https" else "https")
    return tuple(f"{one}://{host}{form}{mark}{query}" for one in schemes for host in hosts for form in paths)


def article_id(canonical_url: str) -> str:
    """The id of the article first seen under this canonical URL: the first 20 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(canonical_url.encode()).hexdigest()[:20]


def host_of(url: str) -> str:
    """The host name of a URL: lower case, punycode, without port and credentials; empty when there is none."""
    try:
        name = urlsplit(url.strip()).hostname
    except ValueError:
        return ""
    return _host(name) or "" if name else ""


# --- parts -----------------------------------------------------------------------------------------------------------


def _split(url: str) -> SplitResult | None:
    if len(url) > _MAX_LENGTH:
        return None
    cleaned = _AMPERSAND.sub("&", url.strip("".join(map(chr, range(0x21)))))
    before, mark, after = cleaned.partition("?")
    try:
        # browsers read a backslash as a slash (WHATWG URL, special schemes)
        parts = urlsplit(before.replace("\\", "/") + mark + after)
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.netloc and "@" not in parts.netloc else None


def _authority(parts: SplitResult) -> str | None:
    """Host and, when it is not the scheme's own, port; None when either cannot be one."""
    try:
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    host = _host(name) if name else None
    if host is None or port is None:
        return host
    suffix = f":{port}"
    return host if suffix == _DEFAULT_PORTS[parts.scheme] else host + suffix


def _host(name: str) -> str | None:
    if ":" in name:
        try:
            return f"[{ipaddress.IPv6Address(name)}]"
        except ValueError:
            return None
    name = name.lower().rstrip(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii").rstrip(".")
        except UnicodeError:  # idna.IDNAError is one
            return None
    return name if len(name) <= 253 and ".." not in name and _HOST.fullmatch(name) else None


def _path(path: str) -> str:
    path = _PATH_SESSION.sub("", _escapes(path, _ILLEGAL_PATH))
    path = "/" + "/".join(_segments(path))
    while True:
        shorter = _PATH_AMP_SUFFIX.sub("", _PATH_VARIANT.sub(r"\1\2", path))
        if shorter == path:
            return path
        path = shorter


def _segments(path: str) -> list[str]:
    """Path segments without ``.``, ``..`` and empty ones, but for the last, which says that the path ends in a slash.

    An empty one after a colon stays: archives carry whole URLs in their paths.
    """
    kept: list[str] = []
    pieces = path.split("/")[1:]
    for piece in pieces:
        if piece == "..":
            del kept[-1:]
        elif piece not in ("", ".") or (piece == "" and kept and kept[-1].endswith(":")):
            kept.append(piece)
    if kept and kept[-1] and pieces[-1] in ("", ".", ".."):
        kept.append("")
    return kept


def _query(query: str) -> str:
    """The parameters that make a difference, sorted by name where all have one."""
    pieces = (_LEADING_AMP.sub("", piece) for piece in query.split("&"))
    pairs = [_escapes(piece, _ILLEGAL_QUERY).partition("=") for piece in pieces if piece]
    named = {name.lower(): value.lower() for name, _, value in pairs}
    kept = [pair for pair in pairs if not _makes_no_difference(pair[0].lower(), pair[2], named)]
    # a piece without "=" may be a route (index.php?/haber/12&lang=tr): there the order counts
    if all(equals for _, equals, _ in kept):
        kept.sort(key=lambda pair: pair[0])
    return "&".join("".join(pair) for pair in kept)


def _makes_no_difference(name: str, value: str, named: dict[str, str]) -> bool:
    lowered = value.lower()
    return (
        not name
        or name in _TRACKING
        or name.startswith(_TRACKING_PREFIXES)
        or lowered in _FLAGS.get(name, ())
        or lowered in _VALUES.get(name, ())
        or (name in _SESSION_NAMES and _SESSION_VALUE.match(value) is not None)
        or (name == "nb" and named.get("share") in _SHARERS)  # Jetpack's sharing links: ?share=x&nb=1
        or (name == "tmpl" and named.get("print") in _FLAGS["print"])  # Joomla's print form: ?tmpl=component&print=1
    )


def _escapes(text: str, illegal: re.Pattern[str]) -> str:
    """Percent-escapes in one spelling: upper case, none for unreserved characters, all that is illegal."""
    if "%" in text:
        text = _ESCAPE.sub(_normal_escape, text)
    return illegal.sub(_escaped, text)


def _normal_escape(match: re.Match[str]) -> str:
    byte = int(match[1], 16)
    return chr(byte) if byte in _UNRESERVED else match[0].upper()


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))


def _slash_twin(path: str) -> tuple[str, ...]:
    if path == "/":
        return ()
    if path.endswith("/"):
        return (path.rstrip("/"),)
    return () if "." in path.rpartition("/")[2] else (path + "/",)


def _www_twin(authority: str) -> tuple[str, ...]:
    name = authority.partition(":")[0]
    if authority.startswith("www."):
        return (authority[4:],)
    labels = name.split(".")
    return (f"www.{authority}",) if len(labels) > 1 and not labels[-1].isdigit() else ()
