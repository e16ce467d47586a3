"""The form by which staff ask something of a person: its boxes, and what they ask together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import request
from marshmallow import fields, validate

from cie import patient_tasks
from cie.errors import Invalid
from cie.patient_tasks import CATEGORIES, Asked, Contact, PatientTaskKind, PatientTaskPriority
from cie.people.formats import parse_phone
from cie.web.forms import FormSchema

WHAT = "What you ask: choose one"
KIND_OF = {
    "question": PatientTaskKind.QUESTION,
    "contact": PatientTaskKind.CONTACT,
    "material": PatientTaskKind.MATERIAL,
    "screening": PatientTaskKind.QUESTIONNAIRE,
    "form": PatientTaskKind.QUESTIONNAIRE,
}
"""By what staff choose, the kind of task that it is."""
WITH_FILE = frozenset({"material", "form"})
"""What is a file unless an address is given."""


class AskSchema(FormSchema):
    """What is asked, in words and by what belongs to its kind."""

    what = fields.Str(
        required=True, validate=validate.OneOf(list(KIND_OF), error=WHAT), error_messages={"required": WHAT}
    )
    description = fields.Str(load_default="")
    questionnaire = fields.UUID(load_default=None)
    category = fields.Str(
        load_default="", validate=validate.OneOf(["", *CATEGORIES], error="Kind of questions: choose one")
    )
    material_link = fields.Str(load_default="")
    form_link = fields.Str(load_default="")
    contacts = fields.Str(load_default="")
    soon = fields.Bool(load_default=False)
    action = fields.Str(load_default="")


def asked_in_form() -> tuple[Asked, bool]:
    """What the form asks, and whether a file is still to be chosen. Raises Invalid."""
    form = AskSchema().read()
    what = form["what"]
    link = form.get(f"{what}_link", "")
    asked = Asked(
        KIND_OF[what],
        form["description"],
        PatientTaskPriority.URGENT if form["soon"] else PatientTaskPriority.ROUTINE,
        questionnaire_id=form["questionnaire"] if what == "screening" else None,
        category={"screening": patient_tasks.RISK, "form": form["category"]}.get(what, ""),
        link=link,
        contacts=tuple(_contacts(form["contacts"])) if what == "contact" else (),
    )
    return asked, what in WITH_FILE and not link


def _contacts(text: str) -> Iterator[Contact]:
    """One a line: a name, and after the last comma a phone. Raises Invalid."""
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        name, comma, phone = line.rpartition(",")
        yield Contact(name=name.strip(), phone=_phone(phone, number)) if comma else Contact(name=line)


def _phone(text: str, number: int) -> str:
    try:
        return parse_phone(text, "contacts")
    except Invalid as error:
        raise Invalid(
            "Contacts, line %(number)s: after the comma write 10 digits, like 559 555 0142",
            "contacts",
            number=str(number),
        ) from error


def at_boxes(errors: Iterable[Any]) -> list[Any]:
    """Errors of the domain at the boxes of the form: each kind with an address has a box of its own for it."""
    link = f"{request.form.get('what', '')}_link"
    return [Invalid(each.message, link) if each.field == "link" else each for each in errors]


def hidden() -> Mapping[str, str]:
    """All boxes as they were filled in, to go along with the check."""
    return {name: request.form[name] for name in AskSchema().fields if name in request.form and name != "action"}
