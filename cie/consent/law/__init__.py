"""The rules of disclosure: federal law, victim services, state law, the person's own word, statutes, the consent.

`decide` is a pure function from a question to one answer for each item. What each rule says, its source and its dates
are data in `seed_data/consent/`; so are the forms and the rights of minors.
"""

from cie.consent.law.decision import BOOK, Answer, carried_by, decide
from cie.consent.law.examples import Example, examples
from cie.consent.law.forms import FormType, Stated, forms
from cie.consent.law.question import Elsewhere, Item, Network, Party, Question, Subject
from cie.consent.law.record import ConsentRecord
from cie.consent.law.rule import Denial, Obligation, Protection, Rule, Rulebook, Statute, Step
from cie.consent.law.signers import MinorsRight, minors_rights
from cie.consent.law.text import RuleText, text_of, texts

__all__ = [
    "BOOK",
    "Answer",
    "ConsentRecord",
    "Denial",
    "Elsewhere",
    "Example",
    "FormType",
    "Item",
    "MinorsRight",
    "Network",
    "Obligation",
    "Party",
    "Protection",
    "Question",
    "Rule",
    "RuleText",
    "Rulebook",
    "Stated",
    "Statute",
    "Step",
    "Subject",
    "carried_by",
    "decide",
    "examples",
    "forms",
    "minors_rights",
    "text_of",
    "texts",
]
