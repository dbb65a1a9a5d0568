"""copyfind search: copies of pictures that need not be indexed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from copyfind.answers import Answer
from copyfind.cli.cluster_names import named
from copyfind.cli.console import complain, emit, show
from copyfind.cli.following import following
from copyfind.cli.index import SOME_SKIPPED
from copyfind.cli.options import (
    BatchOption,
    CatalogOption,
    DataFormat,
    Device,
    DeviceOption,
    FormatOption,
    ModelOption,
    as_bytes,
    cache_folder,
)
from copyfind.cli.runs import is_typed
from copyfind.cli.viewing import PagerOption, WideOption, shape_of
from copyfind.paths import as_json, shown
from copyfind.records import Unreadable
from copyfind.report.file_lines import FileLine, FileLines
from copyfind.report.fitting import shown_path


def search(
    context: typer.Context,
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE",
            help="The pictures to look for, and the run in an object store to look in, if any.",
        ),
    ],
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    k: Annotated[
        int, typer.Option("-k", min=1, help="Give at most so many answers for a picture.")
    ] = 10,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=-1.0,
            max=1.0,
            help="The least similarity of an answer; the model's own by default.",
        ),
    ] = None,
    output_format: FormatOption = DataFormat.TABLE,
    wide: WideOption = False,
    pager: PagerOption = True,
    model: ModelOption = None,
    device: DeviceOption = Device.AUTO,
    batch_size: BatchOption = None,
) -> None:
    """Find the copies of pictures among all that is indexed.

    With the address of a run, such as s3://out/run, among its objects.
    """
    words = named(images)
    if words.clusters or not words.places:
        raise typer.BadParameter("name pictures to look for", param_hint="IMAGE")
    paths = [as_bytes(image) for image in words.places]
    asked: dict[str, Any] = {
        "k": k,
        "threshold": threshold,
        "device": device.value,
        "batch_size": batch_size,
    }
    if words.run is None:
        from copyfind.pipeline.searching import search_images

        answers = search_images(paths, catalog=catalog, model=model, cache=cache_folder(), **asked)
    else:
        if is_typed(context, "model"):
            raise typer.BadParameter("a run has the one model that it was made with: no --model")
        answers = _in_run(words.run, paths, asked)
    problems = [answer for answer in answers if isinstance(answer, Unreadable)]
    found = [answer for answer in answers if isinstance(answer, Answer)]
    if output_format is DataFormat.JSON:
        emit(
            json.dumps([_as_dict(answer) for answer in found], indent=1, ensure_ascii=False) + "\n"
        )
    else:
        shape = shape_of(wide=wide, top=None, summary=False)
        blocks = Group(*(_block(answer, wide=shape.wide) for answer in found))
        show(blocks, paged=pager, wide=shape.wide)
    for problem in problems:
        complain(f"{shown(problem.path)}: {problem.reason}")
    if problems:
        raise typer.Exit(SOME_SKIPPED)


def _in_run(run: str, paths: Sequence[bytes], asked: dict[str, Any]) -> list[Answer | Unreadable]:
    from copyfind.remote.extra import STORES, need

    need(*STORES)
    from copyfind.remote.run import open_run
    from copyfind.remote.searching import search_run

    with following(kept="the run") as watch:
        return search_run(paths, open_run(run), watch=watch, **asked)


def _block(answer: Answer, *, wide: bool) -> RenderableType:
    head = Text(shown_path(answer.query), "bold", no_wrap=not wide, overflow="ellipsis")
    if not answer.matches:
        return Group(head, Text("  nothing like it is indexed", "dim"), "")
    lines = [
        FileLine(
            match.tier.value,
            shown_path(file.path),
            ", ".join(match.how),
            "" if match.similarity is None else f"{match.similarity:.3f}",
            style="stay",
        )
        for match in answer.matches
        for file in match.content.files
    ]
    return Group(head, FileLines(lines, wide), "")


def _as_dict(answer: Answer) -> dict[str, object]:
    path, path_base64 = as_json(answer.query)
    return {
        "query": path,
        "query_base64": path_base64,
        "matches": [
            {
                "sha256": match.content.sha256.hex(),
                "tier": match.tier.value,
                "similarity": None if match.similarity is None else round(match.similarity, 4),
                "how": list(match.how),
                "overlap": list(match.overlap) if match.overlap else None,
                "files": [
                    dict(zip(("path", "path_base64"), as_json(file.path), strict=True))
                    for file in match.content.files
                ],
            }
            for match in answer.matches
        ],
    }
