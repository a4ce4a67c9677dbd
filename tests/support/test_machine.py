import os

from keras_genzoo.support import machine


def test_the_machine_has_a_name_and_cores():
    assert machine.processor().strip()
    assert machine.cores() == len(os.sched_getaffinity(0))


def test_without_linux_the_name_is_what_python_knows(monkeypatch):
    monkeypatch.setattr(machine.Path, "exists", lambda path: False)
    monkeypatch.setattr(machine.platform, "processor", lambda: "arm")
    assert machine.processor() == "arm"
    monkeypatch.delattr(machine.os, "sched_getaffinity")
    assert machine.cores() == os.cpu_count()
