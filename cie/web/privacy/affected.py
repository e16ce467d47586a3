"""Who may be affected by an incident: the list, how it grows, taking people off it, and the list as a file."""

import re
from typing import Any
from uuid import UUID

from flask import Response as FileResponse
from flask import g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import identity, people, privacy, referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound
from cie.http import paginate, requires
from cie.privacy import Incident
from cie.referrals import Side
from cie.web.day_boxes import with_days
from cie.web.forms import FormSchema, again
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.people import FindSchema
from cie.web.person_words import PersonRow, row_of
from cie.web.privacy.affected_list import as_file, groups_in_words, listed_people
from cie.web.privacy.blueprint import DONE, NoteSchema, blueprint, days_of
from cie.web.privacy.incidents import found_words
from cie.web.proof import proven

ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
CHOOSE_READER: Any = {
    "required": "Who read them: choose a colleague",
    "invalid_uuid": "Who read them: choose a colleague",
}
CHOOSE_PERSON: Any = {"required": "Person: choose one", "invalid_uuid": "Person: choose one"}


class PersonSchema(FormSchema):
    """One person."""

    person_id = fields.UUID(required=True, error_messages=CHOOSE_PERSON)


class ReferralSchema(FormSchema):
    """The address of a referral's page."""

    referral = fields.Str(load_default="")


class ReaderSchema(FormSchema):
    """A colleague; the days come in boxes."""

    reader_id = fields.UUID(required=True, error_messages=CHOOSE_READER)


ReadSchema = with_days(ReaderSchema, "first_on", "last_on")


def list_page(incident_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The list of those who may be affected, and how it came about."""
    with reading() as session:
        incident = privacy.get_case(session, g.actor, Incident, incident_id)
        page = paginate(
            session, privacy.affected_query(incident), number=wanted_page(),
            total=privacy.count_listed(session, incident),
        )  # fmt: skip
        rows = listed_people(session, incident, page.items)
        groups = privacy.groups_of(session, incident)
        said = groups_in_words(session, incident, groups)
        words = [{"group": group, "words": each} for group, each in zip(groups, said, strict=True)]
    return render_template(
        "privacy/affected.html", case=incident, rows=rows, groups=words, count=page.total, found=found_words(incident),
        pages=pages_of(page, "privacy.affected", incident_id=incident_id), errors=errors,
        notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("/incidents/<uuid:incident_id>/affected")
@requires(Permission.PRIVACY_CASE_MANAGE)
def affected(incident_id: UUID) -> str:
    """The list."""
    return list_page(incident_id)


def choosing_page(
    incident_id: UUID, errors: Any = (), notice: Any = None, found: list[PersonRow] | None = None, ids: Any = ()
) -> str:
    """The three ways in which people come onto the list."""
    with reading() as session:
        incident = privacy.get_case(session, g.actor, Incident, incident_id)
        staff = [(str(user.id), user.name) for user in identity.staff_of(session, g.actor)]
    rows = None if found is None else list(zip(ids, found, strict=True))
    return render_template(
        "privacy/choosing.html", case=incident, staff=staff, found=rows, context=found_words(incident),
        errors=errors, notice=notice,
    )  # fmt: skip


@blueprint.get("/incidents/<uuid:incident_id>/affected/new")
@requires(Permission.PRIVACY_CASE_MANAGE)
def choosing(incident_id: UUID) -> str:
    """Put people on the list."""
    return choosing_page(incident_id)


@blueprint.post("/incidents/<uuid:incident_id>/affected/new")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(choosing_page)
def find_affected(incident_id: UUID) -> str:
    """Who matches what was typed; names never travel in addresses."""
    name = FindSchema().read()["name"]
    with reading() as session:
        found = people.find_people(session, g.actor, name)
    return choosing_page(incident_id, found=[row_of(person) for person in found], ids=[person.id for person in found])


@blueprint.post("/incidents/<uuid:incident_id>/affected/person")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(choosing_page)
def add_affected_person(incident_id: UUID) -> Response:
    """One person more."""
    person_id = PersonSchema().read()["person_id"]
    with transaction() as session:
        privacy.add_person(session, g.actor, incident_id, person_id, at=g.now)
    return _listed(incident_id)


@blueprint.post("/incidents/<uuid:incident_id>/affected/referral")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(choosing_page)
def add_affected_by_referral(incident_id: UUID) -> Response:
    """Whom a referral is about."""
    typed = ID.search(ReferralSchema().read()["referral"])
    with transaction() as session:
        referral_id, person_id = _looked_up(session, typed.group() if typed else "")
        privacy.add_referral(session, g.actor, incident_id, referral_id, [person_id], at=g.now)
    return _listed(incident_id)


def _looked_up(session: Session, referral: str) -> tuple[UUID, UUID]:
    """A referral that the organization sent or was asked to answer, and whom it is about. Raises Invalid."""
    try:
        referral_id = UUID(referral)
        if referrals.side_of(session, g.actor, referral_id) is Side.REQUESTER:
            return referral_id, referrals.get_referral(session, g.actor, referral_id).person_id
        return referral_id, referrals.tasks_asked_of(session, g.actor, referral_id)[0].person_id
    except (ValueError, NotFound) as error:
        raise Invalid("Referral: copy the address of its page here", "referral") from error


@blueprint.post("/incidents/<uuid:incident_id>/affected/reader")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(choosing_page)
def add_affected_by_reader(incident_id: UUID) -> Response:
    """Everybody whom a colleague read between two days."""
    form = ReadSchema().read()
    days: dict[str, Any] = days_of(form, {"first_on": "First day", "last_on": "Last day"}, {})
    with transaction() as session:
        privacy.add_all_read_by(session, g.actor, incident_id, form["reader_id"], **days, at=g.now)
    return _listed(incident_id)


def _listed(incident_id: UUID) -> Response:
    return redirect(url_for("privacy.affected", incident_id=incident_id, done="listed"), 303)


@blueprint.post("/incidents/<uuid:incident_id>/affected.csv")
@requires(Permission.PRIVACY_CASE_MANAGE)
@proven
def download_affected(incident_id: UUID) -> FileResponse:
    """The list as a file; that it was taken out is written down first, whom it showed when it is made."""
    with transaction() as session:
        privacy.note_download(session, g.actor, incident_id, at=g.now)
    with reading() as session:
        content = as_file(session, privacy.get_case(session, g.actor, Incident, incident_id))
    headers = {"Content-Disposition": f'attachment; filename="affected-{incident_id}.csv"'}
    return FileResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def taking_back_page(group_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """Why these people are not affected after all."""
    with reading() as session:
        group = privacy.get_group(session, g.actor, group_id)
        incident = privacy.get_case(session, g.actor, Incident, group.incident_id)
        (words,) = groups_in_words(session, incident, [group])
    return render_template(
        "privacy/taking_back.html", case=incident, group=group, words=words, errors=errors, notice=notice
    )


@blueprint.get("/affected/<uuid:group_id>/taking-back")
@requires(Permission.PRIVACY_CASE_MANAGE)
def taking_back(group_id: UUID) -> str:
    """Take them off the list: why?"""
    return taking_back_page(group_id)


@blueprint.post("/affected/<uuid:group_id>/taking-back")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(taking_back_page)
def take_back(group_id: UUID) -> Response:
    """They are off the list."""
    words = NoteSchema().read()["words"]
    with transaction() as session:
        incident = privacy.take_back(session, g.actor, group_id, reason=words, at=g.now)
    return redirect(url_for("privacy.affected", incident_id=incident.id, done="taken-back"), 303)
