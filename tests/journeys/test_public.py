"""What anybody can open."""

import pytest

from tests.journeys.visitor import DESKTOP, PHONE, SMALL


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE, SMALL])
@pytest.mark.parametrize("path", ["/", "/help", "/privacy", "/sign-in", "/sign-in/help", "/keys"])
def test_public_pages_have_no_barriers(visit, path, width, language):
    visitor = visit(width=width, language=language)

    visitor.open(path)

    visitor.has_no_barriers()
