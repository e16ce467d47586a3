"""What each web process loads."""

import gc
import multiprocessing

from flask import Flask

from cie.app import create_app
from cie.cli.start import start
from cie.processes import exit_with_parent


def create() -> Flask:
    """The web application of this process, which ends with the server that started it."""
    parent = multiprocessing.parent_process()
    exit_with_parent(parent.pid if parent else None)
    settings, composition = start(migrated=False)
    app = create_app(settings, composition)
    # what is loaded by now stays for good; collecting it again and again made one page in twenty slow
    gc.freeze()
    return app
