"""From query text to results, exports and citations."""
