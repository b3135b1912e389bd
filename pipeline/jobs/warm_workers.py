"""Imported by the fork server alone, before it forks the first worker: whatever is loaded here, workers are born with.

The language models take a second and 160 MB; so they are loaded once a run, not in every worker and at each renewal.
"""

from pipeline.extract.language import warm
from pipeline.jobs import readers

__all__ = ["readers"]

warm()
