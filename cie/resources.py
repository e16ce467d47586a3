"""Where the files that travel with the code are: beside the packages in a checkout, inside the package in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_resources"
_CHECKOUT = _PACKAGE.parent


def resource(*parts: str) -> Path:
    """The path of a file or folder under `templates/`, `migrations/` or `seed_data/`.

    Raises FileNotFoundError, naming what is missing.
    """
    for root in (_INSTALLED, _CHECKOUT):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError("/".join(parts))
