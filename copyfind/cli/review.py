"""copyfind review: look at clusters in the browser, decide, clear away."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import copyfind
from copyfind.cli.cluster_names import ids_of, named
from copyfind.cli.console import emit, is_a_terminal, note
from copyfind.cli.dupes import ORDERS, Order
from copyfind.cli.finding_options import (
    EffortOption,
    KeepOption,
    MinSizeOption,
    NoVerifyOption,
    PathsOrClustersArgument,
    ReferenceOption,
    ThresholdOption,
    TierOption,
    finding,
    tell_of,
)
from copyfind.cli.following import following
from copyfind.cli.next_steps import usual_catalog
from copyfind.cli.options import (
    LOOPBACK,
    AddressOption,
    AgainstOption,
    BrowserOption,
    CatalogOption,
    HostOption,
    ModelOption,
    OthersOption,
    PortOption,
    cache_folder,
)
from copyfind.cli.runs import catalog_of, finding_in, no_folders, source_of_runs, whole_run
from copyfind.records import TIERS, Effort, Findings
from copyfind.report.numbers import counted
from copyfind.watch import Watch

if TYPE_CHECKING:
    from copyfind.grouping.keeper import KeepRule


def review(
    context: typer.Context = ...,  # type: ignore[assignment] # Typer gives it
    paths: PathsOrClustersArgument = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    threshold: ThresholdOption = None,
    tier: TierOption = None,
    effort: EffortOption = Effort.NORMAL,
    no_verify: NoVerifyOption = False,
    keep: KeepOption = "",
    reference: ReferenceOption = None,
    against: AgainstOption = None,
    min_size: MinSizeOption = 0,
    sort: Annotated[Order, typer.Option("--sort", help="Which clusters come first.")] = Order.GAIN,
    model: ModelOption = None,
    browser: BrowserOption = True,
    port: PortOption = 0,
    host: HostOption = LOOPBACK,
    address: AddressOption = None,
    let_others_in: OthersOption = False,
) -> None:
    """Look at clusters in the browser, decide, and clear copies away.

    The page is on this machine alone, at an address nobody can guess. Choices are kept at once;
    nothing happens to a file before it is confirmed there. Ctrl-C ends the review. Where there
    are no copies, the page says what to do next; a script, which has no terminal, goes on instead.
    """
    import webbrowser

    from copyfind.cleanup.files import Files
    from copyfind.cleanup.gathering import Maker, catalog_state
    from copyfind.cleanup.ways import surroundings, tell_catalog
    from copyfind.collection.cache import open_cache
    from copyfind.collection.decisions import forget_decisions, store_decisions
    from copyfind.descriptor.weights import DEFAULT_MODEL
    from copyfind.imaging.source import LOCAL
    from copyfind.pipeline.indexing import index_folders
    from copyfind.pipeline.showing import Showcase
    from copyfind.review.choices import Choices
    from copyfind.review.desk import Desk
    from copyfind.review.page import assembled
    from copyfind.review.server import listen, serve
    from copyfind.review.tools import Tools

    words = named(paths)
    where = catalog_of(words.run, catalog) if words.run else catalog.expanduser().absolute()
    maker = Maker(where, copyfind.__version__, Files())
    with listen(host, port, others_may=let_others_in, called=address) as listening:
        names = words.clusters
        asked: dict[str, Any] = {"threshold": threshold, "min_size": min_size, "keep": keep}
        asked["tiers"] = tier or (TIERS if names else None)
        if words.run is None:
            if not words.places and may_begin(where):
                index_folders((), catalog=where, cache=cache_folder(), model=model or DEFAULT_MODEL)
            wanted = finding(
                where,
                words.places,
                model=model,
                effort=effort,
                no_verify=no_verify,
                references=reference,
                against=against,
                **asked,
            )
        else:
            whole_run(words, context)
            wanted = finding_in(words.run, where, **asked)

        def found(rules: Sequence[KeepRule], watch: Watch) -> Findings:
            findings = wanted(rules, watch)
            clusters = sorted(findings.clusters, key=ORDERS[sort])
            return replace(findings, clusters=tuple(clusters))

        with following(kept="every finished verdict") as watch:
            findings = found((), watch)
        tell_of(findings)
        if not (findings.clusters or is_a_terminal() or port or address):
            note(f"no copies among {counted(findings.files, 'file')}: nothing to review")
            return
        opened = "#" + min(ids_of(names[:1], findings) or ("",))
        desk = Desk(
            findings,
            Choices(choices_file(where)),
            tell_apart=lambda pairs, are: (
                store_decisions(where, pairs) if are else forget_decisions(where, pairs)
            ),
        )
        tools = Tools(
            surroundings(where),
            make=maker.choices,
            draft=maker.draft,
            find=found,
            index=no_folders
            if words.run
            else lambda folders, watch: index_folders(
                folders,
                catalog=where,
                cache=cache_folder(),
                model=model or DEFAULT_MODEL,
                watch=watch,
            ),
            state=lambda: catalog_state(where),
            folder=Path.cwd(),
            anywhere=not let_others_in,
            tell=lambda gone, back, doubted: tell_catalog(
                where, gone=gone, back=back, doubted=doubted, watch=Watch(on_note=note)
            ),
        )

        def on_start(page: str) -> None:
            page += opened.rstrip("#")
            emit(page + "\n")
            note("open this address in a browser; Ctrl-C ends the review, choices are kept")
            if browser:
                threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()

        with (
            open_cache(where, cache_folder()) as cached,
            Showcase(
                findings,
                known=cached.thumbnails,
                keep=cached.store_thumbnails,
                source=source_of_runs() if words.run else LOCAL,
            ) as showcase,
            assembled(desk, showcase, tools) as parts,
        ):
            serve(parts, listening, on_start=on_start, called=address)


def may_begin(catalog: Path) -> bool:
    """Whether the page is to be where a person begins: there is no catalog yet, they sit at a
    terminal, and have not named another catalog than the usual one, which may be mistyped."""
    return is_a_terminal() and catalog == usual_catalog() and not catalog.exists()


def choices_file(catalog: Path) -> Path:
    """The file beside a catalog in which the choices about it are kept."""
    return catalog.with_name(catalog.name + ".review.jsonl")
