"""The `cie` command, also as `python -m cie`."""

import gc


def main() -> None:
    """Run it. What is loaded stays for good: looking for garbage in it meanwhile would be a quarter of the start."""
    gc.disable()
    from cie.cli import main as run

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
