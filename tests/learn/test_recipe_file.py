"""Settings as words and as TOML: what is written is read back, and what is wrong is named."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.errors import RecipeError
from copyfind.learn.recipe_file import (
    SETTINGS,
    Recipes,
    as_toml,
    read_recipe,
    read_words,
)
from copyfind.learn.settings import Setting

# What `copyfind train` had a flag for, but for what says where photos, weights and devices are.
FORMER_FLAGS = """
    attacks steps batch side last-side optimizer learning-rate momentum weight-decay warmup queue
    key-momentum tau-relation tau-contrast relation-weight contrast-weight hard-negative-weight
    tau-bank bank-weight region-weight contrast-with frozen-stages teacher-sees depthwise-every
    precision frozen-statistics average-decay clean-side val val-every objective teacher-steps
    teacher-batch teacher-side teacher-attacks teacher-tau entropy-weight entropy-ramp mixed
    teacher-optimizer teacher-learning-rate teacher-momentum teacher-weight-decay teacher-warmup
    average whitening background negatives calibrate-on input-size graph bank-side memory
    save-every sprites data-licence dim seed
"""


def valid_word(one: Setting) -> str:
    """A word that a setting takes, and that is not its default."""
    if one.among:
        return next(word for word in one.among if word != one.default)
    if one.kind is bool:
        return str(not one.default).lower()
    words = {int: "48", float: "0.25", str: "word", Path: "/some/path"}
    return words[one.kind]


@pytest.mark.parametrize("flag", FORMER_FLAGS.split())
def test_every_former_flag_is_a_setting_of_its_name(flag: str) -> None:
    word = valid_word(SETTINGS[flag.replace("-", "_")])

    changed = Recipes().changed(read_words([f"{flag}={word}"]))

    assert changed != Recipes()


def read_back(recipes: Recipes, folder: Path) -> Recipes:
    (folder / "recipe.toml").write_text(as_toml(recipes), encoding="utf-8")
    return Recipes().changed(read_recipe(folder / "recipe.toml"))


def test_defaults_are_read_back(tmp_path: Path) -> None:
    assert read_back(Recipes(), tmp_path) == Recipes()


def test_every_setting_is_read_back(tmp_path: Path) -> None:
    words = [f"{name}={valid_word(one)}" for name, one in SETTINGS.items() if name != "objective"]
    changed = Recipes().changed(read_words(words))

    assert read_back(changed, tmp_path) == changed
    for one, default in zip(changed.parts(), Recipes().parts(), strict=True):
        assert one != default


@given(text=st.text())
def test_any_text_is_toml(text: str) -> None:
    recipes = Recipes().changed({"data_licence": text})

    assert tomllib.loads(as_toml(recipes))["data_licence"] == text


def test_a_name_that_is_no_utf8_cannot_be_written() -> None:
    recipes = Recipes().changed(read_words(["val=/photos/\udcff"]))

    with pytest.raises(RecipeError, match="a TOML file holds UTF-8"):
        as_toml(recipes)


def test_the_file_says_what_each_setting_is_what_it_may_be_and_where_its_default_comes_from() -> (
    None
):
    lines = as_toml(Recipes().changed({"queue": 4096})).splitlines()

    at = lines.index("queue = 4096")
    assert lines[at - 2 : at] == [
        "# Past keys, and past features of the teacher, that a view is compared with.",
        "# [a whole number from 2; default 65536 (RDCD's train.sh)]",
    ]
    assert "# val =" in lines
    assert max(map(len, lines)) <= 100


def test_a_shared_name_is_written_once_and_set_in_every_part() -> None:
    recipes = Recipes().changed(read_words(["seed=7"]))

    assert (recipes.distillation.seed, recipes.teacher.seed) == (7, 7)
    assert as_toml(recipes).count("\nseed = ") == 1


def test_a_part_of_a_file_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("dim = [64, 128]\nteacher-tau = 1\n")

    recipes = Recipes().changed(read_recipe(tmp_path / "mine.toml"))

    assert recipes.distillation == replace(Recipes().distillation, dims=(64, 128))
    assert recipes.teacher == replace(Recipes().teacher, tau=1.0)


def test_the_last_of_a_name_counts() -> None:
    assert read_words(["queue=8", "queue=16"]) == {"queue": 16}


@pytest.mark.parametrize(
    ("words", "entropy", "mixed"),
    [
        (["objective=simclr"], 0.0, 0.0),
        (["mixed=0.2", "objective=simclr"], 0.0, 0.2),
        (["objective=sscd"], 30.0, 0.05),
    ],
)
def test_an_objective_is_short_for_two_settings(
    words: list[str], entropy: float, mixed: float
) -> None:
    before = Recipes().changed(read_words(["entropy_weight=10", "mixed=0.5"]))

    teacher = before.changed(read_words(words)).teacher

    assert (teacher.entropy_weight, teacher.mixed) == (entropy, mixed)


@pytest.mark.parametrize(
    ("word", "complaint"),
    [
        ("queue", "--set queue: give NAME=VALUE"),
        ("tau-contrst=1", "no setting is called tau-contrst: near are tau_contrast"),
        ("xyzzy=1", "no setting is called xyzzy: copyfind train --show-recipe lists all"),
        ("batch=1", "--set: batch cannot be 1: give a whole number from 2"),
        ("objective=byol", "--set: objective cannot be byol: give sscd or simclr"),
    ],
)
def test_a_word_that_is_wrong_is_one_line_that_says_what_is_allowed(
    word: str, complaint: str
) -> None:
    with pytest.raises(RecipeError) as told:
        read_words([word])

    assert complaint in str(told.value)
    assert "\n" not in str(told.value)
    assert told.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("batch = 1", "mine.toml: batch cannot be 1: give a whole number from 2"),
        ('batch = "8"', "mine.toml: batch cannot be 8: give a whole number from 2"),
        ("[teacher]\ntau = 1", "mine.toml: no setting is called teacher"),
        ("batch: 8", "mine.toml: not a TOML file"),
        ("title = '\udcff'", "mine.toml: not a TOML file"),
    ],
)
def test_a_file_that_is_wrong_is_named(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(RecipeError, match=complaint):
        read_recipe(tmp_path / "mine.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"mine\.toml: the recipe cannot be read"):
        read_recipe(tmp_path / "mine.toml")
