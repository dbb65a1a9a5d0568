"""The options that decide which copies are found, for every command that finds them first."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copyfind.cli.console import note
from copyfind.cli.following import following
from copyfind.cli.options import KEEP_RULES, as_bytes, cache_folder, parse_size, rule_names
from copyfind.cli.takeout_advice import kept_instead
from copyfind.paths import lies_in
from copyfind.records import EXACT, PROVEN, Effort, Tier
from copyfind.report.numbers import counted
from copyfind.watch import Watch

if TYPE_CHECKING:
    from copyfind.grouping.keeper import KeepRule
    from copyfind.records import Findings

_WITHOUT_PROOF = (*EXACT, Tier.UNVERIFIED)
PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Find copies among the files here; among all by default."),
]
PathsOrClustersArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH|CLUSTER|RUN",
        help="Find copies among the files here, all by default; open a cluster by its id; or among "
        "the objects of a run, such as s3://out/run.",
    ),
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        min=-1.0,
        max=1.0,
        help="The least similarity (cosine) of pictures that look alike; the model's by default.",
    ),
]
TierOption = Annotated[
    list[Tier] | None,
    typer.Option(
        "--tier", help="Report ties of this kind alone; repeatable. By default all that are proven."
    ),
]
MinSizeOption = Annotated[
    int,
    typer.Option("--min-size", parser=parse_size, metavar="SIZE", help="Leave smaller files out."),
]
EffortOption = Annotated[
    Effort, typer.Option("--effort", help="How far to look for edited copies.")
]
NoVerifyOption = Annotated[
    bool,
    typer.Option("--no-verify", help="Compare descriptors alone: quick, and proves no edit."),
]
KeepOption = Annotated[
    str,
    typer.Option(
        "--keep",
        metavar="RULE[,RULE...]",
        help="The rules that first decide which file is kept: " + ", ".join(KEEP_RULES) + ".",
        show_default="most pixels, least processed, format, metadata, oldest",
    ),
]
ReferenceOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--reference",
        metavar="DIR",
        help="Keep every file in this folder, whatever else there is; repeatable.",
    ),
]


Finding = Callable[["Sequence[KeepRule]", Watch], "Findings"]


def find(
    catalog: Path, paths: Sequence[Path] | None, *, keeping: bool = True, **asked: Any
) -> Findings:
    """Find copies as the options of `finding` say, telling how far it is; Ctrl-C keeps finished
    verdicts. keeping: it matters here which file of each cluster is kept."""
    ready = finding(catalog, paths, **asked)
    with following(kept="every finished verdict") as watch:
        findings = ready((), watch)
    tell_of(findings, keeping=keeping)
    return findings


def finding(
    catalog: Path,
    paths: Sequence[Path] | None,
    *,
    model: str | None = None,
    threshold: float | None = None,
    tiers: Sequence[Tier] | None = None,
    min_size: int = 0,
    effort: Effort = Effort.NORMAL,
    no_verify: bool = False,
    keep: str = "",
    references: Sequence[Path] | None = None,
    against: Sequence[Path] | None = None,
) -> Finding:
    """What finds copies as the options say, by other rules of what is kept where some are named.

    against: folders that are kept as they are; only clusters that have files there and elsewhere
    count.
    """
    usual = keep_rules(keep)
    others = [as_bytes(folder) for folder in against or ()]
    here = [as_bytes(path) for path in paths or ()]

    def found(rules: Sequence[KeepRule], watch: Watch) -> Findings:
        from copyfind.pipeline.finding import find_copies

        findings = find_copies(
            catalog,
            within=[*here, *others] if here else (),
            model=model,
            threshold=threshold,
            tiers=frozenset(tiers or (_WITHOUT_PROOF if no_verify else (*PROVEN, Tier.LIKELY))),
            minimum_size=min_size,
            effort=effort,
            verify=not no_verify,
            keep=tuple(rules) or usual,
            references=[*(as_bytes(folder) for folder in references or ()), *others],
            cache=cache_folder(),
            watch=watch,
        )
        if not others:
            return findings
        is_there = lies_in([os.path.realpath(folder) for folder in others])
        shared = (
            cluster
            for cluster in findings.clusters
            if len({is_there(member.file.path) for member in cluster.members}) > 1
        )
        return replace(findings, clusters=tuple(shared))

    return found


def tell_of(findings: Findings, *, keeping: bool = True) -> None:
    """Say what a person should know of these findings before they are used."""
    if keeping and (advice := kept_instead(findings)):
        note(str(advice))
    if findings.unread:
        note(
            f"{counted(findings.unread, 'picture')} could not be verified: gone or changed since; "
            "bring the catalog up to date with: copyfind index FOLDER"
        )


def keep_rules(text: str) -> tuple[KeepRule, ...]:
    """The rules that a text such as 'newest,largest' names; the first of them decides first."""
    from copyfind.grouping.keeper import KeepRule

    names = rule_names(text)
    for name in names:
        if name not in KEEP_RULES:
            raise typer.BadParameter(
                f"{name!r} is not a rule; there are: {', '.join(KEEP_RULES)}", param_hint="--keep"
            )
    return tuple(KeepRule(name) for name in names)
