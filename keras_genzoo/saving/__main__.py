"""`python -m keras_genzoo.saving <preset> <folder> [modules]`: a SavedModel of a preset."""

import sys

from keras_genzoo.saving.export import main

sys.exit(main(sys.argv[1:]))
