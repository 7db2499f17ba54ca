"""What is said of own keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.app.composition import OpenCity
from gateway.cli import layout, proposal_answers
from gateway.cli.answer import Answer
from gateway.ids import Timestamp
from gateway.services.audit import Acting
from gateway.services.key_acts import ROTATE_FEDERATION
from gateway.trust import key_changes as change
from gateway.trust.key_set import CODE_KEY_USE_S, KeyKind, KeyRole, KeySet, OldKey, OwnKey
from gateway.vault import Role

_GROUP: Final = 4
_GROUPS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One key as it is shown.

    Attributes:
        next_at: The next date of its life; ``next`` says what happens then.
    """

    role: str
    state: str
    key: OwnKey
    here: bool
    next_at: Timestamp | None = None
    next: str = ""

    def json(self) -> dict[str, object]:
        return {
            "role": self.role,
            "state": self.state,
            "kid": self.key.public.kid,
            "here": self.here,
            "created_at": self.key.created,
            "published_at": self.key.published_at,
            "active_since": self.key.active_since,
            "expires_at": self.key.expires_at,
            "next_at": self.next_at,
            "next": self.next,
        }

    def row(self) -> tuple[str, ...]:
        return (
            f"{self.role} ({self.state})",
            groups(self.key.public.kid),
            _day(self.key.published_at or self.key.created),
            _day(self.key.expires_at),
            f"{self.next} {_day(self.next_at)}".strip(),
        )


def groups(kid: str) -> str:
    """Return the beginning of a key id, in groups that two people can compare."""
    return " ".join(kid[n : n + _GROUP] for n in range(0, _GROUP * _GROUPS, _GROUP))


def listed(city: OpenCity, now: Timestamp, *, gone: bool) -> Answer:
    """Show all own keys."""
    keys = city.vault.keys
    lines = [*_current(city, keys), *(_old(old) for old in keys.old)]
    dead = keys.gone if gone else ()
    parts = [
        layout.indented(
            layout.table(
                ("key", "id", "published", "ends", "next"),
                (line.row() for line in lines),
                whole=("id", "published", "ends"),
            )
        )
    ]
    if dead:
        rows = (
            (each.kind.value, groups(each.kid), each.why.value, layout.day(each.at))
            for each in dead
        )
        table = layout.table(("kind", "id", "why", "since"), rows)
        parts.append(layout.section("Gone for ever", layout.indented(table)))
    held = change.held_down_until(keys, now)
    if held is not None:
        parts.extend(_held_down(held))
    owed = [note.act for note in city.vault.pending]
    if owed:
        parts.append(layout.title(f"! Not drawn yet: {', '.join(owed)}", "yellow"))
    return Answer(
        data={
            "now": now,
            "keys": [line.json() for line in lines],
            "gone": [
                {"kid": each.kid, "kind": each.kind.value, "at": each.at, "why": each.why.value}
                for each in dead
            ],
            "pending": owed,
            "held_down_until": held,
        },
        screen=layout.page(layout.title("Own keys (密钥)"), *parts),
    )


def _held_down(until: Timestamp) -> tuple[layout.Part, layout.Part]:
    warning = (
        f"! Until {layout.moment(until)} partners refuse codes by the active code key: they have"
        " known it for less than 24 hours. Merchants of this city verify them as ever."
    )
    todo = (
        "keys rotate federation --officer NAME",
        "federation request FILE; anchor sign, offline; federation import FILE",
        "within the hour, once more: keys rotate federation --officer NAME",
        "a partner's office: partners probe",
    )
    heading = "What ends it sooner, unless it was done: a K2 that the anchor newly names"
    return layout.title(warning, "yellow"), layout.section(heading, layout.steps(todo))


def changed(city: OpenCity, now: Timestamp, said: str, problems: Sequence[str]) -> Answer:
    """Say what was done to the keys, and what could not be drawn from it yet."""
    answer = listed(city, now, gone=False)
    warning = (
        f"! In force here, but not all that follows from it is done: {', '.join(problems)}."
        " It is tried again by the worker, and by every `keys` command."
    )
    return Answer(
        data={**answer.data, "owed": list(problems)},
        screen=layout.page(
            layout.title(said, "bold green"),
            answer.screen,
            *([layout.title(warning, "yellow")] if problems else []),
        ),
        exit_code=1 if problems else 0,
    )


def proposed_rotation(city: OpenCity, acting: Acting) -> Answer:
    """Propose that K2next takes over."""
    successor = city.vault.public(Role.FEDERATION_NEXT).kid
    made = city.four_eyes.propose(ROTATE_FEDERATION, successor, {}, acting)
    return proposal_answers.made(made, "K2next is proposed to sign. Nothing has changed yet.")


def _current(city: OpenCity, keys: KeySet) -> Iterable[_Line]:
    for role, key in keys.keys.items():
        state = "next" if role in {KeyRole.CODES_NEXT, KeyRole.FEDERATION_NEXT} else "active"
        state = "standby" if role is KeyRole.ANCHOR_STANDBY else state
        at, what = _next(keys, role, key)
        yield _Line(
            role=role.kind.value,
            state=state,
            key=key,
            here=city.vault.has_private(role),
            next_at=at,
            next=what,
        )


def _next(keys: KeySet, role: KeyRole, key: OwnKey) -> tuple[Timestamp | None, str]:
    if role is KeyRole.CODES and key.active_since is not None:
        return Timestamp(key.active_since + CODE_KEY_USE_S), "rotate by"
    if role is KeyRole.CODES_NEXT:
        ready = change.ready_at(keys)
        return ready, "may take over from" if ready is not None else "is not published"
    return None, ""


def _old(old: OldKey) -> _Line:
    codes = old.kind is KeyKind.CODES
    return _Line(
        role=old.kind.value,
        state="verify-only" if old.leaving is None else "leaving",
        key=old.key,
        here=False,
        next_at=old.until,
        next="gone" if codes else "gone with the anchor's next statement",
    )


def _day(at: Timestamp | None) -> str:
    return "" if at is None else layout.day(at)
