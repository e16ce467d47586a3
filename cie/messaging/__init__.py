"""Texts to and from the persons served: templates, permission and hours, the one open question a phone, the gateway.

Rows of the outbox hold a template and codes; words are made when a text is sent and kept only of texts that came in.
"""

from cie.messaging.codes import code_point, send_code, use_code
from cie.messaging.delivery import StillAsked, TextDeliverer
from cie.messaging.gateway import gateway_from, signature_is_valid
from cie.messaging.inbound import Answered, keep_status, receive
from cie.messaging.models import OneTimeCode, TextMessage, TextQuestion
from cie.messaging.own_links import (
    LINK,
    WAITING,
    NoText,
    StillWaits,
    link_point,
    signing_waits,
    tell_waiting,
    text_signing,
    why_no_text,
)
from cie.messaging.reading import (
    get_text,
    handle_text,
    question_before,
    read_by,
    texts_from_unknown_numbers,
    unread_count,
    unread_texts,
    warnings_from_unknown_numbers,
)
from cie.messaging.refiling import refile_texts
from cie.messaging.telling import KIND, answer, plan_questions, tell, use_text_hours
from cie.messaging.templates import render

__all__ = [
    "KIND",
    "LINK",
    "WAITING",
    "NoText",
    "OneTimeCode",
    "code_point",
    "send_code",
    "use_code",
    "Answered",
    "StillAsked",
    "StillWaits",
    "TextDeliverer",
    "TextMessage",
    "TextQuestion",
    "answer",
    "gateway_from",
    "keep_status",
    "link_point",
    "plan_questions",
    "receive",
    "refile_texts",
    "render",
    "signature_is_valid",
    "signing_waits",
    "tell",
    "tell_waiting",
    "text_signing",
    "why_no_text",
    "get_text",
    "handle_text",
    "question_before",
    "read_by",
    "texts_from_unknown_numbers",
    "unread_count",
    "unread_texts",
    "use_text_hours",
    "warnings_from_unknown_numbers",
]
