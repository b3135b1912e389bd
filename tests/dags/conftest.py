"""Airflow reads its home when it is first imported, so it is set before any test imports it."""

from __future__ import annotations

import os
import tempfile

_HOME = tempfile.mkdtemp(prefix="mecmua-airflow-")
os.environ["AIRFLOW_HOME"] = _HOME
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{_HOME}/airflow.db"
