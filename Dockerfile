# One image for web, worker, beat and migrations; docker-compose.yml says which of them a container is.
FROM python:3.13-slim AS build
COPY requirements.lock /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /srv/portal portal
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/portal
COPY manage.py ./
COPY ptvt_portal ptvt_portal
COPY consortia consortia
COPY impact impact
COPY events events
COPY templates templates
COPY static static
COPY locale locale
COPY docs/examples docs/examples
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PORTAL_HOME=/var/lib/portal \
    STATIC_ROOT=/srv/portal/collected \
    MEDIA_ROOT=/var/lib/portal/media
RUN python -m ptvt_portal.translations compile \
    && ENVIRONMENT=local python manage.py collectstatic --no-input --verbosity 0 \
    && install -d -o portal -g portal /var/lib/portal/media
USER portal
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["gunicorn", "ptvt_portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
