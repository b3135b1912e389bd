"""Addresses of the site: feed, sitemap, the tags' pages, and Wagtail's tree for the rest."""

from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils.feedgenerator import Atom1Feed
from wagtail import urls as wagtail_urls
from wagtail.contrib.sitemaps.views import sitemap

from tests.integration.seed.wagtail_site.models import ArticlePage


class NewestFeed(Feed):
    """The newest articles as Atom; older ones are not in it, as in most houses."""

    feed_type = Atom1Feed
    title = "Avrasya Politika Enstitüsü"
    link = "/"

    def items(self) -> "QuerySet[ArticlePage]":
        return ArticlePage.objects.live().public().order_by("-published")[:30]

    def item_title(self, item: ArticlePage) -> str:
        return item.title

    def item_description(self, item: ArticlePage) -> str:
        return item.summary

    def item_link(self, item: ArticlePage) -> str:
        return item.url

    def item_pubdate(self, item: ArticlePage) -> object:
        return item.published

    def item_updateddate(self, item: ArticlePage) -> object:
        return item.latest_revision_created_at or item.published


def tag_page(request: HttpRequest, tag: str) -> HttpResponse:
    """All articles of one tag."""
    articles = ArticlePage.objects.live().public().filter(tags__name=tag).order_by("-published")
    return render(request, "tag.html", {"tag": tag, "articles": articles})


urlpatterns = [
    path("rss/", NewestFeed()),
    path("sitemap.xml", sitemap),
    path("etiket/<str:tag>/", tag_page),
    path("", include(wagtail_urls)),
]
