"""The domain: from a script to a role-playing dataset. Knows nothing of extractors or flows."""

from pathlib import Path

__all__ = ["ROOT", "__version__"]

__version__ = "0.1.0"

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: Dramaturg is an application, installed editable from it."""
