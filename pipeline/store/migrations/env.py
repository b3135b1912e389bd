"""Alembic's entry: runs the migrations inside the transaction that `pipeline.store.database.migrate` opened."""

from alembic import context

from pipeline.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
