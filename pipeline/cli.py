"""The command line: parse, call a job, render. Exit codes: 0 done, 1 a source or the engine failed, 2 wrong usage.

Commands import what they need themselves, so that `--help` and completion answer at once.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import structlog
import typer
from rich.console import Console

from pipeline.errors import ConfigurationError, MecmuaError, QueryError
from pipeline.settings import VERSION, load_settings
from pipeline.sources.registry import load_sources, select

#: Python looks for garbage after every 700 new objects, which costs a fifth of what importing our libraries takes.
GARBAGE_THRESHOLDS = (20_000, 20, 20)
P = ParamSpec("P")
R = TypeVar("R")
out = Console()
err = Console(stderr=True)
app = typer.Typer(
    help="Crawl think-tank sites, archive what was seen, extract the text, make it searchable in Turkish and English.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
sources_app = typer.Typer(no_args_is_help=True, help="The catalogue of think tanks, one YAML file each.")
engine_app = typer.Typer(no_args_is_help=True, help="The local search node, for a machine without a search server.")
dashboards_app = typer.Typer(no_args_is_help=True, help="What analysts see in Kibana or OpenSearch Dashboards.")
index_app = typer.Typer(no_args_is_help=True, help="Versions of the search index, and which of them is live.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Items that could not be used, with the reason of each.")
app.add_typer(sources_app, name="sources")
app.add_typer(engine_app, name="engine")
app.add_typer(dashboards_app, name="dashboards")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(index_app, name="index")

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]
SourcesPath = Annotated[
    Path | None,
    typer.Option("--sources", help="A source's YAML file, or a folder of them; default: the catalogue that ships."),
]
Now = Annotated[str | None, typer.Option("--now", help="Pretend that it is this time (ISO 8601): for trying out.")]


def answered(command: Callable[P, R]) -> Callable[P, R]:
    """A command whose expected errors become one clear message and the right exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (ConfigurationError, QueryError) as error:
            err.print(f"mecmua: {error}", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(2) from error
        except MecmuaError as error:
            err.print(f"mecmua: {error}", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(1) from error
        except BrokenPipeError:
            sys.stderr.close()  # whoever read our output has enough; Python would complain of it at exit
            raise typer.Exit(0) from None

    return run


def print_json(value: Any) -> None:
    """One JSON value on standard output, letters as they are."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


@app.callback(invoke_without_command=True)
def start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.", is_eager=True)] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more of what is done.")] = False,
) -> None:
    """Set up logging before any command."""
    if version:
        typer.echo(f"mecmua {VERSION}")
        raise typer.Exit
    set_up_logging(verbose=verbose)


def set_up_logging(*, verbose: bool = False) -> None:
    """Log lines go to standard error; libraries speak only when something is wrong."""
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S"),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=20),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@app.command()
@answered
def crawl(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids; default: all.")] = None,
    sources: SourcesPath = None,
    since: Annotated[
        str | None, typer.Option(help="Only what was published or modified on or after this date.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many articles per source.")] = None,
    stage: Annotated[str, typer.Option(help="all, fetch, extract or index: rerun one stage alone.")] = "all",
    now: Now = None,
    report: Annotated[
        Path | None, typer.Option(help="Write the run report to this file as JSON; - is standard output.")
    ] = None,
    as_json: Json = False,
) -> None:
    """One nightly run in this process. When it returns, its documents are searchable."""
    from pipeline import render
    from pipeline.jobs import progress
    from pipeline.jobs.alerts import run_alerts
    from pipeline.jobs.crawl import STAGES, Wanted
    from pipeline.jobs.crawl import crawl as run

    if stage not in STAGES:
        raise ConfigurationError(f"--stage {stage}: must be one of {', '.join(STAGES)}")
    settings = load_settings()
    catalogue = load_sources(sources or settings.sources)
    chosen = select(catalogue, names or [])
    wanted = Wanted(_midnight(since, "--since"), limit, stage)
    with progress.shown(err) as show:
        result = run(settings, chosen, wanted, catalogue=catalogue, now=_instant(now), report=show)
    if stage in ("all", "index"):
        run_alerts(settings, _instant(now) or datetime.now(UTC))
    if report:
        (typer.echo if str(report) == "-" else partial(_write, report))(
            json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
        )
    if as_json:
        print_json(result.to_dict())
    else:
        render.report(out, result)
    if any(source.error for source in result.sources):
        raise typer.Exit(1)


@app.command()
@answered
def extract(
    page: Annotated[str, typer.Argument(metavar="FILE|URL", help="An HTML file, or a web address to fetch.")],
    url: Annotated[str | None, typer.Option(help="The address that a file came from.")] = None,
    content_type: Annotated[
        str | None, typer.Option(help="What the server said, such as 'text/html; charset=iso-8859-9'.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also say what was removed and how the body was found.")
    ] = False,
    sources: SourcesPath = None,
    now: Now = None,
) -> None:
    """One page to one article, always as JSON; quality_flags tell when it is judged to be none."""
    from pipeline.jobs import extract as job

    settings = load_settings()
    known = load_sources(sources or settings.sources)
    file = Path(page)
    found = job.from_file(file, url, content_type) if file.exists() else job.from_web(page, settings, known)
    print_json(job.read(found, known, _instant(now) or datetime.now(UTC), settings, explain=explain))


@app.command()
@answered
def search(
    query: Annotated[
        str, typer.Argument(help='Words, "phrases", -without, title: author: source: lang: before: after:')
    ],
    lang: Annotated[str | None, typer.Option(help="Only this language, such as tr or en.")] = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    since: Annotated[str | None, typer.Option(help="Published on or after this day.")] = None,
    until: Annotated[str | None, typer.Option(help="Published on or before this day.")] = None,
    size: Annotated[int, typer.Option(min=0, help="How many hits.")] = 10,
    removed: Annotated[bool, typer.Option("--removed", help="Also what is gone from its site.")] = False,
    as_json: Json = False,
) -> None:
    """Full-text search; Turkish and English, typed with or without diacritics."""
    from pipeline import glossary, render
    from pipeline.jobs.indexing import search_client
    from pipeline.search.query import search as run

    settings = load_settings()
    results = run(
        search_client(settings),
        settings.index,
        query,
        language=lang,
        source=source,
        since=_day(since, "--since"),
        until=_day(until, "--until"),
        size=size,
        removed=removed,
        glossary=glossary.load(settings.home),
    )
    if as_json:
        print_json(results.to_dict())
    else:
        render.results(out, results)


@app.command()
@answered
def show(
    name: Annotated[str, typer.Argument(metavar="ID|URL")],
    revision: Annotated[int | None, typer.Option(min=1, help="As of this revision.")] = None,
    diff: Annotated[
        tuple[int, int] | None, typer.Option(metavar="N M", help="What changed between two revisions.")
    ] = None,
    archived: Annotated[
        bool, typer.Option("--archived", help="The page as it was, byte for byte, on standard output.")
    ] = False,
    sources: SourcesPath = None,
    as_json: Json = False,
) -> None:
    """One document, its past, the page as it was."""
    from pipeline import render
    from pipeline.jobs import show as job
    from pipeline.store.database import open_store

    settings = load_settings()
    store = open_store(settings.state_url)
    if archived:
        sys.stdout.buffer.write(job.archived(store, settings, name, revision).body)
        return
    if diff:
        typer.echo(job.difference(store, name, *diff))
        return
    catalogue = {item.id: item for item in load_sources(sources or settings.sources)}
    document, past = job.document_of(store, catalogue, name, revision)
    if as_json:
        print_json({**document, "revisions": past})
    else:
        render.document(out, document, past)


@app.command()
@answered
def export(
    query: Annotated[str | None, typer.Argument(help="As for search; without one, every document.")] = None,
    format_name: Annotated[str, typer.Option("--format", help="jsonl, csv, ris, bibtex, csl-json")] = "jsonl",
    output: Annotated[Path | None, typer.Option(help="A file; default: standard output.")] = None,
) -> None:
    """Documents as a stream that is never cut short silently."""
    from pipeline import glossary
    from pipeline.jobs.indexing import search_client
    from pipeline.search import export as exports

    settings = load_settings()
    names = glossary.load(settings.home)
    documents = exports.export(search_client(settings), settings.index, query, glossary=names)
    if output is None:
        exports.write(documents, format_name, sys.stdout)
        return
    partial = output.with_name(output.name + ".part")
    try:
        with partial.open("w", encoding="utf-8") as file:
            count = exports.write(documents, format_name, file)
        partial.replace(output)
    except OSError as error:
        raise ConfigurationError(f"{output}: cannot be written ({error.strerror})") from error
    err.print(f"{count} documents in {output}")


@sources_app.command("list")
@answered
def list_sources(sources: SourcesPath = None, as_json: Json = False) -> None:
    """What is in the catalogue."""
    from pipeline import render
    from pipeline.models import dump

    known = load_sources(sources or load_settings().sources)
    if as_json:
        print_json([dump(source) for source in known])
    else:
        render.sources(out, known)


@sources_app.command("check")
@answered
def check_sources(sources: SourcesPath = None) -> None:
    """Validate every file; all problems at once, each with file, line and remedy."""
    known = load_sources(sources or load_settings().sources)
    out.print(f"{len(known)} sources are in order.")


@sources_app.command("probe")
@answered
def probe_source(
    url: Annotated[str, typer.Argument(help="A feed, sitemap, WordPress API or page that lists articles.")],
    sources: SourcesPath = None,
    as_json: Json = False,
) -> None:
    """What an endpoint really gives: items, dates, scope, languages, and five of its articles."""
    from pipeline import render
    from pipeline.jobs.probe import probe
    from pipeline.models import dump

    settings = load_settings()
    found = probe(settings, url, load_sources(sources or settings.sources))
    print_json(dump(found)) if as_json else render.probe(out, found)


@sources_app.command("new")
@answered
def new_source(
    url: Annotated[str, typer.Argument(help="The home page of a think tank.")], now: Now = None, as_json: Json = False
) -> None:
    """Propose a source file from a home page, on standard output; two of its articles beside it, for the eye."""
    from pipeline import render
    from pipeline.jobs.propose import propose
    from pipeline.models import dump

    found = propose(load_settings(), url, now=_instant(now) or datetime.now(UTC))
    if as_json:
        print_json(dump(found))
        return
    sys.stdout.write(found.yaml)
    render.examples(err, found.examples)


@app.command("health")
@answered
def show_health(sources: SourcesPath = None, now: Now = None, as_json: Json = False) -> None:
    """Which sources are silent, stale, shrinking, blocked, moved or empty, and what to do."""
    from pipeline import render
    from pipeline.jobs.health import health
    from pipeline.models import dump
    from pipeline.store.database import open_store

    settings = load_settings()
    known = load_sources(sources or settings.sources)
    found = health(open_store(settings.state_url), known, _instant(now) or datetime.now(UTC))
    print_json([dump(one) for one in found]) if as_json else render.health(out, found)


@engine_app.command("start")
@answered
def start_engine(as_json: Json = False) -> None:
    """Start the local search node of MECMUA_HOME, if it does not run; the first time it is downloaded."""
    from pipeline import engine

    _show_node(engine.start(load_settings()), as_json)


@engine_app.command("stop")
@answered
def stop_engine() -> None:
    """Stop the local search node; its documents stay."""
    from pipeline import engine

    out.print("stopped" if engine.stop(load_settings()) else "no node runs")


@engine_app.command("status")
@answered
def engine_status(as_json: Json = False) -> None:
    """How the local search node is."""
    from pipeline import engine

    _show_node(engine.status(load_settings()), as_json)


@engine_app.command("prepare", hidden=True)
@answered
def prepare_engine() -> None:
    """Download what the local node needs, without starting it: set-up calls this."""
    from pipeline import engine

    engine.prepare(load_settings())


def _show_node(status: Any, as_json: bool) -> None:
    from pipeline import render
    from pipeline.models import dump

    print_json(dump(status)) if as_json else render.node(out, status)


@dashboards_app.command("install")
@answered
def install_dashboards(
    output: Annotated[
        Path | None, typer.Option(help="Write them to this file, for Kibana's own import page, instead.")
    ] = None,
) -> None:
    """Give Kibana its data views, saved searches and dashboards; safe to repeat."""
    from pipeline import kibana

    settings = load_settings()
    if output:
        objects = kibana.saved_objects(settings.index, settings.serve_url)
        _write(output, kibana.to_ndjson(objects).decode().rstrip("\n"))
        return
    for name in kibana.install(settings):
        out.print(name, markup=False)


@quarantine_app.command("list")
@answered
def list_quarantine(
    source: Annotated[str | None, typer.Argument(metavar="[SOURCE]")] = None, as_json: Json = False
) -> None:
    """Rejected items, newest first."""
    from pipeline import render
    from pipeline.models import dump
    from pipeline.store import quarantine
    from pipeline.store.database import open_store

    with open_store(load_settings().state_url).read() as connection:
        items = quarantine.listing(connection, source)
    if as_json:
        print_json([dump(item) for item in items])
    else:
        render.quarantine(out, items)


@app.command()
@answered
def reprocess(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids; default: all.")] = None,
    sources: SourcesPath = None,
    promote: Annotated[
        bool, typer.Option("--promote/--no-promote", help="Go live when the gate is passed, or wait for index rollout.")
    ] = True,
    keep: Annotated[int, typer.Option(min=0, help="How many earlier versions stay for going back.")] = 1,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Read the archive again, without the network, into a new index version that goes live through a gate."""
    catalogue = load_sources(sources or load_settings().sources)
    chosen = [source.id for source in select(catalogue, names or [])]
    _roll_out(catalogue, chosen, now, as_json, promote=promote, keep=keep)


@index_app.command("rollout")
@answered
def index_rollout(
    sources: SourcesPath = None,
    force: Annotated[bool, typer.Option("--force", help="Go live whatever the gate says.")] = False,
    keep: Annotated[int, typer.Option(min=0, help="How many earlier versions stay for going back.")] = 1,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Promote the version that was built; where there is none, build one from the stored articles first."""
    catalogue = load_sources(sources or load_settings().sources)
    _roll_out(catalogue, None, now, as_json, force=force, keep=keep)


def _roll_out(catalogue: Any, names: list[str] | None, now: str | None, as_json: bool, **how: Any) -> None:
    from pipeline import render
    from pipeline.jobs import progress
    from pipeline.jobs.reprocess import reprocess as run

    with progress.shown(err) as show:
        result = run(load_settings(), catalogue, names, _instant(now) or datetime.now(UTC), show, **how)
    print_json(result.to_dict()) if as_json else render.rollout(out, result)


@index_app.command("rollback")
@answered
def index_rollback(sources: SourcesPath = None, now: Now = None) -> None:
    """Give up the version that is being built, or go back to the one before the live one."""
    from pipeline.jobs.rollback import rollback as run

    settings = load_settings()
    live = run(settings, load_sources(sources or settings.sources), _instant(now) or datetime.now(UTC))
    out.print(f"{settings.index} stands on {live}", markup=False, highlight=False)


@index_app.command("glossary")
@answered
def index_glossary(now: Now = None, as_json: Json = False) -> None:
    """Put the glossary and your own terms (glossary.yaml in MECMUA_HOME) to work in Kibana's searches too."""
    from pipeline.jobs.terms import apply
    from pipeline.models import dump

    settings = load_settings()
    result = apply(settings, _instant(now) or datetime.now(UTC))
    if as_json:
        print_json(dump(result))
    else:
        how = "now searches" if result.changed else "searches already"
        out.print(f"{result.index} {how} with {result.rules} names and terms, {result.own} your own", highlight=False)


@index_app.command("status")
@answered
def index_status(as_json: Json = False) -> None:
    """Every version of the index, which is live, and what each still lacks."""
    from pipeline import render
    from pipeline.jobs.rollback import status as run
    from pipeline.models import dump

    versions = run(load_settings())
    print_json([dump(version) for version in versions]) if as_json else render.versions(out, versions)


@app.command()
@answered
def backfill(
    name: Annotated[str, typer.Argument(metavar="SOURCE")],
    since: Annotated[str, typer.Option(help="Published or modified on or after this date.")],
    until: Annotated[str | None, typer.Option(help="Up to this date; default: today.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many articles now; repeat for more.")] = None,
    sources: SourcesPath = None,
    as_json: Json = False,
) -> None:
    """Old articles of one source, in resumable batches that step aside for every crawl."""
    from pipeline.jobs import backfill as job
    from pipeline.jobs import progress
    from pipeline.models import dump

    settings = load_settings()
    catalogue = load_sources(sources or settings.sources)
    start, last = _midnight(since, "--since"), _day(until, "--until")
    end = datetime.combine(last, time.max, UTC) if last else None
    span = job.Span(start or datetime.min.replace(tzinfo=UTC), end)
    with progress.shown(err) as show:
        done = job.backfill(settings, select(catalogue, [name])[0], catalogue, span, limit=limit, report=show)
    if as_json:
        print_json(dump(done))
        return
    counts = ", ".join(f"{count} {outcome}" for outcome, count in done.outcomes.items()) or "nothing"
    out.print(f"{done.source}: {counts}; {done.left} URLs are left.", highlight=False)


@app.command()
@answered
def backup(target: Annotated[Path, typer.Argument(metavar="FILE", help="Replaced when it is there.")]) -> None:
    """Copy the SQLite state to one whole file while others write; then copy the archive (docs/operations.md)."""
    from pipeline.jobs.backup import backup as run

    out.print(f"{run(load_settings(), target) / 1e6:.1f} MB in {target}", highlight=False, soft_wrap=True)


@app.command()
@answered
def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Put right what can be.")] = False,
    sources: SourcesPath = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Compare archive, state and index, and say what differs. Exit code 1 while something is wrong."""
    from pipeline import render
    from pipeline.jobs.doctor import examine

    settings = load_settings()
    catalogue = load_sources(sources or settings.sources)
    report = examine(settings, catalogue, _instant(now) or datetime.now(UTC), repair=repair)
    print_json(report.to_dict()) if as_json else render.doctor(out, report)
    if not report.healthy:
        raise typer.Exit(1)


@app.command()
@answered
def forget(
    target: Annotated[str, typer.Argument(metavar="URL|ID|SOURCE", help="One article, or everything of a source.")],
    reason: Annotated[str, typer.Option(help="Who asked, and why: kept with the date.")],
    sources: SourcesPath = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Erase an article or a source from index, state and archive, and never fetch it again."""
    from pipeline.jobs.forget import forget as run
    from pipeline.models import dump

    settings = load_settings()
    catalogue = load_sources(sources or settings.sources)
    done = run(settings, catalogue, target, reason, _instant(now) or datetime.now(UTC))
    if as_json:
        print_json(dump(done))
        return
    out.print(
        f"erased {done.articles} articles of {done.source}: {done.documents} documents, {done.files_deleted} files, "
        f"{done.records_dropped} archived records whole and {done.records_edited} in part",
        highlight=False,
    )


@quarantine_app.command("retry")
@answered
def retry_quarantine(
    source: Annotated[str | None, typer.Argument(metavar="[SOURCE]")] = None, now: Now = None, as_json: Json = False
) -> None:
    """Make quarantined items due again: the next crawl fetches, reads or indexes them."""
    from pipeline.jobs.retry import retry as run
    from pipeline.store.database import open_store

    count = run(open_store(load_settings().state_url), source, _instant(now) or datetime.now(UTC))
    print_json({"due": count}) if as_json else out.print(f"{count} items are due again; `mecmua crawl` tries them.")


@app.command("demo")
@answered
def run_demo(
    dags: Annotated[Path | None, typer.Option(help="The folder that holds nightly_crawl.py.")] = None,
) -> None:
    """Run the nightly DAG in Airflow over the demonstration site, then search what it found."""
    from pipeline import render
    from pipeline.index.rollout import is_outdated
    from pipeline.jobs import demonstration as job
    from pipeline.jobs.indexing import search_client
    from pipeline.models import RunReport, load
    from pipeline.search.query import search as run

    settings = load_settings()
    with job.site(settings) as folder:
        if is_outdated(search_client(settings), settings.index):
            err.print("The index is an earlier Mecmua's and is built anew first.")
            _roll_out([*load_sources(settings.sources), *load_sources(folder)], None, None, as_json=False)
        job.run_dag(settings, folder, (dags or Path(__file__).parent.parent / "dags").absolute())
    render.report(out, load(RunReport, job.last_report(settings)))
    client = search_client(settings)
    for query in job.QUERIES:
        out.rule(f"mecmua search {query!r}", align="left")
        render.results(out, run(client, settings.index, query, source="demo", size=2))
    out.rule(align="left")
    out.print(
        f"Data is in {settings.home}. Search on: mecmua search WORDS. The search node keeps running until "
        "`mecmua engine stop`.",
        soft_wrap=True,
    )


@app.command("demo-site")
@answered
def demo_site(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the demonstration site on loopback until Ctrl-C."""
    from pipeline import demo

    demo.serve(host, port)


@app.command()
@answered
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the search page and its JSON API until Ctrl-C."""
    from pipeline import web

    def announce() -> None:
        out.print(f"http://{host}:{port}/ until Ctrl-C", highlight=False, soft_wrap=True)

    web.serve(load_settings(), host, port, announce=announce)


def _day(text: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigurationError(f"{option} {text}: a date is written 2026-11-24") from error


def _midnight(text: str | None, option: str) -> datetime | None:
    day = _day(text, option)
    return datetime.combine(day, time(), UTC) if day else None


def _instant(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigurationError(f"--now {text}: a time is written 2026-11-24T02:00:00+03:00") from error
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written ({error.strerror})") from error


def main() -> None:
    """The console script."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    app()


if __name__ == "__main__":
    main()
