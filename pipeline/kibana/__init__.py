"""Saved objects for Kibana."""
