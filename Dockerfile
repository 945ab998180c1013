# One image for every role: web, workers, beat, migrations. docker-compose.yml chooses by command and environment.
FROM python:3.11-slim AS build
WORKDIR /srv/fairdial
RUN python -m venv .venv
COPY requirements.txt requirements-node.txt ./
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
# Scripts and styles are bundled in a copy of the environment, so that node stays out of the image.
RUN cp -r .venv /tmp/bundler
COPY package.json package-lock.json ./
COPY ops ops
COPY static static
RUN /tmp/bundler/bin/python ops/assets.py && test -f static/dist/.built && rm -rf node_modules

FROM python:3.11-slim
ENV PYTHONUTF8=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONTZPATH="" PATH="/srv/fairdial/.venv/bin:$PATH"
WORKDIR /srv/fairdial
RUN useradd --system --uid 10001 --home-dir /srv/fairdial fairdial && install -d -o fairdial /srv/media
COPY --from=build /srv/fairdial/.venv .venv
COPY . .
COPY --from=build /srv/fairdial/static/dist static/dist
RUN python -m compileall -q apps config simulator && python manage.py collectstatic --no-input
USER fairdial
EXPOSE 8000
