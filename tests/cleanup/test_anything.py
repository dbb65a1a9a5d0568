"""Any tree, any plan, anything that happens meanwhile: each content still exists, undo is exact."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from copyfind.cleanup.faults import faults
from copyfind.cleanup.plan import Wishes, plan_choices
from copyfind.cleanup.plan_file import plan_as_json, plan_from_json
from copyfind.errors import CleanupError
from copyfind.plans import LINKS, ActionKind, Plan
from copyfind.records import Role, Tier
from tests.cleanup.conftest import ORIGIN, Album, Copy, new_album, scratch
from tests.cleanup.faulty import Crash, Crashing, Failing, Racing, Recording

NAMES = ["a.jpg", "A.jpg", "b c.jpg", "sub/a.jpg", "sub/deep/ü.jpg", "sub/a.png", "[x]\n.jpg", "z"]
TIERS = [Tier.IDENTICAL, Tier.SAME_PIXELS, Tier.NEAR, Tier.EDITED, Tier.SERIES, Tier.UNVERIFIED]


def build(album: Album, draw: st.DataObject) -> None:
    """Files of some contents, some of them hard links, in clusters as a search might find them,
    and as it should not: overlapping, tied to what is tied to something else."""
    names = draw.draw(st.lists(st.sampled_from(NAMES), min_size=2, unique=True))
    for day, name in enumerate(names):
        others = [other for other in names[:day] if draw.draw(st.integers(0, 5)) == 0]
        if others:
            album.at(name).parent.mkdir(parents=True, exist_ok=True)
            os.link(album.at(others[0]), album.at(name))
        else:
            content = draw.draw(st.sampled_from(["A", "A", "B", "C"]))
            album.add(name, content, day=day, mode=draw.draw(st.sampled_from([0o640, 0o600])))
    for _ in range(draw.draw(st.integers(1, 3))):
        members = draw.draw(st.permutations(names))[: draw.draw(st.integers(2, 5))]
        copies = []
        for place, name in enumerate(members[1:], start=1):
            to = draw.draw(st.sampled_from(members[:place]))
            same = album.at(name).read_bytes() == album.at(to).read_bytes()
            one = album.at(name).stat().st_ino == album.at(to).stat().st_ino
            tier = Tier.IDENTICAL if same else draw.draw(st.sampled_from(TIERS[1:]))
            proven = tier.is_proven
            role = Role.LINKED if one else Role.REDUNDANT if proven else Role.RELATED
            copies.append(Copy(name, to, tier, role=role))
        album.cluster(members[0], *copies)


def deeds(album: Album, draw: st.DataObject) -> Callable[[], None]:
    """Something a person does to a file at the worst moment; no bytes are lost by it."""
    name = draw.draw(st.sampled_from(NAMES))
    what = draw.draw(st.sampled_from(["edit", "swap", "link", "move", "nothing"]))

    def deed() -> None:
        path = album.at(name)
        spare = album.top / "spare"
        if not path.is_file() or path.is_symlink() or what == "nothing":
            return
        if what == "edit":  # as programs save: a new file under the name, the old one kept
            os.link(path, spare)
            new = album.top / "new"
            new.write_bytes(b"edited")
            new.replace(path)
        elif what == "swap":
            path.rename(spare)
            path.write_bytes(spare.read_bytes()[::-1] + b"!")
        elif what == "link":
            path.rename(spare)
            os.link(spare, path)
        else:
            path.rename(spare)

    return deed


def anything(draw: st.DataObject) -> None:
    with scratch() as place:
        album = new_album(place)
        build(album, draw)
        kind = draw.draw(st.sampled_from(list(ActionKind)))
        tiers = draw.draw(st.sampled_from([TIERS[:1], TIERS[:2], TIERS[:4], TIERS]))
        plan = album.plan(kind, tiers=tiers)
        assert list(faults(plan)) == []
        assert plan_from_json(plan_as_json(plan).encode(), version=ORIGIN.version) == plan
        before, promise = album.tree(), Promise(album, plan)
        at = draw.draw(st.integers(1, 80))
        lacking = draw.draw(st.sampled_from([frozenset(), frozenset({"rename_exclusively"})]))
        race = draw.draw(st.booleans())
        files: Recording
        if race:
            files = Racing(at, deeds(album, draw))
        elif draw.draw(st.booleans()):
            files = Crashing(at, draw.draw(st.sampled_from(["before", "after", "torn"])), lacking)
        else:
            files = Failing(at, after=draw.draw(st.booleans()), lacking=lacking)

        with suppress(Crash, CleanupError):
            album.apply(plan, files)
        promise.hold()
        if draw.draw(st.booleans()):
            album.apply(plan)
            promise.hold()
        with suppress(Crash, CleanupError):
            album.undo(Crashing(draw.draw(st.integers(1, 40)), lacking=lacking))
        promise.hold()
        album.undo()

        if kind is not ActionKind.DELETE and not race:
            assert album.tree() == before
        promise.hold()


class Promise:
    """What must be true of the contents of an album whatever becomes of a plan."""

    def __init__(self, album: Album, plan: Plan) -> None:
        self._album, self._plan = album, plan
        self._contents = album.contents()
        held = {album.path(name): content for name, content in album.pictures().items()}
        gone = {action.file.path for action in plan.actions}
        # What stays, what is kept for what goes: only other contents may be deleted.
        self._staying = {content for path, content in held.items() if path not in gone}

    def hold(self) -> None:
        now = self._album.contents()
        kinds = {action.kind for action in self._plan.actions}
        if ActionKind.DELETE in kinds:
            assert now.keys() >= self._staying
        elif kinds & LINKS:
            assert now.keys() >= self._contents.keys()
        else:
            assert all(now[content] >= number for content, number in self._contents.items())


fast = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@fast
@given(draw=st.data())
def test_whatever_happens_nothing_is_lost(draw: st.DataObject) -> None:
    anything(draw)


@pytest.mark.slow
@settings(fast, max_examples=800, derandomize=False)  # others in every run
@given(draw=st.data())
def test_whatever_happens_nothing_is_lost_at_length(draw: st.DataObject) -> None:
    anything(draw)


@settings(fast, max_examples=40)
@given(draw=st.data())
def test_any_choice_of_a_person_leaves_a_copy_of_each_picture(draw: st.DataObject) -> None:
    with scratch() as place:
        album = new_album(place)
        build(album, draw)
        chosen = draw.draw(st.sets(st.sampled_from(NAMES)))
        paths = {album.path(name) for name in chosen}
        plan = plan_choices(album.findings, paths, Wishes(), ORIGIN)

        assert {action.file.path for action in plan.actions} <= paths
        staying = {action.file.path for action in plan.actions}
        assert all(action.keeper.path not in staying for action in plan.actions)
        contents = album.contents()
        album.apply(plan)
        assert album.contents() == contents
