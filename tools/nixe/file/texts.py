"""Texts and options as HDF5 and YAML hold them; and what is said of files that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml


class NixeFileError(Exception):
    """A file that cannot be used, told in one sentence."""


def parse_options(text: str, origin: str = "The text") -> dict[str, Any]:
    """Read the YAML that nixe writes: sections of `key: value`, each joined to section_key.

    What is no YAML of options is refused in a sentence that names its origin.
    """
    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise NixeFileError(f"{origin} is not YAML{where}.") from error
    if not isinstance(tree, (dict, type(None))):
        raise NixeFileError(f"{origin} is YAML, but not of options.")
    return dict(_joined("", tree or {}))


def _joined(section: str, tree: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    """The values of a tree, each with the keys that lead to it."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _joined(f"{section}{key}_", value)
        elif value is not None:
            yield f"{section}{key}", value


def as_text(value: Any) -> Any:
    """A string as str, whether HDF5 gave it as text or as bytes; anything else as it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def as_bytes(value: Any) -> bytes:
    """A string as bytes."""
    return value.encode() if isinstance(value, str) else value


def is_text(value: Any, text: str) -> bool:
    """Whether an attribute is this text."""
    return isinstance(value, (str, bytes)) and as_text(value) == text
