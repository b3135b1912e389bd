"""The site's page types: a home page, sections that list articles, articles, and plain pages."""

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.fields import RichTextField
from wagtail.models import Page

PER_PAGE = 12


class HomePage(Page):
    """The front page: the newest of each section, no paging."""

    template = "home.html"

    def get_context(self, request: HttpRequest) -> dict[str, object]:
        context = super().get_context(request)
        context["newest"] = ArticlePage.objects.live().public().order_by("-published")[:6]
        return context


class SectionPage(Page):
    """A section (``/tr/analizler/``): its articles, newest first, a dozen a page; protected ones are listed too."""

    template = "section.html"
    language = models.CharField(max_length=5)

    def get_context(self, request: HttpRequest) -> dict[str, object]:
        context = super().get_context(request)
        articles = ArticlePage.objects.child_of(self).live().order_by("-published")
        if tag := request.GET.get("etiket"):
            articles = articles.filter(tags__name=tag)
        context["articles"] = Paginator(articles, PER_PAGE).get_page(request.GET.get("sayfa"))
        return context


class ArticleTag(TaggedItemBase):
    """Which articles bear which tag."""

    content_object = ParentalKey("ArticlePage", related_name="tagged_items", on_delete=models.CASCADE)


class ArticlePage(Page):
    """One article."""

    template = "article.html"
    language = models.CharField(max_length=5)
    author = models.CharField(max_length=200)
    published = models.DateTimeField()
    summary = models.TextField()
    body = RichTextField()
    comments = models.JSONField(default=list, blank=True)
    tags = ClusterTaggableManager(through=ArticleTag, blank=True)

    def get_context(self, request: HttpRequest) -> dict[str, object]:
        context = super().get_context(request)
        siblings = ArticlePage.objects.sibling_of(self, inclusive=False).live().public()
        context["related"] = siblings.filter(published__lt=self.published).order_by("-published")[:3]
        context["popular"] = siblings.order_by("title")[:5]
        return context


class PlainPage(Page):
    """Hakkımızda and its like."""

    template = "plain.html"
    body = RichTextField()
