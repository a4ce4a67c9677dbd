"""What a model's configuration names, and whether Keras finds it."""

from collections.abc import Iterator

import keras

REGISTER = '@keras.saving.register_keras_serializable("your_package")'
# Keras finds their classes by import.
OF_KERAS = ("keras", "keras_hub", "keras_cv", "keras_nlp")


def objects(config) -> Iterator[dict]:
    """All dictionaries in a configuration, from the outside in."""
    if isinstance(config, dict):
        yield config
    values = config.values() if isinstance(config, dict) else config
    if isinstance(config, dict | list | tuple):
        for value in values:
            yield from objects(value)


def unknown_names(config: dict) -> tuple[list[str], bool]:
    """Functions and classes of a configuration that Keras does not find, by name, and whether
    all of them are in its `compile_config`."""
    of_model = _unknown({**config, "compile_config": None})
    return _unknown(config), not of_model


def _unknown(config: dict) -> list[str]:
    parts = [part for part in objects(config) if {"module", "class_name"} <= part.keys()]
    names = [
        part["config"] if isinstance(part.get("config"), str) else part["class_name"]
        for part in parts
        if not _is_known(part)
    ]
    return list(dict.fromkeys(map(str, names)))


def _is_known(part: dict) -> bool:
    if part["class_name"] == "function":
        try:
            return callable(keras.saving.deserialize_keras_object(part))
        except (TypeError, ValueError):
            return False
    name = part.get("registered_name")
    registered = isinstance(name, str) and keras.saving.get_registered_object(name) is not None
    return registered or str(part["module"]).split(".")[0] in OF_KERAS


def holds_lambda(config) -> bool:
    """Whether a configuration has the code of a Python lambda in it."""
    # Keras refuses them as well, but not where a program has called
    # `keras.config.enable_unsafe_deserialization` for some file of its own.
    return any(part.get("class_name") == "__lambda__" for part in objects(config))
