"""One line of the worklist as its row shows it: when, what, for whom, from whom, what happened last, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import g, url_for

from cie import calendar, messaging, people, referrals
from cie.messaging import TextMessage
from cie.people import ContactPoint, Person
from cie.people.birth import age_on
from cie.referrals import Owed, Referral, ReferralTask, TaskStatus, WorklistItem
from cie.web.element_words import asked_for, hours_words
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext, ngettext
from cie.web.language_names import language_name
from cie.web.words_of_time import Due, ago, clock, day, due_words
from cie.web.worklist_facts import Facts
from cie.web.worklist_words import last_words

JUST_OPENED = timedelta(hours=1)


@dataclass(frozen=True)
class Action:
    """The one button of a row: `ours` is filled, `post` acts at once."""

    label: str
    url: str
    ours: bool = True
    post: bool = False


@dataclass(frozen=True)
class Row:
    """What the worklist_row macro wants."""

    url: str
    need: str
    name: str
    facts: str
    origin: str
    flag: str | None
    due: Due | None
    urgency: str | None
    late: bool
    last: str
    last_at: str
    action: Action
    masked: bool = False
    is_text: bool = False


def row_of(item: WorklistItem, facts: Facts) -> Row:
    """The row of one line, from the side on which the reader's organization stands."""
    referral = facts.referrals[item.referral_id]
    task = facts.tasks.get(item.task_id) if item.task_id else None
    if item.side == "provider" and task is not None:
        shown = _released(item, referral, task, facts.released.get(task.id, {}))
    else:
        shown = _masked() if referral.masked else _own(referral, facts)
    last, last_at = _last(item, task, facts)
    due = due_words(_due_kind(item, task), item.due_at)
    return Row(
        url=_page(referral),
        origin=_origin(item, referral, task, facts),
        due=due,
        late=item.owed == Owed.US and due is not None and due.state == "late",
        last=last,
        last_at=last_at,
        action=_action(item, referral, task),
        masked=item.side == "sender" and referral.masked,
        **shown,
    )


def _page(referral: Referral) -> str:
    return url_for("referrals.show", referral_id=referral.id)


def _masked() -> dict[str, Any]:
    """Nothing of a protected request is on a list."""
    return {"need": "", "name": "", "facts": "", "flag": None, "urgency": None}


def _own(referral: Referral, facts: Facts) -> dict[str, Any]:
    """Of our own person, from our own record."""
    person = facts.persons[referral.person_id]
    return {
        "need": asked_for(referral.title),
        "name": _name(person),
        "facts": _facts(_age(person), person.language, person.interpreter, person.zip),
        "flag": flag_words(facts.contacts.get(person.id)),
        "urgency": referral.urgency.value,
    }


def _released(item: WorklistItem, referral: Referral, task: ReferralTask, seen: Mapping[str, Any]) -> dict[str, Any]:
    """Of somebody else's person, what was released to us and nothing more."""
    language, area = seen.get("language") or {}, seen.get("area") or {}
    return {
        "need": asked_for(seen["need"]) if seen.get("need") else _("A request"),
        "name": _short(seen["name"]) if seen.get("name") else _household(seen.get("household")),
        "facts": _facts(
            seen.get("age"), language.get("code", ""), bool(language.get("interpreter")), area.get("zip", "")
        ),
        "flag": _flag(seen["contact"]) if seen.get("contact") else None,
        "urgency": None if referral.masked else seen.get("urgency"),
    }


def _name(person: Person) -> str:
    return person.short_name or _("somebody without a name")


def _short(name: str) -> str:
    first, _space, family = name.partition(" ")
    return f"{first} {family.rsplit(' ')[-1][0]}." if family else first


def _household(size: int | None) -> str:
    return ngettext("a household of %(num)d", "a household of %(num)d", size) if size else _("somebody")


def _age(person: Person) -> int | None:
    return age_on(people.birth_of(person), calendar.local_day(g.now))


def _facts(age: int | None, language: str, interpreter: bool, zip_code: str) -> str:
    sentences = [_("Age %(age)s.", age=age)] if age is not None else []
    if language and interpreter:
        sentences.append(_("%(language)s, interpreter.", language=language_name(language)))
    elif language:
        sentences.append(_("%(language)s.", language=language_name(language)))
    sentences += [_("ZIP %(zip)s.", zip=zip_code)] if zip_code else []
    return " ".join(sentences)


def flag_words(point: ContactPoint | None) -> str | None:
    """What to know before calling or texting this person; None when there is nothing to know."""
    if point is None:
        return None
    return _flag(
        {
            "kind": point.kind.value,
            "safety": point.safety.value,
            "hours": [point.safe_from_hour, point.safe_until_hour],
            "no_voicemail": point.no_voicemail,
        }
    )


NOT_SAFE: Mapping[str, Any] = {
    "sms": lazy_gettext("This number is not safe."),
    "phone": lazy_gettext("This number is not safe."),
    "email": lazy_gettext("This address is not safe."),
}


def _flag(contact: Mapping[str, Any]) -> str | None:
    sentences = [str(NOT_SAFE[contact["kind"]])] if contact["safety"] == "unsafe" else []
    first, last = contact["hours"]
    if (first, last) != (0, 24):
        sentences.append(_("%(hours)s only.", hours=hours_words(first, last)))
    if contact["no_voicemail"]:
        sentences.append(_("No voicemail."))
    return " ".join(sentences) or None


def _origin(item: WorklistItem, referral: Referral, task: ReferralTask | None, facts: Facts) -> str:
    other = facts.organizations.get(item.counterpart_id, "") if item.counterpart_id else ""
    if item.side == "provider":
        if task is not None and task.status == TaskStatus.REQUESTED:
            return _("From %(name)s, sent %(when)s.", name=other, when=_sent(item.sent_at))
        return _("From %(name)s.", name=other)
    if referral.first_sent_at is None:
        return ""
    if item.group == "next-step":
        # the sender's own next step is to look again after a contact was given
        return _("Contact given %(day)s.", day=day(item.sent_at))
    if not other:
        return _("You sent this, %(when)s.", when=day(item.sent_at))
    return _("You sent this to %(name)s, %(when)s.", name=other, when=day(item.sent_at))


def _sent(at: datetime) -> str:
    if calendar.local_day(at) == calendar.local_day(g.now):
        return _("today, %(clock)s", clock=clock(at))
    return day(at)


def _last(item: WorklistItem, task: ReferralTask | None, facts: Facts) -> tuple[str, str]:
    """A colleague who looked within the last hour, else what happened last. The look is no lock."""
    if item.side == "provider" and task is not None and task.opened_at and task.opened_by_id != g.actor.id:
        colleague = facts.colleagues.get(task.opened_by_id) if task.opened_by_id else None
        if colleague and g.now - task.opened_at < JUST_OPENED:
            return _("%(name)s opened this", name=colleague.name.split(" ")[0]), ago(task.opened_at)
    return last_words(_told(item, facts), item.side), _when(item.last_event_at)


def _told(item: WorklistItem, facts: Facts) -> str:
    """What happened last; why a protected service said no is not told."""
    hidden = item.side == "sender" and facts.referrals[item.referral_id].masked
    return item.last_event.partition(":")[0] if hidden and item.last_event.startswith("task.") else item.last_event


def _when(at: datetime) -> str:
    return ago(at) if g.now - at < timedelta(days=1) else f"{day(at)}, {clock(at)}"


STARTED: Mapping[TaskStatus, str] = {
    TaskStatus.ACCEPTED: "first-contact",
    TaskStatus.IN_PROGRESS: "update",
    TaskStatus.ON_HOLD: "review",
}
KINDS: Mapping[str, str] = {
    "answer": "answer",
    "waiting-answer": "answer",
    "differ": "call",
    "call-them": "call",
    "not-shared": "call",
    "waiting-list": "waiting-list",
}


def _due_kind(item: WorklistItem, task: ReferralTask | None) -> str:
    if item.group in KINDS:
        return KINDS[item.group]
    if item.group == "choose":
        return "review" if task is not None and task.waitlist_until else "step"
    return STARTED.get(task.status, "review") if task is not None else "review"


def _action(item: WorklistItem, referral: Referral, task: ReferralTask | None) -> Action:
    """The step that is owed; what is owed by others can be looked at, and reminded of."""
    if item.side == "provider" and task is not None and item.owed == Owed.US:
        if task.status == TaskStatus.REQUESTED:
            return Action(_("Answer"), url_for("tasks.answer", task_id=task.id))
        if task.status == TaskStatus.ACCEPTED:
            return Action(_("Record contact"), url_for("tasks.record_contact", task_id=task.id))
        return Action(_("Update"), url_for("tasks.update", task_id=task.id))
    if item.group == "waiting-answer" and task is not None and referrals.may_remind(task, at=g.now):
        return Action(_("Remind"), url_for("worklist.remind", task_id=task.id), ours=False, post=True)
    if item.owed != Owed.US:
        return Action(_("See"), _page(referral), ours=False)
    return Action(str(SENDERS_STEPS.get(item.group, _("See"))), _page(referral))


SENDERS_STEPS: Mapping[str, Any] = {
    "differ": lazy_gettext("Read and call"),
    "call-them": lazy_gettext("Read and call"),
    "choose": lazy_gettext("Choose"),
    "not-shared": lazy_gettext("Read and call"),
    "next-step": lazy_gettext("Look again"),
    "draft": lazy_gettext("Go on"),
}


def text_row(message: TextMessage, facts: Facts) -> Row | None:
    """The row of a text that somebody must read; what it says is on its own page."""
    person = facts.persons.get(message.person_id) if message.person_id else None
    if person is None:
        return None
    page = url_for("texts.show", message_id=message.id)
    due = due_words("read", messaging.read_by(message.at))
    return Row(
        url=page,
        need=_("A text"),
        name=_name(person),
        facts=_facts(_age(person), person.language, person.interpreter, person.zip),
        origin="",
        flag=flag_words(facts.contacts.get(person.id)),
        due=due,
        urgency=None,
        late=due is not None and due.state == "late",
        last=_("A text came"),
        last_at=_when(message.at),
        action=Action(_("Read"), page),
        is_text=True,
    )
