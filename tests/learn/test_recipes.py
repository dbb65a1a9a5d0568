"""The settings themselves: sound defaults, and help that can be read alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from copyfind.learn.recipes import CalibrationRecipe, Conditions, Recipe, TeacherRecipe
from copyfind.learn.settings import Setting, settings_of

PARTS = (Recipe, TeacherRecipe, CalibrationRecipe, Conditions)
EVERY = [pytest.param(one, id=one.name) for part in PARTS for one in settings_of(part).values()]


@pytest.mark.parametrize("one", EVERY)
def test_help_is_sentences_that_stand_alone(one: Setting) -> None:
    assert one.help[0].isupper()
    assert one.help.endswith(".")
    assert not one.help.startswith("Of ")


@pytest.mark.parametrize("one", EVERY)
def test_a_default_is_allowed(one: Setting) -> None:
    assert one.take(one.default) == one.default


@pytest.mark.parametrize("part", [Recipe, TeacherRecipe])
def test_what_the_papers_did_not_choose_is_said_to_be_ours(part: type) -> None:
    sources = {name: one.source for name, one in settings_of(part).items()}

    assert all(source for name, source in sources.items() if name != "seed")


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"optimizer": "lamb"}, "give sgd or adamw"),
        ({"teacher_sees": "no"}, "give views or clean"),
        ({"contrast_with": "all"}, "give queue or batch"),
        ({"precision": "int8"}, "give auto, float32 or bfloat16"),
        ({"batch": 1}, "give a whole number from 2"),
        ({"warmup": 1.5}, "give a number from 0 to 1"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(wrong: Mapping[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(Recipe(), **wrong)  # type: ignore[arg-type] # that is the point


def test_a_teacher_without_negatives_is_refused() -> None:
    with pytest.raises(ValueError, match="teacher_batch cannot be 1"):
        TeacherRecipe(batch=1)


def test_memory_is_told_in_gibibytes() -> None:
    assert Conditions(memory=0.5).memory_bytes == 2**29
    assert Conditions(memory=float("inf")).memory_bytes >= 2**62
