"""Imported first, it makes every import of TensorFlow fail: Keras would load it on other backends too, for its recurrent layers.

No None in sys.modules: Keras takes a name that stands there for a module that is loaded.
"""

import sys


class NoTensorFlow:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "tensorflow":
            raise ImportError("TensorFlow is not here")


sys.meta_path.insert(0, NoTensorFlow())
