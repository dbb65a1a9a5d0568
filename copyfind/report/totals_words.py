"""The totals in words: the same ones above a page, below a table and in a plan."""

from __future__ import annotations

from copyfind.records import Findings, Member, Role, Standing, Tier
from copyfind.report.numbers import counted, shown_bytes
from copyfind.totals import Share, Totals

SAFE, ASK, STAY = "safe", "ask", "stay"
_WORDS = {Standing.SAFE: SAFE, Standing.CONSENT: ASK, Standing.NEVER: STAY}
_ROLES = {Role.KEEPER: "keep", Role.REFERENCE: "ref", Role.LINKED: "link"}


def word_of(member: Member) -> str:
    """What is to happen with a member, in one short word."""
    return _ROLES.get(member.role) or _WORDS[member.standing or Standing.NEVER]


def proposal(totals: Totals) -> str:
    """What is proposed for a cluster: '2 safe to clear, 1 with your consent, 1 stays'."""
    safe, consent, never = totals.safe.files, totals.consent.files, totals.never.files
    said = []
    if safe:
        said.append(f"{safe:,} safe to clear")
    if consent:
        said.append(f"{consent:,} with your consent")
    if never:
        said.append(f"{never:,} {'stays' if never == 1 else 'stay'}")
    return ", ".join(said) or "nothing to clear"


def in_short(totals: Totals) -> str:
    """The same in the words of the files: '2 safe, 1 ask, 1 stay'."""
    shares = ((totals.safe, SAFE), (totals.consent, ASK), (totals.never, STAY))
    said = [f"{share.files:,} {word}" for share, word in shares if share.files]
    return ", ".join(said) or "nothing to clear"


def sums(totals: Totals) -> list[tuple[str, Share, str]]:
    """What may go and what does not, each with its word and what that means."""
    likely = totals.likely.files
    may_be_marked = f"; {counted(likely, 'likely copy')} to mark in the review" if likely else ""
    return [
        (SAFE, totals.safe, "go by default: the same bytes or pixels are kept"),
        (ASK, totals.consent, "near, edited: with your consent (--include near,edited)"),
        (STAY, totals.never, f"are never planned{may_be_marked}"),
    ]


def in_a_sentence(totals: Totals) -> str:
    """The totals for a page: '312 files safe to clear (1.2 GB), 45 with your consent (80 MB), 12
    stay'."""
    safe, consent, never = totals.safe, totals.consent, totals.never
    return (
        f"{counted(safe.files, 'file')} safe to clear ({shown_bytes(safe.bytes)}), "
        f"{consent.files:,} with your consent ({shown_bytes(consent.bytes)}), "
        f"{never.files:,} {'stays' if never.files == 1 else 'stay'}"
    )


def not_listed(findings: Findings) -> list[str]:
    """What was found beside the clusters that are shown, and how to see it."""
    shown = {m.evidence.tier for c in findings.clusters for m in c.members if m.evidence}
    return [
        f"{counted(number, 'picture')} {what}: --tier {tier.value}"
        for tier, number, what in (
            (Tier.LIKELY, findings.likely, "that are likely copies"),
            (Tier.SERIES, findings.series, "of one scene, in several shots"),
            (Tier.UNVERIFIED, findings.unverified, "that look alike, without proof"),
        )
        if number and tier not in shown
    ]
