"""Configuration of the seeded Pelican site: its stock theme, its usual feeds, its sitemap plugin as they come."""

import os

SITENAME = "Karadeniz İncelemeleri"
SITEURL = os.environ["SITEURL"]
PATH = "content"
TIMEZONE = "Europe/Istanbul"
DEFAULT_LANG = "tr"
THEME = os.environ.get("THEME", "notmyidea")
PLUGINS = ["sitemap"]
DEFAULT_PAGINATION = 10
FEED_ALL_ATOM = "feeds/all.atom.xml"
FEED_MAX_ITEMS = 100
DEFAULT_DATE_FORMAT = "%d.%m.%Y"
DISPLAY_PAGES_ON_MENU = True
LINKS = (("Dışişleri Bakanlığı", "https://www.mfa.gov.tr/"), ("Arşivler", "https://www.devletarsivleri.gov.tr/"))
SOCIAL = (("Facebook", "https://www.facebook.com/karadeniz"), ("YouTube", "https://www.youtube.com/karadeniz"))
TWITTER_USERNAME = "karadeniz"
GITHUB_URL = "https://github.com/karadeniz"
