"""A YAML file as an editor reads it: by the core schema of YAML 1.2, in which a day is a text and `no` is one, too."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _Core(yaml.SafeLoader):
    """Only these texts without quotes are no texts."""


_Core.yaml_implicit_resolvers = {}
for _kind, _form in (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"^(?:{_form})$"), None)
_Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))
_Core.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))


def read(text: str) -> Any:
    """The values of the text; keys are texts."""
    return _keys_as_texts(yaml.load(text, _Core))  # noqa: S506 - a safe loader


def _keys_as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _keys_as_texts(one) for key, one in value.items()}
    return [_keys_as_texts(one) for one in value] if isinstance(value, list) else value


def _key(key: Any) -> str:
    return "null" if key is None else str(key).lower() if isinstance(key, bool) else str(key)
