"""What a fine-tuned recogniser is measured on, and how it becomes a preset."""

from functools import cached_property

from ocr_crnn.recipes.finetune_lines import OwnLines, rendered_lines
from ocr_crnn.recipes.lines import make_rendered_lines


class FinetunedLines:
    """The lines of a run of the recipe finetune_lines, by its options."""

    def __init__(self, args):
        self.own, self.base = OwnLines(args), args.weights
        self.held = self.own.measured()
        self.new = self.own.new
        self.rehearsal = None
        if args.fonts:
            self.rehearsal, _ = make_rendered_lines(args, self.own.codec, self.own.frames_for_width, say=lambda text: None)
        self.data = f"{len(self.own.truth)} lines to learn from, {len(self.held)} to measure on"
        self.about = f"Reads lines as `{args.weights}` does, and those of one's own data better: `ocr-crnn read --recognizer FOLDER`."

    @cached_property
    def begun(self):
        """The network that the training began with."""
        return self.own.begin_network(say=lambda text: None)

    @cached_property
    def chosen_on(self):
        return rendered_lines(self.rehearsal) if self.rehearsal else []

    def make_measure(self, network):
        """`() → (own, rendered)`: character error rates of the network as it then is; the second is 0 where nothing is rendered."""
        from ocr_crnn.recognition.recognizer import TextRecognizer
        from ocr_crnn.training.recognition import measure_cer_of

        read = TextRecognizer(network, self.own.codec)
        return lambda: (measure_cer_of(read, self.held), measure_cer_of(read, self.chosen_on) if self.chosen_on else 0.0)

    def save(self, network, folder, card):
        from ocr_crnn.recognition.recognizer import TextRecognizer

        before = self.own.before
        kept = {"min_score": before.min_score, "prepare": before.prepare, "calibration": before.calibration}
        TextRecognizer(network.as_engine(**before.engine.arguments), self.own.codec, **kept).save_to_preset(folder, card)

    def figures(self, preset):
        """Rows `(what, before, after)` of the presets as `ocr-crnn read` runs them."""
        from ocr_crnn.reading.loading import load_recognizer
        from ocr_crnn.training.recognition import measure_cer_of

        before, after = (load_recognizer(str(one)).for_crops() for one in (self.base, preset))
        sets = {f"CER of {len(self.held)} own lines held out": self.held}
        if self.rehearsal:
            lines = rendered_lines(self.rehearsal, reported=True)
            sets[f"CER of {len(lines)} rendered lines"] = lines
        return [(what, measure_cer_of(before, lines), measure_cer_of(after, lines)) for what, lines in sets.items()]
