"""The README's first command, and the DAG with a source that fails: Airflow is real, but for its scheduler."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.integration import raw_server
from tests.integration.rig import require
from tests.integration.runs import ROOT, Mecmua, source_file, until
from tests.integration.site import add_articles, serving
from tests.integration.test_politeness import DELAY, fetched, gaps, host_with_sources, start, wait


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


def start_dag(installed: Mecmua, folder: Path, index: str) -> subprocess.Popen[str]:
    """The nightly DAG over a folder of sources, as `airflow dags test` runs it."""
    # not imported here: Airflow would set up logging for every test that comes after in this process
    require(None if find_spec("airflow") else "the extra mecmua[airflow] is not installed")
    from pipeline.jobs.demonstration import airflow_environment
    from pipeline.settings import Settings

    settings = Settings(home=installed.home, allow_private_hosts=("127.0.0.1",))
    environment = {
        **os.environ,
        **installed.environment,
        **airflow_environment(settings, folder, ROOT / "dags"),
        "MECMUA_INDEX": index,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "airflow", "dags", "test", "nightly_crawl"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(installed.home),
    )


def test_two_crawls_and_the_dag_share_one_lane(installed: Mecmua) -> None:
    with raw_server.serving() as site:
        files = host_with_sources(site, installed.home / "shared", "ab", 15)
        files |= host_with_sources(site, installed.home / "night", "c", 100)
        dag = start_dag(installed, installed.home / "night", "shared")
        until(lambda: fetched(site)["c"] >= 2)
        crawls = [start(installed, files[name]) for name in "ab"]
        wait(crawls)
        said = dag.communicate(timeout=300)[0]
        assert fetched(site) == {"a": 15, "b": 15, "c": 100}, said[-3000:]
        order = [path[1] for path in site.paths() if path.count("/") == 2]
        assert max(order.index("a"), order.index("b")) < len(order) - 1 - order[::-1].index("c"), "all three at once"
        assert min(gaps(site)) >= DELAY


def test_a_failed_source_leaves_the_others_alone_and_fails_the_gate(installed: Mecmua) -> None:
    with serving() as site:
        add_articles(site, 3)
        endpoint = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        folder = installed.home / "two"
        source_file(folder, "good", site.url, endpoint)
        source_file(folder, "poor", site.url, endpoint, expectations={"min_new": 1000}, deny=["yazi"])
        said = start_dag(installed, folder, "two").communicate(timeout=300)[0]
        assert "1 of 2 sources failed: poor" in said
        assert "0 new articles, at least 1000 were expected" in said
    documents = Mecmua(installed.home, installed.engine_url, "two").documents()
    assert [document["source"] for document in documents] == ["good"] * 3
