"""How a person can be reached: whose number it is, whether we may text it, when it is safe.

Permission belongs to one number and one wording. A changed number is a new row without permission or safety.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor
from cie.db import apart_match_key
from cie.errors import Invalid, NotPossibleNow
from cie.people.details import parsed_or_fault
from cie.people.filing import file_person, locked_person, refuse_unknown
from cie.people.formats import parse_email, parse_phone
from cie.people.models import ContactKind, ContactOwner, ContactPoint, ContactState, Person, Safety
from cie.people.records import contact_points
from cie.resources import resource

TEXT_PERMISSION_WORDING: Mapping[str, str] = json.loads(
    resource("seed_data", "texts", "permission.json").read_text("utf-8")
)
"""The words staff read aloud before they mark a number as one we may text, by language, with their version."""


@dataclass(frozen=True)
class _Given:
    """A contact point as entered. Hours are local hours of the day, 0 to 24."""

    kind: ContactKind
    value: str
    owner: ContactOwner = ContactOwner.SELF
    may_text: bool = False
    wording_version: str = ""
    safety: Safety = Safety.UNKNOWN
    safe_from_hour: int = 0
    safe_until_hour: int = 24
    no_voicemail: bool = False
    state: ContactState = ContactState.ACTIVE


_NAMES = frozenset(field.name for field in fields(_Given))
_PERMISSION = frozenset({"may_text", "wording_version"})


def contact_key(kind: ContactKind, value: str, organization_id: UUID) -> bytes:
    """What a contact point is looked up by in the whole network, since a text that comes in names only a number.

    Of an organization with a key of its own it comes from that, so that no number of theirs equals another's.
    """
    return apart_match_key(f"{'email' if kind == ContactKind.EMAIL else 'phone'}:{value.lower()}", organization_id)


def permission_words(language: str, *, label: str, number: str) -> str:
    """The words to read aloud, in English where we lack the language; `number` is the one that texts come from."""
    primary = language.partition("-")[0]
    words = TEXT_PERMISSION_WORDING[primary if primary in ("en", "es") else "en"]
    return words.format(label=label, number=number)


def add_contact(
    session: Session,
    actor: Actor,
    person_id: UUID,
    *,
    kind: ContactKind,
    value: str,
    owner: ContactOwner = ContactOwner.SELF,
    may_text: bool = False,
    wording_version: str = "",
    safety: Safety = Safety.UNKNOWN,
    safe_from_hour: int = 0,
    safe_until_hour: int = 24,
    no_voicemail: bool = False,
    at: datetime,
) -> ContactPoint:
    """Keep a way to reach the person. `may_text` says that they agreed to the words of `wording_version`.

    Raises NotFound, NotAllowed; Invalid with every fault at once; NotPossibleNow when the person has it already.
    """
    person = locked_person(session, actor, person_id)
    given = _Given(
        kind=kind,
        value=value,
        owner=owner,
        may_text=may_text,
        wording_version=wording_version if may_text else "",
        safety=safety,
        safe_from_hour=safe_from_hour,
        safe_until_hour=safe_until_hour,
        no_voicemail=no_voicemail,
    )
    point = _added(session, actor, person, given, at=at)
    file_person(session, person)
    return point


def give_contacts(
    session: Session, actor: Actor, person: Person, contacts: Iterable[tuple[ContactKind, str]], *, at: datetime
) -> None:
    """Keep how somebody can be reached who is added now and not filed yet. Raises Invalid, NotPossibleNow."""
    for kind, value in contacts:
        _added(session, actor, person, _Given(kind=kind, value=value), at=at)


def _added(session: Session, actor: Actor, person: Person, given: _Given, *, at: datetime) -> ContactPoint:
    given = _checked(given, None)
    point = _insert(session, person, given, at=at)
    known = {"value": given.value} | ({"wording_version": given.wording_version} if given.may_text else {})
    events.changed(session, actor, point, {name: [None, became] for name, became in known.items()}, at=at)
    events.record(session, actor, "contact.add", point, at=at, kind=given.kind.value, may_text=given.may_text)
    return point


def correct_contact(
    session: Session, actor: Actor, contact_id: UUID, changes: Mapping[str, object], *, at: datetime
) -> ContactPoint:
    """Mend a contact point; `changes` holds new values by the names of `add_contact`, or `state`.

    Another value or kind becomes a new row, the one returned, whose safety is unknown unless given; the old row is
    kept. Permission ends with a new value, kind or state, and is given again in a later call.
    Raises NotFound, NotAllowed, Invalid; NotPossibleNow when it is not current or the person has the new one already.
    """
    point, person = _current(session, actor, contact_id)
    before = _given_of(point)
    after = _corrected(before, changes)
    differences = _differences(before, after)
    if not differences:
        return point
    if differences.keys() & _PERMISSION:
        differences["permission_at"] = [_as_text(point.permission_at), at.isoformat()]
    events.changed(session, actor, point, differences, at=at)
    mended = _replaced(session, person, point, after, at=at)
    names = sorted(differences)
    events.record(session, actor, "contact.correct", mended, at=at, fields=names, corrects=str(point.id))
    return mended


def withdraw_text_permission(session: Session, actor: Actor, contact_id: UUID, *, at: datetime) -> ContactPoint:
    """The person wants no texts at this number any more; saying so twice changes nothing.

    Raises NotFound, NotAllowed; NotPossibleNow when it is not current.
    """
    return correct_contact(session, actor, contact_id, {"may_text": False}, at=at)


def remove_contact(session: Session, actor: Actor, contact_id: UUID, *, at: datetime) -> None:
    """The person cannot be reached this way any more; the row is kept. Raises NotFound, NotAllowed, NotPossibleNow."""
    point, person = _current(session, actor, contact_id)
    point.is_current = False
    session.add(point)
    file_person(session, person)
    events.changed(session, actor, point, {"value": [point.value, None]}, at=at)
    events.record(session, actor, "contact.remove", point, at=at)


def _current(session: Session, actor: Actor, contact_id: UUID) -> tuple[ContactPoint, Person]:
    """The contact point and its person, both held until the end."""
    point = session.get(ContactPoint, contact_id)
    if point is None:
        refuse_unknown()
    person = locked_person(session, actor, point.person_id)
    session.refresh(point, with_for_update=True)
    if not point.is_current:
        raise NotPossibleNow("This number was changed or removed. Look at the person again")
    return point, person


def _given_of(point: ContactPoint) -> _Given:
    return _Given(**{name: getattr(point, name) for name in _NAMES})


def _corrected(before: _Given, changes: Mapping[str, object]) -> _Given:
    if unknown := sorted(changes.keys() - _NAMES):
        raise Invalid.all([Invalid("This cannot be corrected", name) for name in unknown])
    wanted: dict[str, Any] = dict(changes)
    after = _checked(replace(before, **wanted), before)
    is_other = (after.kind, after.value) != (before.kind, before.value)
    if is_other and wanted.get("may_text"):
        raise Invalid("Texts: a new number needs its own permission. Save the number, then ask", "may_text")
    if is_other:
        after = replace(after, safety=wanted.get("safety", Safety.UNKNOWN), state=ContactState.ACTIVE)
    if is_other or after.state != before.state or not after.may_text:
        after = replace(after, may_text=False, wording_version="")
    return after


def _checked(given: _Given, before: _Given | None) -> _Given:
    """What was given, its value in the form that is kept. A permission already on file is not asked about again."""
    faults: list[Invalid] = []
    parse = parse_email if given.kind == ContactKind.EMAIL else parse_phone
    value = parsed_or_fault(faults, lambda: parse(given.value, "value"), given.value)
    if not 0 <= given.safe_from_hour < given.safe_until_hour <= 24:
        faults.append(Invalid("Safe hours: the first hour must come before the last", "safe_from_hour"))
    if given.may_text and (before is None or _permission(given) != _permission(before)):
        faults += _permission_faults(given)
    if faults:
        raise Invalid.all(faults)
    return replace(given, value=value)


def _permission(given: _Given) -> tuple[bool, str]:
    return given.may_text, given.wording_version


def _permission_faults(given: _Given) -> Iterator[Invalid]:
    if given.kind != ContactKind.SMS:
        yield Invalid("Texts: only a mobile number can get texts", "may_text")
    if given.wording_version != TEXT_PERMISSION_WORDING["version"]:
        yield Invalid("Texts: read the words of today aloud, then save again", "wording_version")


def _differences(before: _Given, after: _Given) -> dict[str, list[Any]]:
    old, new = asdict(before), asdict(after)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def _as_text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _replaced(session: Session, person: Person, point: ContactPoint, after: _Given, *, at: datetime) -> ContactPoint:
    """The row that holds `after`: the same one, or a new one for another value or kind."""
    if (after.kind, after.value) != (point.kind, point.value):
        point.is_current = False
        session.add(point)
        session.flush()
        mended = _insert(session, person, after, at=at)
        file_person(session, person)
        return mended
    if (after.may_text, after.wording_version) != (point.may_text, point.wording_version):
        point.permission_at = at
    for name in _NAMES - {"value"}:
        setattr(point, name, getattr(after, name))
    session.add(point)
    file_person(session, person)
    return point


def _insert(session: Session, person: Person, given: _Given, *, at: datetime) -> ContactPoint:
    """A new row. One number twice could be permitted in one row and withdrawn in the other, so that is refused."""
    key = contact_key(given.kind, given.value, person.organization_id)
    if any(point.value_key == key for point in contact_points(session, person)):
        raise NotPossibleNow("This person already has this number or address", "value")
    point = ContactPoint(
        organization_id=person.organization_id,
        person_id=person.id,
        value_key=key,
        permission_at=at if given.may_text else None,
        created_at=at,
    )
    for name in _NAMES:
        setattr(point, name, getattr(given, name))
    session.add(point)
    return point
