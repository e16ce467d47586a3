"""The persons served: names, birth dates, addresses, contact points, identifiers, and finding them again.

A person row belongs to exactly one organization; nobody else reads it except through a release of `consent`.
"""

from cie.geography import CountyShare, counties, counties_of_zip
from cie.people.adding import add_person
from cie.people.alerts import (
    close_alert,
    get_alert,
    has_open_alert,
    is_told,
    open_alerts,
    pause_texts,
    raise_alert,
    resume_texts,
)
from cie.people.contacts import (
    TEXT_PERMISSION_WORDING,
    add_contact,
    correct_contact,
    permission_words,
    remove_contact,
    withdraw_text_permission,
)
from cie.people.correcting import correct_person, history_of
from cie.people.details import NewPerson, birth_of
from cie.people.finding import Likeness, find_people, likely_duplicates, recent_people
from cie.people.identifiers import add_identifier, identifiers_of, remove_identifier, suggests_medi_cal
from cie.people.models import (
    AlertSource,
    ContactKind,
    ContactOwner,
    ContactPoint,
    ContactState,
    DangerAlert,
    Person,
    PersonIdentifier,
    Safety,
    Standing,
)
from cie.people.records import (
    contact_points,
    get_person,
    get_persons,
    may_be_texted,
    newest_contacts,
    set_language,
    texting_point,
)

__all__ = [
    "TEXT_PERMISSION_WORDING",
    "AlertSource",
    "ContactKind",
    "ContactOwner",
    "ContactPoint",
    "ContactState",
    "CountyShare",
    "DangerAlert",
    "Likeness",
    "NewPerson",
    "Person",
    "PersonIdentifier",
    "Safety",
    "Standing",
    "add_contact",
    "add_identifier",
    "add_person",
    "birth_of",
    "close_alert",
    "contact_points",
    "correct_contact",
    "correct_person",
    "counties",
    "counties_of_zip",
    "find_people",
    "get_person",
    "get_persons",
    "history_of",
    "identifiers_of",
    "likely_duplicates",
    "newest_contacts",
    "get_alert",
    "has_open_alert",
    "is_told",
    "pause_texts",
    "resume_texts",
    "may_be_texted",
    "open_alerts",
    "permission_words",
    "raise_alert",
    "recent_people",
    "remove_contact",
    "remove_identifier",
    "set_language",
    "suggests_medi_cal",
    "texting_point",
    "withdraw_text_permission",
]
