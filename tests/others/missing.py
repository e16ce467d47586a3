"""What is said when something that others wrote cannot be had here."""


class Missing(Exception):
    """The message says what, in one line."""
