"""`python -m keras_genzoo.saving`: TensorFlow's part of an export, in a process of its own."""

import sys

from keras_genzoo.saving.tensorflow_process import main

sys.exit(main(sys.argv[1:]))
