"""`python -m core`, or `python -m latent_levers.core`: the command line, not installed."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
