"""Views that show two photos, and what is said to be in each."""

from __future__ import annotations

import torch

from copyfind.learn.attack.mixing import mix
from tests.learn.conftest import draw_pictures


def test_mixed_views_show_both_photos_in_shares_of_their_contents() -> None:
    values = torch.arange(64, dtype=torch.uint8) * 3
    views = values[:, None, None, None].expand(64, 16, 16, 3).contiguous()
    generator = torch.Generator().manual_seed(0)
    mixed, contents = mix(views, torch.arange(64), share=0.7, generator=generator)
    alone = contents[:, 0] == contents[:, 1]
    assert 0.1 < alone.float().mean() < 0.6
    assert torch.equal(mixed[alone], views[alone])
    for view, (own, other) in zip(mixed[~alone], contents[~alone].tolist(), strict=True):
        low, high = sorted((own * 3, other * 3))
        assert low <= view.min()
        assert view.max() <= high
        blended = len(set(view.flatten().tolist())) == 1
        cut = set(view.flatten().tolist()) <= {low, high}
        assert blended or cut


def test_nothing_is_mixed_at_a_share_of_nothing() -> None:
    views = draw_pictures(4, 16).permute(0, 2, 3, 1)
    same, contents = mix(
        views, torch.arange(4), share=0.0, generator=torch.Generator().manual_seed(0)
    )
    assert torch.equal(same, views)
    assert torch.equal(contents[:, 0], contents[:, 1])
