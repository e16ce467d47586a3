"""Files that a program gives along: DocumentReferences with their content inside, named by a Task or what it asks for.

They are kept with the task as a file is that staff add; what is not taken so is kept for whose program sent it alone.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from cie import referrals
from cie.errors import Invalid
from cie.fhir.receiving.references import key_in
from cie.fhir.receiving.transaction import Doing
from cie.fhir.refusals import not_taken
from cie.fhir.store import Key

Resource = dict[str, Any]
_NAME = "file"


def bring_documents(doing: Doing, task_id: UUID, task: Resource, request: Resource | None = None) -> None:
    """Keep the files with a task that it names, or the request from which it comes.

    Raises NotTaken: a file that is none, or too large; a document about somebody else.
    """
    for key in _keys_in(doing, task, request or {}):
        body = doing.body(key) or {}
        inside = list(_inside(body))
        if inside and key_in(body.get("subject"), doing.base) != key_in(task["for"], doing.base):
            raise not_taken("DocumentReference.subject", "This is about somebody else than the Task", "business-rule")
        for number, attachment in enumerate(inside):
            _bring(doing, task_id, attachment, f"{'/'.join(key)}#{number}")


def _keys_in(doing: Doing, task: Resource, request: Resource) -> Iterator[Key]:
    """The documents that a program of the caller sent and names here."""
    named = [each.get("valueReference") for name in ("input", "output") for each in task.get(name, [])]
    keys = [key_in(each, doing.base) for each in (*named, *request.get("supportingInfo", []))]
    yield from (key for key in keys if key and key[0] == "DocumentReference" and doing.was_sent(key))


def _inside(document: Resource) -> Iterator[Resource]:
    """The attachments of a document that have their content inside."""
    if document.get("status") == "entered-in-error":
        return
    found = (each.get("attachment", {}) for each in document.get("content", []))
    yield from (each for each in found if "data" in each)


def _bring(doing: Doing, task_id: UUID, attachment: Resource, source: str) -> None:
    try:
        content = base64.b64decode(attachment["data"], validate=True)
        referrals.bring_along(
            doing.session,
            doing.actor,
            task_id,
            name=attachment.get("title", _NAME),
            content=content,
            claimed=attachment.get("contentType", ""),
            source=source,
            at=doing.at,
        )
    except (Invalid, binascii.Error) as error:
        words = "Send a PDF, a PNG or JPEG picture, or plain text, of at most 10 MB"
        raise not_taken("DocumentReference.content.attachment", words, "value") from error
