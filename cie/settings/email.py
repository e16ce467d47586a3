"""The settings of e-mail: by which server it goes, and as whom."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from cie.errors import Invalid
from cie.outbound import read_mailbox

USUAL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class EmailSettings(BaseSettings):
    """How e-mail is sent. Without a gateway none is, but for the sandbox of demo and test.

    `smtp_port`: 0 is the usual one. `smtp_security`: `starttls` and `tls` check the certificate of the server.
    """

    email_gateway: Literal["", "sandbox", "smtp"] = ""
    email_from: str = "exchange@exchange.example"
    smtp_host: str = ""
    smtp_port: int = Field(default=0, ge=0, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")

    @field_validator("email_from")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        try:
            return read_mailbox(value)
        except Invalid as error:
            raise ValueError(error.message) from error

    @property
    def smtp_port_or_usual(self) -> int:
        """Where the server listens."""
        return self.smtp_port or USUAL_PORTS[self.smtp_security]


def email_problems(settings: EmailSettings) -> list[str]:
    """What must be mended before e-mail may go out in production; nothing where none is sent."""
    if settings.email_gateway == "":
        return []
    if settings.email_gateway == "sandbox":
        return ["CIE_EMAIL_GATEWAY: the sandbox is for demo and test; set smtp, or nothing to send no e-mail"]
    found = []
    if not settings.smtp_host:
        found.append("CIE_SMTP_HOST: name the server that sends your e-mail")
    if settings.smtp_security == "none":
        found.append("CIE_SMTP_SECURITY: must be starttls or tls")
    if bool(settings.smtp_username) != bool(settings.smtp_password.get_secret_value()):
        found.append("CIE_SMTP_PASSWORD: set it together with CIE_SMTP_USERNAME, or neither")
    if settings.email_from.endswith(".example"):
        found.append("CIE_EMAIL_FROM: set the address from which e-mail comes")
    return found
