"""Alembic migrations of the state."""
