# One image for the service, the migration and the workers, on CPU and GPU alike.
# torch comes from pip's index; for a smaller, CPU-only image name the index of torch's CPU builds:
#   docker build -t sitter --build-arg TORCH_INDEX_URL=... .
FROM python:3.11-slim-bookworm

ARG TORCH_INDEX_URL=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1

WORKDIR /app
COPY constraints.txt ./
RUN pip install --constraint constraints.txt \
        ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} torch
COPY pyproject.toml README.md LICENSE ./
COPY diagnostics diagnostics
COPY trainer trainer
COPY service service
COPY sitter sitter
COPY migrations migrations
RUN pip install --constraint constraints.txt '.[postgres]' \
    && useradd --create-home sitter && mkdir /data && chown sitter /data
USER sitter
WORKDIR /data
ENTRYPOINT ["sitter"]
