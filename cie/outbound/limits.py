"""How long a connection may take in all, however slowly the other side speaks."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


def seconds_until(ends_at: float, most: float) -> float:
    """The time that is left, at most so much; never nothing, which would wait for ever."""
    return max(0.001, min(most, ends_at - time.monotonic()))


@contextmanager
def ended(sock: socket.socket, ends_at: float) -> Iterator[Callable[[], bool]]:
    """Cut a connection off when its time is over, whatever it is at; gives the question whether that happened.

    A limit for each read would not do: who sends a letter now and then could hold us for ever.
    """
    is_over = threading.Event()
    # the other end of the same connection, which stays when the first is wrapped in TLS
    with sock.dup() as same:

        def cut_off() -> None:
            is_over.set()
            with suppress(OSError):
                same.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds_until(ends_at, threading.TIMEOUT_MAX), cut_off)
        timer.daemon = True
        timer.start()
        try:
            yield is_over.is_set
        finally:
            timer.cancel()
            timer.join()
