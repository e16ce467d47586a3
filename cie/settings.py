"""Every setting of the exchange, read from the environment once, at start.

Variables begin with `CIE_`; those of the Twilio account keep the names that Twilio gives them.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cie.errors import Invalid

DATA_KEY_BYTES = 32
SECRET_MINIMUM_CHARACTERS = 43
SECRET_MINIMUM_DIFFERENT = 12
TWILIO_TOKEN_CHARACTERS = 32
TWILIO_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
TWILIO_SERVICE = re.compile(r"MG[0-9a-f]{32}")


class Settings(BaseSettings):
    """What an operator decides. Hours are local hours of the day, 0 to 24."""

    model_config = SettingsConfigDict(env_prefix="CIE_", frozen=True, populate_by_name=True)

    env: Literal["production", "demo", "test"] = "production"
    instance: Path = Path("instance")
    database_url: str = ""
    secret_key: SecretStr = SecretStr("")
    data_keys: SecretStr = SecretStr("")
    public_url: str = "http://127.0.0.1:8000"
    network_name: str = "Valley Exchange"
    help_phone: str = "(559) 555-0100"
    neutral_site: str = "https://www.weather.gov"
    text_hours: str = ""
    sms_gateway: Literal["sandbox", "twilio"] = "sandbox"
    sms_messaging_service_sid: str = "MG" + "0" * 32
    sandbox_url: str = "http://127.0.0.1:8002"
    twilio_account_sid: str = Field(default="AC" + "0" * 32, validation_alias=AliasChoices("TWILIO_ACCOUNT_SID"))
    twilio_auth_token: SecretStr = Field(
        default=SecretStr("sandbox"), validation_alias=AliasChoices("TWILIO_AUTH_TOKEN")
    )
    lock_wait_seconds: float = 15.0
    web_workers: int = 1
    trusted_proxies: int = Field(default=0, ge=0, le=9)
    """How many reverse proxies stand before the web, each adding itself to X-Forwarded-For, -Proto and -Host.

    Too few, and all new browsers share the allowance of sign-in tries of one address; too many, and anybody may name
    an address of their own.
    """
    small_cell_below: int = 11
    key_days: int = Field(default=365, ge=1)
    """After so many days `cie doctor` asks for a newer key."""

    @field_validator("public_url", "sandbox_url")
    @classmethod
    def _without_a_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("text_hours")
    @classmethod
    def _is_a_range(cls, value: str) -> str:
        found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", value)
        if value and (found is None or not 0 <= int(found[1]) < int(found[2]) <= 24):
            raise ValueError("write two hours of the day, like 9-20")
        return value

    @property
    def is_demo(self) -> bool:
        """Everyone in the database is invented, and sign-ins are printed."""
        return self.env == "demo"

    @property
    def is_secure(self) -> bool:
        """The public address is https, so cookies may be `Secure` and `__Host-`."""
        return self.public_url.startswith("https://")

    @property
    def text_hours_local(self) -> tuple[int, int]:
        """From which local hour to which we may send a text that is not urgent."""
        first, _, last = (self.text_hours or ("0-24" if self.is_demo else "9-20")).partition("-")
        return int(first), int(last)

    def keyring(self) -> dict[int, bytes]:
        """Data keys by version, from `2:BASE64,1:BASE64`; the first named is the current one.

        Raises Invalid when a key is missing or of another length than 32 bytes.
        """
        keys: dict[int, bytes] = {}
        for item in filter(None, self.data_keys.get_secret_value().split(",")):
            version, _, encoded = item.strip().partition(":")
            try:
                keys[int(version)] = urlsafe_b64decode(encoded)
            except ValueError as error:
                raise Invalid("CIE_DATA_KEYS: write VERSION:BASE64, separated by commas") from error
        if not keys or any(len(key) != DATA_KEY_BYTES for key in keys.values()):
            raise Invalid("CIE_DATA_KEYS: give at least one key of 32 bytes, as 1:BASE64")
        return keys

    def named_secrets(self) -> list[tuple[str, str]]:
        """Each secret that guards the data, as it is written, with the name of its variable."""
        keys = [item.partition(":")[2] for item in self.data_keys.get_secret_value().split(",")]
        named = [("CIE_DATA_KEYS", key.strip()) for key in keys]
        return [*named, ("CIE_SECRET_KEY", self.secret_key.get_secret_value())]


def load_settings() -> Settings:
    """The settings of this process; in demo, missing keys are made once and kept under `instance/`.

    Raises Invalid naming the variable that is wrong.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        name = str(fault["loc"][0]).upper()
        name = name if name.startswith("TWILIO_") else f"CIE_{name}"
        raise Invalid(f"{name}: {fault['msg'].removeprefix('Value error, ')}") from None
    changes: dict[str, object] = {}
    if not settings.database_url:
        changes["database_url"] = f"sqlite:///{settings.instance.absolute() / 'cie.db'}"
    if settings.is_demo:
        changes |= _demo_keys(settings)
    return settings.model_copy(update=changes)


def _demo_keys(settings: Settings) -> dict[str, object]:
    made: dict[str, object] = {}
    if not settings.secret_key.get_secret_value():
        made["secret_key"] = SecretStr(_kept(settings.instance / "secret_key", secrets.token_urlsafe(48)))
    if not settings.data_keys.get_secret_value():
        key = "1:" + urlsafe_b64encode(secrets.token_bytes(DATA_KEY_BYTES)).decode()
        made["data_keys"] = SecretStr(_kept(settings.instance / "data_keys", key))
    return made


def _kept(path: Path, fresh: str) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(fresh)
    return path.read_text().strip()


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
