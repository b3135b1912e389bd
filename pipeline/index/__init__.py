"""Mappings and analysers, bulk writing, versions behind the alias, and the engines' dialects."""
