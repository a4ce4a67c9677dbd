import keras_genzoo as zoo


def test_networks_have_one_hidden_layer():
    model = zoo.TinyGAN(num_features=3, latent_dim=2, width=5)
    assert model.generator.count_params() == (2 + 1) * 5 + (5 + 1) * 3
    assert model.discriminator.count_params() == (3 + 1) * 5 + (5 + 1) * 1
