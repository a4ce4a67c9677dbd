"""A model with codes and no distribution of them: an autoencoder passes the contract of all models,
and says that it draws no samples.
"""

import contract
import keras
from keras import ops
from zoo_cases import Case

from keras_genzoo.engine import DataSpec, GenerativeModel
from keras_genzoo.models.catalogue import Small
from keras_genzoo.models.latent import Encoding
from keras_genzoo.networks.mlp import build_mlp
from keras_genzoo.saving.signature import Signature


@keras.saving.register_keras_serializable("test")
class Autoencoder(Encoding, GenerativeModel):
    """x -> code(x) -> reconstruction(x), by the mean squared error."""

    def __init__(self, num_features, latent_dim=2, **kwargs):
        super().__init__(DataSpec.of(None, num_features), **kwargs)
        self.latent_dim = latent_dim
        x, z = self.spec.shape, (latent_dim,)
        with self.own_precision():
            self.encoder, self.decoder = build_mlp(x, [4], z), build_mlp(z, [4], x)
        self.track("loss")

    def networks(self):
        return {"autoencoder": self.trainable_variables}

    def default_optimizers(self):
        return {"autoencoder": keras.optimizers.Adam(1e-3)}

    def train_step(self, data):
        x = self.batch(data)
        return self.report(loss=self.minimize("autoencoder", lambda: self.error(x)))

    def test_step(self, data):
        return self.report(loss=self.error(self.batch(data)))

    def error(self, x):
        return ops.mean(ops.square(self.reconstruction(x) - self.scale.numbers(x)), axis=-1)

    def code(self, x):
        return self.encoder(self.scale.numbers(x))

    def reconstruction(self, x):
        return self.decoder(self.code(x))

    def reconstruct(self, x):
        return self.in_batches(self.reconstruction, x)

    def call(self, inputs):
        return self.reconstruction(inputs)

    def signatures(self):
        x = {self.spec.name: self.spec.tensor}
        of_x = Signature(self.reconstruction, x, self.spec.name)
        return {"encode": self.encode_signature(), "reconstruct": of_x}


def test_contract(tmp_path):
    contract.check(Case(Autoencoder, Small({"num_features": 3}, dense=True)), tmp_path)


def test_it_has_no_ways_between_examples():
    """They need a decoder of any codes, and what a typical way is."""
    assert not hasattr(Autoencoder, "interpolate")
