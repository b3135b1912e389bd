"""What people see in a terminal: tables and texts from the values that jobs return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.models import Outcome
from pipeline.search.highlight import as_marked

if TYPE_CHECKING:  # what these need takes a second to import
    from pipeline.engine import NodeStatus
    from pipeline.jobs.doctor import Report
    from pipeline.jobs.probe import Example, Probe
    from pipeline.jobs.reprocess import ReprocessReport
    from pipeline.jobs.rollback import VersionStatus
    from pipeline.models import RunReport, Source, SourceHealth
    from pipeline.search.query import Results
    from pipeline.store.quarantine import Quarantined


#: So many sources are named with what befell them all.
_NAMED = 5


def report(console: Console, result: RunReport) -> None:
    """The per-source table of a run, with what failed below it."""
    table = Table(title=f"Run {result.run_id}", title_justify="left")
    table.add_column("source", no_wrap=True)
    table.add_column("outcomes")
    table.add_column("newest", no_wrap=True)
    table.add_column("requests", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    for source in result.sources:
        table.add_row(
            f"{'✗ ' if source.error else ''}{source.id}",
            _counted(source.outcomes),
            source.newest or "–",
            str(source.requests),
            f"{source.seconds:.1f}",
        )
    if len(result.sources) > 1:
        requests = sum(source.requests for source in result.sources)
        table.add_section()
        table.add_row("all", _counted(result.outcomes), "", str(requests), f"{result.seconds:.1f}")
    console.print(table)
    for message, failed in _problems(result).items():
        named = ", ".join(failed[:_NAMED]) + (f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else "")
        console.print(f"[red]✗[/red] {escape(named)}: {escape(message)}", soft_wrap=True)


def _problems(result: RunReport) -> dict[str, list[str]]:
    """What went wrong, with the sources that it befell: an engine that is away is said once."""
    found: dict[str, list[str]] = {}
    for source in result.sources:
        if source.error:
            found.setdefault(source.error.removeprefix(f"{source.id}: "), []).append(source.id)
    return found


def _counted(outcomes: Mapping[str, int]) -> str:
    """What occurred, in the contract's order; ten columns would not fit a terminal."""
    counts = ((outcomes.get(outcome.value, 0), outcome.value.replace("_", " ")) for outcome in Outcome)
    return " · ".join(f"{count} {name}".replace(" ", "\u00a0") for count, name in counts if count) or "nothing"


def results(console: Console, found: Results) -> None:
    """Hits with their highlights."""
    console.print(f"[bold]{found.total}[/bold] {'article' if found.total == 1 else 'articles'}")
    for number, hit in enumerate(found.hits, 1):
        day = (hit.published or "no date")[:10]
        console.print(f"\n[bold]{number}. {escape(hit.title or 'Untitled')}[/bold]")
        console.print(f"   {day} · {hit.source} · {hit.language} · {hit.id}", style="dim", highlight=False)
        console.print(f"   {hit.url}", style="cyan", highlight=False, markup=False, soft_wrap=True)
        for fragment in [part for parts in hit.highlights.values() for part in parts][:2]:
            console.print(f"   … {_marked(fragment)} …", highlight=False)
        for match in hit.pages[:2]:
            console.print(f"   {match.label}: … {_marked(match.fragment)} …", highlight=False)
        if hit.also:
            also = ", ".join(f"{other['source']} ({other['url']})" for other in hit.also)
            console.print(f"   also at {also}", style="dim", markup=False, highlight=False)


def _marked(fragment: str) -> str:
    """The fragment with its matches bold; brackets in the text stay text."""
    parts = as_marked(fragment, "\0", "\1")
    return escape(" ".join(parts.split())).replace("\0", "[bold yellow]").replace("\1", "[/bold yellow]")


def document(console: Console, shown: Mapping[str, Any], past: Sequence[Mapping[str, Any]]) -> None:
    """One document as a reader wants it: heading, provenance, text, past."""
    console.print(f"[bold]{escape(shown.get('title') or 'Untitled')}[/bold]")
    for name in ("url", "authors", "organisations", "published", "date_basis", "author_basis", "language", "kind"):
        value = shown.get(name)
        if value:
            text = ", ".join(value) if isinstance(value, list) else str(value)
            console.print(f"  {name}: {text}", style="dim", markup=False, highlight=False, soft_wrap=True)
    pdf = shown.get("pdf") or {}
    for url, pages in zip(pdf.get("url") or (), pdf.get("pages") or (), strict=False):
        text = f"{url}, {pages} pages" if pages else f"{url}, not read"
        console.print(f"  pdf: {text}", style="dim", markup=False, highlight=False, soft_wrap=True)
    flags = shown.get("quality_flags")
    if flags:
        console.print(f"  flags: {', '.join(flags)}", style="yellow", markup=False)
    console.print()
    console.print("\n\n".join(str(shown.get("text") or "").split("\n")), markup=False, highlight=False)
    console.print()
    for line in past:
        console.print(f"revision {line['revision']} · seen {line['seen_at']}", style="dim", highlight=False)


def sources(console: Console, known: Sequence[Source]) -> None:
    """The catalogue as a table."""
    table = Table()
    for heading in ("id", "name", "country", "languages", "status", "endpoints"):
        table.add_column(heading)
    for source in known:
        endpoints = ", ".join(sorted({endpoint.type for endpoint in source.endpoints}))
        table.add_row(
            source.id, escape(source.name), source.country or "", " ".join(source.languages), source.status, endpoints
        )
    console.print(table)


def node(console: Console, status: NodeStatus) -> None:
    """How the local search node is."""
    if not status.running:
        console.print(f"no node runs; its data: {status.data_dir}", markup=False, highlight=False, soft_wrap=True)
        return
    console.print(f"OpenSearch {status.version or ''} at {status.url or 'no answer'}, process {status.pid}")
    if status.rss:
        console.print(f"memory {status.rss / 1e6:.0f} MB, {status.documents} documents in {status.indices} indexes")
    console.print(f"data {status.data_dir}\nlog  {status.log}", markup=False, highlight=False, soft_wrap=True)


def quarantine(console: Console, items: Sequence[Quarantined]) -> None:
    """Rejected items as a table."""
    table = Table()
    for heading in ("at", "source", "stage", "reason", "times", "url", "detail"):
        table.add_column(heading, overflow="fold")
    for item in items:
        table.add_row(
            f"{item.at:%Y-%m-%d %H:%M}",
            item.source,
            item.stage,
            item.reason,
            str(item.times),
            escape(item.url),
            escape(item.detail),
        )
    console.print(table)
    console.print(f"{len(items)} items")


def rollout(console: Console, result: ReprocessReport) -> None:
    """What a rollout did, and every check of its gate that was not passed."""
    state = "is live" if result.promoted else "is built and waits for `mecmua index rollout`"
    console.print(
        f"{result.index} {state}: {result.documents} documents, {result.read} of them read again", markup=False
    )
    for reason, count in sorted(result.problems.items()):
        console.print(f"  {count} kept as stored: {reason}", markup=False, highlight=False)
    failed = [check for check in result.checks if not check.passed]
    console.print(f"gate: {len(result.checks) - len(failed)} of {len(result.checks)} checks passed")
    for check in failed:
        console.print(f"  ✗ {check.name}: {check.before:g} → {check.after:g} {check.detail}", markup=False)
    for index in result.pruned:
        console.print(f"deleted {index}", markup=False, highlight=False)


def versions(console: Console, found: Sequence[VersionStatus]) -> None:
    """The versions of the index as a table."""
    table = Table()
    for heading in ("index", "live", "phase", "documents", "pending"):
        table.add_column(heading, no_wrap=heading == "index")
    for version in found:
        live = "●" if version.live else ""
        table.add_row(version.index, live, version.phase, str(version.documents), str(version.pending))
    console.print(table)


def doctor(console: Console, report: Report) -> None:
    """What differs between archive, state and index, a line each with examples and the remedy."""
    for finding in report.findings:
        mark = "✓" if finding.repaired else ("✗" if finding.wrong else "·")
        console.print(f"{mark} {finding.count} {finding.says}", markup=False, highlight=False, soft_wrap=True)
        for example in finding.examples:
            console.print(f"    {example}", style="dim", markup=False, highlight=False, soft_wrap=True)
        if not finding.repaired:
            console.print(f"    → {finding.remedy}", markup=False, highlight=False, soft_wrap=True)
    sizes = ", ".join(f"{count} {name}" for name, count in report.examined.items())
    console.print(f"{'In order' if report.healthy else 'Something is wrong'}: {sizes}.", highlight=False)


def probe(console: Console, found: Probe) -> None:
    """What an endpoint gave, line by line, then its sample."""
    newest = f"{found.newest:%Y-%m-%d}" if found.newest else "no dates"
    lines = {
        found.type: f"{found.url} (HTTP {found.status}, {found.content_type or 'no content type'})",
        "items": f"{found.items}, newest {newest}, {found.pdfs} PDFs, {found.more} more requests to read all",
        "own hosts": _percent(found.own_hosts),
        "articles": f"{_percent(found.articles)} of {len(found.examples)} looked at",
        "languages": ", ".join(f"{code} {count}" for code, count in found.languages.items()) or "none told",
        "robots.txt": f"{found.robots}, crawl-delay {found.crawl_delay:g} s, sitemaps: {_listed(found.sitemaps)}",
        "runs on": found.cms or "a system that does not say its name",
        "feeds": _listed(found.feeds),
        **({"problem": found.problem} if found.problem else {}),
    }
    for name, text in lines.items():
        console.print(f"{name:>10}  {text}", markup=False, highlight=False, soft_wrap=True)
    examples(console, found.examples)


def examples(console: Console, found: Sequence[Example]) -> None:
    """A few articles, for the eye: do title, day, language and people fit the page?"""
    for one in found:
        console.print(f"\n[bold]{escape(one.title or 'Untitled')}[/bold]")
        said = one.reason or f"{one.published_day or 'no date'} · {one.language} · {one.words} words"
        people = f" · {', '.join(one.authors)}" if one.authors else ""
        console.print(f"   {said}{people}\n   {one.url}", markup=False, highlight=False, soft_wrap=True)


def health(console: Console, found: Sequence[SourceHealth]) -> None:
    """The sources in trouble with evidence and advice, and how many are well."""
    well = [one for one in found if one.state == "healthy"]
    for one in found:
        if one.state not in ("healthy", "defunct"):
            console.print(f"[bold]{one.id}[/bold] is [yellow]{one.state}[/yellow]", highlight=False)
            console.print(f"   {one.evidence}\n   → {one.advice}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(well)} of {len(found)} sources are healthy.", highlight=False)


def _percent(share: float | None) -> str:
    return "nothing to measure" if share is None else f"{share:.0%}"


def _listed(urls: Sequence[str]) -> str:
    return ", ".join(urls[:5]) or "none"
