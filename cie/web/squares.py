"""Pictures that a phone reads an address from."""

import segno


def square_of(address: str) -> str:
    """The picture that a phone reads an address from."""
    return str(segno.make(address, "m").svg_data_uri(scale=5, border=2, light="#fff"))
