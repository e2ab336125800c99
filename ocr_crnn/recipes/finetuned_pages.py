"""What a fine-tuned detector is measured on, and how it becomes a preset."""

from functools import cached_property

from ocr_crnn.recipes.finetune_pages import make_rendered_pages, rendered_pages, split_pages


class FinetunedPages:
    """The pages of a run of the recipe finetune_pages, by its options."""

    new = ""

    def __init__(self, args):
        from ocr_crnn.detection.detector import TextDetector

        self.base = args.weights
        self.detector = TextDetector.from_preset(self.base)
        own, self.held, _ = split_pages(args)
        self.rehearsal = make_rendered_pages(args, self.detector, say=lambda text: None) if args.fonts else None
        self.data = f"{len(own)} pages to learn from, {len(self.held)} to measure on"
        self.about = f"Finds texts as `{args.weights}` does, and on pages like one's own better: `ocr-crnn read --detector FOLDER`."

    @property
    def begun(self):
        """The network that the training began with."""
        return self.detector.network

    @cached_property
    def chosen_on(self):
        return rendered_pages(self.rehearsal) if self.rehearsal else []

    def make_measure(self, network):
        """`() → (own, rendered)`: 1 − F of the network as it then is; the second is 0 where nothing is rendered."""
        from ocr_crnn.training.page_error import measure_missed

        find = self._detector_of(network)
        return lambda: (measure_missed(find, self.held), measure_missed(find, self.chosen_on) if self.chosen_on else 0.0)

    def _detector_of(self, network):
        from dataclasses import fields

        from ocr_crnn.detection.detector import KEPT, TextDetector

        decoder = {one.name: getattr(self.detector.decoder, one.name) for one in fields(self.detector.decoder)}
        return TextDetector(network).adjust(**{name: getattr(self.detector, name) for name in KEPT}, **decoder)

    def save(self, network, folder, card):
        self._detector_of(network).save_to_preset(folder, card)

    def figures(self, preset):
        """Rows `(what, before, after)` of the presets as `ocr-crnn read` runs them; where the pages have texts, of what is read too."""
        from ocr_crnn.reading.reader import DocumentReader
        from ocr_crnn.training.page_error import measure_missed

        readers = [DocumentReader.from_preset(detector=str(one)) for one in (self.base, preset)]
        sets = {f"{len(self.held)} own pages held out": self.held}
        if self.rehearsal:
            pages = rendered_pages(self.rehearsal, reported=True)
            sets[f"{len(pages)} rendered pages"] = pages
        rows = [(f"F of boxes, {what}", *(1 - measure_missed(read.detector, pages) for read in readers)) for what, pages in sets.items()]
        return rows + [(f"F1 of words read, {what}", *(measure_words(read, pages) for read in readers)) for what, pages in sets.items()]


def measure_words(reader, pages):
    """F1 of the words that a reader reads anywhere on `[(image, Page)]`."""
    from ocr_crnn.evaluation.end_to_end import measure_end_to_end

    return measure_end_to_end([(page, reader.read_page(image)) for image, page in pages])["bow_f1"]
