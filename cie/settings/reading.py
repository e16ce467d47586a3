"""What an operator decides, and what a demo decides by itself."""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AliasChoices, DirectoryPath, Field, FilePath, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from cie.errors import Invalid
from cie.settings.email import EmailSettings

DATA_KEY_BYTES = 32
LEAST_RSA_BITS = 2048
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


class Settings(EmailSettings):
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
    export_hours: int = Field(default=24, ge=1, le=168)
    """For so many hours a bulk export can be read, once it is ready."""
    refused_message_days: int = Field(default=30, ge=1, le=90)
    """For so many days what a program sent and was refused is kept for its organization."""
    fhir_value_sets: DirectoryPath | None = None
    """A folder of expanded ValueSets in JSON that are licensed and so not here: those of VSAC for SDOH Clinical Care.

    Without it, codes of SNOMED CT, LOINC or CPT are not checked beyond their systems.
    """

    token_keys: FilePath | None = None
    """A file of RSA private keys in PEM, newest first, with which access tokens are signed by RS256.

    Without it they are signed by ES256, with keys that follow from the secret key.
    """

    @field_validator("fhir_value_sets", "token_keys", mode="before")
    @classmethod
    def _or_none(cls, value: object) -> object:
        return value or None

    @field_validator("token_keys")
    @classmethod
    def _are_keys(cls, value: Path | None) -> Path | None:
        if value is not None:
            token_keys_in(value)
        return value

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
    def may_reach_private(self) -> bool:
        """Addresses that clients give us may lie on this machine and its network: on a pilot's laptop, in tests."""
        return self.env != "production"

    @property
    def email_by(self) -> Literal["", "sandbox", "smtp"]:
        """By what e-mail goes; empty where none is sent. Beside the sandbox for texts it goes there by itself."""
        is_beside = self.env != "production" and self.sms_gateway == "sandbox"
        return self.email_gateway or ("sandbox" if is_beside else "")

    @property
    def uses_sandbox(self) -> bool:
        """Texts or e-mails go to the pretend network, which then runs beside the web."""
        return "sandbox" in (self.sms_gateway, self.email_by)

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


def token_keys_in(path: Path) -> list[bytes]:
    """The RSA private keys in a file, each in PEM. Raises ValueError for what holds none, or one that is too short."""
    found = [key.encode() for key in _PEM.findall(path.read_text("ascii"))]
    keys = [load_pem_private_key(pem, None) for pem in found]
    if not keys or not all(isinstance(key, RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS for key in keys):
        raise ValueError(f"give RSA private keys of at least {LEAST_RSA_BITS} bits, in PEM and without a password")
    return found


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
