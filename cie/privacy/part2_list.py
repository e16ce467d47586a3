"""The list of 42 CFR 2.24: who received a person's treatment records under a consent that names a class, not a place.

An intermediary owes it to a person who said so in general terms: each entity, the day, a brief description. What went
to a place that the consent names, and what a law let go without one, stands in the accounting.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import calendar, consent, people
from cie.access import Actor, Permission, check
from cie.consent import Consent, ToldFact
from cie.directory import Category
from cie.privacy import deadlines
from cie.privacy.accounting import Accounting, Disclosed, described, note_list, releases_in, widest_span


def part2_list(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> tuple[Accounting, list[Disclosed]]:
    """Who got it in the years that the rule looks back, newest first; that the list was made is kept.

    Raises NotAllowed; NotFound, also to those who may not know of the person.
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    person = people.person_or_erased(session, actor, person_id)
    today = calendar.local_day(at)
    span = widest_span(today, today, deadlines.PART2_LIST_SPAN)
    releases = releases_in(session, person, span)
    given = {str(c.id): c for c in consent.consents_of(session, person.organization_id, person.id)}
    told = _told(consent.part2_facts(session, releases), given)
    rows = [row for row in releases if told[row.id]]
    note_list(session, actor, person, len(rows), at=at)
    return Accounting(person, span, rows), described(session, person, rows, told)


def _told(facts: Mapping[UUID, Sequence[ToldFact]], given: Mapping[str, Consent]) -> dict[UUID, list[str]]:
    """The codes of the facts that rested on a general consent, by release."""
    general = {id_ for id_, record in given.items() if is_general(record)}
    return {id_: [fact.code for fact in each if fact.consent_ids & general] for id_, each in facts.items()}


def is_general(record: Consent) -> bool:
    """It is for treatment records, and names a class or the network as intermediary: 42 CFR 2.31(a)(4)(ii)(B), (C)."""
    return Category.SUD_PART2.value in record.categories and (record.names_anyone or record.names_network)
