"""The DHCS closed-loop list, and one loop in its words."""

from marshmallow import Schema, fields


class CodingSchema(Schema):
    """A code of a list, with its words."""

    code = fields.Str(required=True)
    display = fields.Str(required=True)


class ReportedSchema(Schema):
    """The loop in the words of the DHCS closed-loop list. Why it was closed is there once it is."""

    status = fields.Nested(CodingSchema, required=True)
    closing = fields.Nested(CodingSchema, required=True, allow_none=True)
    version = fields.Str(required=True, metadata={"description": "of the list that was in force"})


class MappedSchema(CodingSchema):
    """A code of the list, beside the one of ours that it is mapped from."""

    ours = fields.Str(required=True)


class CodeListSchema(Schema):
    """The list by which plans and counties report closed loops, in the version that is in force."""

    name = fields.Str(required=True)
    version = fields.Str(required=True)
    effective_on = fields.Date(required=True)
    source = fields.Str(required=True)
    status = fields.List(fields.Nested(MappedSchema), required=True)
    closing = fields.List(fields.Nested(MappedSchema), required=True)
