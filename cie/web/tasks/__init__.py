"""The steps of a task: answering, helping, ending it. Each page shows what will follow, then acts once."""

from cie.web.tasks import answering, ending, enrolling, helping, told, word
from cie.web.tasks.steps import blueprint

__all__ = ["answering", "blueprint", "ending", "enrolling", "helping", "told", "word"]
