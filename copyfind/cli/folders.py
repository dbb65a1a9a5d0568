"""copyfind folders: which folders are elsewhere too, wholly or in part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from copyfind.answers import Shared, Sharing
from copyfind.cli.console import emit, show
from copyfind.cli.finding_options import EffortOption, find
from copyfind.cli.options import (
    AgainstOption,
    CatalogOption,
    DataFormat,
    FormatOption,
    ModelOption,
    as_bytes,
)
from copyfind.cli.viewing import PagerOption, TopOption, WideOption, shape_of
from copyfind.paths import as_json
from copyfind.records import Effort


def folders(
    where: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FOLDER", help="Tell of these folders alone; all by default."),
    ] = None,
    against: AgainstOption = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    effort: EffortOption = Effort.NORMAL,
    model: ModelOption = None,
    top: TopOption = None,
    wide: WideOption = False,
    pager: PagerOption = True,
    output_format: FormatOption = DataFormat.TABLE,
) -> None:
    """Say which folders are elsewhere too: is all of this card, this backup, in my library?

    Proven copies count: the same bytes or pixels, `near`, `edited`. With --against, what is in none
    of those folders is named.
    """
    from copyfind.pipeline.folders import compare_folders
    from copyfind.report.folders_table import folders_table

    others = [as_bytes(folder) for folder in against or ()]
    findings = find(catalog, None, model=model, effort=effort, keeping=False)
    found = compare_folders(
        catalog, findings, within=[as_bytes(folder) for folder in where or ()], against=others
    )
    if output_format is DataFormat.JSON:
        emit(json.dumps(_as_dict(found), indent=1, ensure_ascii=False) + "\n")
        return
    shape = shape_of(wide=wide, top=top, summary=False)
    table = folders_table(found, shape, roots=findings.roots, against=others)
    show(table, paged=pager, wide=shape.wide)


def _as_dict(found: Sharing) -> dict[str, object]:
    return {
        "folders": [_folder(shared) for shared in found.folders],
        "totals": _numbers(found.total),
        "only_here": [_path(path) for path in found.only_here],
    }


def _folder(shared: Shared) -> dict[str, object]:
    return {
        **_path(shared.folder),
        "whole": shared.whole,
        **_numbers(shared),
        "other": None if shared.other is None else _path(shared.other),
        "in_other": shared.in_other,
    }


def _numbers(shared: Shared) -> dict[str, object]:
    return {
        "files": shared.files,
        "identical": shared.identical,
        "edited": shared.edited,
        "only_here": shared.only_here,
        "bytes": shared.size,
    }


def _path(path: bytes) -> dict[str, object]:
    return dict(zip(("path", "path_base64"), as_json(path), strict=True))
