"""What Kibana needs to show the articles: its data views and saved searches, kept as data and installed by its API."""

from pipeline.kibana.client import install
from pipeline.kibana.objects import saved_objects

__all__ = ["install", "saved_objects"]
