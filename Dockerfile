# One file, four images: `run` solves and serves, `train` learns too, `frontend` is the proxy with the page, `build` makes them.
# BASE and PROXY are arguments so that other bases, also ones of one's own, can be passed: any with Python 3.11 and newer.
ARG BASE=python:3.13-slim-bookworm
ARG PROXY=nginxinc/nginx-unprivileged:1.29-alpine

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /opt/captchakit
WORKDIR /src
COPY . .
# What only installs, tests or trains is not carried along; the root of a running container may be read-only, so what is
# used is compiled here.
# hadolint ignore=DL3008
RUN if command -v apt-get > /dev/null; then \
      apt-get update && apt-get install -y --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*; \
    fi \
 && /opt/captchakit/bin/pip install ".[postgresql]" \
 && cp -r captchakit/serving/web/page /page \
 && cp -r /opt/captchakit /opt/slim \
 && /opt/captchakit/bin/python deploy/slim.py /opt/slim

FROM build AS learning
# Plain torch brings gigabytes of CUDA on Linux; `--build-arg TORCH_INDEX=...` names an index of CPU builds.
ARG TORCH=torch
ARG TORCH_INDEX=
# hadolint ignore=DL3013
RUN /opt/captchakit/bin/pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$TORCH" \
 && /opt/captchakit/bin/pip install ".[postgresql,worker]"

FROM ${BASE} AS system
COPY deploy/slim.py /tmp/slim.py
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin captchakit \
 && install -d -o captchakit -g captchakit /data \
 && python3 /tmp/slim.py --root / && rm -rf /tmp/*

# What a layer removes is still in the one below: so the system is copied, as it is now, to where nothing was.
FROM scratch AS bare
# hadolint ignore=DL3067
COPY --from=system / /
ENV PATH=/opt/captchakit/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    CAPTCHAKIT_DATA=/data \
    CAPTCHAKIT_MODELS=/data/models \
    CAPTCHAKIT_HOST=0.0.0.0
WORKDIR /data
VOLUME /data
EXPOSE 9000
ENTRYPOINT ["captchakit"]

FROM bare AS train
COPY --from=learning /opt/captchakit /opt/captchakit
USER 10001
CMD ["worker"]

FROM ${PROXY} AS frontend
COPY deploy/nginx.conf.template /etc/nginx/templates/default.conf.template
COPY --from=build /page /usr/share/nginx/html/page
ENV BACKEND=backend:9000 LISTEN=8080 PAGE=/usr/share/nginx/html NGINX_ENTRYPOINT_LOCAL_RESOLVERS=yes

FROM bare AS run
COPY --from=build /opt/slim /opt/captchakit
USER 10001
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9000/health/ready', timeout=4)"]
CMD ["serve", "--no-worker"]
