"""The decision table: cases written by hand in `seed_data/consent/cases/`, one file a topic, read into questions.

A case says who tells whom what, why, with what on record, and what is expected. What it leaves out has its default.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from cie.access import Purpose
from cie.consent import data_sets
from cie.consent.law import ConsentRecord, Elsewhere, FormType, Item, Network, Party, Question, Stated, Subject, forms
from cie.consent.models import Capacity, DataSet, Decision, Expiry, Method, NetworkRole, Reach, SignerKind
from cie.directory import Category
from cie.participants import HipaaRole, ParticipantKind, Program
from cie.people.birth import BirthDate, Precision
from cie.resources import resource

FOLDER = resource("seed_data", "consent", "cases")
TODAY = date(2026, 11, 25)
SPACE = UUID("6f1d6e0e-0000-4000-8000-000000000000")
COVERED = {ParticipantKind.CLINIC, ParticipantKind.HOSPITAL, ParticipantKind.HEALTH_PLAN}
REACHES = {"anyone": Reach.ANYONE, "treating-providers": Reach.TREATING_PROVIDERS, "care-partners": Reach.CARE_PARTNERS}


@dataclass(frozen=True)
class DecisionCase:
    """One line of the table."""

    name: str
    topic: str
    cites: str
    question: Question
    permitted: bool
    rule: str
    conflict: tuple[str, ...]
    missing: frozenset[str] | None
    obligations: frozenset[str] | None


def decision_cases() -> list[DecisionCase]:
    """All cases of all files. Raises ValueError naming the case that cannot be read."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text("utf-8"))["case"]:
            try:
                found.append(_case(path.stem, dict(entry)))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path.name}: {entry.get('name')}: {error!r}") from error
    return found


def _case(topic: str, entry: dict[str, Any]) -> DecisionCase:
    question = _question(entry)
    missing, obligations = entry.pop("missing", None), entry.pop("obligations", None)
    case = DecisionCase(
        name=entry.pop("name"),
        topic=topic,
        cites=entry.pop("cites"),
        question=question,
        permitted={"permit": True, "deny": False}[entry.pop("expect")],
        rule=entry.pop("rule"),
        conflict=tuple(entry.pop("conflict", ())),
        missing=None if missing is None else frozenset(missing),
        obligations=None if obligations is None else frozenset(obligations),
    )
    _nothing_left(entry)
    return case


def _question(entry: dict[str, Any]) -> Question:
    settings = dict(entry.pop("network", {}))
    today = date.fromisoformat(settings.pop("day")) if "day" in settings else TODAY
    discloser, recipient = (_party(side, entry.pop(side)) for side in ("from", "to"))
    is_reversed = entry.pop("owner", "from") == "to"
    other = discloser if is_reversed else recipient
    purpose = Purpose(entry.pop("why", "COC"))
    records = [_record(number, dict(r), other, today) for number, r in enumerate(entry.pop("records", []))]
    return Question(
        today=today,
        purpose=purpose,
        discloser=discloser,
        recipient=recipient,
        owner_id=recipient.id if is_reversed else discloser.id,
        person=_person(dict(entry.pop("person", {})), today),
        items=[_item(entry.pop("what", "general"), purpose)],
        records=sorted(records, key=lambda record: record.given_on, reverse=True),
        elsewhere=[_elsewhere(dict(no), other) for no in entry.pop("elsewhere", [])],
        emergency=settings.pop("emergency", False),
        danger=settings.pop("danger", False),
        network=Network(**{**settings, "role": NetworkRole(settings.get("role", "none"))}),
    )


def _party(side: str, given: str | Mapping[str, Any]) -> Party:
    fields = {"kind": given} if isinstance(given, str) else dict(given)
    kind = ParticipantKind(fields.pop("kind"))
    hipaa = fields.pop("hipaa", "covered-entity" if kind in COVERED else "neither")
    party = Party(
        id=uuid5(SPACE, side),
        kind=kind,
        hipaa=HipaaRole(hipaa),
        is_part2_program=fields.pop("part2_program", False),
        treats=fields.pop("treats", kind in (ParticipantKind.CLINIC, ParticipantKind.HOSPITAL)),
        state=fields.pop("state", "CA"),
        programs=frozenset(Program(p) for p in fields.pop("programs", ())),
        on_ab210_team=fields.pop("ab210_team", False),
        has_agreement=fields.pop("agreement", True),
    )
    _nothing_left(fields)
    return party


def _item(given: str | Mapping[str, Any], purpose: Purpose) -> Item:
    """One fact; with the name of a `set` it is needed when that minimum data set holds it for the purpose."""
    fields = {"category": given} if isinstance(given, str) else dict(given)
    program, code = fields.pop("program", None), fields.pop("fact", "fact")
    if "set" in fields:
        fields["needed"] = data_sets()[DataSet(fields.pop("set"))].holds(code, purpose)
    item = Item(
        code,
        Category(fields.pop("category", "general")),
        Category(fields.pop("about", "general")),
        Program(program) if program else None,
        is_needed=fields.pop("needed", True),
    )
    _nothing_left(fields)
    return item


def _person(fields: dict[str, Any], today: date) -> Subject:
    subject = Subject(
        birth=_birth(fields.pop("age", "40y"), today),
        in_medi_cal=fields.pop("medi_cal", False),
        lives_apart=fields.pop("lives_apart", False),
        is_emancipated=fields.pop("emancipated", False),
        is_foster_youth=fields.pop("foster", False),
        asked_for_it=fields.pop("at_request", False),
    )
    _nothing_left(fields)
    return subject


def _birth(age: str, today: date) -> BirthDate:
    """ "17y364d" is one day before the 18th birthday."""
    if age == "unknown":
        return BirthDate.unknown()
    years, _y, days = age.removesuffix("d").partition("y")
    birthday = today.replace(year=today.year - int(years) - (days == "364"))
    born = birthday + timedelta(days=1) if days == "364" else birthday - timedelta(days=int(days or 0))
    return BirthDate(born.year, born.month, born.day, Precision.EXACT)


def _record(number: int, fields: dict[str, Any], other: Party, today: date) -> ConsentRecord:
    form = _form(fields.pop("form", "cie-sharing"))
    reach, recipients = _recipients(fields.pop("to", "anyone"), other)
    expiry, expires_on = _expiry(fields.pop("expires", None if form.id == "cie-sharing" else 300), today)
    method = fields.pop("method", "in-person" if form.id == "cie-sharing" else "signed-paper")
    is_no = fields.pop("no", False)
    revoked_by, capacity = fields.pop("revoked_by", None), fields.pop("capacity", None)
    record = ConsentRecord(
        id=uuid5(SPACE, str(number)),
        form=form,
        decision=Decision.DO_NOT_SHARE if is_no else Decision.SHARE,
        categories=frozenset(Category(c) for c in fields.pop("yes", ())),
        given_on=today - timedelta(days=fields.pop("days_ago", 10)),
        method=Method(method),
        signer=SignerKind(fields.pop("signer", "person")),
        capacity=Capacity(capacity) if capacity else None,
        custody_limits=frozenset(Category(c) for c in fields.pop("custody_limits", ())),
        programs=frozenset(Program(p) for p in fields.pop("programs", ())),
        reach=reach,
        recipient_ids=recipients,
        purposes=frozenset(Purpose(p) for p in fields.pop("purposes", form.purposes)),
        expiry=expiry,
        expires_on=expires_on,
        is_revoked=fields.pop("revoked", revoked_by is not None),
        revoked_by=SignerKind(revoked_by) if revoked_by else None,
        is_replaced=fields.pop("replaced", False),
        stated=form.states - {Stated(s) for s in fields.pop("without", ())},
        names_network=fields.pop("names_network", True),
    )
    _nothing_left(fields)
    return record


def _form(given: str | Mapping[str, Any]) -> FormType:
    """A form that comes with the program, by id; or one of a network, that is signed on paper and states everything."""
    if isinstance(given, str):
        return forms()[given]
    fields = dict(given)
    form = FormType(
        id="own-form",
        title="A form of the network",
        citation="Board of the network",
        satisfies=frozenset(fields.pop("satisfies")),
        methods=frozenset({Method.SIGNED_PAPER}),
        purposes=frozenset(Purpose(p) for p in fields.pop("purposes", ["COC"])),
        states=frozenset(Stated),
        longest_days=fields.pop("longest_days", None),
        one_recipient=fields.pop("one_recipient", False),
        version=1,
    )
    _nothing_left(fields)
    return form


def _recipients(to: str, other: Party) -> tuple[Reach, frozenset[UUID]]:
    if to in REACHES:
        return REACHES[to], frozenset()
    elsewhere = uuid5(SPACE, "elsewhere")
    return Reach.NAMED, frozenset({"named": {other.id}, "two": {other.id, elsewhere}, "other": {elsewhere}}[to])


def _elsewhere(fields: dict[str, Any], other: Party) -> Elsewhere:
    _reach, recipients = _recipients(fields.pop("to", "anyone"), other)
    no = Elsewhere(frozenset(Category(c) for c in fields.pop("about", ())), recipients)
    _nothing_left(fields)
    return no


def _expiry(expires: int | str | None, today: date) -> tuple[Expiry | None, date | None]:
    if isinstance(expires, int):
        return Expiry.DAY, today + timedelta(days=expires)
    return (Expiry(expires) if expires else None), None


def _nothing_left(fields: Mapping[str, Any]) -> None:
    if fields:
        raise ValueError(f"unknown keys: {sorted(fields)}")
