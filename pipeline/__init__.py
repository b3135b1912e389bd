"""Mecmua: crawl think-tank sites, archive what was seen, extract the text, make it searchable.

How an article travels: `discover` names it, `fetch` archives it, `extract` reads it, `index` makes it searchable;
`jobs` wires these stages together and `store` remembers what is known in between.
"""
