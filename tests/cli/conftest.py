"""A model of one's own in the current folder."""

import sys

import keras
import pytest

OWN = """
import keras
import keras_genzoo as zoo

@keras.saving.register_keras_serializable("{module}")
class Own(zoo.NICE):
    def __init__(self, *, softness=1.0, **kwargs):
        super().__init__(**kwargs)
        self.softness = softness

    def get_config(self):
        return {{**super().get_config(), "softness": self.softness}}

class Unregistered(zoo.NICE):
    pass

number = 3
"""


class OwnModule(str):
    """The module's name; `forget` undoes its import."""

    def forget(self):
        sys.modules.pop(self, None)
        keras.saving.get_custom_objects().pop(f"{self}>Own", None)


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """The name of a module in the current folder that has a model of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = OwnModule("a_module_of_ones_own")
    (tmp_path / f"{name}.py").write_text(OWN.format(module=name))
    yield name
    name.forget()
