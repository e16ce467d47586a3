"""Staff accounts: two-factor sign-in, sessions, invitations, roles, and what was typed before a sign-out.

An account belongs to one organization and is found by the match key of its e-mail. Nobody signs in with one factor.
How the edge takes the steps of signing in is told in `sign_in`; how tries are counted, in `throttling`.
"""

from cie.identity.accounts import (
    add_staff,
    deactivate,
    get_staff,
    name_on_call,
    organization_of,
    own_account,
    set_away,
    set_roles,
    staff_in,
    staff_of,
)
from cie.identity.invitations import (
    accept_invitation,
    invitation_for,
    invitation_token,
    invite,
    open_invitations,
    withdraw_invitation,
)
from cie.identity.kept_forms import forget_old_forms, has_form, keep_form, take_form
from cie.identity.models import Invitation, UserAccount, UserSession
from cie.identity.own_account import change_password, set_preferences, set_up_totp
from cie.identity.passwords import check_password, hash_password, needs_rehash, verify_password
from cie.identity.second_factor import (
    check_code,
    new_recovery_codes,
    new_totp_secret,
    recovery_codes_left,
    totp_address,
)
from cie.identity.sessions import (
    SessionState,
    SignedIn,
    actor_for,
    end_all_sessions,
    end_other_sessions,
    end_session,
    needs_reauthentication,
    needs_touch,
    reauthenticate,
    require_recent_proof,
    session_for,
    sessions_of,
    start_session,
    touch,
)
from cie.identity.sign_in import WRONG, account_for, password_was_right
from cie.identity.throttling import MARK_LIVES, count_password_try, mark_browser

__all__ = [
    "MARK_LIVES",
    "WRONG",
    "Invitation",
    "SessionState",
    "SignedIn",
    "UserAccount",
    "UserSession",
    "accept_invitation",
    "account_for",
    "actor_for",
    "add_staff",
    "change_password",
    "check_code",
    "check_password",
    "count_password_try",
    "deactivate",
    "end_all_sessions",
    "end_other_sessions",
    "end_session",
    "forget_old_forms",
    "get_staff",
    "has_form",
    "hash_password",
    "invitation_for",
    "invitation_token",
    "invite",
    "keep_form",
    "mark_browser",
    "name_on_call",
    "needs_reauthentication",
    "needs_rehash",
    "needs_touch",
    "new_recovery_codes",
    "new_totp_secret",
    "open_invitations",
    "organization_of",
    "own_account",
    "password_was_right",
    "reauthenticate",
    "recovery_codes_left",
    "require_recent_proof",
    "session_for",
    "sessions_of",
    "set_away",
    "set_preferences",
    "set_roles",
    "set_up_totp",
    "staff_in",
    "staff_of",
    "start_session",
    "take_form",
    "totp_address",
    "touch",
    "verify_password",
    "withdraw_invitation",
]
