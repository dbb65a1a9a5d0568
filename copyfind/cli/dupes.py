"""copyfind dupes: clusters of copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copyfind import __version__
from copyfind.cli.cluster_names import ids_of, named
from copyfind.cli.console import as_text, emit, note, show
from copyfind.cli.finding_options import (
    EffortOption,
    KeepOption,
    MinSizeOption,
    NoVerifyOption,
    PathsOrClustersArgument,
    ReferenceOption,
    ThresholdOption,
    TierOption,
    find,
)
from copyfind.cli.following import following
from copyfind.cli.next_steps import after_dupes, asked_again
from copyfind.cli.options import (
    STDOUT,
    AgainstOption,
    CatalogOption,
    ModelOption,
    as_bytes,
    cache_folder,
)
from copyfind.cli.runs import (
    Doing,
    EngineOption,
    IncludeOption,
    RayOption,
    catalog_of,
    find_in,
    source_of_runs,
    whole_run,
)
from copyfind.cli.stores import EngineName
from copyfind.cli.viewing import PagerOption, SummaryOption, TopOption, WideOption, shape_of
from copyfind.records import TIERS, Cluster, Effort, Findings
from copyfind.report.numbers import shown_bytes

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copyfind.report.as_table import Shape

COPIES_FOUND = 5


class ReportFormat(StrEnum):
    """The form in which findings are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


class Order(StrEnum):
    """By what clusters are ordered, the first of them first."""

    GAIN = "gain"
    MEMBERS = "members"
    SIMILARITY = "similarity"
    PATH = "path"


ORDERS: dict[Order, Callable[[Cluster], tuple[float | bytes, ...]]] = {
    Order.GAIN: lambda c: (-c.reclaimable_bytes, c.keeper.file.path),
    Order.MEMBERS: lambda c: (-len(c.members), c.keeper.file.path),
    Order.SIMILARITY: lambda c: (-_least_similar(c), c.keeper.file.path),
    Order.PATH: lambda c: (c.keeper.file.path,),
}


def dupes(
    context: typer.Context,
    paths: PathsOrClustersArgument = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    threshold: ThresholdOption = None,
    tier: TierOption = None,
    effort: EffortOption = Effort.NORMAL,
    no_verify: NoVerifyOption = False,
    keep: KeepOption = "",
    reference: ReferenceOption = None,
    against: AgainstOption = None,
    output_format: Annotated[
        ReportFormat,
        typer.Option("--format", help="Write a table or a page for eyes, or data for programs."),
    ] = ReportFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write to this new file instead of stdout."
        ),
    ] = None,
    min_size: MinSizeOption = 0,
    sort: Annotated[Order, typer.Option("--sort", help="Which clusters come first.")] = Order.GAIN,
    model: ModelOption = None,
    top: TopOption = None,
    summary: SummaryOption = False,
    wide: WideOption = False,
    pager: PagerOption = True,
    include: IncludeOption = "",
    engine: EngineOption = EngineName.LOCAL,
    address: RayOption = None,
    fail_on_copies: Annotated[
        bool, typer.Option("--fail-on-copies", help=f"Exit with {COPIES_FOUND} if there are any.")
    ] = False,
) -> None:
    """Report clusters of copies, the file to keep first. Nothing is changed.

    Each file has a word: `keep`; `safe`, which goes by default (the same bytes or pixels stay);
    `ask`, a copy that is `near` or `edited` and goes with your consent; `stay`, which no plan
    takes, such as what is `likely` a copy. Other shots of a scene (`series`) and what only looks
    alike (`unverified`) are counted, and listed with --tier. The id of a cluster opens it.

    Of a run in an object store what may go is written beside it, as remove.parquet.
    """
    from copyfind.pipeline.folders import copies_elsewhere
    from copyfind.report.as_table import findings_table

    output = None if output == STDOUT else output
    words = named(paths)
    places, names = words.places, words.clusters
    asked: dict[str, Any] = {"threshold": threshold, "min_size": min_size, "keep": keep}
    asked["tiers"] = tier or (TIERS if names else None)
    if words.run is None:
        if include or address is not None or engine is not EngineName.LOCAL:
            raise typer.BadParameter("--include, --engine and --address are of a run: name one")
        findings = find(
            catalog,
            places,
            model=model,
            effort=effort,
            no_verify=no_verify,
            references=reference,
            against=against,
            keeping=not names,
            **asked,
        )
    else:
        whole_run(words, context)
        catalog = catalog_of(words.run, catalog)
        findings = find_in(
            words.run, catalog, engine=Doing(engine, address), include=include, **asked
        )
    findings = replace(findings, clusters=tuple(sorted(findings.clusters, key=ORDERS[sort])))
    only = ids_of(names, findings)
    if output_format is ReportFormat.TABLE:
        on_paper = output is not None
        shape = shape_of(wide=wide or on_paper, top=top, summary=summary, only=only)
        elsewhere = (
            copies_elsewhere(catalog, [as_bytes(place) for place in places]) if places else 0
        )
        table = findings_table(findings, shape, elsewhere=0 if against else elsewhere)
        _write_table(table, shape, output, paged=pager)
        if findings.clusters and only is None and output is None and words.run is None:
            after_dupes(catalog, asked_again(context))
    else:
        told = _shown(findings, 0 if summary else top, only)
        _write(told, output_format, output, catalog, is_run=words.run is not None)
    if fail_on_copies and any(_holds_copies(cluster, findings) for cluster in findings.clusters):
        raise typer.Exit(COPIES_FOUND)


def _shown(findings: Findings, top: int | None, only: frozenset[str] | None) -> Findings:
    """The findings with the clusters alone that are asked for."""
    chosen = (c for c in findings.clusters if only is None or c.id in only)
    return replace(findings, clusters=tuple(chosen)[:top])


def _write_table(table: RenderableType, shape: Shape, output: Path | None, *, paged: bool) -> None:
    from copyfind.report.files import write_new

    if output is None:
        show(table, paged=paged, wide=shape.wide)
    else:
        write_new(output, as_text(table))
        note(f"written to {output}")


def _write(
    findings: Findings,
    output_format: ReportFormat,
    output: Path | None,
    catalog: Path,
    *,
    is_run: bool,
) -> None:
    from copyfind.report.as_json import findings_as_csv, findings_as_json
    from copyfind.report.files import write_new

    if output_format is ReportFormat.JSON:
        text = findings_as_json(findings)
    elif output_format is ReportFormat.CSV:
        text = findings_as_csv(findings)
    else:
        from copyfind.collection.cache import open_cache
        from copyfind.imaging.source import LOCAL
        from copyfind.pipeline.showing import Showcase
        from copyfind.report.as_html import findings_as_html

        with (
            following(kept="every thumbnail made so far") as watch,
            open_cache(catalog, cache_folder()) as cached,
            Showcase(
                findings,
                known=cached.thumbnails,
                keep=cached.store_thumbnails,
                source=source_of_runs() if is_run else LOCAL,
            ) as showcase,
        ):
            showcase.make_thumbnails(watch)
            text = findings_as_html(findings, thumbnail=showcase.thumbnail, version=__version__)
    if output is None:
        emit(text)
    else:
        write_new(output, text)
        size = f" ({shown_bytes(len(text.encode()))})" if output_format is ReportFormat.HTML else ""
        note(f"written to {output}{size}")


def _holds_copies(cluster: Cluster, findings: Findings) -> bool:
    """Whether copies were found: another shot of a scene is none, and what only looks alike counts
    where nothing else was looked at."""
    related = not cluster.tier.is_proven
    return not related or not findings.verified


def _least_similar(cluster: Cluster) -> float:
    known = [m.evidence.similarity for m in cluster.members if m.evidence]
    return min((s for s in known if s is not None), default=1.0)
