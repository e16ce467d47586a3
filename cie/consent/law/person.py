"""The person's own word: a no is honored, also where a statute would let data go; and what ended does not come back."""

from collections.abc import Iterator

from cie.consent.law.question import Elsewhere, Item
from cie.consent.law.record import ConsentRecord, unanswered
from cie.consent.law.rule import Case, Denial, Step, is_meant
from cie.consent.models import SignerKind


def _said_no(case: Case) -> bool:
    """A no in force about the other side that no later yes answers."""
    noes = [r for r in case.speaking if not r.is_yes and _is_of(case.item, r) and _counts(case, r)]
    return bool(noes) and unanswered(noes, [r for r in case.speaking if r in noes or _counts(case, r)])


def _is_of(item: Item, no: ConsentRecord) -> bool:
    return not no.categories or bool(no.categories & item.kinds)


def _counts(case: Case, record: ConsentRecord) -> bool:
    """Whether the word of this signer counts: a yes, and a parent's no, of one who may sign; anybody else's no."""
    asks_the_signer = record.is_yes or record.signer == SignerKind.PARENT_OR_GUARDIAN
    return case.is_signed(record) or not asks_the_signer


def _was_allowed_once(case: Case) -> bool:
    """Nothing in force covers it, and something that was taken back or has ended did."""
    return not case.covering and any(case.covers(record) for record in _past(case))


def _past(case: Case) -> Iterator[ConsentRecord]:
    for record in case.question.records:
        is_over = record.is_taken_back or record.has_ended(case.question.today)
        if is_over and not record.is_replaced and is_meant(case.question, record):
            yield record


def _said_no_elsewhere(case: Case) -> bool:
    """A no that another system keeps denies until a person settled which of the two counts."""
    return any(_concerns(case, no) for no in case.question.elsewhere)


def _concerns(case: Case, no: Elsewhere) -> bool:
    is_meant = not no.recipient_ids or case.question.other.id in no.recipient_ids
    return is_meant and (not no.categories or bool(no.categories & case.item.kinds))


RULES = (
    Denial("persons-no", Step.PERSON, _said_no),
    Denial("elsewhere-no", Step.PERSON, _said_no_elsewhere),
    Denial("ended", Step.PERSON, _was_allowed_once),
)
