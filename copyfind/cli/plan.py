"""copyfind plan: what would be cleared away, in a file that can be read, changed and applied."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from copyfind.cli.console import note, show
from copyfind.cli.finding_options import (
    EffortOption,
    KeepOption,
    MinSizeOption,
    NoVerifyOption,
    PathsArgument,
    ReferenceOption,
    ThresholdOption,
    find,
)
from copyfind.cli.options import AgainstOption, CatalogOption, ModelOption, as_bytes
from copyfind.cli.viewing import PagerOption, SummaryOption, TopOption, WideOption, shape_of
from copyfind.plans import ActionKind
from copyfind.records import EXACT, Effort, Tier


class Included(StrEnum):
    """Tiers that go only when they are named."""

    NEAR = Tier.NEAR.value
    EDITED = Tier.EDITED.value


def _included(text: str) -> tuple[Tier, ...]:
    """The tiers that a text such as 'near,edited' names."""
    try:
        return tuple(Tier(Included(name.strip()).value) for name in text.split(",") if name.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r}: --include takes near, edited or near,edited; series and unverified are "
            "never cleared away"
        ) from None


def plan(
    paths: PathsArgument = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the plan to this new file."),
    ] = None,
    action: Annotated[
        ActionKind | None,
        typer.Option(
            "--action",
            help="What happens to redundant files; quarantine by default. Links only where bytes "
            "are equal; delete is for good.",
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Move them here, with the folders they are in."),
    ] = None,
    include: Annotated[
        str,
        typer.Option(
            "--include",
            metavar="TIERS",
            help="Let copies go too that are near, edited, or near,edited.",
            show_default=False,
        ),
    ] = "",
    only_identical: Annotated[
        bool, typer.Option("--only-identical", help="Let only copies with the same bytes go.")
    ] = False,
    merge_metadata: Annotated[
        bool,
        typer.Option(
            "--merge-metadata",
            help="Write what only copies know (GPS, date, rating, keywords, title, people) to an "
            "XMP sidecar of the file that is kept.",
        ),
    ] = False,
    reference: ReferenceOption = None,
    against: AgainstOption = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    threshold: ThresholdOption = None,
    effort: EffortOption = Effort.NORMAL,
    no_verify: NoVerifyOption = False,
    keep: KeepOption = "",
    min_size: MinSizeOption = 0,
    model: ModelOption = None,
    top: TopOption = None,
    summary: SummaryOption = False,
    wide: WideOption = False,
    pager: PagerOption = True,
) -> None:
    """Plan what to clear away: show it, and write it to a file with -o. Nothing else is changed.

    Redundant are files with the same bytes or the same pixels as one that is kept.
    """
    from copyfind.cleanup.ways import make_plan, write_plan
    from copyfind.report.plan_table import plan_table

    kind = action or (ActionKind.MOVE if to else ActionKind.QUARANTINE)
    if (kind is ActionKind.MOVE) != (to is not None):
        raise typer.BadParameter("a move, and nothing else, needs --to DIR")
    tiers = ((Tier.IDENTICAL,) if only_identical else EXACT) + _included(include)
    where = catalog.expanduser().absolute()
    findings = find(
        where,
        paths,
        model=model,
        threshold=threshold,
        min_size=min_size,
        effort=effort,
        no_verify=no_verify,
        keep=keep,
        references=reference,
        against=against,
    )
    made = make_plan(
        findings,
        action=kind,
        to=as_bytes(to) if to else None,
        tiers=tuple(dict.fromkeys(tiers)),
        merge_metadata=merge_metadata,
    )
    if output is not None and made.actions:
        write_plan(made, output)
    shape = shape_of(wide=wide, top=top, summary=summary)
    show(plan_table(made, findings, shape), paged=pager, wide=shape.wide)
    if not made.actions:
        return
    if output is None:
        note("nothing is written or changed; keep this plan with: copyfind plan ... -o plan.json")
    else:
        note(f"written to {output}; change it if you like, then: copyfind apply {output}")
