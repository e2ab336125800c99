"""The reader whose one network finds and reads as one TensorFlow graph: the twin of reading.end_to_end.EndToEndSpotter."""

import tensorflow as tf

from ocr_crnn.ops.quads import expand_lines, measure_quads, turn_image
from ocr_crnn.serving.graph_lines import join_lines, no_characters
from ocr_crnn.serving.graph_spotter import GraphSpotter
from ocr_crnn.serving.graph_text_spotter import GraphTextSpotter


class GraphEndToEndSpotter(GraphSpotter):
    """A DocumentReader with a TextSpotter as a module of TensorFlow functions. It reads pages; images of lines it does not read."""

    def take_networks(self, reader):
        return GraphTextSpotter(reader.detector), None

    def look(self, image, grey):
        quads, _, seen = self.detect(image)
        return quads, seen

    def turn(self, image, seen, turns):
        return tf.cond(turns == 0, lambda: seen, lambda: self.detect(turn_image(image, turns))[2])

    def read_quads(self, sheet, quads):
        expanded = expand_lines(quads, self.settings.margin, self.settings.narrow)
        return self.detect.read(sheet, quads, (measure_quads(expanded) - measure_quads(quads))[:, 0] / 2)

    def read_again(self, sheet, quads, read):
        return read

    def read_downwards(self, sheet, quads):
        return join_lines(no_characters(), tf.shape(quads)[0])
