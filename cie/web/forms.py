"""Forms: reading them through marshmallow, showing them again with what was typed, and the words of their errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import g, has_request_context, request, url_for
from markupsafe import Markup
from marshmallow import EXCLUDE, Schema, ValidationError

from cie.consent import law
from cie.errors import Busy, CieError, ConsentRequired, Ended, Invalid, NotPossibleNow, Stale
from cie.http import STATUS
from cie.web.language import gettext as _

BUTTONS = frozenset({"csrf_token", "page_path", "update_preview", "form_id"})


@dataclass(frozen=True)
class Notice:
    """A notice above the page: kind is info, good, warn or danger. `of_change`: it tells what somebody else did."""

    kind: str
    title: str
    text: str | None = None
    of_change: bool = False


class FormSchema(Schema):
    """The shape of one form: unknown fields are refused, texts are stripped, an empty box is no value."""

    def read(self) -> dict[str, Any]:
        """What was posted, loaded. Raises Invalid with one error for each wrong field."""
        form, faults = self.read_what_is_right()
        if faults:
            raise Invalid.all(faults)
        return form

    def read_what_is_right(self) -> tuple[dict[str, Any], list[Invalid]]:
        """The fields that could be loaded, and one error for each other one: for forms that find more themselves."""
        lists = {name for name, field in self.load_fields.items() if field.__class__.__name__ == "List"}
        posted = {n: request.form.getlist(n) if n in lists else v.strip() for n, v in request.form.items()}
        given = {n: v for n, v in posted.items() if n not in BUTTONS and v not in ("", [""])}
        try:
            return dict(self.load(given)), []
        except ValidationError as error:
            return dict(error.valid_data or {}), list(_flat(dict(error.messages_dict)))


class LooseSchema(FormSchema):
    """A form that ignores fields it does not know (filters in an address)."""

    class Meta:
        unknown = EXCLUDE


def _flat(messages: Mapping[str, Any]) -> Sequence[Invalid]:
    errors = []
    for field, found in messages.items():
        errors.append(Invalid(_(_first_words(found)), field))
    return errors


def _first_words(found: Any) -> str:
    """The first message that marshmallow kept for a field: in a list, by index of a list field, or one lazy text."""
    if isinstance(found, Mapping):
        return _first_words(next(iter(found.values())))
    return str(found[0] if isinstance(found, list) else found)


def translated(error: Invalid) -> Invalid:
    """The same error in the reader's language."""
    return Invalid(words_of(error), error.field)


def words_of(error: CieError) -> str:
    """The message of an error in the reader's language; the words among its values, too."""
    values = {name: _(value) if isinstance(value, str) and value else value for name, value in error.values.items()}
    return _(error.template, **values)


def typed(name: str, default: Any = "", *, beside: str = "") -> Any:
    """What was typed into a box: as just posted, as kept from before a sign-out, else `default`.

    `beside`, for a box to mark: the name of a text box of the same form; a form kept with that one had no other marks.
    """
    if not has_request_context():
        return default
    if request.method == "POST":
        return request.form.get(name, "")
    kept: Mapping[str, Any] = getattr(g, "kept_form", None) or {}
    return kept.get(name, default if default is not None and beside not in kept else "")


def typed_list(name: str, default: Sequence[Any] = (), *, beside: str = "") -> list[str]:
    """What was chosen in a group of boxes; `beside` as in `typed`."""
    if request.method == "POST":
        return request.form.getlist(name)
    kept: Mapping[str, Any] = getattr(g, "kept_form", None) or {}
    found = kept.get(name, [] if beside in kept else [str(value) for value in default])
    return list(found) if isinstance(found, list) else [str(found)]


def own_page() -> str:
    """The address of the page that a form stands on, also when it is shown again after it was posted."""
    if request.method == "POST":
        return request.form.get("page_path") or request.path
    return request.full_path.rstrip("?")


def own_path(address: str) -> str | None:
    """The address when it lies inside the app; None for any other."""
    parts = urlsplit(address)
    own = address.startswith("/") and not address.startswith("//") and "\\" not in address and not parts.netloc
    return address if own and address.isprintable() else None


def error_of(errors: Sequence[CieError], name: str) -> str | None:
    """The words of the error of one field, or None."""
    return next((e.message for e in errors if e.field == name), None)


Render = Callable[..., Any]


def again(
    render: Render, what_changed: Callable[..., str] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A posted form that could not be saved is shown again, with everything that was typed.

    `render(errors=..., notice=..., **arguments of the view)` draws the page; boxes take their values from `typed`.
    `what_changed(**arguments of the view)` says in a sentence what happened when somebody else was first.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def run(**arguments: Any) -> Any:
            try:
                return view(**arguments)
            except Invalid as error:
                faults = [translated(each) for each in error.errors]
                return render(errors=faults, notice=None, **arguments), STATUS[error.code]
            except (NotPossibleNow, ConsentRequired, Busy) as error:
                is_told = isinstance(error, (Stale, Ended))
                what = what_changed(**arguments) if what_changed and is_told else ""
                return render(errors=[], notice=notice_of(error, what), **arguments), STATUS[error.code]

        return run

    return decorate


def notice_of(error: CieError, what: str = "") -> Notice:
    """The notice that tells of a refusal, with its rule and what can be done now; `what` somebody else did before."""
    if isinstance(error, Stale):
        kept = _("What you typed is still here.")
        text = _("%(what)s. What you typed is still here.", what=what) if what else kept
        return Notice("warn", words_of(error) + ".", text, of_change=True)
    if isinstance(error, Ended):
        return Notice("warn", words_of(error) + ".", what + "." if what else None)
    if isinstance(error, ConsentRequired):
        # a no to sharing is a normal way, and nothing went wrong
        kind = "info" if error.rule == "persons-no" else "danger"
        return Notice(kind, _("Not sent. %(rule)s.", rule=words_of(error)), _refused_text(error))
    if isinstance(error, Busy):
        return Notice("danger", _("We cannot save right now. Try again in a minute. What you typed is still here."))
    return Notice("warn", words_of(error) + ".")


def _refused_text(error: ConsentRequired) -> str:
    """The rule's source, what can be done now, and the way to all rules."""
    said = [_("Rule: %(source)s.", source=_(error.source))] if error.source else []
    if error.remedy:
        said.append(_("What you can do now: %(remedy)s.", remedy=_(error.remedy)))
    url = rules_url(error.rule)
    if url is None:
        return " ".join(said)
    return Markup('{} <a href="{}">{}</a>').format(" ".join(said), url, _("Why? See the rules used"))


def rules_url(code: str) -> str | None:
    """Where a rule of the gate stands among all rules; None for what no rule of the gate says."""
    known = code in law.texts()
    return url_for("consents.rules", _anchor=code) if known else None
