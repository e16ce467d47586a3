"""What the person allowed: the last rules, and the only way for data to go when no statute lets it."""

from cie.consent.law.record import ConsentRecord
from cie.consent.law.rule import Case, Denial, Rule, Step, Verdict


def counting(case: Case) -> list[ConsentRecord]:
    """Every yes that covers the item, was signed by somebody who may, and is good for each law that guards it."""
    guards = [guard for guard in case.guards if not case.is_lifted(guard)]
    return [record for record in case.signed if not any(guard.lacks(case, record) for guard in guards)]


def _lacks_an_entitled_signer(case: Case) -> bool:
    return bool(case.covering) and not case.signed


def _nothing_was_allowed(case: Case) -> bool:
    purpose = case.question.purpose
    return not any(record.is_yes and purpose in record.purposes for record in case.speaking)


class _Consent(Rule):
    """The person's yes."""

    def judge(self, case: Case) -> Verdict | None:
        found = counting(case)
        return Verdict(permits=True, rule_id=self.id, record_ids=tuple(r.id for r in found)) if found else None


MINOR = Denial("minor", Step.CONSENT, _lacks_an_entitled_signer)
NO_CONSENT = Denial("no-consent", Step.CONSENT, _nothing_was_allowed)
CONSENT = _Consent("consent", Step.CONSENT)
SCOPE = Denial("scope", Step.CONSENT, lambda _case: True)
"""The last rule: what no other let go stays."""
