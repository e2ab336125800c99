"""`ocr-crnn serve`: documents come over HTTP, and go back as JSON, text, Markdown, tables, hOCR, ALTO or a searchable PDF.

    command.py    the options; what is printed
    server.py     uvicorn: connections, how long each may take, the end on SIGTERM
    app.py        the routes
    service.py    a request from its first byte to its answer
    asked.py      what a request asks for: options, formats
    upload.py     the document as it comes in, into a file, counted
    pool.py       the one queue, and the processes that read
    worker.py     such a process
    log.py        lines for whoever runs it
    problems.py   what is answered when it cannot be done
    metrics.py    counts for Prometheus

A document is read by `read_jobs`, as `ocr-crnn read` does, in a process of its own kind that can be ended: no decoder keeps the
service. This process holds requests and files, never an image.
"""
