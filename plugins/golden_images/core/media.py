"""Media types: of images and artifacts in a registry, and of the reports that stages make.

Source: OCI image specification, "Media Types"; Docker's image manifest schema 2; each report's format.
"""

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
LAYER = f"{LAYER_TAR}+gzip"
LAYER_ZSTD = f"{LAYER_TAR}+zstd"
#: Of ``{}``, the configuration of what needs none.
EMPTY = "application/vnd.oci.empty.v1+json"

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER_TAR = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER = f"{DOCKER_LAYER_TAR}.gzip"
DOCKER_LAYER_ZSTD = f"{DOCKER_LAYER_TAR}.zstd"

#: Of what stands for several manifests.
INDEXES = (INDEX, DOCKER_LIST)

OCTETS = "application/octet-stream"
TAR = "application/x-tar"

CYCLONEDX = "application/vnd.cyclonedx+json"
#: CycloneDX with vulnerabilities. Not the type of an SBOM: who looks for that shall find one alone.
CYCLONEDX_VDR = "application/vnd.cyclonedx.vdr+json"
SPDX = "application/spdx+json"
SARIF = "application/sarif+json"
JUNIT = "application/junit+xml"
#: Of statements about a digest.
IN_TOTO = "application/vnd.in-toto+json"

#: Bytes up to which a content stands in its descriptor, too (OCI image specification, ``data``).
MOST_EMBEDDED = 16 * 1024
