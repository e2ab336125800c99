"""The network of a preset: any Keras class that is registered, found by its registered name."""

import copy
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module

import keras

import ocr_crnn
from ocr_crnn.presets import PresetError, by_path, check_shapes

OURS = "ocr_crnn>"  # the package under which this package registers its classes; names without a package are its own
LARGEST = 1 << 16  # of a whole number among the arguments of a network, but the seeds of its initializers
MOST_OBJECTS = 5_000  # JSON objects among them; a CRNN has 300
MOST_VALUES = 1 << 20


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


def build_network(config, shapes=None, path=None):
    """The network that `network_config` described, with fresh weights.

    shapes: `{name: shape}` of its weights file at `path`: of another network nothing is allocated, however large it says it is.
    Raises PresetError for a class that nobody has registered, for arguments that it does not take, and for other shapes.
    """
    made_by, arguments = _find_class(config), config.get("arguments")
    if "task" in config and getattr(made_by, "task", None) != config["task"]:
        raise PresetError(
            f"A preset's network is of its task. Received: {config['network'][:80]!r} for {config['task']}. Take the preset's own config."
        )
    check_sizes(arguments)
    if shapes is not None:
        try:
            wanted = outline(lambda: made_by.from_config(copy.deepcopy(arguments)))
        except Exception as error:
            if _registered(config).startswith(OURS):
                raise _misfit(config, error) from error
            wanted = shapes  # a class of another package need not be one that can be made without values
        check_shapes(wanted, shapes, path)
    try:
        return made_by.from_config(copy.deepcopy(arguments))  # Keras takes apart what it is given
    except Exception as error:
        raise _misfit(config, error) from error


def outline(make):
    """`{path: shape}` of the variables of the network that `make()` makes, none of which gets a value.

    In a thread of its own, for Keras would give them values when this thread leaves its next scope.
    """

    def build():
        with keras.StatelessScope(initialize_variables=False):
            return {path: tuple(variable.shape) for path, variable in by_path(make().variables).items()}

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(build).result()


def _registered(config):
    name = config.get("network")
    if not isinstance(name, str):
        raise PresetError(f"A preset's network is the name of a class. Received: {str(name)[:80]}. Write the preset anew.")
    return name if ">" in name else OURS + name


def _find_class(config):
    registered, module = _registered(config), config.get("module", "")
    if registered.startswith(OURS) and isinstance(module, str) and module.startswith("ocr_crnn.") and "__" not in module:
        with suppress(ImportError, ValueError):  # below it says that nobody has registered it
            import_module(module)
    elif registered.startswith(OURS) and registered.removeprefix(OURS) in ocr_crnn.__all__:
        getattr(ocr_crnn, registered.removeprefix(OURS))  # importing its module registers it
    made_by = keras.saving.get_registered_object(registered)
    if not (isinstance(made_by, type) and issubclass(made_by, keras.layers.Layer)):
        raise PresetError(
            f"A preset's network is a class that Keras knows by its name. Received: {config['network'][:80]!r}, which nobody has "
            "registered. Import the module of the network first."
        )
    return made_by


def check_sizes(arguments):
    """Raises PresetError for arguments that no network of this package or of a reasonable other one has."""
    objects, values, left = 0, 0, [("arguments", arguments)]
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            objects += 1
            left += value.items()
        elif isinstance(value, list | tuple):
            values += len(value)
            left += [(name, one) for one in value]
        elif isinstance(value, int) and name != "seed" and abs(value) > LARGEST:
            raise PresetError(
                f"The arguments of a network are whole numbers to {LARGEST:,}. Received: {str(name)[:40]} = {value}. "
                "Take the preset's own config."
            )
        if objects > MOST_OBJECTS or values > MOST_VALUES:
            raise PresetError(
                f"The arguments of a network are at most {MOST_OBJECTS:,} objects and {MOST_VALUES:,} values. Received: more. "
                "Take the preset's own config."
            )
    if not isinstance(arguments, dict):
        raise PresetError(
            f"The arguments of a network are names with values. Received: {str(arguments)[:80]}. Take the preset's own config."
        )


def _misfit(config, error):
    return PresetError(
        f"The arguments of a preset are those of its network. Received: {config['network'][:80]} with {type(error).__name__}: "
        f"{' '.join(str(error).split())[:300]} Take the preset's own config."
    )
