"""copyfind plan: what would be cleared away, in a file that can be read, changed and applied."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copyfind.cli.console import emit, note, show
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
from copyfind.cli.options import (
    STDOUT,
    AgainstOption,
    CatalogOption,
    DataFormat,
    FormatOption,
    ModelOption,
    as_bytes,
)
from copyfind.cli.viewing import PagerOption, SummaryOption, TopOption, WideOption, shape_of
from copyfind.errors import PlanError
from copyfind.paths import shown
from copyfind.plans import ActionKind
from copyfind.records import EXACT, Effort, Findings, Tier

if TYPE_CHECKING:
    from copyfind.report.csv_choices import Chosen

_NAMED = 5  # files that are not what they were


class Included(StrEnum):
    """Tiers that go only when they are named."""

    NEAR = Tier.NEAR.value
    EDITED = Tier.EDITED.value


def included(text: str) -> tuple[Tier, ...]:
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
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write the plan to this new file, - for stdout."
        ),
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
    choices: Annotated[
        Path | None,
        typer.Option(
            "--import",
            metavar="FILE.csv",
            help="Let go what a table says: dupes --format csv, with 'remove' in the last column.",
        ),
    ] = None,
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
    output_format: FormatOption = DataFormat.TABLE,
) -> None:
    """Plan what to clear away: show it, and write it to a file with -o. Nothing else is changed.

    Redundant are files with the same bytes or the same pixels as one that is kept.
    """
    from copyfind.cleanup.plan_file import plan_as_json
    from copyfind.cleanup.ways import make_plan, plan_of_choices, write_plan
    from copyfind.report.plan_table import plan_table

    if output == STDOUT:
        output, output_format = None, DataFormat.JSON
    kind = action or (ActionKind.MOVE if to else ActionKind.QUARANTINE)
    if (kind is ActionKind.MOVE) != (to is not None):
        raise typer.BadParameter("a move, and nothing else, needs --to DIR")
    if choices is not None and (include or only_identical):
        raise typer.BadParameter("the table says all of what goes", param_hint="--import")
    chosen = None if choices is None else _read(choices)
    tiers = ((Tier.IDENTICAL,) if only_identical else EXACT) + included(include)
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
    if chosen is None:
        made = make_plan(
            findings,
            action=kind,
            to=as_bytes(to) if to else None,
            tiers=tuple(dict.fromkeys(tiers)),
            merge_metadata=merge_metadata,
        )
    else:
        made = plan_of_choices(
            findings,
            _still_there(chosen, findings),
            action=kind,
            to=as_bytes(to) if to else None,
            merge_metadata=merge_metadata,
        )
    if output is not None and made.actions:
        write_plan(made, output)
    if output_format is DataFormat.JSON:
        emit(plan_as_json(made))
        return
    shape = shape_of(wide=wide, top=top, summary=summary)
    show(plan_table(made, findings, shape), paged=pager, wide=shape.wide)
    if not made.actions:
        return
    if output is None:
        note("nothing is written or changed; keep this plan with: copyfind plan ... -o plan.json")
    else:
        note(f"written to {output}; change it if you like, then: copyfind apply {output}")


def _read(choices: Path) -> list[Chosen]:
    from copyfind.report.csv_choices import read_choices

    try:
        return read_choices(choices.read_bytes())
    except OSError as error:
        raise PlanError(f"{choices} cannot be read: {error.strerror}") from None


def _still_there(chosen: list[Chosen], findings: Findings) -> set[bytes]:
    """The paths that were chosen and still are what they were; the others are told."""
    known = {
        member.file.path: member.content.sha256.hex()
        for cluster in findings.clusters
        for member in cluster.members
    }
    gone = [one for one in chosen if known.get(one.path) != one.sha256]
    for one in gone[:_NAMED]:
        note(f"{shown(one.path)} has changed, or is no copy any more: it stays")
    if len(gone) > _NAMED:
        note(f"and {len(gone) - _NAMED:,} more")
    return {one.path for one in chosen} - {one.path for one in gone}
