"""Somebody in a browser: follows links and forms, and keeps cookies."""

import re
from html import unescape
from http import HTTPStatus
from typing import Any

import requests

from cie.errors import NotPossibleNow

TIMEOUT_SECONDS = 20
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Browser:
    """Follows links and forms, keeping cookies; every form carries the hidden fields of the page it stands on."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.http = requests.Session()
        # a proxy named in the environment does not know this machine
        self.http.trust_env = False
        self.http.headers["Accept-Language"] = "en"
        self.page = self.address = ""

    def is_up(self, path: str) -> bool:
        """Whether anything answers there, and does not say that it is away for the moment."""
        try:
            answer = self.http.get(self.base_url + path, timeout=TIMEOUT_SECONDS)
        except requests.RequestException:
            return False
        return answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE

    def open(self, path: str) -> str:
        """Open a page. Raises NotPossibleNow when it does not open."""
        return self._keep("GET", path)

    def send(self, path: str, **fields: Any) -> str:
        """Post a form of the page that is open, with the hidden fields of its own form."""
        return self._keep("POST", path, {**self._form_of(path), **fields})

    def _form_of(self, path: str) -> dict[str, str]:
        action = re.search(rf'<form[^>]*action="{re.escape(path)}"[^>]*>(.*?)</form>', self.page, re.DOTALL)
        found = FIELD.findall(action.group(1) if action else self.page)
        return {name: unescape(value) for name, value in found}

    def _keep(self, method: str, path: str, form: dict[str, Any] | None = None) -> str:
        try:
            answer = self.http.request(method, self.base_url + path, data=form, timeout=TIMEOUT_SECONDS)
        except requests.RequestException:
            raise NotPossibleNow(f"nothing answers at {self.base_url}") from None
        self.page, self.address = answer.text, answer.url
        if answer.status_code >= 400:
            words = re.findall(r"<h1>(.*?)</h1>|cie-error[^>]*>(.*?)<", self.page)
            raise NotPossibleNow(f"a page answered {answer.status_code}: {words[:3]}")
        return self.page

    def find(self, pattern: str) -> str:
        """The first match on the open page. Raises NotPossibleNow when it is not there."""
        found = re.search(pattern, self.page, re.DOTALL)
        if found is None:
            raise NotPossibleNow(f"the page does not show what was expected ({pattern})")
        return found.group(1)

    def find_address(self, pattern: str) -> str:
        """The first match in the address that the last form led to. Raises NotPossibleNow when it led elsewhere."""
        found = re.search(pattern, self.address)
        if found is None:
            raise NotPossibleNow("the form did not lead where it should")
        return found.group(1)
