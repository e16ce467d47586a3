"""What each web process loads."""

from flask import Flask

from cie.app import create_app
from cie.cli.start import start
from cie.processes import exit_with_parent


def create() -> Flask:
    """The web application of this process, which ends with the server that started it."""
    exit_with_parent()
    settings, composition = start()
    return create_app(settings, composition)
