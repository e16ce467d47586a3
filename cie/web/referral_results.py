"""What came of what was asked, in the words of the page: enrollments, what was found, what was done."""

from collections.abc import Iterator

from cie.referrals import Enrollment, ReadResult, ResultKind
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.person_words import dated
from cie.web.referral_happening import Happening
from cie.web.referral_scene import Scene
from cie.web.standing_words import PROGRAMS

STATUSES = {
    Enrollment.ENROLLED: lazy_gettext("Enrolled"),
    Enrollment.NOT_ENROLLED: lazy_gettext("Not enrolled"),
    Enrollment.WAITLIST: lazy_gettext("Not enrolled, on the waiting list"),
}
_KINDS = {
    ResultKind.ASSESSMENT: lazy_gettext("Found: %(what)s"),
    ResultKind.PROCEDURE: lazy_gettext("Done: %(what)s"),
    ResultKind.OTHER: lazy_gettext("Told: %(what)s"),
}


def results_of(scene: Scene) -> Iterator[Happening]:
    """All that came of it and that the reader may know, with who says it."""
    for each in scene.results:
        yield Happening(each.given_at, result_words(each), _says(scene, each), True)


def result_words(result: ReadResult) -> str:
    """One result in a sentence."""
    if result.kind is not ResultKind.ENROLLMENT:
        return str(_KINDS[result.kind]) % {"what": result.title or _("details in their records")}
    program = str(PROGRAMS[result.program]) if result.program else result.title
    if result.status is Enrollment.NOT_ENROLLED:
        return _("Not enrolled in %(program)s", program=program)
    if result.status is Enrollment.WAITLIST:
        return _("Not enrolled in %(program)s, on the waiting list", program=program)
    if result.since_on is None:
        return _("Enrolled in %(program)s", program=program)
    return _("Enrolled in %(program)s since %(day)s", program=program, day=dated(result.since_on))


def _says(scene: Scene, result: ReadResult) -> str:
    task = next(each for each in scene.tasks if each.id == result.task_id)
    if result.organization_id != scene.own_id:
        return _("%(name)s says so.", name=scene.other(task))
    if result.id in scene.shared:
        return _("We say so. %(name)s can read it.", name=scene.other(task))
    return _("We say so. Only we can read it.")
