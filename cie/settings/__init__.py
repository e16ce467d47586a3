"""Every setting of the exchange, read from the environment once, at start.

Variables begin with `CIE_`; those of the Twilio account keep the names that Twilio gives them.
"""

from cie.settings.fitness import problems
from cie.settings.reading import Settings, load_settings, token_keys_in

__all__ = ["Settings", "load_settings", "problems", "token_keys_in"]
