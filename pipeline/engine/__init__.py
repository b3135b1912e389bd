"""The local search node: OpenSearch on loopback, for a machine without a search server of its own."""

from pipeline.engine.node import NodeStatus, ensure_running, prepare, start, status, stop
from pipeline.engine.progress import ShowProgress, show_progress

__all__ = ["NodeStatus", "ShowProgress", "ensure_running", "prepare", "show_progress", "start", "status", "stop"]
