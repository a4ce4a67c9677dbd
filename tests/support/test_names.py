import pytest

from keras_genzoo.support.names import hint, known, nearest

NAMES = ("dcgan", "wgan_gp", "PixelCNN", "nice")


def test_the_nearest_are_found_whatever_their_case():
    assert nearest("DCGNA", NAMES)[0] == "dcgan"
    assert nearest("pixelcn", NAMES) == ["PixelCNN"]
    assert nearest("qqq", NAMES) == []


def test_a_hint_names_the_nearest_or_else_all():
    assert hint("nise", NAMES) == "Did you mean 'nice'?"
    assert hint("qqq", NAMES) == "Known: dcgan, wgan_gp, PixelCNN, nice."
    assert hint("qqq", map(str, range(99))).endswith("10, 11, ...")


def test_an_unknown_name_is_an_error_with_a_hint():
    known("a model", "nice", iter(NAMES))
    with pytest.raises(ValueError, match="Expected a model; got 'nise'. Did you mean 'nice'?"):
        known("a model", "nise", iter(NAMES))
