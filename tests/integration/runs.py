"""The `mecmua` command as a user runs it: a process of its own, settings in its environment, answers read back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.text import tokens
from tests.integration import warm
from tests.integration.warm import ROOT


@dataclass(frozen=True)
class Mecmua:
    """One installation: a home, a search engine and an alias of its own."""

    home: Path
    engine_url: str
    index: str
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MECMUA_")}
        return {
            **clean,
            "MECMUA_HOME": str(self.home),
            "MECMUA_ELASTICSEARCH_URL": self.engine_url,
            "MECMUA_INDEX": self.index,
            "MECMUA_ALLOW_PRIVATE_HOSTS": "127.0.0.1",
            **self.extra,
        }

    def run(self, *arguments: str, check: int | None = 0, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run a command; `check` is the exit code that it must have (None: any)."""
        if all(name.startswith("MECMUA_") for name in self.extra):
            ended = warm.run(arguments, self.environment, timeout)
        else:  # settings of libraries, for the processes that read pages as well
            ended = subprocess.run(
                [sys.executable, "-m", "pipeline.cli", *arguments],
                cwd=ROOT,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        if check is not None:
            assert ended.returncode == check, f"{arguments}: exit {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return ended

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and leave it running, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def crawl(self, sources: Path, *arguments: str, check: int | None = 0) -> dict[str, Any]:
        """The report of one crawl."""
        ended = self.run("crawl", "--sources", str(sources), "--json", *arguments, check=check)
        report: dict[str, Any] = json.loads(ended.stdout)
        return report

    def documents(self) -> list[dict[str, Any]]:
        """Every document in the index."""
        return [json.loads(line) for line in self.run("export").stdout.splitlines()]

    def search(self, query: str, *arguments: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("search", query, "--json", *arguments).stdout)
        return answer


def source_file(folder: Path, name: str, url: str, endpoints: list[dict[str, str]], **more: Any) -> Path:
    """A source's YAML file (JSON is YAML)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    source = {
        "id": name,
        "name": more.pop("title", name),
        "homepage": url,
        "crawl_delay": 0,
        "endpoints": endpoints,
        **more,
    }
    path.write_text(json.dumps(source, ensure_ascii=False), encoding="utf-8")
    return path


def token_f1(found: str, gold: str) -> float:
    """Harmonic mean of precision and recall over words, as often as they occur."""
    one, other = Counter(tokens(found)), Counter(tokens(gold))
    common = sum((one & other).values())
    return 2 * common / max(sum(one.values()) + sum(other.values()), 1)


def until(claim: Any, seconds: float = 240.0) -> None:
    """Wait until a claim holds; long enough for a machine with other work."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, f"still not so after {seconds} s: {claim}"
        time.sleep(0.05)
