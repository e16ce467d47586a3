"""Texts to and from the persons served: templates, permission and hours, the one open question a phone, the gateway.

Rows of the outbox hold a template and codes; words are made when a text is sent and kept only of texts that came in.
"""

from cie.messaging.codes import code_point, send_code, use_code
from cie.messaging.delivery import StillAsked, TextDeliverer
from cie.messaging.gateway import gateway_from, signature_is_valid
from cie.messaging.inbound import Answered, keep_status, receive
from cie.messaging.models import OneTimeCode, TextMessage, TextQuestion
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
from cie.messaging.telling import KIND, answer, plan_question, tell, use_text_hours

__all__ = [
    "KIND",
    "OneTimeCode",
    "code_point",
    "send_code",
    "use_code",
    "Answered",
    "StillAsked",
    "TextDeliverer",
    "TextMessage",
    "TextQuestion",
    "answer",
    "gateway_from",
    "keep_status",
    "plan_question",
    "receive",
    "refile_texts",
    "signature_is_valid",
    "tell",
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
