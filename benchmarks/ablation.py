"""What each part of SSCD and RDCD is worth: small runs of `copyfind train`'s own loops, one table.

    python benchmarks/ablation.py --data ../shared/photos --bench ../shared/bench/edits \
        --teacher sscd --output runs/ablation

Every row is a run of its own from the same start, with the same photos, steps and seed; µAP is on
the benchmark, score normalisation and whitening left out. A run that has been made is not made
again, and the teacher is asked once. What few steps can tell is in docs/decisions.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.descriptor.networks import Student, load_student
from copyfind.descriptor.weights import read_weights
from copyfind.evaluate.datasets import read_disc
from copyfind.learn.attack.attacks import SSCD_ADVANCED, Attacks
from copyfind.learn.job import Job, make_folder, train_students
from copyfind.learn.measure import Exam, Reports, examine, load_exam
from copyfind.learn.recipes import Conditions, Recipe, TeacherRecipe
from copyfind.learn.start import load_start_weights
from copyfind.learn.teacher_job import TeacherJob, teacher_file, train_teacher
from copyfind.watch import Watch

CPU = torch.device("cpu")
TOLD = Watch(on_note=print)
# SimCLR's own edits: what SSCD adds is turned off.
SIMCLR_EDITS = replace(SSCD_ADVANCED, quarter_turn=0.0, tilt=0.0, text=0.0, emoji=0.0, jpeg=0.0)
TRACKS = ("all", "light", "edit", "disc")


def main() -> None:
    asked = arguments()
    asked.output.mkdir(parents=True, exist_ok=True)
    exam = load_exam(read_disc(asked.bench), side=asked.side, device=CPU)
    rows = teachers(asked, exam) if "teacher" in asked.parts else {}
    rows |= students(asked) if "student" in asked.parts else {}
    print(f"{asked.steps} steps of {asked.batch} photos at {asked.side} px, {asked.network}\n")
    print("| run | dim | " + " | ".join(f"µAP {track}" for track in TRACKS) + " |")
    print("|---|---|" + "---|" * len(TRACKS))
    for name, figures in rows.items():
        for dim, values in figures.items():
            print(f"| {name} | {dim} | " + " | ".join(f"{v:.3f}" for v in values) + " |")


Figures = Mapping[str, list[float]]  # by length of the descriptor, in the order of TRACKS


def teachers(asked: argparse.Namespace, exam: Exam) -> dict[str, Figures]:
    """SimCLR, with the entropy of SSCD, with its edits and mixed views as well."""
    plain = TeacherRecipe(
        steps=asked.steps,
        batch=asked.batch,
        side=asked.side,
        entropy_weight=0.0,
        mixed=0.0,
        optimizer="adamw",
        learning_rate=asked.learning_rate,
        seed=asked.seed,
    )
    spread = replace(plain, entropy_weight=10.0, entropy_ramp=0.2)
    wanted: list[tuple[str, TeacherRecipe, Attacks]] = [
        ("SimCLR", plain, SIMCLR_EDITS),
        ("+ entropy", spread, SIMCLR_EDITS),
        ("+ advanced augmentation", spread, SSCD_ADVANCED),
        ("+ mixup and CutMix", replace(spread, mixed=0.05), SSCD_ADVANCED),
    ]
    rows: dict[str, Figures] = {"the start": figures_of(examine(start_of(asked), exam, dims=[512]))}
    for number, (name, recipe, attacks) in enumerate(wanted):
        folder = asked.output / f"teacher-{number}"
        if not teacher_file(folder).exists():
            print(f"{name}:")
            job = TeacherJob(
                data=asked.data,
                output=folder,
                architecture=asked.network,
                recipe=recipe,
                start=asked.start,
                attacks=attacks,
                conditions=Conditions(sprites=asked.sprites, bank_side=asked.side),
            )
            train_teacher(job, device=CPU, watch=TOLD)
        student = load_student(read_weights(teacher_file(folder)))
        rows[name] = figures_of(examine(student, exam, dims=[512]))
    return rows


def start_of(asked: argparse.Namespace) -> Student:
    """What `train_teacher` and `teach` start from."""
    torch.manual_seed(asked.seed)
    network = Student(asked.network, FEATURE_DIM)
    if asked.start:
        load_start_weights(network, asked.start)
    torch.nn.init.eye_(network.proj.weight)
    torch.nn.init.zeros_(network.proj.bias)
    return network.eval()


def students(asked: argparse.Namespace) -> dict[str, Figures]:
    """The student alone, with relational distillation, with hard negatives too; three lengths."""
    alone = Recipe(
        steps=asked.steps,
        batch=asked.batch,
        side=asked.side,
        last_side=asked.side,
        dims=(64, 128, 256),
        optimizer="adamw",
        learning_rate=asked.learning_rate,
        seed=asked.seed,
        queue=4096,
        relation_weight=0.0,
        hard_negative_weight=0.0,
        teacher_sees="clean",
        frozen_statistics=True,
        average_decay=0.99,
    )
    wanted = {
        "student alone": alone,
        "+ RSD": replace(alone, relation_weight=1.0),
        "+ RSD + hard negative": replace(alone, relation_weight=1.0, hard_negative_weight=5.0),
    }
    rows: dict[str, Figures] = {}
    answers = asked.output / "answers.pt"
    for number, (name, recipe) in enumerate(wanted.items()):
        folder = asked.output / f"student-{number}"
        done = folder / "figures.json"
        if not done.exists():
            print(f"{name}:")
            make_folder(folder)
            if answers.exists():  # the teacher sees the same photos for every run
                shutil.copy(answers, folder)
            last: dict[int, Reports] = {}
            job = Job(
                data=asked.data,
                output=folder,
                teacher=asked.teacher,
                students=[asked.network],
                recipe=recipe,
                start={asked.network: asked.start} if asked.start else {},
                conditions=Conditions(
                    sprites=asked.sprites,
                    bank_side=max(asked.side, asked.teacher_side),
                    clean_side=asked.teacher_side,
                    val=asked.bench,
                    val_every=asked.steps,
                ),
            )
            train_students(
                job,
                device=CPU,
                watch=TOLD,
                on_exam=lambda step, _, reports, last=last: last.update({step: reports}),  # type: ignore[misc] # the default binds it
            )
            shutil.copy(folder / answers.name, answers)
            for step, reports in last.items():
                path = done if step else asked.output / "start.json"
                path.write_text(json.dumps(figures_of(reports)))
        rows.setdefault(
            "fitted to the teacher", json.loads((asked.output / "start.json").read_text())
        )
        rows[name] = json.loads(done.read_text())
    return rows


def figures_of(reports: Reports) -> Figures:
    dims = dict.fromkeys(dim for dim, _ in reports)
    return {
        str(dim): [reports[dim, track].micro_average_precision for track in TRACKS] for dim in dims
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--bench", type=Path, required=True, help="in DISC layout, with tracks")
    parser.add_argument("--teacher", default="sscd", help="of the students; as for copyfind train")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--network", default="efficientnet-lite0")
    parser.add_argument("--start", type=Path, help="start weights of the network")
    parser.add_argument("--sprites", type=Path)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--teacher-side", type=int, help="pixels it sees; default: --side")
    parser.add_argument("--learning-rate", type=float, default=0.002)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parts", nargs="+", default=["teacher", "student"])
    asked = parser.parse_args()
    asked.teacher_side = asked.teacher_side or asked.side
    return asked


if __name__ == "__main__":
    main()
