"""What is known: URLs, articles, revisions, leases, runs, quarantine (SQLAlchemy + Alembic)."""
