"""A preset as the beginning of another model: what it takes over, and what is new."""

import keras
import numpy as np
import pytest
from contract import assert_equal, values
from keras import layers

import keras_genzoo as zoo
from keras_genzoo.saving import TakenOver


@keras.saving.register_keras_serializable("test_fine_tuning")
class WithTable(zoo.GenerativeModel):
    """A row of a table for each kind, and a layer that does not know their number."""

    def __init__(self, num_kinds=3, **kwargs):
        super().__init__(zoo.engine.DataSpec((2,)), **kwargs)
        self.num_kinds = num_kinds
        self.table, self.dense = layers.Embedding(num_kinds, 2), layers.Dense(5)
        self.table.build((None,))
        self.dense.build((None, 2))
        self.count = self.state("count")

    def networks(self):
        return {"all": self.trainable_variables}


def small(**changed):
    arguments = {"image_shape": (8, 8, 1), "latent_dim": 8, "width": 8}
    return zoo.DCGAN(**arguments | changed)


def test_what_fits_is_loaded_and_the_rest_is_new(trained, preset, capsys):
    model = zoo.from_preset(preset, latent_dim=5)
    taken, said = model.taken_over, capsys.readouterr().out
    assert taken.new == ("generator/dense[0] (5, 128)",)
    assert taken.left == ("generator/dense[0] (8, 128)",)
    total = len(taken.loaded) + 1
    assert f"{total - 1} of {total} variables are the preset's, 4" in said
    assert "New: generator/dense[0] (5, 128)." in said and "{'latent_dim': 5}" in said
    both = zip(values(model.weights), values(trained.weights), strict=True)
    assert [a.shape for a, b in both if not np.array_equal(a, b)] == [(5, 128)]
    # The optimizers begin anew, as those of the preset.
    assert (
        model.optimizer["generator"].learning_rate == trained.optimizer["generator"].learning_rate
    )
    assert int(model.optimizer["generator"].iterations) == 0
    x = np.zeros((12, 8, 8, 1), "uint8")
    x[::2] = 255
    model.fit(x, batch_size=12, verbose=0)
    assert model.sample(2, seed=0).shape == (2, 8, 8, 1)


def test_arguments_that_change_no_shape_bring_all_of_it(trained, preset, capsys):
    for changed in ({"dtype": "mixed_bfloat16"}, {"width": 8}, {}):
        model = zoo.from_preset(preset, **changed)
        assert model.taken_over is None and capsys.readouterr().out == ""
        assert_equal(values(model.optimizer.variables), values(trained.optimizer.variables))
    assert trained.taken_over is None


def test_a_table_of_another_number_of_classes(tmp_path, capsys):
    model = WithTable()
    model.count.assign(7.0)
    model.save_to_preset(tmp_path)
    again = WithTable.from_preset(tmp_path, num_kinds=5)
    assert again.taken_over.new == ("embedding[0] (5, 2)",)
    assert again.taken_over.loaded == ("dense[0] (2, 5)", "dense[1] (5,)")
    assert again.taken_over.share == 15 / 25
    assert_equal(values(again.dense.variables), values(model.dense.variables))
    assert float(again.count) == 7.0


def test_the_average_is_taken_over_and_soon_forgets(tmp_path):
    model = small()
    model.compile(ema_decay=0.9, jit_compile=False)
    x = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 1), "uint8")
    model.fit(x, batch_size=12, verbose=0)
    model.save_to_preset(tmp_path / "small")
    again = zoo.from_preset(tmp_path / "small", latent_dim=5)
    assert float(model.average.steps) == 2.0 and float(again.average.steps) == 0.0
    of_dense = again.generator.layers[1], again.average["generator"].layers[1]
    assert_equal(*(values(layer.variables[:1]) for layer in of_dense))  # new, and alike
    assert_equal(
        values(again.average["generator"].variables[1:]),
        values(model.average["generator"].variables[1:]),
    )
    assert again.taken_over.new == (
        "average/copies/functional/dense[0] (5, 128)",
        "generator/dense[0] (5, 128)",
    )


def test_a_long_list_is_cut_where_it_is_printed():
    taken = TakenOver(("a[0] (2,)",), tuple(f"b_{i}[0] (3,)" for i in range(20)), (), 0.5)
    assert "b_11[0] (3,), and 8 more." in str(taken) and "b_12" not in str(taken)


def test_what_shares_nothing_with_the_preset(preset):
    with pytest.raises(ValueError, match="do not fit .*1 of 11 variables are the preset's, 0.0 %"):
        zoo.from_preset(preset, image_shape=(12, 12, 5), latent_dim=3, width=12)
