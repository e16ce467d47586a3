"""The rules of the present gate, in the order in which they are asked: what it applies and what pages tell of it.

The order is that of the design: agreements, federal and state denies, victim-service isolation, the signature for a
minor, the person's own no, then what the person allowed. A rule stands in this table or it is not applied.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """Why something may not go: a code, the rule in one sentence, its source, and what can be done instead."""

    rule: str
    sentence: str
    source: str
    remedy: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule: what it says to anybody who asks, and how it refuses."""

    code: str
    says: str
    sentence: str
    source: str
    remedy: str = ""

    @property
    def refusal(self) -> Refusal:
        """The answer of the gate when this rule says no."""
        return Refusal(self.code, self.sentence, self.source, self.remedy)


HARD_RULES = (
    Rule(
        "own-agreement",
        "Your organization has a current agreement with the network",
        "Your organization has no current participation agreement",
        "Participation agreement of the network",
        "Give the person the contact, or call",
    ),
    Rule(
        "agreement",
        "The other organization has a current agreement with the network, too",
        "They have no current participation agreement",
        "Participation agreement of the network",
        "Give the person the contact, or call",
    ),
    Rule(
        "part2",
        "Nothing goes to or from substance use treatment. It needs a consent of its own, which cannot be kept here yet",
        "Substance use treatment records need a consent of their own",
        "42 CFR 2.31",
        "Give the person the contact instead. They can call themselves",
    ),
    Rule(
        "lps",
        "Nothing goes to or from mental health treatment until its rule is ready here",
        "Mental health records need a rule we do not have yet",
        "WIC 5328",
        "Give the person the contact instead. They can call themselves",
    ),
    Rule(
        "hiv",
        "Nothing goes to or from HIV care. It needs a consent of its own, which cannot be kept here yet",
        "HIV information needs a consent of its own",
        "HSC 120980",
        "Give the person the contact instead. They can call themselves",
    ),
    Rule(
        "ab352",
        "Nothing goes to or from reproductive or gender-affirming care",
        "This kind of care is kept apart from exchange",
        "Civ. Code 56.110",
        "Give the person the contact instead. They can call themselves",
    ),
    Rule(
        "vawa",
        "A victim service tells nobody about the people it serves",
        "A victim service tells nobody about the people it serves",
        "34 USC 12291(b)(2); 42 USC 10406(c)(5); 28 CFR 94.115",
        "The person can call other services themselves",
    ),
    Rule(
        "vawa-inbound",
        "A protected service is asked only when the person wants it",
        "A protected service is asked only when the person wants it",
        "34 USC 12291(b)(2)",
        "Give the contact without a name, or call together",
    ),
    Rule(
        "minor",
        "For a person under 18, somebody who may sign for all of this has signed",
        "This person may be under 18 and nobody entitled to sign for this has signed",
        "Fam. Code 6910, 6922, 6924",
        "Record who signed, and for which kinds of data they may sign",
    ),
    Rule(
        "persons-no",
        "A no of the person is honored, also after a yes to everybody",
        "The person said no to sharing with this place",
        "The person's own choice",
        "Give the contact or a printed sheet, and set a day to look again. The care stays the same",
    ),
)
"""Asked first, in this order: one no, and nothing goes."""

NO_CONSENT = Rule(
    "no-consent",
    "Without a yes of the person that holds today, for this place and this purpose, nothing goes",
    "The person has not agreed to share with this place",
    "Nothing is shared without a yes",
    "Ask the person, and record what they say",
)
NOT_COVERED = Rule(
    "scope",
    "Of what may go, only the kinds of data go that the person said yes to",
    "The person did not agree to share this",
    "The person's consent",
)

OWN_RULES = tuple(rule for rule in HARD_RULES if rule.code in ("own-agreement", "part2", "lps", "hiv", "ab352", "vawa"))
"""Rules that look at the discloser and at the service alone: their refusal tells nothing of the person or the other."""

NO_FURTHER_UPDATES = Refusal(
    "no-further-updates",
    "There are no further updates about this person",
    "",
    "Keep an internal note. It stays with you",
)
"""All that a receiver hears of any other refusal, never why."""

RULES = (*HARD_RULES, NO_CONSENT, NOT_COVERED)
"""Every rule, in order."""
