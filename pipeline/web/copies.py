"""Archived pages as they were served, made harmless: what a stranger's page may do here is to be looked at."""

from __future__ import annotations

import re

from fastapi import Response

from pipeline.models import Page

#: The sandbox stops scripts, forms, pop-ups and refreshes; the rest stops every request that the page would make.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
# rel=preconnect and dns-prefetch open connections that no policy forbids; no link element is of use here.
_LINK = re.compile(rb"<(?=link[\s/>])", re.IGNORECASE)
_PAGES = ("text/html", "application/xhtml+xml")
_TEXTS = ("text/", "application/json", "application/xml", "application/rss+xml", "application/atom+xml")


def copy_of(page: Page, identity: str) -> Response:
    """An HTML page to show in a frame, other texts as plain text, and everything else as a file to save."""
    kind = page.content_type.partition(";")[0].strip().lower()
    found = _CHARSET.search(page.content_type)
    charset = f"; charset={found[1]}" if found else ""
    headers = {"Content-Security-Policy": POLICY, "X-DNS-Prefetch-Control": "off", "Cache-Control": "private"}
    if kind in _PAGES:
        return Response(_LINK.sub(b"<x-", page.body), headers=headers, media_type=f"text/html{charset}")
    if kind.startswith(_TEXTS):
        return Response(page.body, headers=headers, media_type=f"text/plain{charset or '; charset=utf-8'}")
    suffix, media = ("pdf", "application/pdf") if kind == "application/pdf" else ("bin", "application/octet-stream")
    saved = {"Content-Disposition": f'attachment; filename="{identity}.{suffix}"'}
    return Response(page.body, headers={**headers, **saved}, media_type=media)
