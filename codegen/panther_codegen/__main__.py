"""Entry point of `python -m panther_codegen`."""

from panther_codegen.cli import app

if __name__ == "__main__":
    app()
