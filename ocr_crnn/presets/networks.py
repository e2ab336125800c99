"""The network of a preset: any Keras class that is registered, found by its registered name."""

from importlib import import_module

import keras

import ocr_crnn
from ocr_crnn.presets import PresetError

OURS = "ocr_crnn>"  # the package under which this package registers its classes; names without a package are its own


def network_config(network):
    """What config.json says of a network: `{"network": registered name, "arguments": JSON values}`, and the module of one of ours that
    is no public name."""
    name = keras.saving.get_registered_name(type(network))
    if keras.saving.get_registered_object(name) is not type(network):
        raise TypeError(
            f"A preset's network is of a registered class. Received: {type(network).__name__}. "
            "Decorate it with keras.saving.register_keras_serializable(package)."
        )
    config = {"network": name.removeprefix(OURS), "arguments": network.get_config()}
    hidden = name.startswith(OURS) and config["network"] not in ocr_crnn.__all__
    return {**config, "module": type(network).__module__} if hidden else config


def build_network(config):
    """The network that `network_config` described, with fresh weights. Raises PresetError for a class that nobody has registered."""
    name = config["network"]
    registered = name if ">" in name else OURS + name
    if registered.startswith(OURS) and config.get("module", "").startswith("ocr_crnn."):
        import_module(config["module"])  # which registers it
    elif registered.startswith(OURS) and registered.removeprefix(OURS) in ocr_crnn.__all__:
        getattr(ocr_crnn, registered.removeprefix(OURS))  # importing its module registers it
    made_by = keras.saving.get_registered_object(registered)
    if made_by is None:
        raise PresetError(
            f"A preset's network is a class that Keras knows by its name. Received: {name!r}, which nobody has registered. "
            "Import the module of the network first."
        )
    return made_by.from_config(config["arguments"])
