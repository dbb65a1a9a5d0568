"""A likely copy goes only where a person marked it, and nothing goes in its favour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copyfind.cleanup.faults import faults
from copyfind.cleanup.plan import Origin, Wishes, plan_choices, plan_copies
from copyfind.cleanup.plan_file import plan_as_json, plan_from_json
from copyfind.grouping.members import cluster_of
from copyfind.records import PROVEN, TIERS, Evidence, Findings, Member, Role, Tier
from tests.making import PHOTO, made_content, made_file, made_findings

ORIGIN = Origin("2026-11-28T10:00:00Z", "1.2.3", "state")
KEPT, COPY, LIKELY = (f"/photos/{name}.jpg".encode() for name in ("kept", "copy", "likely"))


@pytest.fixture
def findings() -> Findings:
    """A photo with a copy of the same pixels, and one that is likely a copy."""
    kept, copy, likely = (
        made_file(path.decode(), inode=number, size=1000)
        for number, path in enumerate((KEPT, COPY, LIKELY), start=1)
    )
    members = (
        Member(kept, made_content(1, kept, facts=PHOTO), Role.KEEPER, "most pixels"),
        Member(
            copy,
            made_content(2, copy, facts=PHOTO),
            Role.REDUNDANT,
            None,
            Evidence(KEPT, Tier.NEAR, 0.98),
        ),
        Member(
            likely,
            made_content(3, likely, facts=PHOTO),
            Role.RELATED,
            None,
            Evidence(KEPT, Tier.LIKELY, 0.7, ("cropped",)),
        ),
    )
    return Findings(
        **{
            name: getattr(made_findings(), name)
            for name in ("catalog", "model", "threshold", "roots", "contents", "skipped")
        },
        files=300,
        clusters=(cluster_of(members),),
    )


def test_it_is_never_planned_by_itself(findings: Findings) -> None:
    plan = plan_copies(findings, Wishes(tiers=TIERS), ORIGIN)

    assert [action.file.path for action in plan.actions] == [COPY]


def test_it_goes_where_it_was_marked(findings: Findings) -> None:
    plan = plan_choices(findings, [LIKELY], Wishes(), ORIGIN)

    assert [(a.file.path, a.keeper.path, a.tier) for a in plan.actions] == [
        (LIKELY, KEPT, Tier.LIKELY)
    ]
    assert plan_from_json(plan_as_json(plan).encode(), version="1.2.3").actions == plan.actions


@pytest.mark.parametrize("marked", [[KEPT, COPY], [KEPT, COPY, LIKELY]])
def test_what_is_proven_never_goes_in_its_favour(findings: Findings, marked: list[bytes]) -> None:
    plan = plan_choices(findings, marked, Wishes(), ORIGIN)

    going = {action.file.path for action in plan.actions}
    assert not {KEPT, COPY} <= going
    assert LIKELY not in {action.keeper.path for action in plan.actions}


def test_a_plan_that_does_not_name_the_tier_refuses_it(findings: Findings) -> None:
    plan = plan_choices(findings, [LIKELY], Wishes(), ORIGIN)

    assert list(faults(replace(plan, tiers=PROVEN)))
    assert not list(faults(plan))
