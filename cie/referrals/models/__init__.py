"""Tables of the closed loop, a file for each cluster: loop, what is written, the person's word, worklists, lists."""

from cie.referrals.models.code_lists import CodeList
from cie.referrals.models.entries import Attachment, ContactAttempt, ContactMethod, Entry, EntryKind
from cie.referrals.models.loop import Kind, Referral, ReferralStatus, ReferralTask, TaskHistory, Urgency
from cie.referrals.models.words import PersonWord, WordOfPerson
from cie.referrals.models.worklist import WORKLIST_ORDER, Owed, WorklistItem

__all__ = [
    "WORKLIST_ORDER",
    "Attachment",
    "CodeList",
    "ContactAttempt",
    "ContactMethod",
    "Entry",
    "EntryKind",
    "Kind",
    "Owed",
    "PersonWord",
    "Referral",
    "ReferralStatus",
    "ReferralTask",
    "TaskHistory",
    "Urgency",
    "WordOfPerson",
    "WorklistItem",
]
