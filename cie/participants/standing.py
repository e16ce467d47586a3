"""What the law makes of an organization; the rules of disclosure look at it. The network keeps it."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound
from cie.participants.models import HipaaRole, Participant, Program

_CODES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"
)
STATES = frozenset(_CODES.split())
"""The states, the District of Columbia and the territories, by their postal codes."""


@dataclass(frozen=True)
class LegalStanding:
    """Its part under HIPAA, Part 2, the programs that it runs, its county team, its state.

    `hipaa_role`: None is what its kind mostly is. `on_ab210_team`: the homeless team of a county, WIC 18999.8.
    """

    hipaa_role: HipaaRole | None = None
    is_part2_program: bool = False
    programs: tuple[Program, ...] = ()
    on_ab210_team: bool = False
    state: str = "CA"


def standing_of(participant: Participant) -> LegalStanding:
    """The standing as it is kept now."""
    return LegalStanding(
        hipaa_role=participant.hipaa_role,
        is_part2_program=participant.is_part2_program,
        programs=tuple(Program(code) for code in participant.programs),
        on_ab210_team=participant.on_ab210_team,
        state=participant.state,
    )


def set_standing(
    session: Session, actor: Actor, organization_id: UUID, standing: LegalStanding, *, at: datetime
) -> Participant:
    """Keep what the law makes of an organization, from now on. Saving what is already kept changes nothing.

    Raises NotAllowed, NotFound, Invalid (the state).
    """
    check(actor, Permission.NETWORK_MANAGE)
    participant = session.get(Participant, organization_id, with_for_update=True)
    if participant is None:
        raise NotFound("There is no such record")
    wanted = _checked(standing)
    before, after = _as_codes(standing_of(participant)), _as_codes(wanted)
    differences = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if differences:
        for name, value in after.items():
            setattr(participant, name, value)
        session.add(participant)
        events.changed(session, actor, participant, differences, at=at)
        names = sorted(differences)
        events.record(
            session, actor, "participant.standing", participant, at=at, organization_id=participant.id, fields=names
        )
    return participant


def _checked(standing: LegalStanding) -> LegalStanding:
    """The standing as it is kept: the state in capitals, each program once and in the order of all."""
    state = standing.state.strip().upper()
    if state not in STATES:
        raise Invalid("State: enter its two letters, like CA", "state")
    return replace(standing, state=state, programs=tuple(each for each in Program if each in standing.programs))


def _as_codes(standing: LegalStanding) -> dict[str, Any]:
    return {**asdict(standing), "programs": [program.value for program in standing.programs]}
