"""copyfind compare: what ties two pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from copyfind.answers import Comparison
from copyfind.cli.cluster_names import ids_of, is_cluster
from copyfind.cli.console import complain, emit, note, show
from copyfind.cli.finding_options import find
from copyfind.cli.options import (
    CatalogOption,
    DataFormat,
    Device,
    DeviceOption,
    FormatOption,
    ModelOption,
    as_bytes,
)
from copyfind.paths import as_json, shown
from copyfind.records import TIERS, ReadFile, Role, Tier, Unreadable
from copyfind.report.fitting import shown_path
from copyfind.report.numbers import counted, shown_bytes

_DRAWN = 1000  # pixels of the pictures that are drawn

_SAYS = {
    Tier.IDENTICAL: "the same bytes",
    Tier.SAME_PIXELS: "the same picture to the pixel, in another file",
    Tier.NEAR: "the whole picture, only resized or recompressed",
    Tier.EDITED: "B was made from A, or A from B, or both from a third",
    Tier.LIKELY: "probably one was made from the other; the proof is not strong enough",
    Tier.SERIES: "another shot of the same scene",
    Tier.UNVERIFIED: "they look alike; nothing is proven",
    None: "nothing ties them",
}


def compare(
    first: Annotated[
        Path,
        typer.Argument(
            metavar="A|CLUSTER",
            help="The first picture; or a cluster by its id: what it keeps, and the first copy.",
        ),
    ],
    second: Annotated[
        Path | None, typer.Argument(metavar="B", help="The second picture.", show_default=False)
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(
            "--image",
            metavar="PNG",
            help="Draw to this file both pictures with matched frames, one on the other, and what "
            "differs.",
            show_default=False,
        ),
    ] = None,
    output_format: FormatOption = DataFormat.TABLE,
    model: ModelOption = None,
    device: DeviceOption = Device.AUTO,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
) -> None:
    """Say what ties two pictures; neither need be indexed."""
    from copyfind.descriptor.weights import DEFAULT_MODEL
    from copyfind.pipeline.comparing import compare_images

    if image is not None:
        _refuse(image)
    one, other = _pair(first, second, catalog, model)
    result = compare_images(
        one,
        other,
        model=model or DEFAULT_MODEL,
        device=device.value,
        to_draw=_DRAWN if image is not None else None,
    )
    if isinstance(result, Unreadable):
        complain(f"{shown(result.path)}: {result.reason}")
        raise typer.Exit(1)
    if image is not None:
        _draw(result, image)
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
    for line in _explained(result):
        verdict.append(f"\n{line}", "not bold")
    if result.similarity is not None:
        verdict.append(
            f"\nsimilarity {result.similarity:.3f}, threshold {result.threshold:.2f}",
            "not bold dim",
        )
    show(Group(table, verdict))


def _pair(
    first: Path, second: Path | None, catalog: Path, model: str | None
) -> tuple[bytes, bytes]:
    """The paths of the two pictures that are meant."""
    if second is not None:
        return as_bytes(first), as_bytes(second)
    if not is_cluster(first):
        raise typer.BadParameter("name two pictures, or one cluster such as c-0123", param_hint="B")
    findings = find(catalog, None, keeping=False, model=model, tiers=TIERS)
    only = ids_of([str(first)], findings) or ()
    (cluster,) = (cluster for cluster in findings.clusters if cluster.id in only)
    others = [member for member in cluster.members[1:] if member.role is not Role.LINKED]
    if len(others) > 1:
        note(
            f"the first of {counted(len(others), 'file')} beside the one to keep; "
            "compare the others by their paths"
        )
    return cluster.keeper.file.path, others[0].file.path


def _explained(result: Comparison) -> list[str]:
    """Everything that is known of the two, in one line."""
    lines = []
    if result.how:
        lines.append(f"from A to B: {', '.join(result.how)}")
    if result.how_back:
        lines.append(f"from B to A: {', '.join(result.how_back)}")
    if result.overlap:
        a_in_b, b_in_a = result.overlap
        lines.append(f"{a_in_b:.0%} of A lies in B, {b_in_a:.0%} of B in A")
    return lines


def _refuse(image: Path) -> None:
    if image.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp"):
        raise typer.BadParameter("name a .png, .jpg or .webp", param_hint="--image")
    if image.exists() or image.is_symlink():
        raise typer.BadParameter(
            f"{shown(as_bytes(image))} is there already; name another", param_hint="--image"
        )
    if not image.parent.is_dir():
        raise typer.BadParameter(
            f"{shown(as_bytes(image.parent))} is no folder", param_hint="--image"
        )


def _draw(result: Comparison, image: Path) -> None:
    from copyfind.report.as_picture import drawn

    if result.pictures is None:
        complain("nothing to draw: one of the two could not be decoded")
        raise typer.Exit(1)
    names = [
        f"{shown_path(read.file.path).rsplit('/', 1)[-1]}  {facts.width} x {facts.height}"
        if (facts := read.picture.facts if read.picture else None)
        else shown_path(read.file.path)
        for read in (result.first, result.second)
    ]
    page = drawn(
        result.pictures,
        result.evidence,
        verdict=result.tier.value if result.tier else "different",
        lines=[_SAYS[result.tier], *_explained(result)],
        names=(names[0], names[1]),
    )
    kind = {".png": "PNG", ".webp": "WEBP"}.get(image.suffix.lower(), "JPEG")
    with image.open("xb") as file:  # x: never over another file
        page.save(file, kind)


def _as_dict(result: Comparison) -> dict[str, object]:
    return {
        "first": _side(result.first),
        "second": _side(result.second),
        "tier": result.tier.value if result.tier else None,
        "similarity": None if result.similarity is None else round(result.similarity, 4),
        "threshold": result.threshold,
        "how": list(result.how),
        "how_back": list(result.how_back),
        "overlap": list(result.overlap) if result.overlap else None,
        "evidence": None if result.evidence is None else dict(result.evidence),
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
