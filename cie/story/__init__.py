"""One referral played through a running demo over HTTP, as its real users would; there is no route made for it."""

from cie.story.browser import Browser
from cie.story.by_fhir import FhirStory
from cie.story.by_pages import START_SECONDS, Story

__all__ = ["START_SECONDS", "Browser", "FhirStory", "Story"]
