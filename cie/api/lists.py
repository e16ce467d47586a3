"""Lists in bodies: counted before they are read, and the answer that holds nothing but a list."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate


class Few(fields.List[Any]):
    """A list that a program sends. One that is too long is refused before anything in it is looked at."""

    def __init__(self, inner: Any, *, most: int, least: int = 0, **more: Any) -> None:
        self.size = validate.Length(least, most, error=f"Give {least} to {most}")
        super().__init__(inner, validate=self.size, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> list[Any]:
        if isinstance(value, list):
            self.size(value)
        return super()._deserialize(value, attr, data, **more)


def items_of(schema: type[Schema], about: str) -> type[Schema]:
    """The answer that lists records of one kind."""
    name = schema.__name__.removesuffix("Schema") + "sSchema"
    items = fields.List(fields.Nested(schema), required=True, metadata={"description": about})
    return Schema.from_dict({"items": items}, name=name)
