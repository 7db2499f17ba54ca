"""What is said while a city becomes a partner, and when an officer decides about one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from rich.text import Text

from gateway.app.composition import OpenCity
from gateway.app.own import own_half
from gateway.cli import layout, proposal_answers
from gateway.cli.answer import Answer, show_screen
from gateway.cli.partner_lines import entity_of, name_of
from gateway.errors import RefusedError
from gateway.ids import EntityId
from gateway.policy.agreement import Agreement
from gateway.services.partner_join import Added, Challenged, Confirmed
from gateway.services.partner_protect import Blocked
from gateway.services.proposal_ports import Proposal
from gateway.trust import entity
from gateway.trust.confirmation import Verdict
from gateway.trust.safety import GROUPS_PER_CITY
from gateway.trust.states import PartnerState

__all__ = [
    "added",
    "asked",
    "blocked",
    "confirmed",
    "entity_of",
    "explain",
    "proposed",
    "stopped",
]

HIDDEN: Final = "·····"
_PER_LINE: Final = 6


class SafetyNumberWrongError(RefusedError):
    """The groups that an officer heard are not those of the fetched keys."""

    code = "safety_number_wrong"


class SafetyNumberVoidError(RefusedError):
    """Too many wrong groups: what was confirmed is void, and an alarm was raised."""

    code = "safety_number_void"


def added(city: OpenCity, found: Added) -> Answer:
    """Say that a city is a candidate, and show the own half of the number."""
    agreement, half = city.settings.agreement, own_half(city.settings, city.vault)
    first = 1 if found.safety_number[:GROUPS_PER_CITY] == half else 1 + GROUPS_PER_CITY
    name = name_of(agreement, found.leaf)
    return Answer(
        data={
            "anchor": found.anchor,
            "leaf": found.leaf,
            "division": found.division,
            "organization_name": found.organization_name,
            "state": PartnerState.CANDIDATE.value,
            "own_groups": {str(first + place): group for place, group in enumerate(half)},
        },
        screen=layout.page(
            layout.title(f"{name} is a candidate (候选). Nothing is believed yet.", "bold green"),
            layout.indented(
                layout.facts(
                    [
                        ("entity", found.leaf),
                        ("calls itself", found.organization_name),
                        ("division", found.division or "none: it only verifies"),
                    ]
                )
            ),
            layout.section(
                "Safety number (安全码): your half; theirs only they can read to you",
                _number(half, first),
            ),
            layout.section(
                "Next",
                layout.steps(
                    [
                        "call their office on a number that you know",
                        f"partners confirm {_short(agreement, found.leaf)} --officer NAME",
                        "and once more, by another officer",
                    ]
                ),
            ),
        ),
    )


def asked(city: OpenCity, found: Challenged) -> Answer:
    """Say which groups to ask for, and nothing else."""
    groups = ", ".join(str(group) for group in found.groups)
    return Answer(
        data={
            "anchor": found.anchor,
            "officer": found.officer,
            "groups": list(found.groups),
            "answered": False,
        },
        screen=Text(
            f"Ask {name_of(city.settings.agreement, entity.leaf_of(found.anchor))} for {groups}."
        ),
    )


def explain(city: OpenCity, found: Challenged) -> None:
    """Show what to ask the partner's office for, and what to read out to it."""
    name = name_of(city.settings.agreement, entity.leaf_of(found.anchor))
    theirs_first = min(found.groups) <= GROUPS_PER_CITY
    first = 1 + GROUPS_PER_CITY if theirs_first else 1
    groups = ", ".join(str(group) for group in found.groups)
    show_screen(
        layout.page(
            layout.title(f"Comparing the safety number (安全码) with {name}"),
            layout.section(
                "Your half, if they ask you",
                _number(own_half(city.settings, city.vault), first),
            ),
            Text(f"Ask their office to read groups {groups}, and type what you hear."),
        )
    )


def confirmed(city: OpenCity, found: Confirmed, officer: str, tries_left: int) -> Answer:
    """Say what an answer led to.

    Raises:
        SafetyNumberWrongError, SafetyNumberVoidError: it was wrong.
    """
    agreement, leaf = city.settings.agreement, entity.leaf_of(found.anchor)
    name, short = name_of(agreement, leaf), _short(agreement, leaf)
    said = f"Right. Another officer of yours now compares other groups with {name}."
    todo = f"partners confirm {short} --officer ANOTHER"
    match found.verdict:
        case Verdict.WRONG:
            tries = "1 try is" if tries_left == 1 else f"{tries_left} tries are"
            raise SafetyNumberWrongError(
                f"these are not the groups that {name}'s keys give; {tries} left."
                " Ask their office to read them again"
            )
        case Verdict.VOID:
            raise SafetyNumberVoidError(
                f"wrong for the third time: what was confirmed of {name} is void and an alarm"
                " was raised. Somebody may stand between the two offices"
            )
        case Verdict.FIRST:
            pass
        case Verdict.CONFIRMED:
            said = f"Right. {name} is confirmed (已核对) by two officers."
            todo = f"partners accept {short} --scenarios open --until DATE --officer NAME"
    return Answer(
        data=_answered(found, officer),
        screen=layout.page(
            layout.title(said, "bold green"), layout.section("Next", layout.steps([todo]))
        ),
    )


def confirmed_anew(city: OpenCity, found: Confirmed, officer: str) -> Answer:
    """Say what an answer about a partner's new anchor keys led to.

    Raises:
        SafetyNumberWrongError, SafetyNumberVoidError: it was wrong.
    """
    name = name_of(city.settings.agreement, entity.leaf_of(found.anchor))
    said = f"Right. The new anchor keys of {name} are pinned; the old one never returns."
    match found.verdict:
        case Verdict.WRONG:
            raise SafetyNumberWrongError(
                f"these are not the groups that {name}'s new keys give."
                " Ask their office to read them again"
            )
        case Verdict.VOID:
            raise SafetyNumberVoidError(
                f"wrong for the third time: what was compared of {name}'s new keys is void and an"
                " alarm was raised. Somebody may stand between the two offices"
            )
        case Verdict.FIRST:
            said = "Right. Another officer of yours now compares other groups: partners pin-new"
        case Verdict.CONFIRMED:
            pass
    return Answer(
        data=_answered(found, officer),
        screen=layout.title(said, "bold green"),
    )


def _answered(found: Confirmed, officer: str) -> dict[str, object]:
    return {
        "anchor": found.anchor,
        "officer": officer,
        "answered": True,
        "verdict": found.verdict.value,
        "state": found.state.value,
    }


def own_groups(city: OpenCity, leaf: EntityId, groups: Mapping[int, str]) -> Answer:
    """Show the own half, to read out."""
    name = name_of(city.settings.agreement, leaf)
    half, first = list(groups.values()), min(groups)
    return Answer(
        data={"leaf": leaf, "own_groups": {str(place): group for place, group in groups.items()}},
        screen=layout.page(
            layout.title(f"Your half of the safety number (安全码) with {name}"),
            layout.indented(_number(half, first)),
        ),
    )


def proposed(city: OpenCity, leaf: EntityId, proposal: Proposal) -> Answer:
    """Say that another officer is to approve."""
    name = name_of(city.settings.agreement, leaf)
    return proposal_answers.made(proposal, f"{name}: proposed. Nothing has changed yet.")


def stopped(
    city: OpenCity,
    leaf: EntityId,
    state: PartnerState,
    asked_of: Sequence[Proposal],
    unsigned: str | None,
) -> Answer:
    """Say that a partner is stopped, and who is to look at that."""
    name = name_of(city.settings.agreement, leaf)
    said = Answer(
        data={"leaf": leaf, "state": state.value, "ratify": _ids(asked_of)},
        screen=layout.page(
            layout.title(f"{name} is {state}. Its codes are no longer recognised here."),
            _to_ratify(asked_of),
        ),
    )
    return with_leaf(said, unsigned)


def blocked(city: OpenCity, leaf: EntityId, found: Blocked, asked_of: Sequence[Proposal]) -> Answer:
    """Say that a key is not used any more, and how much was recognised with it."""
    name = name_of(city.settings.agreement, leaf)
    since = layout.moment(found.since)
    return Answer(
        data={
            "leaf": leaf,
            "kid": found.kid,
            "since": found.since,
            "recognised_since": found.recognised,
            "ratify": _ids(asked_of),
        },
        screen=layout.page(
            layout.title(f"{name}: key {found.kid[:8]}… is used for no code any more."),
            layout.indented(
                layout.facts(
                    [
                        ("key", found.kid),
                        ("since", f"{since}: for the record and the count only"),
                        ("recognised", f"{found.recognised} codes by this key here since then"),
                    ]
                )
            ),
            _to_ratify(asked_of),
        ),
    )


def _ids(proposals: Sequence[Proposal]) -> list[str]:
    return [each.id for each in proposals]


def _to_ratify(proposals: Sequence[Proposal]) -> layout.Part | None:
    todo = [f"proposals approve {each.id} --officer ANOTHER" for each in proposals]
    if not todo:
        return None
    heading = "Within 24 hours, by another officer (it stays in force either way)"
    return layout.section(heading, layout.steps(todo))


def with_leaf(answer: Answer, unsigned: str | None) -> Answer:
    """Add, if so, that the own leaf could not be signed anew; the decision stands all the same."""
    if unsigned is None:
        return replace(answer, data={**answer.data, "leaf_not_signed": None})
    warning = (
        f"! This city's own statement could not be signed anew ({unsigned}). "
        "What was decided is in force; run `federation publish` later."
    )
    return replace(
        answer,
        data={**answer.data, "leaf_not_signed": unsigned},
        screen=layout.page(
            answer.screen,
            layout.title(warning, "yellow"),
        ),
    )


def _number(half: Sequence[str], first: int) -> layout.Part:
    """Return 12 numbered groups, of which the half from ``first`` on is shown."""
    cells = {first + place: group for place, group in enumerate(half)}
    lines = Text()
    for number in range(1, 2 * GROUPS_PER_CITY + 1):
        group = cells.get(number)
        lines.append(f"{number:2d} ", style="dim")
        lines.append(group or HIDDEN, style="bold cyan" if group else "dim")
        lines.append("\n" if number == _PER_LINE else "   ")
    lines.rstrip()
    return lines


def _short(agreement: Agreement, leaf: EntityId) -> str:
    """Return what to type for a city."""
    found = (member.slug for member in agreement.members if member.entity_id == leaf)
    return next(found, leaf)
