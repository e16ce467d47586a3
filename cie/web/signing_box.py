"""The box in which somebody signs: a name that is typed, or a drawing that a browser hands in as a picture."""

import base64
import binascii

from marshmallow import fields

from cie.consent import NewSignature
from cie.errors import Invalid
from cie.web.forms import FormSchema

_PICTURE = "data:image/png;base64,"


class SignatureSchema(FormSchema):
    """What was typed or drawn, and whether they say that the name is theirs."""

    signature = fields.Str(load_default="")
    drawing = fields.Str(load_default="")
    own_name = fields.Bool(load_default=False)


def read_signature() -> NewSignature:
    """The signature that was posted. Raises Invalid at its box."""
    boxes = SignatureSchema().read()
    return NewSignature(boxes["signature"], _picture(boxes["drawing"]), boxes["own_name"])


def _picture(drawing: str) -> bytes:
    if not drawing:
        return b""
    try:
        if drawing.startswith(_PICTURE):
            return base64.b64decode(drawing.removeprefix(_PICTURE), validate=True)
    except binascii.Error:
        pass
    raise Invalid("Signature: we cannot read this drawing. Type your name", "signature")


def as_picture(drawing: bytes) -> str:
    """A drawing as the address of a picture."""
    return _PICTURE + base64.b64encode(drawing).decode()
