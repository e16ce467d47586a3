"""What must be mended before the settings may serve real people."""

import re

from cie.errors import Invalid
from cie.settings.email import email_problems
from cie.settings.reading import Settings

SECRET_MINIMUM_CHARACTERS = 43
SECRET_MINIMUM_DIFFERENT = 12
TWILIO_TOKEN_CHARACTERS = 32
TWILIO_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
TWILIO_SERVICE = re.compile(r"MG[0-9a-f]{32}")


def problems(settings: Settings) -> list[str]:
    """What must be mended before this may serve real people, each naming its variable."""
    if settings.env != "production":
        return []
    found = []
    if _is_weak(settings.secret_key.get_secret_value()):
        found.append(f"CIE_SECRET_KEY: set a random text of at least {SECRET_MINIMUM_CHARACTERS} characters")
    try:
        if any(len(set(key)) < SECRET_MINIMUM_DIFFERENT for key in settings.keyring().values()):
            found.append("CIE_DATA_KEYS: use keys that were drawn at random")
    except Invalid as error:
        found.append(error.message)
    if not settings.is_secure:
        found.append("CIE_PUBLIC_URL: must begin with https://")
    if settings.sms_gateway == "sandbox":
        found.append("CIE_SMS_GATEWAY: the sandbox is for demo and test; set twilio")
    else:
        found += _twilio_problems(settings)
    found += email_problems(settings)
    first, last = settings.text_hours_local
    if first < 9 or last > 20 or first >= last:
        found.append("CIE_TEXT_HOURS: must lie within 9-20")
    return found


def _is_weak(secret: str) -> bool:
    return len(secret) < SECRET_MINIMUM_CHARACTERS or len(set(secret)) < SECRET_MINIMUM_DIFFERENT


def _twilio_problems(settings: Settings) -> list[str]:
    found = []
    unset = "0" * 32
    account, service = settings.twilio_account_sid, settings.sms_messaging_service_sid
    if not TWILIO_ACCOUNT.fullmatch(account) or account.endswith(unset):
        found.append("TWILIO_ACCOUNT_SID: set the id of your account, which begins with AC")
    if len(settings.twilio_auth_token.get_secret_value()) < TWILIO_TOKEN_CHARACTERS:
        found.append("TWILIO_AUTH_TOKEN: set the token of your account; texts that come in are checked with it")
    if not TWILIO_SERVICE.fullmatch(service) or service.endswith(unset):
        found.append("CIE_SMS_MESSAGING_SERVICE_SID: set the id of your messaging service, which begins with MG")
    return found
