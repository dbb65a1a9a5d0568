"""copyfind compare: what ties two pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from copyfind.cli.console import complain, emit, show
from copyfind.cli.options import (
    DataFormat,
    Device,
    DeviceOption,
    FormatOption,
    ModelOption,
    as_bytes,
)
from copyfind.collection.paths import as_json, shown
from copyfind.records import Comparison, ReadFile, Tier, Unreadable
from copyfind.report.as_table import shown_path
from copyfind.report.units import shown_bytes

_SAYS = {
    Tier.IDENTICAL: "the same bytes",
    Tier.SAME_PIXELS: "the same picture to the pixel, in another file",
    Tier.NEAR: "the whole picture, only resized or recompressed",
    Tier.EDITED: "B was made from A, or A from B, or both from a third",
    Tier.SERIES: "another shot of the same scene",
    Tier.UNVERIFIED: "they look alike; nothing is proven",
    None: "nothing ties them",
}


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A picture.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    output_format: FormatOption = DataFormat.TABLE,
    model: ModelOption = None,
    device: DeviceOption = Device.AUTO,
) -> None:
    """Say what ties two pictures; neither need be indexed."""
    from copyfind.descriptor.weights import DEFAULT_MODEL
    from copyfind.searching import compare_images

    result = compare_images(
        as_bytes(first), as_bytes(second), model=model or DEFAULT_MODEL, device=device.value
    )
    if isinstance(result, Unreadable):
        complain(f"{shown(result.path)}: {result.reason}")
        raise typer.Exit(1)
    if output_format is DataFormat.JSON:
        emit(json.dumps(_as_dict(result), indent=1, ensure_ascii=False) + "\n")
        return
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    for name, read in (("A", result.first), ("B", result.second)):
        facts = read.picture.facts if read.picture else None
        table.add_row(
            Text(name, "bold"),
            Text(shown_path(read.file.path)),
            Text(f"{facts.width}×{facts.height}" if facts else "?"),
            Text(facts.format if facts else "", "dim"),
            Text(shown_bytes(read.file.size)),
            Text((facts.captured_at or "") if facts else "", "dim"),
        )
    verdict = Text(result.tier.value if result.tier else "different", "bold")
    verdict.append(f": {_SAYS[result.tier]}", "not bold")
    if result.how:
        verdict.append(f"\nfrom A to B: {', '.join(result.how)}", "not bold")
    if result.overlap:
        a_in_b, b_in_a = result.overlap
        verdict.append(f"\n{a_in_b:.0%} of A lies in B, {b_in_a:.0%} of B in A", "not bold")
    if result.similarity is not None:
        verdict.append(
            f"\nsimilarity {result.similarity:.3f}, threshold {result.threshold:.2f}",
            "not bold dim",
        )
    show(Group(table, verdict))


def _as_dict(result: Comparison) -> dict[str, object]:
    return {
        "first": _side(result.first),
        "second": _side(result.second),
        "tier": result.tier.value if result.tier else None,
        "similarity": None if result.similarity is None else round(result.similarity, 4),
        "threshold": result.threshold,
        "how": list(result.how),
        "overlap": list(result.overlap) if result.overlap else None,
    }


def _side(read: ReadFile) -> dict[str, object]:
    path, path_base64 = as_json(read.file.path)
    facts = read.picture.facts if read.picture else None
    return {
        "path": path,
        "path_base64": path_base64,
        "sha256": read.sha256.hex(),
        "size": read.file.size,
        "width": facts.width if facts else None,
        "height": facts.height if facts else None,
        "format": facts.format if facts else None,
    }
