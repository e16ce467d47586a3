"""Processes that die with the one that started them, so that none is left serving old code."""

import os
import threading

POLL_SECONDS = 0.5


def exit_with_parent(parent: int | None = None) -> None:
    """End this process soon after its parent ends, however that ended."""
    parent = parent or os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            threading.Event().wait(POLL_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
