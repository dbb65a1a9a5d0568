"""Runs in object stores, for the commands that find copies in them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copyfind.cli.cluster_names import Named
from copyfind.cli.console import note
from copyfind.cli.finding_options import Finding, keep_rules
from copyfind.cli.following import following
from copyfind.cli.options import cache_folder
from copyfind.cli.plan import included
from copyfind.cli.stores import EngineName
from copyfind.errors import StoreError
from copyfind.records import EXACT, PROVEN, Findings, Summary, Tier
from copyfind.report.numbers import counted
from copyfind.watch import Watch

if TYPE_CHECKING:  # loaded only once the packages are known to be there
    from copyfind.grouping.keeper import KeepRule
    from copyfind.imaging.source import Source
    from copyfind.remote.finding import Judged
    from copyfind.remote.here import Engine

_STORES = "Object stores"
_OF_CATALOGS = ("effort", "no_verify", "model", "reference", "against")

IncludeOption = Annotated[
    str,
    typer.Option(
        "--include",
        metavar="TIERS",
        help="List copies in remove.parquet too that are near, edited, or near,edited.",
        show_default=False,
        rich_help_panel=_STORES,
    ),
]
EngineOption = Annotated[
    EngineName, typer.Option("--engine", help="What judges a run.", rich_help_panel=_STORES)
]
RayOption = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="HOST",
        help="The Ray cluster: auto for the one of this machine; without it one is started.",
        rich_help_panel=_STORES,
    ),
]


@dataclass(frozen=True, slots=True)
class Doing:
    """What looks at the pictures of a run again."""

    name: EngineName = EngineName.LOCAL
    address: str | None = None


def catalog_of(run: str, catalog: Path) -> Path:
    """The catalog that gets what lies in clusters of a run: in a folder beside the usual one."""
    name = hashlib.sha256(run.rstrip("/").encode()).hexdigest()[:16]
    return catalog.expanduser().absolute().parent / "runs" / f"{name}.sqlite"


def find_in(
    run: str,
    catalog: Path,
    *,
    engine: Doing,
    include: str,
    tiers: Sequence[Tier] | None,
    threshold: float | None,
    min_size: int,
    keep: str,
) -> Findings:
    """Find copies among the objects of a run, and list in it what may go."""
    from copyfind.remote.lists import REMOVE, write_lists

    going = (*EXACT, *included(include))
    asked = _asked(threshold, tiers, min_size, keep)
    done = judged(run, catalog, engine=engine, threshold=threshold)
    with following(kept="every finished verdict") as watch:
        findings = done.findings(**asked, watch=watch)
    if tiers is None:  # of a part of what ties pictures no list is made
        gone = write_lists(done.run.store, findings.clusters, tiers=going)
        note(f"{counted(gone, 'object')} may go: {done.run.store.uri(REMOVE)}", objects=gone)
    if findings.unread:
        note(f"{counted(findings.unread, 'picture')} could not be looked at; run it again")
    return findings


def finding_in(
    run: str,
    catalog: Path,
    *,
    tiers: Sequence[Tier] | None,
    threshold: float | None,
    min_size: int,
    keep: str,
) -> Finding:
    """What finds the copies among the objects of a run, by other rules of what is kept where some
    are named; its pairs are judged now."""
    asked = _asked(threshold, tiers, min_size, keep)
    done = judged(run, catalog, engine=Doing(), threshold=threshold)

    def found(rules: Sequence[KeepRule], watch: Watch) -> Findings:
        return done.findings(**asked | ({"keep": tuple(rules)} if rules else {}), watch=watch)

    return found


def _asked(
    threshold: float | None, tiers: Sequence[Tier] | None, min_size: int, keep: str
) -> dict[str, Any]:
    return {
        "threshold": threshold,
        "tiers": frozenset(tiers or (*PROVEN, Tier.LIKELY)),
        "minimum_size": min_size,
        "keep": keep_rules(keep),
        "cache": cache_folder(),
    }


def whole_run(words: Named, context: typer.Context) -> None:
    """Refuse what was typed and a run has not: it is searched by its descriptors, and as a whole.
    Defaults of a file are of catalogs."""
    if words.places:
        raise typer.BadParameter(f"{words.run}: a run is looked at by itself", param_hint="PATH")
    if any(is_typed(context, name) for name in _OF_CATALOGS):
        raise typer.BadParameter(
            "a run is searched by its own descriptors, and as a whole: no --effort, --no-verify, "
            "--model, --reference or --against"
        )


def is_typed(context: typer.Context, name: str) -> bool:
    """Whether a parameter stands on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def no_folders(_folders: Sequence[bytes], _watch: Watch) -> Summary:
    """What a review of a run does where it is asked to index a folder. Raises StoreError."""
    raise StoreError("this is the review of a run: folders are indexed with: copyfind index FOLDER")


def judged(run: str, catalog: Path, *, engine: Doing, threshold: float | None = None) -> Judged:
    """The run with all of its pairs judged, telling how far that is."""
    from copyfind.remote.extra import RAY, STORES, need

    need(*STORES, *(RAY if engine.name is EngineName.RAY else ()))
    from copyfind.cores import usable_cores
    from copyfind.remote.finding import judge_run
    from copyfind.remote.here import Here
    from copyfind.remote.run import open_run

    if engine.address is not None and engine.name is not EngineName.RAY:
        raise typer.BadParameter("--address is of a cluster: name --engine ray")
    opened = open_run(run)
    does: AbstractContextManager[Engine] = Here(opened, workers=usable_cores())
    if engine.name is EngineName.RAY:
        from copyfind.remote.there import There

        does = There(opened, address=engine.address)
    with following(kept="every finished task") as watch, does as started:
        done = judge_run(
            opened,
            catalog=catalog,
            engine=started,
            threshold=threshold,
            cache=cache_folder(),
            watch=watch,
        )
    if done.recall is not None:
        note(
            f"{done.recall.share:.1%} of {done.recall.pairs + done.recall.planted:,} close pairs "
            "of a sample were met",
            recall=round(done.recall.share, 4),
        )
    return done


def source_of_runs() -> Source:
    """Where the bytes of objects come from."""
    from copyfind.remote.objects import ObjectsAgain

    return ObjectsAgain()
