"""Who may sign a form for which kinds of data, at the age of the person: the law answers, not the one who writes."""

from collections.abc import Iterator
from datetime import date

from cie import calendar
from cie.consent.asking import subject_of
from cie.consent.law import ConsentRecord, FormType, Subject
from cie.consent.law.signers import ADULT_YEARS, FOR_ADULTS, FOR_MINORS, is_adult, may_sign
from cie.consent.models import Capacity, Consent, Decision, SignerKind
from cie.directory.models import Category
from cie.errors import Invalid
from cie.people import Person
from cie.people.birth import is_under


def faults_of_signer(person: Person, consent: Consent, form: FormType, today: date) -> Iterator[Invalid]:
    """Why this signature does not count: by what right, at which age, for which kinds."""
    represents = consent.signer == SignerKind.LEGAL_REPRESENTATIVE
    if represents and consent.capacity is None:
        yield Invalid("By what right they sign: choose one", "capacity")
    elif consent.decision == Decision.SHARE and consent.signer is not None:
        subject, record = subject_of(person, asked_for_it=False), _signed(consent, form)
        fault = _age_fault(record, subject, today)
        yield from [fault] if fault else _faults_of_kinds(record, subject, today)


def possible_signers(person: Person, day: date) -> list[SignerKind]:
    """Who can have signed for somebody of this age; for what is asked when it is known."""
    subject = subject_of(person, asked_for_it=False)
    is_minor = is_under(subject.birth, ADULT_YEARS, day)
    if is_adult(subject, day):
        return [SignerKind.PERSON, SignerKind.LEGAL_REPRESENTATIVE]
    if is_minor:
        return [SignerKind.MINOR, SignerKind.PARENT_OR_GUARDIAN, SignerKind.LEGAL_REPRESENTATIVE]
    return list(SignerKind)


def possible_capacities(person: Person, day: date) -> list[Capacity]:
    """By what right somebody can sign for a person of this age."""
    if is_adult(subject_of(person, asked_for_it=False), day):
        return [capacity for capacity in Capacity if capacity in FOR_ADULTS]
    return [capacity for capacity in Capacity if capacity in FOR_MINORS]


def _signed(consent: Consent, form: FormType) -> ConsentRecord:
    return ConsentRecord(
        id=consent.id,
        form=form,
        decision=Decision.SHARE,
        categories=frozenset(Category(code) for code in consent.categories),
        given_on=calendar.local_day(consent.given_at),
        method=consent.method,
        signer=consent.signer,
        capacity=Capacity(consent.capacity) if consent.capacity else None,
        custody_limits=frozenset(Category(code) for code in consent.custody_limits),
    )


def _age_fault(record: ConsentRecord, subject: Subject, today: date) -> Invalid | None:
    """Why this signer cannot be at all. A parent's signature for an adult counts for nothing, whenever it was given."""
    if record.signer == SignerKind.PERSON and not is_adult(subject, record.given_on):
        if is_under(subject.birth, ADULT_YEARS, record.given_on) is None:
            return Invalid("Who signed: write down the birth date first. It decides who may sign", "signer")
        return Invalid("Who signed: this person was under 18. Choose who may sign", "signer")
    grown = {SignerKind.MINOR: record.given_on, SignerKind.PARENT_OR_GUARDIAN: today}
    if record.signer in grown and is_adult(subject, grown[record.signer]):
        return Invalid("Who signed: this person is an adult. They sign, or who represents them by law", "signer")
    return None


def _faults_of_kinds(record: ConsentRecord, subject: Subject, today: date) -> Iterator[Invalid]:
    for kind in Category:
        if kind in record.categories and not _may_sign_for(kind, record, subject, today):
            yield Invalid(
                "Who signed: at this person's age they may not sign for “%(kind)s”", "signer", kind=kind.value
            )


def _may_sign_for(kind: Category, record: ConsentRecord, subject: Subject, today: date) -> bool:
    """Whoever may sign for a kind of care on this form may let it know the name, too."""
    beside = record.categories if kind == Category.GENERAL else {kind}
    return any(may_sign(record, subject, frozenset({kind, other}), today) for other in beside)
