"""The sheet on which an augmentation is judged by eye."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from copyfind.errors import OutputError
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.augment import clean_view
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.preview import contact_sheet, save_sheet
from tests.learn.conftest import draw_pictures


def test_the_contact_sheet_has_a_row_for_each_picture(sprites: Sprites) -> None:
    pictures = draw_pictures(3, 32)
    sheet = contact_sheet(
        pictures, torch.ones(3), pictures, attacks=Attacks(), sprites=sprites, views=4, side=24
    )
    assert sheet.size == (5 * 24, 3 * 24)
    original = torch.from_numpy(np.asarray(sheet).copy())[:24, :24]
    torch.testing.assert_close(original, clean_view(pictures, side=24)[0])


def test_a_contact_sheet_that_cannot_be_written_says_so(sprites: Sprites) -> None:
    sheet = contact_sheet(
        draw_pictures(1, 32),
        torch.ones(1),
        draw_pictures(1, 32),
        attacks=Attacks(),
        sprites=sprites,
        side=24,
    )
    with pytest.raises(OutputError, match="contact sheet"):
        save_sheet(sheet, Path("/no/such/folder/sheet.png"))
