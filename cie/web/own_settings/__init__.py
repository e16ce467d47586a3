"""Own settings: name and language, being away, sessions, apps; how one shows who one is."""

from cie.web.own_settings import account, proof
from cie.web.own_settings.blueprint import blueprint

__all__ = ["account", "blueprint", "proof"]
