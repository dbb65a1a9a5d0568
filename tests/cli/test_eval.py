"""copyfind eval on drawn data sets, on edits of real photos, and on a benchmark of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from copyfind.cli.app import main
from tests.data_sets import SHARED, needs
from tests.photos import EDITS, photos

EDITED = SHARED / "bench" / "edits"


def draw(path: Path, seed: int) -> None:
    """A smooth random picture; equal seeds give equal pictures."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(coarse).resize((48, 32), Image.Resampling.BICUBIC).save(path)


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """Queries 0 and 1 copy references 1 and 0; query 2 copies nothing."""
    folder = tmp_path / "disc"
    for number, seed in enumerate((1, 0, 99)):
        draw(folder / f"queries/Q{number}.png", seed)
        draw(folder / f"references/R{number}.png", number)
    (folder / "ground_truth.csv").write_text("query_id,reference_id\nQ0,R1\nQ1,R0\n")
    (folder / "edits.csv").write_text("query_id,track\nQ0,light\nQ1,hard\nQ2,hard\n")
    return folder


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.csv"
    path.write_text("Q0,R1,0.9\nQ2,R2,0.8\nQ1,R0,0.7\n")
    return path


def run(*argv: str | Path) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["eval", *map(str, argv)])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_a_model_and_baselines_stand_in_one_table(
    disc: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plot, written = tmp_path / "curve.png", tmp_path / "p.csv"
    words = ("disc", "--path", disc, "--baseline", "phash", "--workers", "1", "--device", "cpu")
    assert run(*words, "--plot", plot, "--write-predictions", written) == 0
    lines = capsys.readouterr().out.splitlines()
    columns = (
        "method track queries dim px µAP µAP_SN R@P90 from acc@1 R@10 R@16 R@50 images/s alone"
    )
    assert lines[0].split() == columns.split()
    assert [line.split()[:3] for line in lines[1:7:3]] == [
        ["lite0-256", "all", "3"],
        ["pHash", "all", "3"],
    ]
    assert lines[1].split()[5] == "1.000"
    assert plot.stat().st_size > 1000
    assert len(written.read_text().splitlines()) == 1 + 9


def test_predictions_of_other_tools_are_scored_as_json(
    disc: Path, predictions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("queries", "references"):  # only the ground truth is needed
        (disc / folder).rename(disc / f"no {folder}")
    assert run("disc", "--path", disc, "--predictions", predictions, "--format", "json") == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["schema"] == "copyfind.eval/1"
    assert document["true_pairs"] == 2
    method = document["methods"][0]
    assert (method["name"], method["seconds"]) == ("theirs.csv", None)
    assert list(method["tracks"]) == ["all", "light", "hard"]
    every = method["tracks"]["all"]
    assert every["micro_average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert (every["recall_at_p90"], every["threshold_at_p90"]) == (0.5, 0.9)
    assert every["score_normalised"] is None


def test_copydays_reports_map_by_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("original/200000", "original/200100", "strong/200001", "distractor/1"):
        draw(tmp_path / f"{name}.png", len(name))
    words = ("copydays", "--path", tmp_path, "--distractors", tmp_path / "distractor")
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(
        "original/200000,original/200000,1\noriginal/200100,original/200100,1\n"
        "strong/200001,distractors/1,0.6\nstrong/200001,original/200000,0.5\n"
    )
    assert run(*words, "--predictions", theirs) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:5] == ["method", "track", "queries", "µAP", "mAP"]
    strong = next(line for line in lines if line[0] == "strong")  # the method stands further up
    assert (strong[1], strong[3]) == ("1", "0.250")


def test_pictures_that_cannot_be_read_are_told(
    disc: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (disc / "references/R2.png").write_bytes(b"no such thing")
    words = ("disc", "--path", disc, "--baseline", "dhash", "--workers", "1")
    assert run(*words, "--descriptors", written_descriptors(disc)) == 3
    assert "R2.png: no known picture format" in capsys.readouterr().err


def written_descriptors(folder: Path) -> Path:
    path = folder / "descriptors.csv"
    rows = ["query,Q0,0,1", "query,Q1,1,0", "query,Q2,1,1", "reference,R0,1,0", "reference,R1,0,1"]
    path.write_text("\n".join(["split,id,0,1", *rows]))
    return path


def test_a_codec_without_training_images_is_explained(
    disc: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("disc", "--path", disc, "--descriptors", written_descriptors(disc))
    assert run(*words, "--codec", "PCAW2,L2norm,Flat") == 1
    assert "there are none: put them in train/" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("disc", "--path", "nowhere"), "nowhere: no such folder"),
        (("copydays", "--path", "{disc}"), "no benchmark in Copydays layout"),
        (("disc", "--path", "{disc}", "--baseline", "ahash"), "choose phash, dhash, pdq"),
        (("disc", "--path", "{disc}", "--model", "none"), "no model 'none'"),
        (("disc", "--path", "{disc}", "--predictions", "p.txt"), "p.txt: no such file"),
        (("disc", "--path", "{disc}", "--plot", "{disc}/p.txt"), "must end in .png"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    disc: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    assert run(*(word.format(disc=disc) for word in words)) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("imagenet", "--path", "."),
        ("disc",),
        ("disc", "--path", ".", "--distractors", "."),
        ("disc", "--path", ".", "--predictions", "p.csv", "--write-descriptors", "d.csv"),
    ],
)
def test_wrong_usage_is_refused(words: tuple[str, ...]) -> None:
    assert run(*words) == 2


def test_the_bundled_model_tells_edited_photos_from_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("queries", "references"):
        (tmp_path / folder).mkdir()
    pairs = []
    for name, original in photos().items():
        original.save(tmp_path / f"references/{name}.jpg")
        for edit, edited in EDITS.items():
            edited(original).save(tmp_path / f"queries/{name}-{edit}.jpg", quality=60)
            pairs.append(f"{name}-{edit},{name}\n")
    (tmp_path / "ground_truth.csv").write_text("".join(pairs))

    words = ("disc", "--path", tmp_path, "--workers", "1", "--device", "cpu")
    assert run(*words, "--format", "json") == 0

    figures = json.loads(capsys.readouterr().out)["methods"][0]["tracks"]["all"]
    assert figures["micro_average_precision"] > 0.98
    assert figures["accuracy_at_1"] == 1


@pytest.mark.data
@needs("bench/edits")
def test_the_bundled_model_is_as_good_as_its_card_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("disc", "--path", EDITED, "--format", "json", "--device", "cpu") == 0
    tracks = json.loads(capsys.readouterr().out)["methods"][0]["tracks"]
    micro = {name: figures["micro_average_precision"] for name, figures in tracks.items()}
    expected = {"all": 0.930, "light": 1.000, "edit": 0.980, "disc": 0.808}
    assert micro == pytest.approx(expected, abs=0.01)
    first = {name: figures["accuracy_at_1"] for name, figures in tracks.items() if name != "all"}
    assert first == pytest.approx({"light": 1.0, "edit": 0.990, "disc": 0.886}, abs=0.01)
