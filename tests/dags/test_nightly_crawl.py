"""The nightly DAG's shape, without a scheduler."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigurationError, ExpectationFailed, Rejected, Unavailable
from pipeline.jobs.nightly import judge_night

airflow = pytest.importorskip("airflow", reason="the extra mecmua[airflow] is not installed")
DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="module")
def module() -> Any:
    spec = importlib.util.spec_from_file_location("nightly_crawl", DAGS / "nightly_crawl.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def dag(module: Any) -> Any:
    return module.nightly_crawl()


def test_schedule_is_two_at_night_in_istanbul(dag: Any) -> None:
    summary = dag.schedule
    assert summary.expression == "0 2 * * *"
    assert str(summary.timezone) == "Europe/Istanbul" or summary.timezone.name == "Europe/Istanbul"
    assert dag.catchup is False
    assert dag.max_active_runs == 1


def test_one_mapped_task_per_source_named_by_its_source(dag: Any, module: Any) -> None:
    task = dag.get_task("crawl_source")
    assert task.is_mapped
    assert task.partial_kwargs["map_index_template"] == "{{ source }}"
    assert task.partial_kwargs["pool"] == module.POOL
    assert task.partial_kwargs["retries"] == 2


def test_the_gate_comes_last_and_the_asset_behind_it(dag: Any, module: Any) -> None:
    gate, publish = dag.get_task("gate"), dag.get_task("publish")
    assert gate.upstream_task_ids == {"choose", "crawl_source"}
    assert gate.trigger_rule == "all_done"
    assert publish.upstream_task_ids == {"gate"}
    assert publish.trigger_rule == "all_success"
    assert publish.outlets == [module.ARTICLES]
    assert {task.task_id for task in dag.leaves} == {"publish", "alert"}


def test_digests_go_out_although_a_source_failed(dag: Any) -> None:
    alert = dag.get_task("alert")
    assert alert.upstream_task_ids == {"crawl_source"}
    assert alert.trigger_rule == "all_done"


def test_params(dag: Any) -> None:
    assert set(dag.params) == {"sources", "since", "limit"}
    dag.params.validate()


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (ConfigurationError("x"), "fail"),
        (ExpectationFailed("x"), "fail"),
        (Unavailable("x"), "retry"),
        (Rejected("too_large", "x"), "default"),
        (ValueError("x"), "default"),
    ],
)
def test_retries_follow_the_error_class(module: Any, error: Exception, action: str) -> None:
    assert module.RETRIES.evaluate(error, 1, 2).action.value == action


def test_every_rule_names_a_class_that_exists(module: Any) -> None:
    from airflow.sdk.module_loading import import_string

    for rule in module.RETRIES.rules:
        assert issubclass(import_string(rule.exception), Exception)


def test_the_gate_names_the_sources_that_failed() -> None:
    good = {"id": "a", "outcomes": {"new": 2}}
    assert judge_night(["a"], [good]) == {"new": 2}
    with pytest.raises(ExpectationFailed, match="1 of 2 sources failed: b"):
        judge_night(["a", "b"], [good])
