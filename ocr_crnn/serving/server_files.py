"""The files that a TensorFlow Serving server is started with: which versions of a model it serves, and how it batches requests."""

from ocr_crnn.files import replace_file, sweep
from ocr_crnn.serving.protocol import IMAGES_AT_ONCE


def write_configuration(folder):
    """`config/models.config` and `config/batching.config` for the versions in a model's folder, each line explained."""
    versions = sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())
    labels = {"stable": versions[-2:][0], "canary": versions[-1]}
    name = folder.name
    lines = "\n".join(f'    version_labels {{ key: "{label}" value: {version} }}' for label, version in labels.items())
    served = " ".join(f"versions: {version}" for version in sorted(set(labels.values())))
    models = f"""# tensorflow_model_server --model_config_file=…/config/models.config --allow_version_labels_for_unavailable_models=true
model_config_list {{
  config {{
    name: "{name}"  # in the URL: /v1/models/{name}:predict
    base_path: "/models/{name}"  # as the server sees this folder
    model_platform: "tensorflow"
    model_version_policy {{ specific {{ {served} }} }}  # the others rest
    # In the URL: /v1/models/{name}/labels/stable:predict. Try a new version as canary, then move the label.
{lines}
  }}
}}
"""
    batching = f"""# --enable_batching=true --batching_parameters_file=…/config/batching.config
max_batch_size {{ value: {IMAGES_AT_ONCE} }}  # images of several requests that run together; they are read one after the other
batch_timeout_micros {{ value: 5000 }}  # how long the first waits for others
max_enqueued_batches {{ value: 32 }}  # beyond these, requests are refused with 503, and the client tries again
num_batch_threads {{ value: 1 }}  # pages read at the same time; each uses all cores
"""
    config = folder / "config"
    config.mkdir(exist_ok=True)
    sweep(config)
    for path, text in ((config / "models.config", models), (config / "batching.config", batching)):
        replace_file(path, text)
