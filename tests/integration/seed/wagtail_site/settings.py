"""Django settings of the seeded Wagtail site. Tables are made without migrations: the site lives for one test run."""

import os
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = Path(os.environ["SITE_FOLDER"])
SECRET_KEY = "only for loopback"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.integration.seed.wagtail_site.urls"
INSTALLED_APPS = [
    "tests.integration.seed.wagtail_site",
    "wagtail.contrib.sitemaps",
    "wagtail.users",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "site.db"}}


class _NoMigrations(dict):  # type: ignore[type-arg]  # Django asks it like a mapping
    """Every application's tables come from its models, in a second instead of twenty."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> None:
        return None


MIGRATION_MODULES = _NoMigrations()
LANGUAGE_CODE = "tr"
TIME_ZONE = "Europe/Istanbul"
USE_TZ = True
#: Search and reference indexes are never asked here, and cost more than the pages.
TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
STATIC_URL = "/static/"
WAGTAIL_SITE_NAME = "Avrasya Politika Enstitüsü"
WAGTAILADMIN_BASE_URL = os.environ["SITE_URL"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
