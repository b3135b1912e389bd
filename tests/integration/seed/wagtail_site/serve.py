"""Seeds the Wagtail site from the plan in its folder, writes where each article lies, and serves it on loopback.

Run as a module with SITE_FOLDER and SITE_URL in the environment.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.integration.seed.wagtail_site.settings")
SECTIONS = {"tr": (("analizler", "Analizler"), ("yorumlar", "Yorumlar")), "en": (("analyses", "Analyses"),)}


def main() -> None:
    """Seed, say where everything lies, serve until the process is ended."""
    django.setup()
    from django.core.management import call_command

    folder, url = Path(os.environ["SITE_FOLDER"]), os.environ["SITE_URL"]
    call_command("migrate", run_syncdb=True, verbosity=0)
    places = _seed(json.loads((folder / "plan.json").read_text(encoding="utf-8")), url)
    (folder / "places.part").write_text(json.dumps(places), encoding="utf-8")
    (folder / "places.part").rename(folder / "places.json")
    _serve(int(url.rpartition(":")[2]))


def _seed(plan: dict[str, Any], url: str) -> dict[str, str]:
    """Every page of the plan in the tree; the address of each by its key."""
    from django.db import transaction
    from wagtail.models import Locale, Page, Site

    from tests.integration.seed.wagtail_site.models import ArticlePage, HomePage, PlainPage, SectionPage

    with transaction.atomic():
        Locale.objects.create(language_code="tr")
        root = Page.add_root(title="Root", slug="root")
        home = root.add_child(instance=HomePage(title="Avrasya Politika Enstitüsü", slug="home"))
        host = {"hostname": "127.0.0.1", "port": int(url.rpartition(":")[2])}
        Site.objects.create(**host, root_page=home, is_default_site=True, site_name="Avrasya Politika Enstitüsü")
        sections: dict[str, list[Page]] = {}
        for language, described in SECTIONS.items():
            top = home.add_child(instance=PlainPage(title=language.upper(), slug=language, body="<p></p>", live=True))
            sections[language] = [
                top.add_child(instance=SectionPage(title=title, slug=slug, language=language))
                for slug, title in described
            ]
            if language == "tr":
                for page in plan["pages"]:
                    top.add_child(instance=PlainPage(title=page["title"], slug=page["slug"], body=page["body"]))
        places = {}
        for number, post in enumerate(plan["posts"]):
            choice = sections["en" if post["language"] == "en" else "tr"]
            article = ArticlePage(
                title=post["title"],
                slug=post["slug"],
                language=post["language"],
                author=post["author"],
                published=datetime.fromisoformat(post["published"]),
                last_published_at=datetime.fromisoformat(post["modified"]),
                summary=post["summary"],
                body=post["body"],
                comments=post["comments"],
                live=post["status"] != "draft",
            )
            article.tags.add(*post["tags"])
            choice[number % len(choice)].add_child(instance=article)
            _restrict(article, post["status"])
            places[post["key"]] = article.full_url
    return places


def _restrict(article: Any, status: str) -> None:
    from wagtail.models import PageViewRestriction

    kinds = {"protected": PageViewRestriction.PASSWORD, "private": PageViewRestriction.LOGIN}
    if status in kinds:
        PageViewRestriction.objects.create(page=article, restriction_type=kinds[status], password="kafkas")


def _serve(port: int) -> None:
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer, make_server

    from django.core.wsgi import get_wsgi_application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        request_queue_size = 64

    with make_server("127.0.0.1", port, get_wsgi_application(), Server) as server:
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
