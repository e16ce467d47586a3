"""Tables of the closed loop, a file for each cluster: loop, what is written, the person's word, worklists, lists."""

from cie.referrals.models.activity import ReferralActivity
from cie.referrals.models.code_lists import CodeList
from cie.referrals.models.entries import Attachment, ContactAttempt, ContactMethod, Entry, EntryKind
from cie.referrals.models.loop import Kind, Referral, ReferralStatus, ReferralTask, TaskHistory, Urgency
from cie.referrals.models.open_offers import OpenOffer
from cie.referrals.models.results import Enrollment, Result, ResultKind
from cie.referrals.models.withheld import WithheldAnswer
from cie.referrals.models.words import PersonWord, WordOfPerson
from cie.referrals.models.worklist import WORKLIST_ORDER, Owed, WorklistItem

__all__ = [
    "WORKLIST_ORDER",
    "Attachment",
    "CodeList",
    "ContactAttempt",
    "ContactMethod",
    "Entry",
    "Enrollment",
    "EntryKind",
    "Kind",
    "OpenOffer",
    "Owed",
    "PersonWord",
    "Referral",
    "ReferralStatus",
    "ReferralActivity",
    "ReferralTask",
    "Result",
    "ResultKind",
    "TaskHistory",
    "Urgency",
    "WithheldAnswer",
    "WordOfPerson",
    "WorklistItem",
]
