"""The Django application."""

from django.apps import AppConfig


class WagtailSite(AppConfig):
    """Named short, as its tables are."""

    name = "tests.integration.seed.wagtail_site"
    label = "house"
