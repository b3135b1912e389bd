"""The only package that opens a connection to a source: client, robots, guard, archive."""
