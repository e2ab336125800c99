"""XML of which nothing is known: no entities, no DTD, nothing fetched, and a bound on its depth."""

from ocr_crnn.untrusted.plain import DamagedFileError

MOST_DEPTH = 200
MOST_ELEMENTS = 1 << 21


def parse_xml(contents, path):
    """The root element (lxml) of an XML document in bytes. path: for the message.

    A document with a DTD is refused, for what it declares could stand for anything. Raises DamagedFileError.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )  # fmt: skip
    try:
        root = etree.fromstring(contents, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _damaged(path, len(contents), " ".join(str(error).split())[:200]) from None
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise _damaged(path, len(contents), "a DTD, which may declare entities" if root is not None else "nothing")
    depth = most = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        most, count = max(most, depth), count + 1
        if most > MOST_DEPTH or count > 2 * MOST_ELEMENTS:
            raise _damaged(path, len(contents), f"elements nested deeper than {MOST_DEPTH}, or more than {MOST_ELEMENTS:,} of them")
    return root


def _damaged(path, size, why):
    return DamagedFileError(
        f"A file of annotations is well-formed XML without a DTD. Received: {path}, {size:,} bytes: {why.rstrip('.')}. Export it again."
    )
