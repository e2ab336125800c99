"""Stages that have a name: what `--stages` and `DocumentReader(…, stages=("tables",))` know them by."""

from importlib import import_module

# name: "module:function", imported when it is asked for. The function is a stage, `stage(page, image) → page`.
STAGES_BY_NAME: dict[str, str] = {
    "clusters": "ocr_crnn.reading.clusters:find_clusters",
    "entities": "ocr_crnn.reading.entities:find_entities",
    "scripts": "ocr_crnn.reading.scripts:find_scripts",
    "tables": "ocr_crnn.reading.tables:find_tables",
    "templates": "ocr_crnn.reading.templates.stage:find_shipped_forms",
}


def find_stage(stage):
    """A stage by its name in STAGES_BY_NAME; a function is a stage already. Raises ValueError for a name that is none."""
    if callable(stage):
        return stage
    if stage not in STAGES_BY_NAME:
        known = ", ".join(STAGES_BY_NAME) or "none yet"
        raise ValueError(f"A stage is one of {known}, or a function. Received: {str(stage)[:80]!r}. Name one of them.")
    module, _, name = STAGES_BY_NAME[stage].partition(":")
    return getattr(import_module(module), name)


def parse_stages(text):
    """ "tables,entities" → ("tables", "entities"), each once, in their order. Raises ValueError for a name that is none."""
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    for name in names:
        find_stage(name)
    return names


def with_templates(names, folder):
    """The stages of some names, that of the templates being one of a folder's: in its place among them, or at the end. folder: None for
    the forms that ship with the package. Raises as templates.schema.read_templates."""
    if folder is None:
        return names
    from ocr_crnn.reading.templates.stage import load_stage

    stage = load_stage(folder)
    return tuple(stage if name == "templates" else name for name in names) if "templates" in names else (*names, stage)
