"""Every module has a test file of its name at its place: ocr_crnn/a/b.py ↔ tests/a/test_b.py.

COVERED names the exceptions, each with the file that tests it: parts of a whole that only the whole can be asked about.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "ocr_crnn"
MODULES = sorted(
    path.relative_to(PACKAGE).with_suffix("").as_posix() for path in PACKAGE.rglob("*.py") if not path.stem.startswith("__")
)

COVERED = {
    # The command line as it is typed.
    "cli": "commands/test_cli.py",
    "commands/doctor": "commands/test_cli.py",
    "commands/evaluate": "commands/test_cli.py",
    "commands/measure": "commands/test_cli.py",
    "commands/read/command": "commands/test_cli.py",
    "commands/export": "serving/test_export.py",
    "commands/language_model": "decoding/test_language_model.py",
    "commands/rendered_pages": "commands/test_render.py",
    "commands/train": "test_train.py",
    "formats/pdf_files": "formats/test_searchable_pdf.py",
    "formats/invisible_font": "formats/test_searchable_pdf.py",
    "images/pdfium": "images/test_pdf_pages.py",
    # What `ocr-crnn read` makes of many files: found, read in processes, reported, written.
    "commands/read/batch": "commands/read/test_files.py",
    "commands/read/ending": "commands/read/test_broken_off.py",
    "commands/read/outputs": "commands/read/test_files.py",
    "commands/read/report": "commands/read/test_files.py",
    "commands/read/workers": "commands/read/test_broken_off.py",
    # A shared run: what is left, who does it, what becomes of it.
    "commands/read/cluster/planning": "commands/read/cluster/test_run.py",
    "commands/read/cluster/pool": "commands/read/cluster/test_ray_cluster.py",
    "commands/read/cluster/progress": "commands/read/cluster/test_run.py",
    "commands/read/cluster/results": "commands/read/cluster/test_run.py",
    "commands/read/cluster/tables": "commands/read/cluster/test_run.py",
    "commands/read/cluster/tasks": "commands/read/cluster/test_run.py",
    "commands/read/cluster/worker": "commands/read/cluster/test_run.py",
    # The service is asked over sockets.
    "commands/serve/app": "commands/serve/test_service.py",
    "commands/serve/metrics": "commands/serve/test_service.py",
    "commands/serve/server": "commands/serve/test_service.py",
    # What stands between an AI Hub folder and a batch.
    "data/aihub/font_records": "data/aihub/test_font_images.py",
    "data/aihub/gathering": "data/aihub/test_readers.py",
    "data/aihub/json_files": "data/aihub/test_font_images_damage.py",
    "data/aihub/labels": "data/aihub/test_readers.py",
    "data/aihub/per_image": "data/aihub/test_readers.py",
    "data/aihub/sets": "data/aihub/test_readers.py",
    "data/aihub/telling": "data/aihub/test_readers.py",
    "data/validation": "data/aihub/test_font_images.py",
    # What stands between annotations and Pages, whatever the format.
    "data/annotations/json_records": "data/test_ground_truth.py",
    "data/annotations/looking": "data/test_ground_truth.py",
    "data/annotations/rows": "data/test_ground_truth.py",
    "data/annotations/source": "data/test_ground_truth.py",
    "data/annotations/target": "data/annotations/test_writing.py",
    "data/line_cache": "data/test_input_generator.py",
    "data/line_loader": "data/test_input_generator.py",
    "data/line_table": "data/test_input_generator.py",
    "evaluation/pages": "evaluation/test_report.py",
    # Twins in graph, held to what they repeat.
    "ops/best_path": "test_pairs_of_reading.py",
    "ops/crops": "test_pairs.py",
    "ops/quads": "test_pairs.py",
    # What a reader is made of.
    "reading/characters": "reading/test_words.py",
    "reading/settings": "reading/test_spotter.py",
    "reading/lines": "commands/test_cli.py",
    "reading/stacked": "test_pairs.py",
    # A recipe is asked for by its command.
    "recipes/anchor_free": "test_recipes.py",
    "recipes/attention_ctc": "test_recipes.py",
    "recipes/clip4str": "test_recipes.py",
    "recipes/craft": "test_recipes.py",
    "recipes/crnn": "test_recipes.py",
    "recipes/experiment": "training/test_command.py",
    "recipes/finetune_lines": "recipes/test_finetune.py",
    "recipes/finetune_pages": "recipes/test_finetune.py",
    "recipes/finetuned_lines": "recipes/test_finetune.py",
    "recipes/finetuned_pages": "recipes/test_finetune.py",
    "recipes/lines": "test_recipes.py",
    "recipes/rehearsal": "recipes/test_finetune.py",
    "recipes/pages": "test_recipes.py",
    "recipes/pan": "test_recipes.py",
    "recipes/parseq": "test_recipes.py",
    "recipes/vitstr": "test_recipes.py",
    "recipes/weak": "test_recipes.py",
    "recognition/engine": "recognition/test_keras_engine.py",
    "recognition/network": "test_toy_recogniser.py",
    "serving/graph_decoders": "test_pairs_of_reading.py",
    "serving/graph_detector": "test_pairs_of_reading.py",
    "serving/graph_end_to_end": "test_pairs_of_spotting.py",
    "serving/graph_lines": "serving/test_graph_spotter.py",
    "serving/graph_text_spotter": "test_pairs_of_spotting.py",
    "serving/protocol": "serving/test_export.py",
    "serving/server_files": "serving/test_export.py",
    "serving/transport": "serving/test_client.py",
    "serving/warm_up": "serving/test_export.py",
    # Pages and lines are rendered whole.
    "synthesis/line/ink": "synthesis/line/test_rendering.py",
    "synthesis/page/blank_forms": "synthesis/page/test_blanks.py",
    "synthesis/page/articles": "synthesis/page/test_rendering.py",
    "synthesis/page/elements": "synthesis/page/test_rendering.py",
    "synthesis/page/flow": "synthesis/page/test_typeset.py",
    "synthesis/page/forms": "synthesis/page/test_rendering.py",
    "synthesis/page/furniture": "synthesis/page/test_rendering.py",
    "synthesis/page/kinds": "synthesis/page/test_rendering.py",
    "synthesis/page/layout": "synthesis/page/test_rendering.py",
    "synthesis/page/letters": "synthesis/page/test_rendering.py",
    "synthesis/page/phrases": "synthesis/page/test_rendering.py",
    "synthesis/page/sample_contract": "synthesis/page/test_rendering.py",
    "synthesis/page/table": "synthesis/page/test_typeset.py",
    "synthesis/page/words": "synthesis/page/test_rendering.py",
    "synthesis/text/templates": "synthesis/text/test_corpus.py",
    "synthesis/text/vocabulary": "synthesis/text/test_corpus.py",
    # A training, its state and its checks.
    "training/checks": "training/test_options.py",
    "training/ending": "training/test_launching.py",
    "training/fit": "training/test_command.py",
    "training/state": "training/test_command.py",
    "training/workers": "training/test_line_batches.py",
}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_its_test_file(module):
    folder, _, name = module.rpartition("/")
    own = TESTS / folder / f"test_{name}.py"
    assert own.exists() != (module in COVERED), f"{module}: either {own.relative_to(TESTS)} or a line in COVERED"


@pytest.mark.parametrize(("module", "file"), COVERED.items())
def test_an_exception_is_a_module_and_its_file_is_there(module, file):
    assert module in MODULES and (TESTS / file).exists()
