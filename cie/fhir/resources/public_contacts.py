"""How to reach organizations and services, and where they are: what the directory shows to everybody."""

from typing import Any

from cie.directory import Address


def telecom(system: str, value: str) -> dict[str, Any]:
    """A phone, e-mail or web address of an organization."""
    return {"system": system, "value": value, "use": "work"}


def address(row: Address) -> dict[str, Any]:
    """An address that is not confidential."""
    return {
        "use": "work",
        "type": "physical",
        "line": [row.address_1],
        "city": row.city,
        "state": row.state_province,
        "postalCode": row.postal_code,
        "country": row.country,
    }
