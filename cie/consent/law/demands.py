"""What special laws ask of a consent: each demand answers with the codes of what a record lacks."""

from collections.abc import Sequence
from datetime import timedelta

from cie.consent.law.forms import Stated
from cie.consent.law.record import WRITTEN, ConsentRecord
from cie.consent.law.rule import Case, Demand
from cie.consent.law.statutes import CARE
from cie.consent.models import Expiry, Method, NetworkRole, Reach, SignerKind
from cie.directory.models import Category

MEDICAL = frozenset(
    {Category.MEDICAL, Category.MENTAL_HEALTH, Category.HIV, Category.REPRODUCTIVE, Category.IMMIGRATION}
)
"""Medical information; immigration status is, too, since SB 81 (Civ. Code 56.05)."""


def states(*wanted: Stated) -> Demand:
    """The document states each of these."""

    def lacks(_case: Case, record: ConsentRecord) -> Sequence[str]:
        return [each.value for each in wanted if each not in record.stated]

    return lacks


def names_recipient(_case: Case, record: ConsentRecord) -> Sequence[str]:
    """The other organization stands in it by name."""
    return () if record.names else ("named-recipient",)


def one_recipient(_case: Case, record: ConsentRecord) -> Sequence[str]:
    """It names exactly one organization."""
    return () if record.names and len(record.recipient_ids) == 1 else ("one-recipient",)


def ends_in_time(_case: Case, record: ConsentRecord) -> Sequence[str]:
    """It ends on a stated day, no later than its form allows."""
    longest = record.form.longest_days
    is_timely = record.expires_on is not None and (
        longest is None or record.expires_on <= record.given_on + timedelta(days=longest)
    )
    return () if is_timely else ("time-limit",)


def has_a_duration(_case: Case, record: ConsentRecord) -> Sequence[str]:
    """It says how long it lasts: a day or an event (Civ. Code 56.11(h))."""
    is_limited = record.expiry in (Expiry.DAY, Expiry.EVENT) and Stated.EXPIRY in record.stated
    return () if is_limited else (Stated.EXPIRY.value,)


def part2_recipient(case: Case, record: ConsentRecord) -> Sequence[str]:
    """Named, or as one of the treating providers: 42 CFR 2.31(a)(4)."""
    is_treating = record.reach == Reach.TREATING_PROVIDERS and case.question.other.treats
    return () if record.names or is_treating else ("named-recipient",)


def names_the_network(case: Case, record: ConsentRecord) -> Sequence[str]:
    """An intermediary stands in it by name: 42 CFR 2.31(a)(4)(ii)(B)."""
    is_intermediary = case.question.network.role == NetworkRole.PART2_INTERMEDIARY
    return () if record.names_network or not is_intermediary else ("network",)


def signed_when_medical(case: Case, record: ConsentRecord) -> Sequence[str]:
    """Medical facts need a signature: 45 CFR 164.508(c)(1)(vi). For everyday needs a spoken yes is enough."""
    is_medical = case.item.category in MEDICAL
    return ("written",) if is_medical and record.method not in WRITTEN else ()


def signed_or_witnessed(_case: Case, record: ConsentRecord) -> Sequence[str]:
    """Somebody signed, or a witness heard it."""
    return ("written",) if record.method == Method.IN_PERSON else ()


def not_by_the_minor(_case: Case, record: ConsentRecord) -> Sequence[str]:
    """The parent signs until the student is 18: 34 CFR 99.5."""
    return ("signer",) if record.signer == SignerKind.MINOR else ()


def part2_expiry(case: Case, record: ConsentRecord) -> Sequence[str]:
    """ "None" as an end is good for treatment, payment and operations alone: 42 CFR 2.31(a)(7)."""
    is_good = record.expiry in (Expiry.DAY, Expiry.EVENT) or (
        record.expiry == Expiry.NONE and case.question.purpose in CARE
    )
    is_stated = Stated.EXPIRY in record.stated
    return () if is_good or not is_stated else (Stated.EXPIRY.value,)
