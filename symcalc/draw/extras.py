"""Packages that drawing needs and calculation does not; they come with the extra `notebook`."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from symcalc.errors import MissingExtraError


def load(package: str, what: str) -> ModuleType:
    """An optional package; `MissingExtraError` with the cure if it is not installed."""
    try:
        with without_deprecations():
            return importlib.import_module(package)
    except ImportError as error:
        name = package.partition(".")[0].replace("_", "-")
        raise MissingExtraError(
            f"{what} needs {name}, which is not installed: pip install 'symcalc[notebook]'"
        ) from error


@contextmanager
def without_deprecations() -> Iterator[None]:
    """Keeps quiet about what another package should do differently: its users cannot help it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
