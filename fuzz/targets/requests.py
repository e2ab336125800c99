"""What comes to `ocr-crnn serve`: the query, the headers and the body of a request."""

import io

from fuzz.frame import target

MOST, PIECE = 1 << 20, 61  # bytes of a body, and those that come at a time


def _form(*parts):
    lines = [b"--edge\r\ncontent-disposition: form-data; name=" + head + b"\r\n\r\n" + body + b"\r\n" for head, body in parts]
    return b"".join(lines) + b"--edge--\r\n"


def seed_requests():
    """Query, content type, `Accept`, content length and coding, each on a line, and the body."""
    file = b'"file"; filename="\xea\xb3\x84\xec\x95\xbd.pdf"\r\ncontent-type: application/pdf', b"%PDF-1.7\r\n--edg\r\n" * 9
    options = [(b'"pages"', b"1-3,5-"), (b'"stages"', b"tables,entities"), (b'"password"', "열려라".encode()), (b'"mask"', b"default")]
    kind = b"multipart/form-data; boundary=edge"
    yield b"\n".join([b"format=pdf&dpi=150&pdfa=true", kind, b"text/plain;q=0.5, application/*", b"10", b"identity", _form(file)])
    yield b"\n".join([b"", kind, b"*/*", b"", b"", _form(*options, file)])
    yield b"\n".join([b"pages=2%2C4&mask=rrn&mask_whole=1", b"image/png", b"", b"99999999", b"gzip", b"\x89PNG\r\n\x1a\n" * 9])
    yield b"\n".join([b"format=md", b"", b"text/markdown", b"4", b"identity", b"%PDF"])


@target(seed_requests, errors=(RuntimeError,))
def requests(contents):
    """Its Problem is a RuntimeError here, for it is imported late; whatever it says is JSON of a status that refuses."""
    import json

    from ocr_crnn.commands.serve.asked import Limits, parse_options, parse_query
    from ocr_crnn.commands.serve.problems import Problem
    from ocr_crnn.commands.serve.upload import Counted, make_sink, require_length

    query, kind, accept, length, coding, body = (contents.split(b"\n", 5) + [b""] * 5)[:6]
    headers = {"content-length": length.decode("latin-1"), "content-encoding": coding.decode("latin-1") or "identity"}
    limits, stream = Limits(bytes=MOST), io.BytesIO()
    try:
        fields = parse_query(query)
        parse_options(fields, accept.decode("latin-1"), limits)
        require_length(headers, limits.bytes)
        sink = Counted(make_sink(kind.decode("latin-1"), stream), limits.bytes)
        for start in range(0, len(body), PIECE):
            sink.write(body[start : start + PIECE])
        json.dumps(parse_options([*fields, *sink.end()], accept.decode("latin-1"), limits).task())
    except Problem as problem:
        told = json.loads(problem.body())
        if not 400 <= told["status"] < 500 or len(stream.getvalue()) > MOST:
            raise TypeError(f"A request is refused for what it is: {told}") from None
        raise RuntimeError(problem.detail) from None
