"""Other languages' forms of a URL, as endpoints name them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("urls", sa.Column("alternates", sa.JSON(), nullable=True))
