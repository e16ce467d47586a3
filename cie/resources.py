"""Where the files that travel with the code are: beside the packages in a checkout, inside the package in a wheel."""

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent
_INSTALLED = Path(sys.prefix) / "share" / "cie"


def resource(*parts: str) -> Path:
    """The path of a file or folder under `templates/`, `migrations/` or `seed_data/`.

    Raises FileNotFoundError, naming what is missing.
    """
    for root in (_CHECKOUT, _INSTALLED):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError("/".join(parts))
