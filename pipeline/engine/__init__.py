"""A local search node without Docker or system Java."""
