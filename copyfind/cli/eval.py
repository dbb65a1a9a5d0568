"""copyfind eval: how good descriptors are, in the figures of the copy-detection papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copyfind.cli.console import emit, note, show
from copyfind.cli.following import following
from copyfind.cli.index import SOME_SKIPPED
from copyfind.cli.options import BatchOption, DataFormat, Device, DeviceOption, FormatOption
from copyfind.evaluate.names import Layout, Metric
from copyfind.paths import shown
from copyfind.report.numbers import counted, shown_seconds

if TYPE_CHECKING:  # `copyfind --help` must not wait for numpy
    from copyfind.evaluate.protocol import Score

_NAMED = 5  # skipped pictures named
_RESULTS = "Results"
_PROTOCOL = "Protocol"
_OTHERS = "Other tools"


def eval_command(
    dataset: Annotated[
        Layout,
        typer.Argument(
            metavar="DATASET",
            help="The layout of the data set: disc (DISC2021, or any folder with queries/, "
            "references/ and a ground truth CSV), copydays, or ndec.",
        ),
    ],
    path: Annotated[Path, typer.Option("--path", metavar="DIR", help="Where the data set lies.")],
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME|PATH",
            help="A bundled model or a weights file. Repeatable; the default model unless "
            "--descriptors or --predictions is given.",
        ),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            "--baseline",
            metavar="phash|dhash|pdq|FILE",
            help="A perceptual hash, or a network in ONNX (.onnx) or TorchScript (.pt), on the "
            "same pictures; repeatable. A network is fed uint8 NHWC, or float NCHW with "
            "ImageNet's mean and deviation, whichever it takes.",
            rich_help_panel=_OTHERS,
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            "--size",
            min=8,
            help="Side of the squares that networks of --baseline are fed where they take any.",
            show_default="224",
            rich_help_panel=_OTHERS,
        ),
    ] = None,
    descriptors: Annotated[
        Path | None,
        typer.Option(
            "--descriptors",
            metavar="FILE",
            help="Score descriptors from a file. HDF5: query, reference, query_ids, "
            "reference_ids, as in DISC2021 (and train, train_ids). CSV, Parquet: split, id, "
            "then one column a dimension.",
            rich_help_panel=_OTHERS,
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--predictions",
            metavar="FILE",
            help="Score predictions from a file: CSV or Parquet with query_id, reference_id, "
            "score, higher being more alike; HDF5 with query_ids, reference_ids, scores. Only "
            "the ground truth need be in DIR.",
            rich_help_panel=_OTHERS,
        ),
    ] = None,
    training: Annotated[
        Path | None,
        typer.Option(
            "--training",
            metavar="DIR",
            help="Training images for --codec and score normalisation; without, those in train/ of "
            "the data set.",
            rich_help_panel=_PROTOCOL,
        ),
    ] = None,
    distractors: Annotated[
        Path | None,
        typer.Option(
            "--distractors",
            metavar="DIR",
            help="Further references for copydays: with 10,000 photos of YFCC it is CD10K.",
            rich_help_panel=_PROTOCOL,
        ),
    ] = None,
    k: Annotated[
        int | None,
        typer.Option(
            "--k",
            min=1,
            help="Take as candidates the k best references of each query (SSCD and RDCD: 10; the "
            "default for copydays: 100) instead of DISC's 500,000 best pairs of all queries.",
            rich_help_panel=_PROTOCOL,
        ),
    ] = None,
    global_candidates: Annotated[
        bool,
        typer.Option(
            "--global-candidates",
            help="Take as candidates the k × queries best pairs of all queries together (RDCD).",
            rich_help_panel=_PROTOCOL,
        ),
    ] = False,
    codec: Annotated[
        str | None,
        typer.Option(
            "--codec",
            metavar="FAISS",
            help="Change descriptors first, as in PCAW128,L2norm,Flat, trained on the training "
            "images.",
            rich_help_panel=_PROTOCOL,
        ),
    ] = None,
    metric: Annotated[
        Metric,
        typer.Option(
            "--metric",
            help="How descriptors are compared: cosine; l2, minus the squared distance, as in "
            "DISC's descriptor track; ip, for descriptors that carry their score normalisation.",
            rich_help_panel=_PROTOCOL,
        ),
    ] = Metric.COSINE,
    score_norm: Annotated[
        bool,
        typer.Option(
            "--score-norm/--no-score-norm",
            help="Tell also µAP after score normalisation (µAP_SN), which takes weight × mean "
            "similarity to the nearest training images from the scores of a query; where there "
            "are training images, or the model brings a background.",
            rich_help_panel=_PROTOCOL,
        ),
    ] = True,
    sn_neighbours: Annotated[
        int,
        typer.Option(
            "--sn-neighbours",
            min=1,
            help="How many training images nearest to a query µAP_SN takes the mean of.",
            rich_help_panel=_PROTOCOL,
        ),
    ] = 3,
    sn_weight: Annotated[
        float,
        typer.Option(
            "--sn-weight",
            help="Weight of the mean that µAP_SN takes off.",
            rich_help_panel=_PROTOCOL,
        ),
    ] = 1.0,
    output_format: FormatOption = DataFormat.TABLE,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE.png",
            help="Draw precision over recall, with a line for each method.",
            rich_help_panel=_RESULTS,
        ),
    ] = None,
    write_descriptors: Annotated[
        Path | None,
        typer.Option(
            "--write-descriptors",
            metavar="FILE",
            help="Write the model's descriptors, before --codec: .csv, .h5 or .parquet, as "
            "--descriptors reads them.",
            rich_help_panel=_RESULTS,
        ),
    ] = None,
    write_predictions: Annotated[
        Path | None,
        typer.Option(
            "--write-predictions",
            metavar="FILE",
            help="Write the candidates of the first row with their scores: .csv, .h5 or .parquet.",
            rich_help_panel=_RESULTS,
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="How many processes decode; one a core.")
    ] = None,
    device: DeviceOption = Device.AUTO,
    batch_size: BatchOption = None,
) -> None:
    """Measure descriptors on a copy-detection benchmark, beside baselines.

    µAP, µAP_SN, recall@P90 and its threshold, accuracy@1, recall@k, mAP; as
    the published code of DISC2021 has them, and that of SSCD for copydays. Of
    equal scores the false one counts first. Where the data set has edits.csv
    (query_id,track), each track has figures of its own: its queries and all
    that match nothing. images/s is from file to descriptor; "alone" is the
    network or hash without reading and decoding.
    """
    from copyfind.descriptor.weights import DEFAULT_MODEL
    from copyfind.evaluate.as_json import scores_as_json
    from copyfind.evaluate.as_table import scores_table
    from copyfind.evaluate.datasets import read_benchmark
    from copyfind.evaluate.evaluation import Entrants, evaluate
    from copyfind.evaluate.plot import check_plot, plot_precision_recall
    from copyfind.evaluate.protocol import Protocol

    if distractors is not None and dataset is not Layout.COPYDAYS:
        raise typer.BadParameter("--distractors go with copydays")
    from_files = descriptors is not None or predictions is not None
    models = tuple(model or ([] if from_files else [DEFAULT_MODEL]))
    if write_descriptors is not None and not models:
        raise typer.BadParameter("--write-descriptors writes a model's: name one with --model")
    if plot is not None:
        check_plot(plot)
    protocol = Protocol(
        k=k,
        global_candidates=global_candidates,
        codec=codec,
        metric=metric,
        score_normalisation=score_norm,
        neighbours=sn_neighbours,
        weight=sn_weight,
    )
    benchmark = read_benchmark(
        dataset,
        path,
        training=training,
        distractors=distractors,
        pictures=bool(models or baseline),
    )
    with following() as watch:
        scores = evaluate(
            benchmark,
            Entrants(
                models=models,
                descriptors=descriptors,
                predictions=predictions,
                baselines=tuple(baseline or ()),
                size=size,
                device=device.value,
                batch_size=batch_size,
            ),
            protocol,
            workers=workers,
            descriptors_to=write_descriptors,
            predictions_to=write_predictions,
            watch=watch,
            on_score=_tell,
        )
    if plot is not None:
        curves = [(score.method, score.curve) for score in scores]
        plot_precision_recall(curves, plot, title=f"{dataset.value}: precision over recall")
    if output_format is DataFormat.JSON:
        emit(scores_as_json(scores, benchmark, protocol, path))
    else:
        show(scores_table(scores))
    if any(score.skipped for score in scores):
        raise typer.Exit(SOME_SKIPPED)


def _tell(score: Score) -> None:
    if score.pace is not None:
        pace = score.pace
        note(
            f"{score.method}: {counted(pace.pictures, 'picture')} in {shown_seconds(pace.seconds)}",
            method=score.method,
            pictures=pace.pictures,
            seconds=round(pace.seconds, 2),
        )
    if score.skipped:
        note(f"{counted(len(score.skipped), 'picture')} could not be read and count as not found:")
        for skipped in score.skipped[:_NAMED]:
            note(f"  {shown(skipped.path)}: {skipped.reason}")
        if len(score.skipped) > _NAMED:
            note(f"  and {len(score.skipped) - _NAMED:,} more")
