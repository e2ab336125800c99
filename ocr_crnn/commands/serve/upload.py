"""The document of a request on its way into a file: bytes as they are, or a part of a form. Every byte is counted when it comes."""

from ocr_crnn.commands.serve.asked import LONGEST_VALUE, OPTIONS
from ocr_crnn.commands.serve.problems import Problem, shown

PLAIN = ("", "application/pdf", "application/x-pdf", "application/octet-stream", "binary/octet-stream")  # and image/…
MOST_FIELDS = 2 * len(OPTIONS)
MOST_PART_HEADERS, LONGEST_PART_HEADER = 8, 1024


def make_sink(content_type, stream):
    """What takes the body of a request: `write(bytes)`, and `end()`, which gives the options of the form, (name, value) each.

    content_type: of the request, None where it says nothing. stream: gets the document. Raises Problem.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return Form(content_type, stream)
    if kind in PLAIN or kind.startswith("image/"):
        return Plain(stream)
    fix = "Send the file with its own type, such as application/pdf, or in a form: curl -F file=@page.png."
    raise Problem(415, "media-type", f"A document is a picture, a PDF, or a form with a file. Received: {shown(content_type)}. {fix}")


def require_length(headers, most):
    """Raise Problem for a body that is longer than `most` bytes by what its headers say, or packed. They are believed in this alone.

    headers: a mapping of lower-case names.
    """
    packed = headers.get("content-encoding", "identity").strip().lower()
    if packed != "identity":
        raise Problem(415, "encoding", f"A body comes as it is. Received: Content-Encoding {shown(packed)}. Send it without.")
    length = headers.get("content-length", "0").strip()
    if length.isdecimal() and int(length[:20]) > most:
        raise too_large(most, f"{int(length[:20]):,}")


def too_large(most, received):
    return Problem(413, "too-large", f"A request has at most {most:,} bytes. Received: {received}. Split the document, or scan it smaller.")


class Counted:
    """Passes on at most so many bytes to a sink."""

    def __init__(self, sink, most):
        self.sink, self.most, self.bytes = sink, most, 0

    def write(self, contents):
        self.bytes += len(contents)
        if self.bytes > self.most:
            raise too_large(self.most, "more")
        self.sink.write(contents)

    def end(self):
        return self.sink.end()


class Plain:
    """A body that is the document."""

    def __init__(self, stream):
        self.stream, self.empty = stream, True

    def write(self, contents):
        self.empty = self.empty and not contents
        self.stream.write(contents)

    def end(self):
        if self.empty:
            raise Problem(400, "empty", "A request holds a document. Received: 0 bytes. Send a picture or a PDF.")
        return []


class Form:
    """A body of multipart/form-data with one file, and options."""

    def __init__(self, content_type, stream):
        from python_multipart.exceptions import FormParserError
        from python_multipart.multipart import MultipartParser, parse_options_header

        self.stream, self.fields, self.files, self.bytes, self.ended = stream, [], 0, 0, False
        self._error, self._parse_header = FormParserError, parse_options_header
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not boundary:
            raise self._broken("no boundary in its Content-Type")
        calls = {
            "on_part_begin": self._begin, "on_header_field": self._name, "on_header_value": self._value, "on_header_end": self._header,
            "on_headers_finished": self._headed, "on_part_data": self._data, "on_part_end": self._finish, "on_end": self._all,
        }  # fmt: skip
        bounds = {"max_header_count": MOST_PART_HEADERS, "max_header_size": LONGEST_PART_HEADER}
        try:
            self.parser = MultipartParser(boundary, calls, **bounds)
        except FormParserError as error:
            raise self._broken(error) from None

    def write(self, contents):
        try:
            self.parser.write(contents)
        except self._error as error:
            raise self._broken(error) from None

    def end(self):
        if not self.ended:
            raise self._broken("one that breaks off")
        if not self.files or not self.bytes:
            what = "an empty file" if self.files else "none"
            detail = f"A form holds one file, in a field with a file name. Received: {what}. Send it: curl -F file=@page.png."
            raise Problem(400, "empty", detail)
        return self.fields

    def _begin(self):
        self.header, self.headers, self.name, self.value = [b"", b""], {}, None, None

    def _name(self, data, start, end):
        self.header[0] += data[start:end]

    def _value(self, data, start, end):
        self.header[1] += data[start:end]

    def _header(self):
        self.headers[self.header[0].lower()] = self.header[1]
        self.header = [b"", b""]

    def _headed(self):
        disposition, options = self._parse_header(self.headers.get(b"content-disposition", b""))
        if disposition != b"form-data" or b"name" not in options:
            raise self._broken("a part without a name")
        coding = self.headers.get(b"content-transfer-encoding", b"binary").strip().lower()
        if coding not in (b"binary", b"8bit", b"7bit"):
            raise self._broken(f"a part in {shown(coding)}")
        if b"filename" in options:
            self.files += 1
            if self.files > 1:
                raise Problem(400, "form", "A form holds one file. Received: several. Send a request for each.")
            return
        if len(self.fields) >= MOST_FIELDS:
            raise Problem(400, "form", f"A form holds at most {MOST_FIELDS} options. Received: more. Leave some out.")
        self.name, self.value = options[b"name"], b""

    def _data(self, data, start, end):
        if self.value is None:
            self.bytes += end - start
            self.stream.write(data[start:end])
        elif len(self.value) + end - start > 4 * LONGEST_VALUE:
            known = ", ".join(OPTIONS)
            fix = "If it is the document, give it a file name: curl -F file=@page.png."
            raise Problem(400, "form", f"Fields without a file name are {known}. Received: {shown(self.name)}, a long one. {fix}")
        else:
            self.value += data[start:end]

    def _finish(self):
        if self.value is not None:
            try:
                self.fields.append((self.name.decode(), self.value.decode()))
            except UnicodeDecodeError:
                raise self._broken("an option that is no UTF-8") from None

    def _all(self):
        self.ended = True

    def _broken(self, why):
        fix = "Have a library write it: curl -F file=@page.png."
        return Problem(400, "form", f"A form is whole multipart/form-data. Received: {why}. {fix}")
