"""The demonstration site: its articles, template and server."""
