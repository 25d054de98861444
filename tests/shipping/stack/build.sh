#!/usr/bin/env bash
# Build every image of compose.yaml without an engine and without a registry, from a base that Debian's packages make;
# in place of other people's images stand-ins. Needs Debian's mmdebstrap, buildah, podman, runc and netavark, as root.
#   tests/shipping/stack/build.sh [--volume ..., --build-arg TORCH=... and what else `buildah bud` takes]
set -euo pipefail
cd "$(dirname "$0")"
export CONTAINERS_CONF=$PWD/containers.conf CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf

build() { buildah bud --isolation chroot --network host --pull-never --layers "$@"; }

podman image exists localhost/base || mmdebstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
  bookworm | podman import - localhost/base
build --target postgres --tag docker.io/library/postgres:17-alpine .
build --target proxy --tag docker.io/nginxinc/nginx-unprivileged:1.29-alpine .
build --target prometheus --tag docker.io/prom/prometheus:v3.5.0 .
cd ../../..
for target in run:captchakit train:captchakit-train frontend:stack_frontend; do
  build --format docker --build-arg BASE=localhost/base "$@" --target "${target%%:*}" --tag "localhost/${target#*:}" .
done
podman images
