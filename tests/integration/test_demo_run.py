"""The README's first command, and the DAG with a source that fails: Airflow is real, but for its scheduler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.runs import ROOT, Mecmua, source_file
from tests.integration.site import add_articles, serving


@pytest.fixture(scope="module")
def installed(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Mecmua:
    return Mecmua(tmp_path_factory.mktemp("a home with spaces"), engine_url, "demo-run")


def test_the_demonstration_runs_the_dag_and_finds_its_articles(installed: Mecmua) -> None:
    first = installed.run("demo")
    assert first.stdout.count("mecmua search") >= 4
    assert "0 articles" not in first.stdout
    documents = installed.documents()
    assert len(documents) == 40
    assert installed.search("Silk Bridge Plan")["total"] == 0
    own = "- {tr: [Orta Koridor], en: [Silk Bridge Plan]}\n"
    (installed.home / "glossary.yaml").write_text(own, encoding="utf-8")
    assert installed.search("Silk Bridge Plan")["total"] > 0, "the user's own terms act from the next query on"
    second = installed.run("demo")
    assert second.returncode == 0
    assert {document["indexed_at"] for document in installed.documents()} == {d["indexed_at"] for d in documents}


def test_a_failed_source_leaves_the_others_alone_and_fails_the_gate(installed: Mecmua) -> None:
    pytest.importorskip("airflow", reason="the extra mecmua[airflow] is not installed")
    from pipeline.jobs.demonstration import airflow_environment
    from pipeline.settings import Settings

    with serving() as site:
        add_articles(site, 3)
        endpoint = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        folder = installed.home / "two"
        source_file(folder, "good", site.url, endpoint)
        source_file(folder, "poor", site.url, endpoint, expectations={"min_new": 1000}, deny=["yazi"])
        settings = Settings(home=installed.home, allow_private_hosts=("127.0.0.1",))
        environment = {
            **os.environ,
            **installed.environment,
            **airflow_environment(settings, folder, ROOT / "dags"),
            "MECMUA_INDEX": "two",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        }
        ended = subprocess.run(
            [sys.executable, "-m", "airflow", "dags", "test", "nightly_crawl"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=Path(installed.home),
        )
        said = ended.stdout + ended.stderr
        assert "1 of 2 sources failed: poor" in said
        assert "0 new articles, at least 1000 were expected" in said
    documents = Mecmua(installed.home, installed.engine_url, "two").documents()
    assert [document["source"] for document in documents] == ["good"] * 3
