"""What training with keras_genzoo costs, beside hand-written Keras and PyTorch."""
