#!/bin/sh
# What the pipeline is measured against: its steps as a plain script, one after the other.
#   overhead.sh <context> <base by digest> <repository> <version> <channel> <folder for reports>
set -eu
context=$1 base=$2 repository=$3 version=$4 channel=$5 reports=$6
python=${PYTHON:-python3}
candidate=$repository:candidate

step() { printf '%s %s\n' "$(date +%s.%N)" "$1" >>"$reports/steps"; }

step lint
hadolint --format sarif "$context/Dockerfile" >"$reports/lint.sarif"

step build
cp -R "$context" "$reports/context"
rm -rf "$reports/context/tests"
DOCKER_BUILDKIT=1 docker build --no-cache --quiet --build-arg "BASE=$base" --tag "$candidate" "$reports/context"

step push
docker push --quiet "$candidate"
digest=$(docker image inspect --format '{{index .RepoDigests 0}}' "$candidate")

step sbom
SYFT_CHECK_FOR_APP_UPDATE=false SYFT_REGISTRY_INSECURE_USE_HTTP=true \
    syft scan --quiet "registry:$digest" \
    --output "cyclonedx-json=$reports/cyclonedx.json" --output "spdx-json=$reports/spdx.json"

step test
container=$(docker run --detach --read-only --cap-drop ALL --security-opt no-new-privileges --network none \
    --tmpfs /tmp --tmpfs /run --entrypoint sleep "$digest" infinity)
trap 'docker rm --force "$container" >/dev/null' EXIT
cp -R "$context/tests" "$reports/suite"
printf '[pytest]\n' >"$reports/pytest.ini"
(cd "$reports" && "$python" -m pytest -c pytest.ini --rootdir . -p no:cacheprovider -p testinfra.plugin --quiet \
    "--hosts=docker://$container" --junitxml=junit.xml suite)

step release
for tag in "$version" "$channel"; do
    docker tag "$candidate" "$repository:$tag"
    docker push --quiet "$repository:$tag"
done
step end
docker image rm --force "$candidate" "$repository:$version" "$repository:$channel" >/dev/null
