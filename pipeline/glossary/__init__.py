"""What one thing is called in several languages: Doğu Akdeniz and Eastern Mediterranean, Karabağ and Karabakh.

Curated entries lie in ``terms/*.yaml``, names of countries and languages come from CLDR, and users add a
``glossary.yaml`` of their own. The same entries act in Mecmua's search (`Glossary.spans`) and, as synonym rules of
the index, in Kibana's (`Glossary.rules`).
"""

from __future__ import annotations

from pipeline.glossary.entries import Entry, Name, parse
from pipeline.glossary.loading import load, shipped
from pipeline.glossary.matching import SHORT, Glossary, Span

__all__ = ["SHORT", "Entry", "Glossary", "Name", "Span", "load", "parse", "shipped"]
