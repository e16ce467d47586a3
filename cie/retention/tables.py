"""What erasing does to each table: which rows go, which lose their words, which stay and why.

Every table of the exchange is named here; a test refuses one that is not. Rows are those of one organization about one
person. A cleared row loses all that is sealed, and of what stands in clear what is set here; its ids, codes and
instants stay, since others point to them or the law wants them kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, exists, select

from cie.db import metadata
from cie.exports import lines_about


class Act(StrEnum):
    """What happens to the rows of a table."""

    DELETE = "delete"
    CLEAR = "clear"
    KEEP = "keep"


Rows = Callable[[Table, UUID, UUID], ColumnElement[bool]]
"""Which rows of a table an organization keeps about a person."""


def about(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """The organization's own rows that name the person."""
    return (table.c.organization_id == organization_id) & (table.c.person_id == person_id)


def itself(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """The person's own row."""
    return (table.c.organization_id == organization_id) & (table.c.id == person_id)


def of(parent: str, column: str) -> Rows:
    """The organization's own rows whose `column` points to one of its rows of `parent` that names the person."""

    def rows(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
        above = metadata.tables[parent]
        mine = select(above.c.id).where(about(above, organization_id, person_id))
        return (table.c.organization_id == organization_id) & table.c[column].in_(mine)

    return rows


def in_their_loops(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """The organization's own rows about the person's referrals, whoever sent these: found by referral, by an index."""
    loops, persons = metadata.tables["referral"].c, metadata.tables["person"].c
    owner = select(persons.organization_id).where(persons.id == person_id).scalar_subquery()
    theirs = select(loops.id).where(loops.organization_id == owner, loops.person_id == person_id)
    return (table.c.organization_id == organization_id) & table.c.referral_id.in_(theirs)


def alone_in(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """The choices of persons of an incident that chose this person alone."""
    chosen = metadata.tables["affected_person"]
    mine = select(chosen.c.group_id).where(about(chosen, organization_id, person_id))
    return (table.c.organization_id == organization_id) & (table.c["count"] == 1) & table.c.id.in_(mine)


def of_their_cases(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """What was written in the history of what the person asked, and why they alone are not affected by an incident."""
    groups = metadata.tables["affected_group"]
    alone = exists().where(
        alone_in(groups, organization_id, person_id),
        groups.c.incident_id == table.c.case_id,
        groups.c.taken_back_at == table.c.at,
    )
    return of("person_request", "case_id")(table, organization_id, person_id) | (
        (table.c.organization_id == organization_id) & alone
    )


def in_every_copy(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """What is kept of the person for reading over FHIR: by the organization, and by all others when it serves them."""
    persons = metadata.tables["person"].c
    is_own = exists().where(persons.id == person_id, persons.organization_id == organization_id)
    return (table.c.person_id == person_id) & ((table.c.organization_id == organization_id) | is_own)


def of_every_copy(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """What belongs to such a resource: how it was before, and by what it is found."""
    resources = metadata.tables["fhir_resource"]
    return table.c.stored_id.in_(select(resources.c.id).where(in_every_copy(resources, organization_id, person_id)))


@dataclass(frozen=True)
class Rule:
    """What happens to the rows of one table, and why. `sets`: what columns in clear become.

    `is_copy`: its rows only repeat those of other tables, so that none of them is something of one's own.
    """

    act: Act
    why: str
    rows: Rows = about
    sets: Mapping[str, Any] = field(default_factory=dict)
    is_copy: bool = False


def _gone(why: str, rows: Rows = about) -> Rule:
    return Rule(Act.DELETE, why, rows)


def _kept(why: str) -> Rule:
    return Rule(Act.KEEP, why)


_NOBODY_SERVED = "holds nothing of the persons who are served"
RULES: Mapping[str, Rule] = {
    "person": Rule(
        Act.CLEAR,
        "the id, to which others point",
        itself,
        {
            "no_fixed_address": False,
            "zip": "",
            "county_fips": "",
            "language": "en",
            "interpreter": False,
            "household_size": None,
            "texts_paused_at": None,
        },
    ),
    "contact_point": _gone("how to reach the person"),
    "person_identifier": _gone("numbers of other systems"),
    "blocking_key": _gone("the keys by which the person was found"),
    "person_link": _gone("the link to the own page, which ends, and its PIN"),
    "person_proxy": _gone("who may look in the person's place, and their links, which end"),
    "one_time_code": _gone("codes for the own page", of("person_link", "link_id")),
    "danger_alert": _gone("what was done about danger"),
    "change": Rule(Act.CLEAR, "that a record was corrected, when and by whom: Civ. Code 56.101(b)"),
    "screening": _gone("screenings"),
    "screening_answer": _gone("answers", of("screening", "screening_id")),
    "need": _gone("needs"),
    "patient_task": _gone("what was asked of them, and their answers"),
    "patient_task_move": _gone("how far they came with it", of("patient_task", "task_id")),
    "patient_task_document": _gone("files that they were to read or to fill in"),
    "text_message": _gone("texts, with the keys of their phones"),
    "text_question": _gone("questions by text, with the keys of their phones"),
    "outbox": Rule(
        Act.CLEAR,
        "that something was sent, and when; what waits is dropped",
        sets={"order_key": "erased", "reference": ""},
    ),
    "consent": Rule(Act.CLEAR, "what was allowed, to whom, from when to when: 45 CFR 164.508(b)(6)"),
    "external_statement": _gone("what another system told of their wish, with its id there"),
    "signature": Rule(Act.CLEAR, "that something was signed here, when and how, by marks that tell nothing"),
    "signing_request": Rule(Act.CLEAR, "that they were asked to sign, and what became of it, in codes"),
    "consent_document": Rule(Act.CLEAR, "that a paper was handed in, by its mark"),
    "consent_query": _kept("that somebody asked about a permission, and which was told, in ids: 45 CFR 164.528"),
    "consent_decision": Rule(Act.CLEAR, "that a decision was made, and by which rules"),
    "release": _kept("who could read what kind of fact, when and why: 45 CFR 164.528, 42 CFR 2.24; it has ended"),
    "release_element": Rule(Act.CLEAR, "which facts could be read, without the facts", of("release", "release_id")),
    "referral": Rule(Act.CLEAR, "that somebody was referred, which others answered", sets={"need_id": None}),
    "referral_task": _kept("what the other organization was asked, in codes: its record, too"),
    "open_offer": _kept("which organizations could have taken a request, in codes"),
    "withheld_answer": _kept("how we answered another organization, in codes, where it may not know"),
    "task_history": Rule(Act.CLEAR, "every answer, in codes", of("referral", "referral_id")),
    "person_word": _kept("whether help came, in codes: it is counted"),
    "entry": _gone("messages and notes of the organization", in_their_loops),
    "contact_attempt": _gone("tries to reach the person", in_their_loops),
    "attachment": _gone("files", in_their_loops),
    "referral_result": _gone("what came of it: enrollments, findings, what was done", in_their_loops),
    "worklist_item": _gone("lines of worklists", of("referral", "referral_id")),
    "referral_activity": _kept("that something changed about a referral, in codes"),
    "referral_fact": _kept("what is counted of a referral, without a name"),
    "person_request": Rule(Act.CLEAR, "that the person asked something, when, and yes or no"),
    "privacy_case_entry": Rule(Act.CLEAR, "what was done, in codes", of_their_cases),
    "affected_group": Rule(Act.CLEAR, "how somebody came onto the list of an incident", alone_in),
    "affected_person": _kept("who had to be told of an incident: Civ. Code 1798.82"),
    "incident": _kept("a case of the organization, with a time of its own"),
    "legal_demand_person": _kept("whom a demand was about, in ids: it is accounted for"),
    "emergency_access": _kept("what 42 CFR 2.51(c) wants written down of an emergency, in the words of the other side"),
    "emergency_review": Rule(Act.CLEAR, "what came of looking at an emergency, in codes"),
    "legal_demand": _kept("a case of the organization, with a time of its own"),
    "accounting_suspension": _kept("what an agency said of such a case: 45 CFR 164.528(a)(2), 164.530(j)"),
    "legal_hold": Rule(Act.CLEAR, "that there was a hold, from when to when"),
    "tombstone": _kept("that the record was erased"),
    "audit_entry": _kept("who did what, in ids and codes: Civ. Code 56.101(b)"),
    "audit_person": _kept("who saw whom, in ids: Civ. Code 56.101(b)"),
    "audit_head": _kept("the newest link of the chains"),
    "phone_stop": _kept("that a phone wants no texts, by a key: it must not be forgotten"),
    "idempotency_key": _kept("ids alone, for a day"),
    "throttle": _kept("keys and counts alone, for a day"),
    "kept_form": _kept("what staff typed before they were signed out, sealed, for a day"),
    "data_key": _kept(_NOBODY_SERVED),
    "organization_key": _kept("is the key of an organization, for all whom it serves"),
    "participant": _kept(_NOBODY_SERVED),
    "agreement": _kept(_NOBODY_SERVED),
    "user_account": _kept(_NOBODY_SERVED),
    "user_session": _kept(_NOBODY_SERVED),
    "recovery_code": _kept(_NOBODY_SERVED),
    "invitation": _kept(_NOBODY_SERVED),
    "oauth_client": _kept(_NOBODY_SERVED),
    "webhook": _kept(_NOBODY_SERVED),
    "export": _kept(_NOBODY_SERVED),
    "export_kind": _kept(_NOBODY_SERVED),
    "export_file": _kept(_NOBODY_SERVED),
    "export_line": Rule(
        Act.CLEAR, "that a program asked for it, and how long the line was, for a day", lines_about
    ),
    "fhir_audience": _kept(_NOBODY_SERVED),
    "fhir_resource": Rule(
        Act.CLEAR, "that programs could read something of them, by ids", in_every_copy,
        {"release_id": None}, is_copy=True,
    ),
    "fhir_earlier": Rule(Act.DELETE, "what programs read of them before", of_every_copy, is_copy=True),
    "fhir_index": Rule(Act.DELETE, "by what programs found them", of_every_copy, is_copy=True),
    "mail_address": _kept(_NOBODY_SERVED),
    "fhir_subscription": _kept(_NOBODY_SERVED),
    "refused_message": _kept("cannot be tied to a person, since it was not taken; goes by itself after some days"),
    "fhir_subscription_event": _kept("that a program was to hear of a record, in ids"),
    "oauth_scope_use": _kept(_NOBODY_SERVED),
    "oauth_client_use": _kept(_NOBODY_SERVED),
    "oauth_used_assertion": _kept("keys alone, until they expire"),
    "oauth_grant": _kept(_NOBODY_SERVED),
    "oauth_access_token": _kept(_NOBODY_SERVED),
    "identity_provider": _kept(_NOBODY_SERVED),
    "identity_provider_domain": _kept(_NOBODY_SERVED),
    "external_account": _kept(_NOBODY_SERVED),
    "external_session": _kept(_NOBODY_SERVED),
    "network_policy": _kept(_NOBODY_SERVED),
    "official_form": _kept(_NOBODY_SERVED),
    "own_form": _kept(_NOBODY_SERVED),
    "questionnaire": _kept(_NOBODY_SERVED),
    "code_list": _kept(_NOBODY_SERVED),
    **{
        name: _kept("is the directory, which everybody reads")
        for name in (
            "organization", "service", "service_need", "location", "address", "service_at_location", "phone",
            "schedule", "service_area", "language", "required_document", "service_word",
        )
    },
}  # fmt: skip
