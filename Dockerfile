# ocr-crnn serve: reading over HTTP, without TensorFlow. The compiler stays in the first stage.
#
#   docker build -t ocr-crnn .
#   docker run --rm -p 127.0.0.1:8000:8000 --init --read-only --tmpfs /tmp:size=4g --memory 6g --cap-drop ALL ocr-crnn
#
# --init takes in processes whose parent was ended; /tmp holds documents while they are read. Options follow the name of the image:
# docker run … ocr-crnn serve --host 0.0.0.0 --workers 4

FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY pyproject.toml setup.py README.md LICENSE ./
COPY ocr_crnn ocr_crnn
RUN python -m venv --without-pip /opt/ocr && pip --python /opt/ocr/bin/python install --no-cache-dir ".[documents,http]"

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin ocr
COPY --from=build /opt/ocr /opt/ocr
ENV PATH=/opt/ocr/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-I", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["ocr-crnn"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
