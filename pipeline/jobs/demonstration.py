"""The demonstration: the real nightly DAG over the site that ships with the package, then four searches.

Airflow is run as a program of its own, for the package never imports it. Its home lies in Mecmua's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from pipeline import demo
from pipeline.errors import ConfigurationError, Unavailable
from pipeline.settings import Settings
from pipeline.store import runs
from pipeline.store.database import open_store

PORT = 8765
#: Typed as a Turkish reader types: without diacritics, in capitals, as a phrase.
QUERIES = ("Erdogan", "TURKIYE'NIN dogu akdeniz", '"military cooperation"', "gorusmeler")
log = structlog.get_logger()


@contextmanager
def site(settings: Settings) -> Iterator[Path]:
    """Serve the demonstration site; its source's YAML file. Raises ConfigurationError when the port is taken."""
    with demo.running(port=PORT) as base_url:
        folder = settings.home / "demo-sources"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "demo.yaml"
        file.write_text(demo.source_yaml(base_url), encoding="utf-8")
        yield folder


def run_dag(settings: Settings, sources: Path, dags: Path) -> None:
    """Run `nightly_crawl` once over these sources. Raises ConfigurationError without Airflow or its DAG, Unavailable
    when the run fails."""
    if not (dags / "nightly_crawl.py").is_file():
        raise ConfigurationError(f"{dags}: holds no nightly_crawl.py; name Mecmua's dags folder with --dags")
    environment = airflow_environment(settings, sources, dags)
    _airflow(["db", "migrate"], environment, "its database")
    _airflow(["pools", "set", "mecmua", "8", "sources crawled at once"], environment, "its pool")
    log.info("the nightly_crawl DAG runs", dags=str(dags))
    _airflow(["dags", "test", "nightly_crawl"], environment, "the DAG")


def airflow_environment(settings: Settings, sources: Path, dags: Path) -> dict[str, str]:
    """The environment in which Airflow runs our DAG on this machine."""
    home = settings.home / "airflow"
    return {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "MECMUA_HOME": str(settings.home),
        "MECMUA_SOURCES": str(sources),
        "MECMUA_ALLOW_PRIVATE_HOSTS": ",".join((*settings.allow_private_hosts, f"127.0.0.1:{PORT}")),
    }


def _airflow(arguments: list[str], environment: Mapping[str, str], what: str) -> None:
    command = [sys.executable, "-m", "airflow", *arguments]
    Path(environment["AIRFLOW_HOME"]).mkdir(parents=True, exist_ok=True)
    log_file = Path(environment["AIRFLOW_HOME"]) / "last-command.log"
    with log_file.open("w", encoding="utf-8") as output:
        ended = subprocess.run(command, env=dict(environment), stdout=output, stderr=subprocess.STDOUT, check=False)  # noqa: S603  (our own interpreter)
    text = log_file.read_text(encoding="utf-8", errors="replace")
    if "No module named airflow" in text:
        raise ConfigurationError("Airflow is not installed here; install mecmua[airflow], as `make demo` does")
    if ended.returncode:
        tail = "\n".join(text.strip().splitlines()[-15:])
        raise Unavailable(f"Airflow: {what} failed ({' '.join(arguments)}); its output is in {log_file}:\n{tail}")


def last_report(settings: Settings) -> dict[str, Any]:
    """The report of the newest run, as the contract spells it. Raises Unavailable when there is none."""
    store = open_store(settings.state_url)
    try:
        with store.read() as connection:
            reports = runs.latest(connection, 1)
    finally:
        store.close()
    if not reports:
        raise Unavailable("no run has left a report")
    report: dict[str, Any] = json.loads(json.dumps(reports[0]))
    return report
