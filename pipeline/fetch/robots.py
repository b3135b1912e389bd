"""robots.txt per RFC 9309: what it allows, how slowly, and which sitemaps it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from protego import Protego

MAX_BYTES = 512_000  # RFC 9309, 2.5: at least 500 kibibytes must be read
#: Longer delays are not slept on: they mean "hardly at all", and the run says so.
MAX_DELAY = 60.0
_DELAY = re.compile(r"^([ \t]*crawl-?delay[ \t]*[:=][ \t]*)(\d{1,9})(?:[.,](\d{1,9}))?(?!\d)[^\n\r#]*", re.I | re.M)
_ABOVE = re.compile(r"(?:(?![ \t]*user-?agent).*[\r\n]+)*", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z_-]+", re.IGNORECASE)


def token_of(agent: str) -> str:
    """The product token of a User-Agent header, by which robots.txt names us (RFC 9309, 2.2.1)."""
    found = _TOKEN.match(agent)
    return found[0].lower() if found else "mecmua"


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host for us. ``delay`` in seconds; ``sitemaps`` as absolute URLs."""

    _parsed: Protego
    _token: str
    delay: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """True when robots.txt lets us fetch this URL."""
        return bool(self._parsed.can_fetch(url, self._token))


def parse(body: bytes, token: str = "mecmua", url: str = "") -> Robots:  # noqa: S107  (no password: our name there)
    """The rules in a robots.txt that lies at `url`. Whatever its bytes, the answer is a rule set; rubbish allows
    everything."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]  # half a rule would be another rule
    text = _DELAY.sub(_plain_delay, _text(body))
    parsed = Protego.parse(text)
    rate = parsed.request_rate(token)
    paces = [float(parsed.crawl_delay(token) or 0), rate.seconds / rate.requests if rate and rate.requests else 0.0]
    everybody = _DELAY.search(_ABOVE.match(text)[0])  # type: ignore[index]  # it matches the empty text
    if everybody:  # above any group: meant for all, though no standard says so
        paces.append(float(everybody[2]))
    named = (urljoin(url, one) for one in parsed.sitemaps)
    sitemaps = tuple(dict.fromkeys(one for one in named if one.startswith(("http://", "https://"))))
    return Robots(parsed, token, max(paces), sitemaps)


def _text(body: bytes) -> str:
    wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = body.decode("utf-16" if wide else "utf-8", errors="replace")
    return text.lstrip("\ufeff").replace("\x00", "")


def _plain_delay(line: re.Match[str]) -> str:
    """A delay as protocols write numbers: "2,5" and "5s" are meant as well."""
    return f"{line[1]}{line[2]}.{line[3] or 0}"


def judge(status: int, body: bytes, token: str = "mecmua", url: str = "") -> Robots | None:  # noqa: S107  (as above)
    """The rules that an answer to /robots.txt means; None: unreachable, so nothing may be fetched for now.

    RFC 9309, 2.3.1: a 4xx answer means that there are no rules; a server error means complete disallow. 429 asks for
    patience and is no "no rules".
    """
    if status == 429 or status >= 500:
        return None
    return parse(body if 200 <= status < 300 else b"", token, url)
